package audio

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/internal/problem"
)

func TestDefaultsGiveEachEventItsOwnTone(t *testing.T) {
	c := Defaults()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, e := range Events() {
		if _, ok := ToneNamed(string(e)); !ok {
			t.Errorf("%s has no tone", e)
		}
		if got, want := c.Choice(e).Media(), "sound:hasshin/"+string(e); got != want {
			t.Errorf("%s plays %q, want %q", e, got, want)
		}
	}
	if len(Tones()) != len(Events()) {
		t.Errorf("%d tones for %d events", len(Tones()), len(Events()))
	}
}

// Each event has a setting with its name, and no setting is of no event.
func TestSettingsAndEventsAgree(t *testing.T) {
	var keys []string
	typ := reflect.TypeFor[Config]()
	for i := range typ.NumField() {
		if typ.Field(i).Type == reflect.TypeFor[Choice]() {
			keys = append(keys, typ.Field(i).Tag.Get("yaml"))
		}
	}
	var want []string
	var c Config
	for i, e := range Events() {
		want = append(want, e.key())
		*c.field(e) = Choice(e)
		if got := reflect.ValueOf(c).Field(i).String(); got != string(e) {
			t.Errorf("%s is in field %s", e, typ.Field(i).Name)
		}
	}
	if !slices.Equal(keys, want) {
		t.Errorf("settings %v\nevents   %v", keys, want)
	}
	if got := c.Choice("no such event"); got.Media() != "" {
		t.Errorf("an unknown event plays %q", got)
	}
}

func TestValidateNamesEveryField(t *testing.T) {
	c := Defaults()
	c.Offered = "gong"
	c.Held = ""
	c.Retrieved = "sound:"
	c.Error = "sound:../../etc/passwd"
	c.Accepted = "ended"
	got := map[string]string{}
	for _, p := range problem.Of(c.Validate()) {
		got[p.Path] = p.Message
	}
	for path, want := range map[string]string{
		"offered":   `there is no tone "gong"; expected none, sound:NAME, or one of offered, callback-offered`,
		"held":      "names no tone",
		"retrieved": "is not a sound",
		"error":     "is not a sound",
		"ended":     `"ended" is the tone of accepted already`,
	} {
		if !strings.Contains(got[path], want) {
			t.Errorf("%s: %q, want %q in it", path, got[path], want)
		}
	}
	if len(got) != 5 {
		t.Errorf("problems at %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestValidateTakesOverrides(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"silent":              func(c *Config) { c.Connected, c.Accepted, c.Held = "none", "none", "none" },
		"a sound":             func(c *Config) { c.Offered = "sound:custom/gong" },
		"swapped":             func(c *Config) { c.Held, c.Retrieved = c.Retrieved, c.Held },
		"the same, permitted": func(c *Config) { c.CallbackOffered, c.AllowSame = "offered", true },
	} {
		c := Defaults()
		change(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*Config){
		"the same tone":  func(c *Config) { c.CallbackOffered = "offered" },
		"the same sound": func(c *Config) { c.Offered, c.Error = "sound:custom/gong", "sound:custom/gong" },
	} {
		c := Defaults()
		change(&c)
		if err := c.Validate(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestMedia(t *testing.T) {
	for choice, want := range map[Choice]string{
		"none": "", "": "", "offered": "sound:hasshin/offered", "sound:custom/gong": "sound:custom/gong",
	} {
		if got := choice.Media(); got != want {
			t.Errorf("%q plays %q, want %q", choice, got, want)
		}
	}
}

func TestSheetForThePage(t *testing.T) {
	c := Defaults()
	c.Connected = "none"
	c.Held = "sound:custom/gong"
	c.Offered, c.CallbackOffered = "callback-offered", "offered"
	b, err := json.Marshal(NewSheet(c))
	if err != nil {
		t.Fatal(err)
	}
	var s Sheet
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Events[Connected]; ok || s.Events[Held] != "held" || s.Events[Offered] != "callback-offered" {
		t.Errorf("events: %v", s.Events)
	}
	for e, tone := range s.Events {
		if len(s.Tones[tone].Notes) == 0 {
			t.Errorf("%s plays %q, which is not on the sheet", e, tone)
		}
	}
	if s.Envelope.Attack <= 0 || len(s.Envelope.Partials) == 0 {
		t.Errorf("envelope: %+v", s.Envelope)
	}
}

// A caller may change what it is given without changing the table.
func TestTonesAreCopies(t *testing.T) {
	Tones()[0].Notes[0].Hz = 1
	one, _ := ToneNamed("offered")
	one.Notes[0].Hz = 2
	if again, _ := ToneNamed("offered"); again.Notes[0].Hz != 523 {
		t.Errorf("the table was changed: %d Hz", again.Notes[0].Hz)
	}
}
