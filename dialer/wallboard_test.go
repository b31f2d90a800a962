package dialer

import (
	"testing"
	"time"
)

func TestTheWallboardShowsCallsAndAgents(t *testing.T) {
	s := newShift(t, withBoss)
	s.arrive("hanako", "taro")
	if _, err := s.engine.Wallboard(s.ctx(), "hanako"); s.refusal(err) != CodeForbidden {
		t.Errorf("an agent without the privilege sees the wallboard: %v", err)
	}
	before := s.board()
	c := before.Campaigns[0]
	if c.ID != rigCampaign || c.Attempts != 0 || c.Agents["ready"] != 2 || c.List.Ready != c.List.Total || c.List.DoneAt != nil {
		t.Errorf("before any call: %+v", c)
	}
	talking := s.talk("hanako")
	if c := s.board().Campaigns[0]; c.Agents["on-call"] != 1 || c.Agents["ready"] != 1 || c.List.Out != 1 || c.AgentWait.Times != 1 {
		t.Errorf("in a call: %+v", c)
	}
	_, err := s.engine.Done(s.ctx(), "hanako", talking.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
	s.eventually("the call is over", func() bool { return s.state("hanako").CallID == "" })
	after := s.board()
	c = after.Campaigns[0]
	if c.Attempts != 1 || c.Results["answered"] != 1 || c.HitRatio != 1 || c.List.Closed != 1 || c.List.Penetration <= 0 {
		t.Errorf("after it: %+v", c)
	}
	if c.List.DoneAt == nil || !c.List.DoneAt.After(after.At) {
		t.Errorf("the list is expected to be done at %v", c.List.DoneAt)
	}
	for _, a := range after.Agents {
		if calls := map[string]int{"hanako": 1}[a.ID]; a.Calls != calls || a.SignedInAt.IsZero() || (a.Seconds["on-call"] > 0) != (calls > 0) ||
			a.Results["answered"] != calls || a.HitRatio != float64(calls) {
			t.Errorf("%s: %+v", a.ID, a)
		}
	}
	if len(after.Agents) < 2 {
		t.Errorf("agents %+v", after.Agents)
	}
}

func (s *shift) board() WallboardView {
	s.t.Helper()
	v, err := s.engine.Wallboard(s.ctx(), "yuki")
	s.must(err)
	if time.Since(v.At) > time.Minute || len(v.Campaigns) == 0 {
		s.t.Fatalf("wallboard %+v", v)
	}
	return v
}
