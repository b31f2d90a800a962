package desk

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// hub has one stream of events for each agent: the newest events in a ring, numbered without gaps, and the state that they add up to.
// Whoever reads a stream keeps a cursor of its own into it. Publishing costs a short lock and never waits for a reader; a reader whose
// cursor falls out of the ring continues with a snapshot of the state.
type hub struct {
	id     string // of all streams of this process; sequence numbers begin anew with each process
	keep   int
	engine Engine
	log    zerolog.Logger

	mu      sync.Mutex
	streams map[string]*stream // by agent
}

// stream is one agent's.
type stream struct {
	hub   *hub
	agent string

	mu        sync.Mutex
	ring      []*entry // newest last, at most hub.keep
	seq       uint64   // of the newest event ever, 0 before the first
	state     *dialer.AgentView
	call      *dialer.CallView
	callKnown bool // call is what the stream says it is, even if nil
	campaigns map[string]dialer.CampaignView
	readers   map[*reader]struct{}
}

// entry is one event. It is encoded when the first reader needs it: most events of an agent whose page is closed never are.
type entry struct {
	seq    uint64
	notice dialer.Notice

	once  sync.Once
	frame []byte
	err   error
}

func newHub(engine Engine, keep int, log zerolog.Logger) *hub {
	return &hub{id: rand.Text(), keep: keep, engine: engine, log: log, streams: map[string]*stream{}}
}

func (h *hub) stream(agent string) *stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.streams[agent]
	if !ok {
		s = &stream{hub: h, agent: agent, campaigns: map[string]dialer.CampaignView{}, readers: map[*reader]struct{}{}}
		h.streams[agent] = s
	}
	return s
}

// publish appends a notice to its agent's stream. It does not block.
func (h *hub) publish(n dialer.Notice) { h.stream(n.Agent).publish(n) }

func (s *stream) publish(n dialer.Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.apply(n) {
		s.hub.log.Error().Str("agent", n.Agent).Str("kind", n.Kind).Str("type", fmt.Sprintf("%T", n.Data)).Msg("a notice of an unknown kind is not sent")
		return
	}
	s.seq++
	if len(s.ring) == s.hub.keep {
		copy(s.ring, s.ring[1:])
		s.ring = s.ring[:len(s.ring)-1]
	}
	s.ring = append(s.ring, &entry{seq: s.seq, notice: n})
	for r := range s.readers {
		r.poke()
	}
}

// apply keeps the state up to date. It answers false for a notice that is not what its kind promises.
func (s *stream) apply(n dialer.Notice) bool {
	switch v := n.Data.(type) {
	case dialer.AgentView:
		s.state = &v
		return n.Kind == dialer.NoticeAgent
	case dialer.CallView:
		switch {
		case v.State != stateClosed:
			s.call = &v
		case s.call == nil || s.call.ID == v.ID:
			s.call = nil
		}
		s.callKnown = true
		return n.Kind == dialer.NoticeCall
	case dialer.CampaignView:
		s.campaigns[v.ID] = v
		return n.Kind == dialer.NoticeCampaign
	case dialer.ToneView:
		return n.Kind == dialer.NoticeTone
	}
	return false
}

// stateClosed is the last state of a call.
const stateClosed = "closed"

// snapshot is the state as of the sequence number that comes with it. What the stream has not told yet since the process began is asked of
// the engine; campaigns always are, for their figures change without this agent's doing.
func (s *stream) snapshot(ctx context.Context) (api.Snapshot, uint64, error) {
	campaigns, err := s.hub.engine.Campaigns(ctx, s.agent)
	if err != nil {
		if ctx.Err() != nil {
			return api.Snapshot{}, 0, err
		}
		// Redis may be away while a call goes on. The page must be able to show and end it.
		s.hub.log.Warn().Err(err).Str("agent", s.agent).Msg("a snapshot is sent with the campaigns' last known figures")
	}
	if err := s.prime(ctx); err != nil {
		return api.Snapshot{}, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range campaigns {
		s.campaigns[c.ID] = c
	}
	snap := api.Snapshot{Agent: *s.state, Call: s.call, Campaigns: []dialer.CampaignView{}}
	for _, id := range slices.Sorted(maps.Keys(s.campaigns)) {
		snap.Campaigns = append(snap.Campaigns, s.campaigns[id])
	}
	return snap, s.seq, nil
}

// prime asks the engine for what the stream has not told yet. What it tells in the meantime wins, being newer.
func (s *stream) prime(ctx context.Context) error {
	s.mu.Lock()
	complete := s.state != nil && (s.callKnown || s.state.CallID == "")
	s.mu.Unlock()
	if complete {
		return nil
	}
	state, err := s.hub.engine.Agent(ctx, s.agent)
	if err != nil {
		return err
	}
	var call *dialer.CallView
	if state.CallID != "" {
		view, err := s.hub.engine.Call(ctx, s.agent, state.CallID)
		switch refused := (*dialer.Error)(nil); {
		case err == nil && view.State != stateClosed:
			call = &view
		case errors.As(err, &refused) && refused.Code == dialer.CodeUnknownCall: // it ended just now
		case err != nil:
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == nil {
		s.state = &state
	}
	if !s.callKnown {
		s.call, s.callKnown = call, true
	}
	return nil
}

// reader is one connection's place in a stream.
type reader struct {
	stream *stream
	wake   chan struct{} // capacity 1: there may be something to read
	next   uint64        // sequence number to read next
}

func (s *stream) read() *reader {
	r := &reader{stream: s, wake: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers[r] = struct{}{}
	return r
}

func (r *reader) close() {
	r.stream.mu.Lock()
	defer r.stream.mu.Unlock()
	delete(r.stream.readers, r)
}

func (r *reader) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// resume puts the cursor behind a position the client has seen. It answers false when that is impossible: another stream, or too long ago.
func (r *reader) resume(p api.Position) bool {
	s := r.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Stream != s.hub.id || p.Seq > s.seq || p.Seq+1 < s.oldest() {
		return false
	}
	r.next = p.Seq + 1
	return true
}

// oldest is the sequence number of the oldest event that can still be read, or that of the next event if there is none.
func (s *stream) oldest() uint64 { return s.seq + 1 - uint64(len(s.ring)) }

// take answers the events from the cursor on and moves it behind them. missed is how many of them have fallen out of the ring; if that is
// not 0, nothing is taken.
func (r *reader) take() (events []*entry, missed uint64) {
	s := r.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := s.oldest()
	if r.next < oldest {
		return nil, oldest - r.next
	}
	events = slices.Clone(s.ring[r.next-oldest:])
	r.next = s.seq + 1
	return events, 0
}

// encode is the event as it goes over the wire.
func (e *entry) encode() ([]byte, error) {
	e.once.Do(func() {
		e.frame, e.err = encodeEvent(api.Event{Seq: e.seq, Kind: e.notice.Kind, At: e.notice.At}, whole(e.notice.Data))
	})
	return e.frame, e.err
}

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
