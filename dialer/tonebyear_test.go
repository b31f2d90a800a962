//go:build integration

package dialer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// tone waits until an agent was told of an event, and until the agent's ear has heard a sound that lasts as long as that event's tone.
func (s *story) tone(who *human, event string, since time.Time) {
	s.t.Helper()
	ctx := s.ctx()
	for {
		n, err := s.notices.Next(ctx)
		if err != nil {
			s.t.Fatalf("waiting for tone %s of %s: %v", event, who.id, err)
		}
		if v, ok := n.Data.(dialer.ToneView); ok && n.Agent == who.id {
			if v.Event != event {
				s.t.Fatalf("tone %s, want %s", v.Event, event)
			}
			break
		}
	}
	s.ringsOut(who, event, since)
	tone, ok := audio.ToneNamed(event)
	if !ok {
		s.t.Fatalf("there is no tone %s", event)
	}
	heard := s.heardMusic(who, since)
	for limit := time.Now().Add(time.Second); heard < tone.Duration()/2 && time.Now().Before(limit); heard = s.heardMusic(who, since) {
		<-time.After(20 * time.Millisecond) // a frame that is torn as the legs move is a sound, too, and not yet the tone
	}
	if heard < tone.Duration()/2 || heard > tone.Duration()+200*time.Millisecond {
		s.t.Errorf("tone %s was heard for %v, want about %v", event, heard, tone.Duration())
	}
}

// heardMusic is how long an agent has heard a sound that is no voice.
func (s *story) heardMusic(who *human, since time.Time) (heard time.Duration) {
	for _, span := range who.leg.Ear().Timeline(since, time.Time{}) {
		if slices.Contains(span.Heard, phone.Music) {
			heard += time.Duration(span.Frames) * 20 * time.Millisecond
		}
	}
	return heard
}

// ringsOut waits until an agent's ear has heard a sound that is no voice, and hears none any more; conversation goes on under it.
func (s *story) ringsOut(who *human, event string, since time.Time) {
	s.t.Helper()
	if _, err := who.leg.Ear().WaitOver(s.ctx(), phone.Music, since); err != nil {
		s.t.Fatalf("tone %s: %v", event, err)
	}
}

// TestTonesAreForTheAgentsEarOnly follows a call through the events that have tones.
func TestTonesAreForTheAgentsEarOnly(t *testing.T) {
	s := newStory(t)
	quiet := func(since time.Time) {
		t.Helper()
		if at, heard := s.contact.Ear().FirstHeard(phone.Music, since); heard {
			t.Errorf("the contact heard a sound %v after the event", at.Sub(since))
		}
	}
	began := time.Now()
	s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
	s.tone(s.agent, "held", began)
	began = time.Now()
	s.do(func() (dialer.CallView, error) { return s.engine.Resume(s.ctx(), hanako, s.id) }, "talking")
	s.tone(s.agent, "retrieved", began)
	s.hears(phone.WhoHears{s.contact: {s.agent.leg}})

	began = time.Now()
	s.do(func() (dialer.CallView, error) {
		return s.engine.StartConference(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
	}, "inviting")
	s.tone(s.colleague, "consult-offered", began)
	quiet(began) // it goes on talking to the agent
	rejected := time.Now()
	_, err := s.engine.Reject(s.ctx(), taro, s.id, "")
	must(t, err)
	s.agent.await(s.id, "talking")
	s.ringsOut(s.agent, "error", rejected)
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}})

	began = time.Now()
	s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
	}, "transferring")
	s.tone(s.colleague, "transfer-offered", began)
	rejected = time.Now()
	_, err = s.engine.Reject(s.ctx(), taro, s.id, "")
	must(t, err)
	s.agent.await(s.id, "talking")
	s.ringsOut(s.agent, "retrieved", rejected)
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})

	began = time.Now()
	s.do(func() (dialer.CallView, error) { return s.engine.End(s.ctx(), hanako, s.id) }, "wrap-up")
	s.tone(s.agent, "ended", began)
	quiet(began)
	s.finish()
}

// TestATonePlayingDelaysNoHold holds in the midst of the tone of the resume before, and without one.
func TestATonePlayingDelaysNoHold(t *testing.T) {
	const rounds = 9
	s := newStory(t)
	measure := func() time.Duration {
		t.Helper()
		began := time.Now()
		s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
		at, err := s.contact.Ear().WaitHeard(s.ctx(), phone.Music, began)
		must(t, err)
		return at.Sub(began)
	}
	var calm, under []time.Duration
	for range rounds {
		calm = append(calm, measure())
		began := time.Now()
		s.do(func() (dialer.CallView, error) { return s.engine.Resume(s.ctx(), hanako, s.id) }, "talking")
		if _, err := s.agent.leg.Ear().WaitHeard(s.ctx(), phone.Music, began); err != nil { // the tone has begun
			t.Fatal(err)
		}
		under = append(under, measure())
		began = time.Now()
		s.do(func() (dialer.CallView, error) { return s.engine.Resume(s.ctx(), hanako, s.id) }, "talking")
		s.ringsOut(s.agent, "retrieved", began)
	}
	slices.Sort(calm)
	slices.Sort(under)
	t.Logf("hold to music, p50 of %d: %v, in the midst of a tone %v", rounds, calm[rounds/2], under[rounds/2])
	if late := under[rounds/2] - calm[rounds/2]; late > 60*time.Millisecond {
		t.Errorf("a tone delays the hold by %v", late)
	}
}

// TestATonePlayedIntoAnotherIsHeard resumes as soon as the first packet of the tone of the hold is heard: the tone of the resume takes its place.
func TestATonePlayedIntoAnotherIsHeard(t *testing.T) {
	s := newStory(t)
	for i := range 4 {
		began := time.Now()
		s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
		if _, err := s.agent.leg.Ear().WaitHeard(s.ctx(), phone.Music, began); err != nil {
			t.Fatal(err)
		}
		resumed := time.Now()
		s.do(func() (dialer.CallView, error) { return s.engine.Resume(s.ctx(), hanako, s.id) }, "talking")
		s.tone(s.agent, "retrieved", resumed.Add(100*time.Millisecond))
		if t.Failed() {
			t.Fatalf("at resume %d", i+1)
		}
		s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
	}
}
