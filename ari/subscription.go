package ari

import (
	"context"
	"errors"
	"iter"
	"strings"

	"github.com/hasshin/hasshin/internal/queue"
)

// Filter says which events a subscription gets. Signals come to every subscription.
type Filter struct{ topics []topic }

func filter(k kind, ids []string) Filter {
	f := Filter{topics: make([]topic, len(ids))}
	for i, id := range ids {
		f.topics[i] = topic{k, id}
	}
	return f
}

// All is every event.
func All() Filter { return Filter{topics: []topic{{}}} }

// ForChannel is each event that names one of the channels in any place: the channel itself, the peer or caller of a dial, one
// that is replaced or transferred, the target of a playback or recording, a member of the bridge that the event is about.
func ForChannel(ids ...string) Filter { return filter(kindChannel, ids) }

// ForBridge is each event that names one of the bridges.
func ForBridge(ids ...string) Filter { return filter(kindBridge, ids) }

// ForPlayback is each event of one of the playbacks.
func ForPlayback(ids ...string) Filter { return filter(kindPlayback, ids) }

// ForRecording is each event of one of the live recordings.
func ForRecording(names ...string) Filter { return filter(kindRecording, names) }

// OfType is each event of one of the types, named as on the wire: "StasisStart".
func OfType(types ...string) Filter { return filter(kindType, types) }

// String describes f for logs.
func (f Filter) String() string {
	parts := make([]string, len(f.topics))
	for i, t := range f.topics {
		parts[i] = t.kind.String()
		if t.kind != kindAll {
			parts[i] += ":" + t.id
		}
	}
	return strings.Join(parts, " ")
}

// Subscription is an ordered stream of events. Nothing is dropped, however slow the taker; what waits is kept in memory, and
// the most that ever waited is [Subscription.HighWater]. Each event comes once, however many of the filters it fits.
//
// Take from one goroutine; Add, Remove, Close and the figures are safe from any.
type Subscription struct {
	feed  *Feed
	queue *queue.Queue[Event]
	name  string // for logs: what it was made for

	// Guarded by feed.mu:
	topics map[topic]struct{}
	mark   uint64 // the number of the last event put into the queue
	lag    lag
}

// Next waits for the next event. Errors: the cause of ctx's end, or [ErrClosed] when the subscription or the client is closed
// and all that came before has been taken.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	ev, err := s.queue.Next(ctx)
	if errors.Is(err, queue.ErrClosed) {
		return nil, ErrClosed
	}
	return ev, err
}

// All ranges over the events until ctx ends or the subscription is closed.
func (s *Subscription) All(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			ev, err := s.Next(ctx)
			if err != nil || !yield(ev) {
				return
			}
		}
	}
}

// TryNext takes the next event if there is one.
func (s *Subscription) TryNext() (Event, bool) { return s.queue.TryNext() }

// Ready has a token when there may be events to take, or the end to learn of: for a select beside other channels. After
// receiving from it, drain with [Subscription.TryNext] until it answers false, then ask [Subscription.Closed].
func (s *Subscription) Ready() <-chan struct{} { return s.queue.Ready() }

// Closed tells whether no event will come any more; those that wait can still be taken.
func (s *Subscription) Closed() bool {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	_, open := s.feed.subs[s]
	return !open
}

// Waiting is the number of events not yet taken.
func (s *Subscription) Waiting() int { return s.queue.Len() }

// HighWater is the most events that ever waited at once.
func (s *Subscription) HighWater() int { return s.queue.HighWater() }

// Add widens the subscription: from the next event on it gets what fits f, too.
func (s *Subscription) Add(f Filter) { s.feed.add(s, f) }

// Remove takes the ids and types of f away again, wherever they were added, so that no further event comes for their sake.
func (s *Subscription) Remove(f Filter) { s.feed.remove(s, f) }

// Close ends the subscription. What waits can still be taken. Closing twice is harmless.
func (s *Subscription) Close() { s.feed.drop(s) }
