package robot

import (
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/internal/phone"
)

var dialed = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// after is a moment of a call.
func after(d time.Duration) time.Time { return dialed.Add(d) }

// sounds is a timeline from dialing on.
type sound struct {
	lasts time.Duration
	heard []phone.Voice
}

func heard(lasts time.Duration, voices ...phone.Voice) sound { return sound{lasts, voices} }

func timeline(sounds ...sound) Timeline {
	var t Timeline
	at := dialed
	for _, s := range sounds {
		t = append(t, phone.Span{From: at, To: at.Add(s.lasts), Frames: int(s.lasts / (20 * time.Millisecond)), Heard: s.heard})
		at = at.Add(s.lasts)
	}
	return t
}

const (
	frame   = 20 * time.Millisecond
	contact = phone.Voice(1150)
)

func TestRingingIsToldFromSpeech(t *testing.T) {
	ringing := timeline(
		heard(time.Second, phone.Silence), heard(100*time.Millisecond, phone.Ringback), heard(frame, phone.Music), heard(900*time.Millisecond, phone.Ringback),
		heard(2*time.Second, phone.Silence))
	if at, ok := ringing.rung(dialed); !ok || !at.Equal(after(1240*time.Millisecond)) {
		t.Errorf("ringing is noticed at %v, %v; want 1.24 s after dialing", at.Sub(dialed), ok)
	}
	var syllables []sound
	for range 20 { // sounds like ringing for a syllable each
		syllables = append(syllables, heard(150*time.Millisecond, phone.Music), heard(100*time.Millisecond, phone.Ringback))
	}
	if at, ok := timeline(syllables...).rung(dialed); ok {
		t.Errorf("speech is taken for ringing at %v", at.Sub(dialed))
	}
}

func TestAnAnnouncementIsToldFromRinging(t *testing.T) {
	cadence := []sound{}
	for range 30 { // each ring begins, ends and beats with a frame that sounds like something else
		cadence = append(cadence, heard(frame, phone.Music), heard(480*time.Millisecond, phone.Ringback), heard(frame, phone.Music),
			heard(480*time.Millisecond, phone.Ringback), heard(frame, phone.Music), heard(2*time.Second, phone.Silence))
	}
	for _, tc := range []struct {
		name string
		t    Timeline
		want bool
	}{
		{"ringing alone", timeline(cadence...), false},
		{"a tone", timeline(heard(time.Second, 600)), true},
		{"a note of an agent's tone", timeline(heard(120*time.Millisecond, 650)), false},
		{"speech", timeline(heard(2*time.Second, phone.Music)), true},
		{"a cough", timeline(heard(300*time.Millisecond, phone.Music)), false},
		{"silence", timeline(heard(9*time.Second, phone.Silence)), false},
	} {
		r := Report{Dialed: dialed, Ended: after(2 * time.Minute), Heard: tc.t}
		if got := r.HeardAnnouncement(); got != tc.want {
			t.Errorf("%s is an announcement: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestWhatBecameOfACall(t *testing.T) {
	const (
		ringing = time.Second
		beep    = 400 * time.Millisecond
	)
	ring := heard(ringing, phone.Ringback)
	greeting := heard(3*time.Second, phone.Music)
	for _, tc := range []struct {
		name   string
		result call.Result
		sounds []sound
		ends   time.Duration // after dialing
		byUs   bool
		deaf   bool
		want   Outcome
	}{
		{name: "busy", result: call.Busy, ends: ringing, want: "busy"},
		{name: "we gave up", result: call.Cancelled, sounds: []sound{ring}, ends: ringing, byUs: true, want: "cancelled"},
		{name: "a person", result: call.Answered, sounds: []sound{ring, heard(4*time.Second, contact)}, ends: 5 * time.Second, byUs: true, want: Talked},
		{name: "a person in a hurry", result: call.Answered, sounds: []sound{ring, heard(time.Second, contact)}, ends: 2 * time.Second, want: HungUpEarly},
		{name: "a person who hangs up in time", result: call.Answered, sounds: []sound{ring, heard(4*time.Second, contact)}, ends: 5 * time.Second, want: Talked},
		{name: "a voicemail", result: call.Answered, sounds: []sound{ring, greeting, heard(beep, Beep), heard(time.Second, phone.Silence)}, ends: 6 * time.Second, byUs: true, want: Machine},
		{name: "a voicemail left before its beep", result: call.Answered, sounds: []sound{ring, greeting}, ends: 4 * time.Second, byUs: true, want: Talked},
		{name: "a beep without a greeting", result: call.Answered, sounds: []sound{ring, heard(beep, Beep), heard(4*time.Second, contact)}, ends: 6 * time.Second, byUs: true, want: Talked},
		{name: "an announcement before the answer", result: call.Answered, sounds: []sound{heard(ringing, phone.Music), heard(beep, Beep), heard(4*time.Second, contact)}, ends: 6 * time.Second, byUs: true, want: Talked},
		{name: "nobody", result: call.Answered, sounds: []sound{ring, heard(110*time.Millisecond, phone.Music), heard(4*time.Second, phone.Silence)}, ends: 5 * time.Second, byUs: true, want: Silent},
		{name: "dead air", result: call.Answered, sounds: []sound{ring, heard(4*time.Second, phone.DeadAir)}, ends: 5 * time.Second, byUs: true, want: Silent},
		{name: "who knows, without ears", result: call.Answered, ends: 5 * time.Second, byUs: true, deaf: true, want: Talked},
	} {
		r := Report{Result: string(tc.result), Dialed: dialed, Ended: after(tc.ends), ByUs: tc.byUs, Plan: Plan{Talk: 4 * time.Second}, Heard: timeline(tc.sounds...)}
		if tc.result == call.Answered {
			r.Answered = after(ringing)
		}
		if got := r.outcome(Config{Beep: Beep, Deaf: tc.deaf}); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestVoicesAreInTheOrderInWhichTheyCame(t *testing.T) {
	r := Report{Dialed: dialed, Answered: after(time.Second), Ended: after(9 * time.Second), Heard: timeline(
		heard(time.Second, 600), heard(time.Second, 1450, phone.Music), heard(120*time.Millisecond, 750), heard(time.Second, contact, 1450))}
	if got := r.Voices(); !slices.Equal(got, []phone.Voice{1450, contact}) {
		t.Errorf("voices %v; want those after the answer that are no note of a tone: %v", got, []phone.Voice{1450, contact})
	}
}

func TestVoicesAreToldFromTones(t *testing.T) {
	if all := Voices(); len(all) < 8 {
		t.Errorf("only %v are clear of the tones", all)
	}
	if slices.Contains(Voices(), 650) {
		t.Error("650 Hz is taken for a voice, but hasshin plays 659 Hz")
	}
}

func TestARobotNeedsToKnowWhoItIs(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("a robot without address, agent, password and campaign is taken")
	}
	if _, err := New(Config{URL: "ftp://127.0.0.1", Agent: "robot", Password: "x", Campaign: "demo"}); err == nil {
		t.Error("an address that is no HTTP server's is taken")
	}
}

func TestRulesHaveOneForTheRest(t *testing.T) {
	cfg := Config{Dispositions: map[Outcome]string{Machine: "machine", Otherwise: "no-contact"}}
	if got := cfg.disposition(Machine); got != "machine" {
		t.Errorf("a machine gets %q", got)
	}
	if got := cfg.disposition("busy"); got != "no-contact" {
		t.Errorf("busy gets %q", got)
	}
}
