package dialer

import (
	"context"
	"sync"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// watchers is who listens to whom. Agents and calls look there whom to tell of their changes.
type watchers struct {
	mu   sync.RWMutex
	seen map[string]watched // by supervisor
}

type watched struct{ agent, call string }

func newWatchers() *watchers { return &watchers{seen: map[string]watched{}} }

func (w *watchers) set(supervisor, agentID, callID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[supervisor] = watched{agentID, callID}
}

func (w *watchers) drop(supervisor string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.seen, supervisor)
}

func (w *watchers) ofAgent(id string) []string {
	return w.which(func(to watched) bool { return to.agent == id })
}
func (w *watchers) ofCall(id string) []string {
	return w.which(func(to watched) bool { return to.call == id })
}

func (w *watchers) which(fits func(watched) bool) (supervisors []string) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for id, to := range w.seen {
		if fits(to) {
			supervisors = append(supervisors, id)
		}
	}
	return supervisors
}

// supervisionSnapshot is what the journal keeps.
type supervisionSnapshot struct {
	Agent string        `json:"agent"`
	Call  string        `json:"call,omitempty"`
	Mode  SuperviseMode `json:"mode"`
	Since time.Time     `json:"since"`
	Ears  []earSnapshot `json:"ears,omitempty"`
}

type earSnapshot struct {
	ID    string        `json:"id"`
	Leg   string        `json:"leg"`
	Mode  SuperviseMode `json:"mode"`
	Entry string        `json:"entry"`
}

func (s *supervision) snapshot() *supervisionSnapshot {
	if s == nil {
		return nil
	}
	out := &supervisionSnapshot{Agent: s.agent, Call: s.call, Mode: s.mode, Since: s.since}
	for _, e := range []*ear{s.ear, s.next} {
		if e != nil {
			out.Ears = append(out.Ears, earSnapshot{e.id, e.leg, e.mode, e.entry})
		}
	}
	return out
}

// restoreSupervision makes a supervision of its snapshot. What became of its ears shows once the node is connected.
func (a *agentActor) restoreSupervision(kept *supervisionSnapshot) {
	if kept == nil {
		return
	}
	s := &supervision{a: a, agent: kept.Agent, call: kept.Call, mode: kept.Mode, since: kept.Since}
	for i, e := range kept.Ears {
		restored := &ear{id: e.ID, leg: e.Leg, mode: e.Mode, entry: e.Entry}
		if i == 0 {
			s.ear = restored
			continue
		}
		s.next = restored
	}
	a.supervision = s
	a.e.watchers.set(a.id, s.agent, s.call)
}

// reconcile compares the ears with what Asterisk has after a connect. One that is in the booth, and has its third one, is kept; of two, or one that
// is elsewhere, none is: they are made anew.
func (s *supervision) reconcile(n *node, present map[string]ari.Channel, where map[string]string) {
	if s == nil || s.a.phone.node != n {
		return
	}
	if e := s.ear; e != nil && s.next == nil && where[e.id] == boothBridge(s.a.id) && present[thirdOf(e.id)].ID != "" {
		e.joined, e.third = true, thirdWaits
		if where[thirdOf(e.id)] != "" {
			e.third = thirdSeated
		}
	} else {
		s.deafen("the connection to Asterisk was lost meanwhile")
	}
	s.subject = nil
	s.watch()
	s.a.changed()
}

// auditTries is how often the end of an entry is written, with a pause that doubles from auditPause.
const (
	auditTries = 12
	auditPause = 250 * time.Millisecond
)

// audited notes the end of an entry of the audit log, as of now. While Redis is away it is tried again.
func (e *Engine) audited(entry, why string) {
	if entry == "" {
		return
	}
	at := time.Now()
	e.aside(func() {
		pause := auditPause
		for try := 1; ; try++ {
			ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
			err := e.auditLog.End(ctx, entry, at, why)
			cancel()
			if err == nil {
				return
			}
			if try == auditTries {
				e.log.Error().Err(err).Str("entry", entry).Time("at", at).Str("why", why).Msg("the end of an entry of the audit log cannot be written")
				return
			}
			select {
			case <-time.After(pause):
			case <-e.closing:
				time.Sleep(auditPause)
			}
			pause = min(2*pause, time.Minute)
		}
	})
}
