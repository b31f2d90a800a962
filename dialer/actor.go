package dialer

import (
	"context"
	"sync"

	"github.com/hasshin/hasshin/internal/queue"
)

// actor is the one goroutine that owns something (a call, an agent) and does what it is told, one thing at a time, in the order it was
// told. What it owns needs no lock. Another goroutine may take a turn in its place, if the actor is idle (see now).
type actor struct {
	inbox *queue.Queue[func()]
	turn  *sync.Mutex   // held by whoever does the actor's work
	done  chan struct{} // closed when the goroutine has ended
}

func newActor() actor {
	return actor{inbox: queue.New[func()](), turn: new(sync.Mutex), done: make(chan struct{})}
}

// run works through the inbox until the inbox is closed and empty.
func (a *actor) run() {
	defer close(a.done)
	for a.inbox.Wait(context.Background()) == nil {
		a.turn.Lock()
		if fn, ok := a.inbox.TryNext(); ok {
			fn()
		}
		a.turn.Unlock()
	}
}

// post hands over fn and does not wait. It answers false when the actor takes nothing any more.
func (a *actor) post(fn func()) bool { return a.inbox.Put(fn) >= 0 }

// now is post for what brings a contact and an agent together: if the actor is doing nothing at the moment, it is done on the caller's goroutine, after
// all that was posted before. On a busy machine it takes milliseconds until a processor runs the actor's own. fn may be over when now returns.
func (a *actor) now(fn func()) bool {
	ran := false // guarded by turn
	if !a.post(func() { ran = true; fn() }) {
		return false
	}
	if !a.turn.TryLock() {
		return true
	}
	defer a.turn.Unlock()
	for !ran {
		next, ok := a.inbox.TryNext()
		if !ok {
			break
		}
		next()
	}
	return true
}

// answer carries the outcome of a command to whoever waits for it.
type answer[T any] struct {
	value T
	err   error
}

// ask lets the actor run fn and waits until reply is called, then or later, or ctx ends. gone is the error when the actor is no more.
func ask[T any](ctx context.Context, a *actor, gone error, fn func(reply func(T, error))) (T, error) {
	answers := make(chan answer[T], 1)
	reply := func(value T, err error) {
		select {
		case answers <- answer[T]{value, err}:
		default: // only the first counts
		}
	}
	var none T
	if !a.post(func() { fn(reply) }) {
		return none, gone
	}
	select {
	case got := <-answers:
		return got.value, got.err
	case <-ctx.Done():
		return none, deadline(ctx)
	case <-a.done:
		select {
		case got := <-answers:
			return got.value, got.err
		default:
			return none, gone
		}
	}
}

// deadline is the error of a command whose context ended before Asterisk confirmed it.
func deadline(ctx context.Context) error {
	if ctx.Err() == context.DeadlineExceeded {
		return &Error{Code: CodeTimeout, Message: "Asterisk did not confirm the command in time; look at the state before trying again", Err: context.Cause(ctx)}
	}
	return context.Cause(ctx)
}
