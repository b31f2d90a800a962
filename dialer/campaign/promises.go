package campaign

import (
	"context"
	"time"

	"github.com/hasshin/hasshin/dialer/callback"
)

// Alarm is when a promise is to be woken.
type Alarm struct {
	Promise string
	At      time.Time
}

// Promises keeps the callbacks of all campaigns, beside the records that they are about, so that both change in one step. All methods are safe
// for concurrent use by any number of processes, and each is atomic. When a promise is to be looked at next is for a scheduler to keep; it is
// told by Alarms.
type Promises interface {
	// Take hands out the record of the next due promise in queues, the first queue first, under a lease as Store.Take does. ErrNoRecord when
	// there is none for this agent.
	Take(ctx context.Context, campaign, agent string, queues []callback.Queue, lease time.Duration) (*Record, *callback.Promise, Token, error)
	// Wake does what is due for a promise, and says when to wake it again.
	Wake(ctx context.Context, campaign, id string, w Wake) (Woken, error)
	// Postpone gives the record of a promise back, to be called at another time. ErrLeaseLost when it is no longer the caller's.
	Postpone(ctx context.Context, campaign, record string, token Token, due time.Time, why string) error
	// Change does what somebody asks for in the callback book. ErrNotFound for an unknown promise, a *StateError for one that is with an agent
	// or has ended.
	Change(ctx context.Context, campaign, id string, c Change) error
	// DueBefore counts the promises that are due before a time, and not with an agent: those that are overdue, too.
	DueBefore(ctx context.Context, campaign string, at time.Time) (int64, error)
	// Ahead tells which promises agents are given now, or within a time from now, of those in queues or on their way there: at most so many of each
	// queue, and of those to come.
	Ahead(ctx context.Context, campaign string, queues []callback.Queue, within time.Duration, most int) ([]Ahead, error)
	// Purge forgets promises that ended before a time, with their ledgers, and tells how many.
	Purge(ctx context.Context, campaign string, before time.Time) (int, error)
	// Escalate gives all that is due, and not with an agent, to a supervisor, and tells how many that were.
	Escalate(ctx context.Context, campaign, why string) (int, error)
	// Get reads a promise with its ledger. ErrNotFound when there is none.
	Get(ctx context.Context, campaign, id string) (*callback.Promise, error)
	// List reads promises, by due time, or by the time of their end when it asks for those that have ended.
	List(ctx context.Context, campaign string, f Filter) ([]*callback.Promise, error)
	// Of reads all promises on a record that are kept, with their ledgers, the oldest first.
	Of(ctx context.Context, campaign, record string) ([]*callback.Promise, error)
	// AnyDue tells whether a promise is due and not with an agent.
	AnyDue(ctx context.Context, campaign string) (bool, error)
	// DueTimes are those of all open promises.
	DueTimes(ctx context.Context, campaign string) ([]time.Time, error)
	// Alarms are those promises that are not known to be with the scheduler, with the time at which each is to be woken: the soonest ones, at most
	// so many.
	Alarms(ctx context.Context, campaign string, most int) ([]Alarm, error)
	// AlarmSet notes that the scheduler has a promise now, to be woken at that time.
	AlarmSet(ctx context.Context, campaign, id string, at time.Time) error
	// Note writes a line into the ledger of the open promise of a record, if it has one.
	Note(ctx context.Context, campaign, record, kind, by, text string) error
}

// Wake is what is known when a promise is woken.
type Wake struct {
	OwnerThere bool          // the owner is signed in and ready or in a call
	NextShift  time.Time     // when the owner's next shift begins; zero for none
	Again      time.Duration // when to look again while the owner is there but not free
}

// Woken is where a promise is after it was woken.
type Woken struct {
	State   callback.State // "" for an unknown promise
	Queue   callback.Queue
	Next    time.Time     // when to wake it again; zero for not at all
	Changed bool          // it has just come to where it is
	CameDue bool          // its time has just come
	Late    time.Duration // for CameDue: how long after its time, by the clock of Redis
}

// Ahead is a promise that some agent is given now or soon.
type Ahead struct {
	ID      string
	Due     time.Time
	Queue   callback.Queue // where it waits, or will
	Refused []string       // agents who will not be given it, because they refused it lately
}

// ChangeKind is what can be done in the callback book.
type ChangeKind string

const (
	// ChangeCancel takes a promise back.
	ChangeCancel ChangeKind = "cancel"
	// ChangeMove gives it another time.
	ChangeMove ChangeKind = "move"
	// ChangeHandOver makes another agent's of it, or the pool's.
	ChangeHandOver ChangeKind = "hand-over"
	// ChangeRelease lets everybody have what had come to a supervisor.
	ChangeRelease ChangeKind = "release"
)

// Change is an order from the callback book.
type Change struct {
	Kind ChangeKind
	By   string // agent
	Why  string

	Due time.Time // ChangeMove

	// ChangeHandOver: id of the promise that takes its place, and whose it is; "" for the pool's.
	NewID, Owner string
}

// Filter says which promises are listed.
type Filter struct {
	Holder string    // only those that this agent answers for; not together with Ended
	Ended  bool      // those that have ended, and not the open ones
	From   time.Time // due, or ended, no earlier; zero for no bound
	Before time.Time // and before; zero for no bound
	Offset int64
	Limit  int64 // 0 for 1000
	Ledger bool  // with their ledgers
}

// StateError says that a promise cannot be changed because of where it is.
type StateError struct{ State callback.State }

func (e *StateError) Error() string { return "the callback is " + string(e.State) }
