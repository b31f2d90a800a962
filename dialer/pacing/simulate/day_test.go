package simulate

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/pacing/decisionlog"
)

func record(s Scenario, pacer Pacer) ([]pacing.Record, Shift) {
	var records []pacing.Record
	shift := Run(s, 1, pacer, func(e pacing.Event, d pacing.Decision) {
		records = append(records, pacing.Record{Event: e, Decision: d})
	})
	return records, shift
}

// A recorded day, played again under the settings of that day, comes out about the same: answers, talks, agents and their utilisation.
func TestDayPlayedAgainIsAlike(t *testing.T) {
	s := short(10, 0.3)
	s.DetectMin, s.DetectMax = time.Second, 2500*time.Millisecond
	s.ArriveOver, s.Pauses = 15*time.Minute, 0.1
	s.Shift = 4 * time.Hour
	records, was := record(s, progressive())
	var log bytes.Buffer
	if err := decisionlog.Write(&log, records); err != nil {
		t.Fatal(err)
	}
	read, err := decisionlog.Read(&log)
	if err != nil {
		t.Fatal(err)
	}
	day, err := ReadDay(read)
	if err != nil {
		t.Fatal(err)
	}
	if day.Agents() != 10 || (day.Length-s.Shift).Abs() > time.Second || was.Calls-day.Calls() > 20 {
		t.Errorf("%d agents, %s, %d of %d calls", day.Agents(), day.Length, day.Calls(), was.Calls)
	}
	again := day.Run(s.ConnectLimit, 1, progressive(), nil)
	for _, c := range []struct {
		what           string
		got, want, off float64
	}{
		{"hours signed in", again.SignedIn.Hours(), was.SignedIn.Hours(), 0.03 * was.SignedIn.Hours()},
		{"utilisation", again.Utilisation(), was.Utilisation(), 0.05},
		{"share of answers", float64(again.Live) / float64(again.Calls), float64(was.Live) / float64(was.Calls), 0.04},
	} {
		if math.Abs(c.got-c.want) > c.off {
			t.Errorf("%s: %.3f, that day %.3f", c.what, c.got, c.want)
		}
	}
	if !reflect.DeepEqual(again, day.Run(s.ConnectLimit, 1, progressive(), nil)) {
		t.Error("the same seed played another day")
	}
	if busier := day.Run(s.ConnectLimit, 1, predictive(), nil); busier.Utilisation() < again.Utilisation()+0.03 {
		t.Errorf("predictive keeps agents busy %.3f of the day, progressive %.3f", busier.Utilisation(), again.Utilisation())
	}
}

func TestDaysThatCannotBePlayed(t *testing.T) {
	at := func(s int, e pacing.Event) pacing.Record {
		e.At = start.Add(time.Duration(s) * time.Second)
		return pacing.Record{Event: e}
	}
	agent := at(0, pacing.Event{Kind: pacing.AgentReady, Agent: "a"})
	for want, records := range map[string][]pacing.Record{
		"empty":                nil,
		"nobody was signed":    {at(0, pacing.Event{Kind: pacing.Tick})},
		"no call ended":        {agent},
		"no conversation":      {agent, at(1, pacing.Event{Kind: pacing.Dialed, Call: "c"}), at(9, pacing.Event{Kind: pacing.Ended, Call: "c"})},
		"before the one above": {at(5, pacing.Event{Kind: pacing.Tick}), at(4, pacing.Event{Kind: pacing.Tick})},
	} {
		if _, err := ReadDay(records); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expected %q, got %v", want, err)
		}
	}
}
