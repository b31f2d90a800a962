package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hasshin/hasshin/desk/api"
)

// backlog has the newest events of a stream in a ring, numbered without gaps. Whoever reads the stream keeps a cursor of its own into it. Appending costs
// a short lock and never waits for a reader; a reader whose cursor falls out of the ring continues with a snapshot of the state.
type backlog struct {
	id   string
	keep int

	mu      sync.Mutex // also guards what the stream adds
	ring    []*entry   // newest last, at most keep
	seq     uint64     // of the newest event ever, 0 before the first
	readers map[*reader]struct{}
}

// entry is one event. It is encoded when the first reader needs it: most events of an agent whose page is closed never are.
type entry struct {
	seq  uint64
	kind string
	at   time.Time
	data any

	once  sync.Once
	frame []byte
	err   error
}

func newBacklog(id string, keep int) *backlog {
	return &backlog{id: id, keep: keep, readers: map[*reader]struct{}{}}
}

// append adds an event. The lock is held.
func (b *backlog) append(kind string, at time.Time, data any) {
	b.seq++
	if len(b.ring) == b.keep {
		copy(b.ring, b.ring[1:])
		b.ring = b.ring[:len(b.ring)-1]
	}
	b.ring = append(b.ring, &entry{seq: b.seq, kind: kind, at: at, data: data})
	for r := range b.readers {
		r.poke()
	}
}

// reader is one connection's place in a stream.
type reader struct {
	of   *backlog
	wake chan struct{} // capacity 1: there may be something to read
	next uint64        // sequence number to read next
}

func (b *backlog) read() *reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.enter()
}

func (b *backlog) enter() *reader {
	r := &reader{of: b, wake: make(chan struct{}, 1)}
	b.readers[r] = struct{}{}
	return r
}

// leave ends a reader.
func (b *backlog) leave(r *reader) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.readers, r)
}

func (r *reader) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// resume puts the cursor behind a position the client has seen. It answers false when that is impossible: another stream, or too long ago.
func (r *reader) resume(p api.Position) bool {
	b := r.of
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Stream != b.id || p.Seq > b.seq || p.Seq+1 < b.oldest() {
		return false
	}
	r.next = p.Seq + 1
	return true
}

// oldest is the sequence number of the oldest event that can still be read, or that of the next event if there is none.
func (b *backlog) oldest() uint64 { return b.seq + 1 - uint64(len(b.ring)) }

// take answers the events from the cursor on and moves it behind them. missed is how many of them have fallen out of the ring; if that is
// not 0, nothing is taken.
func (r *reader) take() (events []*entry, missed uint64) {
	b := r.of
	b.mu.Lock()
	defer b.mu.Unlock()
	oldest := b.oldest()
	if r.next < oldest {
		return nil, oldest - r.next
	}
	events = slices.Clone(b.ring[r.next-oldest:])
	r.next = b.seq + 1
	return events, 0
}

// encode is the event as it goes over the wire.
func (e *entry) encode() ([]byte, error) {
	e.once.Do(func() {
		e.frame, e.err = encodeEvent(api.Event{Seq: e.seq, Kind: e.kind, At: e.at}, whole(e.data))
	})
	return e.frame, e.err
}

// frame is the same for all who read, unless a stream says otherwise.
func (b *backlog) frame(e *entry) ([]byte, error) { return e.encode() }

func encodeEvent(e api.Event, data any) ([]byte, error) {
	if data != nil {
		raw, err := json.Marshal(data)
		if err != nil {
			return nil, fmt.Errorf("encode event %d of kind %s: %w", e.Seq, e.Kind, err)
		}
		e.Data = raw
	}
	e.At = e.At.UTC().Truncate(time.Millisecond)
	frame, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event %d of kind %s: %w", e.Seq, e.Kind, err)
	}
	return frame, nil
}
