package ari

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheRecordedEventsReadAsEncodingJSONReadsThem(t *testing.T) {
	counts := map[string]int{}
	for i, message := range recording(t) {
		ev := DecodeEvent(message)
		counts[ev.Type()]++
		if raw, ok := ev.(*RawEvent); ok {
			t.Fatalf("event %d is raw: %v: %s", i, raw.Err, message)
		}
		if ev.Header().Timestamp.IsZero() || ev.Header().Application != "cyrec" {
			t.Fatalf("event %d: header %+v", i, ev.Header())
		}
		compareWithReference(t, ev, message)
	}
	if counts["ChannelVarset"] != 600 || counts["Dial"] != 300 || len(counts) != 13 {
		t.Errorf("counts are %v", counts)
	}
}

// example fills every field of a model or event, found by reflection, so that no field can be forgotten by the decoder.
func example(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d with \"quotes\", \\, ü, 発信 and \u2028 😀\n", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 4)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		example(v.Elem(), n)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(`{"any":[1,"two",null]}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			example(v.Index(i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		example(key, n)
		example(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 11, 55, 5, *n%1000*1e6, time.UTC)))
			return
		}
		for i := range v.NumField() {
			example(v.Field(i), n)
		}
	}
}

func TestEveryFieldOfEveryEventIsRead(t *testing.T) {
	types := EventTypes()
	if len(types) != 46 {
		t.Errorf("%d event types, expected the 46 of Asterisk 22.10", len(types))
	}
	for _, typ := range types {
		want := newEvent(typ)
		n := 0
		example(reflect.ValueOf(want).Elem(), &n)
		want.Header().Type = typ
		message, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := DecodeEvent(message)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
}

func TestAnEventThatIsNotKnownComesRaw(t *testing.T) {
	message := `{"type":"ChannelTeleported","timestamp":"2026-11-22T11:55:05.473+0000","channel":{"id":"c1"},"application":"a"}`
	raw, ok := DecodeEvent([]byte(message)).(*RawEvent)
	if !ok || raw.Err != nil || raw.Type() != "ChannelTeleported" || raw.Application != "a" || string(raw.Data) != message {
		t.Errorf("got %+v", raw)
	}
	if want := time.Date(2026, 11, 22, 11, 55, 5, 473e6, time.UTC); !raw.Timestamp.Equal(want) {
		t.Errorf("timestamp %s, want %s", raw.Timestamp, want)
	}
}

func TestAMessageThatIsNoEventComesRawWithAnError(t *testing.T) {
	for _, message := range []string{"", "null", "42", "[]", "{}", `{"type":7`, `{"type":"StasisEnd"} x`, `{"type":"StasisEnd",}`, `{"a":1}`} {
		raw, ok := DecodeEvent([]byte(message)).(*RawEvent)
		if !ok || raw.Err == nil || string(raw.Data) != message {
			t.Errorf("%q: got %+v", message, raw)
		}
	}
}

func TestAFieldOfTheWrongKindDoesNotCostTheEvent(t *testing.T) {
	ev, ok := DecodeEvent([]byte(`{"type":"ChannelDestroyed","cause":"busy","cause_txt":17,"tech_cause":486.0,
		"channel":{"id":"c1","name":null,"state":true,"caller":"nobody","creationtime":12,"channelvars":[],"dialplan":{"priority":1e1}}}`)).(*ChannelDestroyed)
	if !ok {
		t.Fatalf("not a ChannelDestroyed")
	}
	want := &ChannelDestroyed{
		EventHeader: EventHeader{Type: "ChannelDestroyed"}, CauseText: "17", TechCause: 486,
		Channel: Channel{ID: "c1", State: "true", Dialplan: Dialplan{Priority: 10}},
	}
	if diff := cmp.Diff(want, ev); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheTypeNeedNotComeFirst(t *testing.T) {
	ev, ok := DecodeEvent([]byte(`{"args":["a","b"],"channel":{"id":"c1"},"type":"StasisStart"}`)).(*StasisStart)
	if !ok || ev.Channel.ID != "c1" || !slices.Equal(ev.Args, []string{"a", "b"}) {
		t.Errorf("got %+v", ev)
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-11-22T11:55:05.473+0000":     time.Date(2026, 11, 22, 11, 55, 5, 473e6, time.UTC),
		"2026-11-22T20:55:05.473+0900":     time.Date(2026, 11, 22, 11, 55, 5, 473e6, time.UTC),
		"2026-11-22T08:25:05.473-0330":     time.Date(2026, 11, 22, 11, 55, 5, 473e6, time.UTC),
		"2024-02-29T00:00:00.000+0000":     time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"2026-11-22T11:55:05Z":             time.Date(2026, 11, 22, 11, 55, 5, 0, time.UTC),
		"2026-11-22T11:55:05.123456+01:00": time.Date(2026, 11, 22, 10, 55, 5, 123456e3, time.UTC),
		"2026-02-29T00:00:00.000+0000":     {},
		"2026-13-01T00:00:00.000+0000":     {},
		"2026-11-22T24:00:00.000+0000":     {},
		"2026-11-22T1x:00:00.000+0000":     {},
		"yesterday":                        {},
		"":                                 {},
	} {
		if got := parseTime(text); !got.Equal(want) {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// FuzzDecodeEvent holds the decoder against encoding/json: the same messages are well-formed, and all fields read the same.
func FuzzDecodeEvent(f *testing.F) {
	seen := map[string]bool{}
	for _, message := range recording(f) {
		if typ := DecodeEvent(message).Type(); !seen[typ] {
			seen[typ] = true
			f.Add(message)
		}
	}
	for _, typ := range EventTypes() {
		ev, n := newEvent(typ), 0
		example(reflect.ValueOf(ev).Elem(), &n)
		ev.Header().Type = typ
		message, err := json.Marshal(ev)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(message)
	}
	for _, message := range []string{
		`{"type":"ChannelVarset","variable":"\u0041\ud83d\ude00\ud800\u00e9\/\b","value":"\\\"","channel":null}`,
		"{\"type\":\"ChannelVarset\",\"value\":\"\xff\xfe ok \xe2\x82\"}",
		`{"type":"ChannelDestroyed","cause":-0,"tech_cause":1.5e2,"channel":{"dialplan":{"priority":9223372036854775808}}}`,
		`{ "type" : "StasisStart" , "args" : [ ] , "channel" : { } , "x" : [ { "y" : [ 1 , 2.0e-1 , true , false , null ] } ] }`,
		`{"type":"StasisStart","args":[1,null,"a",{}],"channel":[]}`,
		`{"type":"Unheard","a":{"b":"\ud800\ud800"}}`, `{"type":"StasisEnd","channel":{"id":"a","id":"b"}}`, `[]`, `{`, `{"type":`, "",
	} {
		f.Add([]byte(message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		ev := DecodeEvent(message)
		raw, isRaw := ev.(*RawEvent)
		if malformed := isRaw && errors.Is(raw.Err, errSyntax); malformed == json.Valid(message) {
			t.Fatalf("encoding/json says valid: %v, we: %v", json.Valid(message), raw)
		}
		if !json.Valid(message) || repeatsField(message) {
			return
		}
		if isRaw && raw.Err != nil {
			return
		}
		compareWithReference(t, ev, message)
	})
}

// compareWithReference reads message the slow way, through encoding/json's maps, and expects the same.
func compareWithReference(t *testing.T, ev Event, message []byte) {
	t.Helper()
	numbers := json.NewDecoder(bytes.NewReader(message))
	numbers.UseNumber()
	var fields map[string]any
	if err := numbers.Decode(&fields); err != nil {
		t.Fatal(err)
	}
	want := newEvent(asText(fields["type"]))
	if want == nil {
		want = &RawEvent{Data: message}
	}
	fillStruct(reflect.ValueOf(want).Elem(), fields)
	ignoreRawSpelling := cmp.Transformer("any", func(raw json.RawMessage) any {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		return v
	})
	if diff := cmp.Diff(want, ev, ignoreRawSpelling); diff != "" {
		t.Fatalf("%s\n(-want +got):\n%s", message, diff)
	}
}

func fillStruct(v reflect.Value, fields map[string]any) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			fillStruct(v.Field(i), fields)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if value, ok := fields[name]; ok && name != "-" {
			fill(v.Field(i), value)
		}
	}
}

func fill(v reflect.Value, value any) {
	object, isObject := value.(map[string]any)
	list, isList := value.([]any)
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(parseTime(asText(value))))
		return
	case UserEvent:
		if isObject {
			m := UserEvent{}
			for k, x := range object {
				m[k] = mustMarshal(x)
			}
			v.Set(reflect.ValueOf(m))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(asText(value))
	case reflect.Int, reflect.Int64:
		v.SetInt(asInt(value))
	case reflect.Float64:
		if n, ok := value.(json.Number); ok {
			if x, err := n.Float64(); err == nil {
				v.SetFloat(x)
			}
		}
	case reflect.Bool:
		v.SetBool(value == true)
	case reflect.Struct:
		if isObject {
			fillStruct(v, object)
		}
	case reflect.Pointer:
		if isObject {
			v.Set(reflect.New(v.Type().Elem()))
			fillStruct(v.Elem(), object)
		}
	case reflect.Slice:
		if isList {
			v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
			for i, x := range list {
				fill(v.Index(i), x)
			}
		}
	case reflect.Map:
		if isObject {
			m := map[string]string{}
			for k, x := range object {
				m[k] = asText(x)
			}
			v.Set(reflect.ValueOf(m))
		}
	}
}

func asText(value any) string {
	switch x := value.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	default:
		return ""
	}
}

func asInt(value any) int64 {
	number, ok := value.(json.Number)
	if !ok {
		return 0
	}
	if n, err := number.Int64(); err == nil {
		return n
	}
	if x, err := number.Float64(); err == nil && math.Abs(x) < 1<<63 {
		return int64(x)
	}
	return 0
}

func mustMarshal(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// repeatsField tells whether an object has two fields of one name, of which each reader may take what it likes.
func repeatsField(message []byte) bool {
	tokens := json.NewDecoder(bytes.NewReader(message))
	var value func() bool
	value = func() bool {
		token, err := tokens.Token()
		if err != nil {
			return errors.Is(err, io.ErrUnexpectedEOF)
		}
		names := map[any]bool{}
		for token == json.Delim('{') && tokens.More() {
			name, err := tokens.Token()
			if err != nil || names[name] || value() {
				return true
			}
			names[name] = true
		}
		for token == json.Delim('[') && tokens.More() {
			if value() {
				return true
			}
		}
		if token == json.Delim('{') || token == json.Delim('[') {
			if _, err := tokens.Token(); err != nil {
				return true
			}
		}
		return false
	}
	return value()
}
