package ari

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryFieldOfEveryAnswerIsRead(t *testing.T) {
	for _, want := range []interface{ decode(p *parser) }{
		&Channel{}, &Bridge{}, &Playback{}, &LiveRecording{}, &StoredRecording{}, &Endpoint{}, &AsteriskInfo{}, &Pong{}, &Module{},
		&LogChannel{}, &ConfigTuple{}, &Sound{}, &DeviceState{}, &Mailbox{}, &RTPStatistics{}, &Variables{}, &variable{}, &errorBody{},
	} {
		n := 0
		example(reflect.ValueOf(want).Elem(), &n)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := reflect.New(reflect.TypeOf(want).Elem()).Interface().(interface{ decode(p *parser) })
		var p parser
		p.reset(string(text))
		got.decode(&p)
		if err := p.end(); err != nil {
			t.Errorf("%T: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T (-want +got):\n%s", want, diff)
		}
	}
}

func TestAnApplicationsFilterIsReadAsTypes(t *testing.T) {
	var p parser
	p.reset(`{"name":"a","channel_ids":["c1"],"bridge_ids":[],"endpoint_ids":["PJSIP/1"],"device_names":["d"],
		"events_allowed":[],"events_disallowed":[{"type":"ChannelVarset"},{"x":[1],"type":"Dial"},{}]}`)
	var got Application
	got.decode(&p)
	want := Application{
		Name: "a", ChannelIDs: []string{"c1"}, BridgeIDs: []string{}, EndpointIDs: []string{"PJSIP/1"}, DeviceNames: []string{"d"},
		EventsAllowed: []string{}, EventsDisallowed: []string{"ChannelVarset", "Dial", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" || p.end() != nil {
		t.Errorf("%v (-want +got):\n%s", p.end(), diff)
	}
}

// What the fuzz test would find again, each with its own name.
func TestWhatIsJSONAndWhatIsNot(t *testing.T) {
	for _, value := range []string{
		`0`, `-0`, `-`, `01`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e-`, `1e`, `+1`, `NaN`, `true`, `tru`, `false`, `nul`, `null`, `x`, ``,
		`""`, `"`, `"\`, `"\"`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\uD83D\uDE00"`, `"\uD83D\u"`, `"\uD83D"`, "\"\x01\"", "\"\\\x01\"", "\"\xff\"", `"\/\b\f\n\r\t"`,
		`[]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1,2`, `[`, `]`, `{}`, `{"a":1}`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `{"a":1`, `{`,
		strings.Repeat("[", 5000) + strings.Repeat("]", 5000), strings.Repeat("[", 10001) + strings.Repeat("]", 10001),
	} {
		message := `{"type":"StasisEnd","unheard of":` + value + `}`
		raw, isRaw := DecodeEvent([]byte(message)).(*RawEvent)
		if valid := json.Valid([]byte(message)); valid == isRaw {
			t.Errorf("%.40s: encoding/json says valid: %v, we: %+v", value, valid, raw)
		}
		message = `{"type":"ChannelVarset","value":` + value + `}`
		if ev, ok := DecodeEvent([]byte(message)).(*ChannelVarset); ok {
			compareWithReference(t, ev, []byte(message))
		}
	}
}
