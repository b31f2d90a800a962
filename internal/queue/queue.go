// Package queue has an unbounded first-in first-out queue whose writers never wait.
//
// It stands between a reader that must not stall (a socket, an actor's inbox) and a consumer of unknown speed. Being unbounded
// is the point: what is put in is delivered or the consumer is gone. The high-water mark tells an operator when a consumer lags.
package queue

import (
	"context"
	"errors"
	"sync"
)

// ErrClosed is returned by [Queue.Next] once the queue is closed and everything put in before has been taken out.
var ErrClosed = errors.New("queue closed")

// Queue is an unbounded FIFO. Any number of goroutines may put; take from one goroutine if order matters to you.
// The zero value is not usable; call [New].
type Queue[T any] struct {
	mu     sync.Mutex
	items  []T // items[head:] wait
	head   int
	high   int
	closed bool
	wake   chan struct{} // capacity 1: a token means "look again"
}

// New returns an empty queue.
func New[T any]() *Queue[T] {
	return &Queue[T]{wake: make(chan struct{}, 1)}
}

// Put appends v and returns the number of items now waiting. It never blocks; after [Queue.Close] it drops v and returns -1.
func (q *Queue[T]) Put(v T) int {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return -1
	}
	q.items = append(q.items, v)
	n := len(q.items) - q.head
	if n > q.high {
		q.high = n
	}
	q.mu.Unlock()
	q.signal()
	return n
}

// Next takes the oldest item, waiting for one until ctx ends. It returns [ErrClosed] when the queue is closed and empty.
func (q *Queue[T]) Next(ctx context.Context) (T, error) {
	for {
		v, ok, closed := q.take()
		if ok {
			return v, nil
		}
		var none T
		if closed {
			return none, ErrClosed
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return none, context.Cause(ctx)
		}
	}
}

// Wait waits until there is something to take. It returns [ErrClosed] when the queue is closed and empty.
func (q *Queue[T]) Wait(ctx context.Context) error {
	for {
		if waiting, closed := q.state(); waiting > 0 {
			return nil
		} else if closed {
			q.signal() // another waiter must learn of it too
			return ErrClosed
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// TryNext takes the oldest item if there is one.
func (q *Queue[T]) TryNext() (T, bool) {
	v, ok, _ := q.take()
	return v, ok
}

// Ready has a token whenever the queue may have something to take or has been closed, for use in a select beside other
// channels. After receiving from it, drain with [Queue.TryNext] until it answers false.
func (q *Queue[T]) Ready() <-chan struct{} { return q.wake }

// Len is the number of items waiting.
func (q *Queue[T]) Len() int {
	waiting, _ := q.state()
	return waiting
}

func (q *Queue[T]) state() (waiting int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) - q.head, q.closed
}

// HighWater is the largest number of items that ever waited at once.
func (q *Queue[T]) HighWater() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.high
}

// Close ends the queue: later puts are dropped, items already in it can still be taken. Closing twice is harmless.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *Queue[T]) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *Queue[T]) take() (v T, ok, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == len(q.items) {
		if q.closed {
			q.signal() // another waiter must learn of it too
		}
		return v, false, q.closed
	}
	v = q.items[q.head]
	var none T
	q.items[q.head] = none
	q.head++
	switch {
	case q.head == len(q.items) && cap(q.items) > 4096:
		q.items, q.head = nil, 0 // a burst's memory is not kept
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
	case q.head >= 1024 && q.head*2 >= len(q.items):
		// Give the front back so that a queue that is never quite empty does not grow for ever.
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	if q.head < len(q.items) || q.closed {
		q.signal()
	}
	return v, true, q.closed
}
