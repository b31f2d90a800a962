package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// hub has one stream of events for each agent, and one for the wallboard.
type hub struct {
	id     string // of all streams of this process; sequence numbers begin anew with each process
	keep   int
	engine Engine
	log    zerolog.Logger
	board  *board

	mu      sync.Mutex
	streams map[string]*stream // by agent
}

// stream is one agent's: the events, and the state that they add up to.
type stream struct {
	*backlog
	hub   *hub
	agent string

	state     *dialer.AgentView
	call      *dialer.CallView
	callKnown bool // call is what the stream says it is, even if nil
	campaigns map[string]dialer.CampaignView
}

func newHub(engine Engine, keep int, log zerolog.Logger) *hub {
	h := &hub{id: rand.Text(), keep: keep, engine: engine, log: log, streams: map[string]*stream{}}
	h.board = newBoard(newBacklog(h.id, keep), engine)
	return h
}

func (h *hub) stream(agent string) *stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.streams[agent]
	if !ok {
		s = &stream{backlog: newBacklog(h.id, h.keep), hub: h, agent: agent, campaigns: map[string]dialer.CampaignView{}}
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
	s.append(n.Kind, n.At, n.Data)
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
func (s *stream) snapshot(ctx context.Context) (any, uint64, error) {
	campaigns, err := s.hub.engine.Campaigns(ctx, s.agent)
	if err != nil {
		if ctx.Err() != nil {
			return nil, 0, err
		}
		// Redis may be away while a call goes on. The page must be able to show and end it.
		s.hub.log.Warn().Err(err).Str("agent", s.agent).Msg("a snapshot is sent with the campaigns' last known figures")
	}
	if err := s.prime(ctx); err != nil {
		return nil, 0, err
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
