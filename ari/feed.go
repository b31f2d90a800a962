package ari

import (
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/internal/queue"
)

// Feed decodes messages of the event stream and puts each event into the queues of the subscriptions that want it. A
// [Client] has one; it is of use without a client to replay recorded messages.
//
// Finding the subscriptions costs a map lookup for each id that the event names, however many subscriptions there are. The
// feeder never waits for a taker.
type Feed struct {
	log zerolog.Logger

	mu     sync.Mutex
	parser parser
	refs   refs
	mark   uint64 // the number of the event being dispatched
	closed bool
	stats  FeedStats
	subs   map[*Subscription]struct{}
	index  map[topic][]*Subscription
}

// FeedStats are figures of a [Feed] for metrics.
type FeedStats struct {
	Events        uint64 // decoded, without signals
	Unknown       uint64 // of them, of a type that this package has no struct for
	Malformed     uint64 // of them, not readable as an event
	Subscriptions int    // open now
	HighWater     int    // the most events that ever waited in one subscription
}

// NewFeed returns a feed without subscriptions. It logs lagging subscriptions and unreadable messages.
func NewFeed(log zerolog.Logger) *Feed {
	return &Feed{log: log, subs: map[*Subscription]struct{}{}, index: map[topic][]*Subscription{}}
}

// Subscribe returns a subscription to what fits any of the filters; without one, to signals only. It gets what is fed after
// this call. On a closed feed it is closed from the start.
func (f *Feed) Subscribe(filters ...Filter) *Subscription {
	s := &Subscription{feed: f, queue: queue.New[Event](), topics: map[topic]struct{}{}}
	for i, filter := range filters {
		if i > 0 {
			s.name += " "
		}
		s.name += filter.String()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		s.queue.Close()
		return s
	}
	f.subs[s] = struct{}{}
	for _, filter := range filters {
		f.addLocked(s, filter)
	}
	return s
}

// Push decodes a message and dispatches its event, which it returns. The message may be reused afterwards.
func (f *Feed) Push(message []byte) Event {
	text := string(message)
	f.mu.Lock()
	defer f.mu.Unlock()
	ev := decodeEvent(&f.parser, text)
	f.stats.Events++
	if raw, ok := ev.(*RawEvent); ok {
		f.noteRaw(raw)
	}
	f.dispatch(ev)
	return ev
}

// signal dispatches to every subscription.
func (f *Feed) signal(ev Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dispatch(ev)
}

// Stats returns figures for metrics.
func (f *Feed) Stats() FeedStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	stats := f.stats
	stats.Subscriptions = len(f.subs)
	return stats
}

// Close closes all subscriptions; later ones are closed from the start.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for s := range f.subs {
		f.dropLocked(s)
	}
}

func (f *Feed) noteRaw(raw *RawEvent) {
	if raw.Err == nil {
		f.stats.Unknown++
		return
	}
	f.stats.Malformed++
	f.log.Error().Err(raw.Err).Bytes("message", raw.Data[:min(len(raw.Data), 200)]).Msg("unreadable message on the event stream")
}

func (f *Feed) dispatch(ev Event) {
	f.mark++
	if isSignal(ev) {
		for s := range f.subs {
			f.put(s, ev)
		}
		return
	}
	f.putAll(f.index[topic{}], ev)
	f.putAll(f.index[topic{kindType, ev.Type()}], ev)
	f.refs.topics = f.refs.topics[:0]
	ev.refs(&f.refs)
	for _, t := range f.refs.topics {
		f.putAll(f.index[t], ev)
	}
}

func (f *Feed) putAll(subs []*Subscription, ev Event) {
	for _, s := range subs {
		if s.mark != f.mark {
			f.put(s, ev)
		}
	}
}

func (f *Feed) put(s *Subscription, ev Event) {
	s.mark = f.mark
	waiting := s.queue.Put(ev)
	if waiting > f.stats.HighWater {
		f.stats.HighWater = waiting
	}
	if s.lag.notable(waiting, time.Now) {
		f.log.Warn().Str("subscription", s.name).Int("waiting", waiting).Int("high_water", s.queue.HighWater()).
			Msg("a subscription lags behind the events")
	}
}

func (f *Feed) add(s *Subscription, filter Filter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, open := f.subs[s]; open {
		f.addLocked(s, filter)
	}
}

func (f *Feed) addLocked(s *Subscription, filter Filter) {
	for _, t := range filter.topics {
		if _, has := s.topics[t]; !has {
			s.topics[t] = struct{}{}
			f.index[t] = append(f.index[t], s)
		}
	}
}

func (f *Feed) remove(s *Subscription, filter Filter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range filter.topics {
		f.removeLocked(s, t)
	}
}

func (f *Feed) removeLocked(s *Subscription, t topic) {
	if _, has := s.topics[t]; !has {
		return
	}
	delete(s.topics, t)
	list := f.index[t]
	if len(list) == 1 {
		delete(f.index, t)
		return
	}
	at := slices.Index(list, s)
	f.index[t] = slices.Delete(list, at, at+1)
}

func (f *Feed) drop(s *Subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropLocked(s)
}

func (f *Feed) dropLocked(s *Subscription) {
	for t := range s.topics {
		f.removeLocked(s, t)
	}
	delete(f.subs, s)
	s.queue.Close()
}

// lag decides when a subscription that falls behind is worth a line in the log: when twice as much waits as at the last line,
// and not more often than every ten seconds. Once it has caught up the count begins anew.
type lag struct {
	next int // waiting events that are worth a line
	last time.Time
}

const (
	lagThreshold = 1000
	lagEvery     = 10 * time.Second
)

func (l *lag) notable(waiting int, now func() time.Time) bool {
	if waiting < lagThreshold {
		if waiting < lagThreshold/10 {
			l.next = lagThreshold
		}
		return false
	}
	if waiting < l.next {
		return false
	}
	if t := now(); t.Sub(l.last) >= lagEvery {
		l.last, l.next = t, waiting*2
		return true
	}
	return false
}
