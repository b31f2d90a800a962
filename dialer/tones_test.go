//go:build integration

package dialer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// The pitches of the tones in these tests are voices that nobody has, so that an ear knows them from people and from music. Their overtones
// are beyond what a telephone carries.
var pitchOf = map[audio.Event]phone.Voice{
	audio.Retrieved:    phone.VoiceAt(9),
	audio.HoldReminder: phone.VoiceAt(10),
}

// newTonesHouse has tones as configured: rendered, and installed where Asterisk plays from.
func newTonesHouse(t *testing.T, configure ...func(*dialer.Config)) *house {
	t.Helper()
	sounds := audio.Defaults()
	sounds.Cadences = map[string]audio.Cadence{}
	for event, pitch := range pitchOf {
		sounds.Cadences[string(event)] = audio.Cadence(fmt.Sprintf("%d/400", int(pitch)))
	}
	sounds.AllowSame = true // one note each, and some of them near
	must(t, sounds.Validate())
	files := map[string]string{}
	for _, f := range sounds.Files() {
		files["/usr/share/asterisk/sounds/"+audio.SoundDirectory+"/"+f.Name] = string(f.Content)
	}
	h := newHouseWith(t, files, map[string]phone.Behaviour{"0001": phone.Answer()}, configure...)
	h.audio = sounds
	return h
}

func TestOnlyTheAgentHearsTones(t *testing.T) {
	h := newTonesHouse(t)
	agent, contact, id := h.talking()
	heard := func(event audio.Event, since time.Time) time.Time {
		t.Helper()
		at, err := agent.leg.Ear().WaitHeard(h.ctx(), pitchOf[event], since)
		if err != nil {
			t.Fatalf("the agent does not hear %s: %v", event, err)
		}
		return at
	}
	_, err := h.engine.Hold(h.ctx(), hanako, id)
	must(t, err)
	began := time.Now()
	_, err = h.engine.Resume(h.ctx(), hanako, id)
	must(t, err)
	heard(audio.Retrieved, began)
	must(t, agent.leg.Ear().WaitHears(h.ctx(), contactVoice)) // the tone is over
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}}, phone.Staying(1500*time.Millisecond))
	for event, pitch := range pitchOf {
		if at, ok := contact.Ear().FirstHeard(pitch, time.Time{}); ok {
			t.Errorf("the contact heard %s at %v", event, at)
		}
	}
	if said := contact.Ear().Between(began.Add(500*time.Millisecond), time.Time{}); !said.Exactly(agentVoice) {
		t.Errorf("after the resume the contact heard %v", said)
	}
}

// An agent's volume holds for tones, and for nothing else.
func TestTonesAreAsLoudAsTheAgentWants(t *testing.T) {
	for name, row := range map[string]struct {
		tones audio.Preference
		heard bool
	}{
		"softer":        {audio.Preference{Volume: 0.25}, true},
		"hardly at all": {audio.Preference{Volume: 0.001}, false}, // -60 dB: less than the least step of what a telephone carries
		"louder":        {audio.Preference{Volume: 2}, true},
		"that one off":  {audio.Preference{Volume: 1, Off: []audio.Event{audio.Retrieved}}, false},
		"all off":       {audio.Preference{Volume: 1, Off: []audio.Event{"all"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newTonesHouse(t, func(c *dialer.Config) {
				who := c.Agents[hanako]
				who.Tones = row.tones
				c.Agents[hanako] = who
			})
			agent, contact, id := h.talking()
			_, err := h.engine.Hold(h.ctx(), hanako, id)
			must(t, err)
			began := time.Now()
			_, err = h.engine.Resume(h.ctx(), hanako, id)
			must(t, err)
			if row.heard {
				_, err = agent.leg.Ear().WaitHeard(h.ctx(), pitchOf[audio.Retrieved], began)
				must(t, err)
				must(t, agent.leg.Ear().WaitHears(h.ctx(), contactVoice))
			}
			phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}}, phone.Staying(time.Second))
			if at, heard := agent.leg.Ear().FirstHeard(pitchOf[audio.Retrieved], began); heard != row.heard {
				t.Errorf("the tone was heard: %v, after %v", heard, at.Sub(began))
			}
		})
	}
}
