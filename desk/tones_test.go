package desk_test

import (
	"reflect"
	"testing"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/desk"
)

func TestThePageGetsTheTonesThatThePhonePlays(t *testing.T) {
	sounds := audio.Defaults()
	sounds.Cadences = map[string]audio.Cadence{"held": "660/90,0/40,440/140", "dial-like": "350+440/200"}
	sounds.Connected, sounds.Accepted = "dial-like", "none"
	h := open(t, func(o *desk.Options) {
		o.Audio = sounds
		quiet := o.Agents["jiro"]
		quiet.Tones = audio.Preference{Volume: 0.5, Off: []audio.Event{audio.Held}}
		o.Agents["jiro"] = quiet
	})

	got := must(h.signedIn("hanako").Tones(h.ctx()))(t)
	if want := audio.NewSheet(sounds); !reflect.DeepEqual(got, want) {
		t.Errorf("the page of hanako gets %s, want %s", text(got), text(want))
	}
	if got.Tones["held"].Cadence() != "660/90,0/40,440/140" || got.Events[audio.Connected] != "dial-like" || got.Volume != 1 {
		t.Errorf("what is configured is not in it: %s", text(got))
	}
	if name, heard := got.Events[audio.Accepted]; heard {
		t.Errorf("what is silent is %s", name)
	}

	got = must(h.signedIn("jiro").Tones(h.ctx()))(t)
	if _, heard := got.Events[audio.Held]; heard || got.Volume != 0.5 || got.Events[audio.Ended] != "ended" {
		t.Errorf("jiro has held off and wants the others softer: %s", text(got))
	}
}

func TestTonesAreThoseOfTheDefaultsWhenNothingIsSaid(t *testing.T) {
	h := open(t)
	if got, want := must(h.signedIn("hanako").Tones(h.ctx()))(t), audio.NewSheet(audio.Defaults()); !reflect.DeepEqual(got, want) {
		t.Errorf("the page gets %s, want %s", text(got), text(want))
	}
	if got := h.send("GET", "/api/v1/tones", ""); got.status != 401 {
		t.Errorf("a stranger gets %d, want 401", got.status)
	}
}
