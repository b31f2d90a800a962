package desk

import (
	"container/list"
	"sync"
	"time"
)

// limiter delays those who guess. Each key may fail a number of times for free; every failure after that costs a wait, one second first
// and then twice as long each time. A success, or time without failures, clears the key.
//
// It lives in the process: guesses that are spread over n processes get n times the attempts.
type limiter struct {
	free  int
	max   time.Duration // longest wait
	now   func() time.Time
	bound int // most keys; the one not used for longest goes

	mu    sync.Mutex
	keys  map[string]*list.Element // of *attempts
	order *list.List               // most recently used first
}

type attempts struct {
	key    string
	failed int
	last   time.Time
	until  time.Time // no attempt before
}

func newLimiter(free int, longest time.Duration, now func() time.Time) *limiter {
	return &limiter{free: free, max: longest, now: now, bound: 50_000, keys: map[string]*list.Element{}, order: list.New()}
}

// waits tells how long an attempt would have to wait now, without making one.
func (l *limiter) waits(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.keys[key]
	if !known {
		return 0
	}
	return max(0, e.Value.(*attempts).until.Sub(l.now()))
}

// begin asks to make an attempt. It answers how long to wait first; with 0 the attempt may be made and counts as failed until
// [limiter.succeeded] says otherwise, so that attempts at the same time cannot slip by together.
func (l *limiter) begin(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	a := l.get(key)
	if now.Sub(a.last) > 2*l.max+time.Minute {
		a.failed, a.until = 0, time.Time{}
	}
	if wait := a.until.Sub(now); wait > 0 {
		return wait
	}
	a.failed++
	a.last = now
	if over := a.failed - l.free; over >= 0 {
		a.until = now.Add(min(l.max, time.Second<<min(over, 30)))
	}
	return 0
}

// succeeded clears the key.
func (l *limiter) succeeded(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.keys[key]; ok {
		l.order.Remove(e)
		delete(l.keys, key)
	}
}

// undo takes back one attempt that was not made after all, or that does not speak against the key.
func (l *limiter) undo(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.keys[key]; ok {
		a := e.Value.(*attempts)
		a.failed = max(0, a.failed-1)
		if a.failed < l.free {
			a.until = time.Time{}
		}
	}
}

func (l *limiter) get(key string) *attempts {
	if e, ok := l.keys[key]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*attempts)
	}
	if l.order.Len() >= l.bound {
		oldest := l.order.Back()
		delete(l.keys, oldest.Value.(*attempts).key)
		l.order.Remove(oldest)
	}
	a := &attempts{key: key}
	l.keys[key] = l.order.PushFront(a)
	return a
}
