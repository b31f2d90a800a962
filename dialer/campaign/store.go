package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/dialer/treatment"
)

// Errors of a Store. They may come wrapped: use errors.Is.
var (
	// ErrNoRecord: the list has nothing to hand out to this agent now.
	ErrNoRecord = errors.New("no record to hand out")
	// ErrNotFound: the campaign has no such record.
	ErrNotFound = errors.New("no such record")
	// ErrLeaseLost: the token is not that of the present lease: it ran out and the record was handed to somebody else, or it was given back or closed
	// already under another token.
	ErrLeaseLost = errors.New("lease lost")
)

// Token is the fencing token of a lease. Each taking of a record gets a higher
// one than all before in its campaign; everything done to the record is done
// under it, so a holder that was thought dead cannot overwrite its successor.
type Token int64

// Counts are the numbers of records of a campaign by state, and what became of attempts so far.
type Counts struct {
	Total        int64
	Ready        int64 // can be taken, once its calling hours are open
	Waiting      int64 // to be dialed again at a later time
	Filtered     int64 // left out by the campaign's filter
	Out          int64
	Closed       int64
	Promised     int64              // of them, waiting for the time of a callback
	Results      map[string]int64   // attempts by call result
	Dispositions map[string]int64   // closed records by disposition
	Undialed     map[Undialed]int64 // records closed without being dialed, by why
}

// Store keeps the records of all campaigns. All methods are safe for concurrent
// use by any number of processes, and each is atomic.
type Store interface {
	// Take hands out the next ready record to agent under a lease: until then nobody else gets it. ErrNoRecord when there is none.
	Take(ctx context.Context, campaign, agent string, lease time.Duration) (*Record, Token, error)
	// TakeOpen is Take for records whose class is open now; see package treatment about classes. Records of closed classes cost nothing.
	TakeOpen(ctx context.Context, campaign, agent string, lease time.Duration, open func(class string) bool) (*Record, Token, error)
	// File lets a record that was taken from the list wait for a time at which it may be dialed. Nothing is noted in its history.
	File(ctx context.Context, campaign, id string, token Token, place Place) error
	// Renew lets the lease end that long from now and returns when. ErrLeaseLost when the record is no longer the caller's.
	Renew(ctx context.Context, campaign, id string, token Token, lease time.Duration) (time.Time, error)
	// Return gives a record back to the list, at the place it had, because of ending (EndedRejected, EndedCancelled or EndedReleased), with
	// the attempts made. After a rejection or cancellation the same agent is not handed the record again for a while.
	// What was taken for a callback goes back to its queue; why is for the ledger.
	Return(ctx context.Context, campaign, id string, token Token, ending Ending, why string, attempts ...Attempt) error
	// GiveBack is Return with the call's history.
	GiveBack(ctx context.Context, campaign, id string, token Token, g Giving) error
	// Close ends the handling of a record: for good, or until the callback that the outcome promises.
	Close(ctx context.Context, campaign, id string, token Token, outcome Outcome) error
	// Get reads a record. ErrNotFound when there is none.
	Get(ctx context.Context, campaign, id string) (*Record, error)
	// FindByNumber reads the record that has the number (E.164). ErrNotFound when there is none.
	FindByNumber(ctx context.Context, campaign, e164 string) (*Record, error)
	// FindByName reads records in whose names there are words that begin as those of text do, at most so many.
	FindByName(ctx context.Context, campaign, text string, most int) ([]*Record, error)
	// IndexNames makes what FindByName needs of a list that was imported by an older version. Done before it does nothing.
	IndexNames(ctx context.Context, campaign string) error
	// Counts counts the campaign's records.
	Counts(ctx context.Context, campaign string) (Counts, error)
	// SweepExpired gives records back whose lease ran out and returns their ids.
	SweepExpired(ctx context.Context, campaign string) ([]string, error)
	// DoNotCall is the lists of numbers and customers that are not dialed.
	DoNotCall() DoNotCall
	// Attempts is the log of numbers that were dialed lately.
	Attempts() AttemptLog
	// Promises are the callbacks.
	Promises() Promises
	// CloseDay keeps what was counted since the last day ended as the figures of a day, a date like 2026-04-01. It tells whether it did: a day,
	// or one before it, is closed once.
	CloseDay(ctx context.Context, campaign, date string) (bool, error)
	// Days reads the figures of the latest days, the newest first.
	Days(ctx context.Context, campaign string, limit int) ([]Day, error)
	// Recycle lets closed records begin anew, one after the other, and tells how many. Done again it goes on where it was.
	Recycle(ctx context.Context, id string, c Config, p *treatment.Policy, q Recycling) (int, error)
	// Switches say which campaigns are running.
	Switches() Switches
	// ChangeMode changes the mode of a campaign while it dials.
	ChangeMode(ctx context.Context, campaign string, change ModeChange) error
	// ModeChanges are the latest changes of a campaign's mode, the newest first.
	ModeChanges(ctx context.Context, campaign string, limit int) ([]ModeChange, error)
	// CountAnswers adds to what became of people who answered calls in a measuring period, and returns the sums. The
	// counts of all but the present and the last one may be forgotten.
	CountAnswers(ctx context.Context, campaign string, period Period, add Answers) (Answers, error)
}
