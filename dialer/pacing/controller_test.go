package pacing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// house is a call centre whose people do what the dice say. It knows as much as the controller is told.
type house struct {
	at      time.Time
	c       *Controller
	ready   []string
	busy    []string // talking
	wrap    []string
	ringing []string
	live    []string
	next    int
	free    int
	records []Record
	check   func(Decision) // if not nil, sees every decision before it is carried out
}

func newHouse(cfg Config) *house { return &house{at: noon, c: New(cfg), free: -1} }

// tell hands an event over, keeps the record and places what was asked for.
func (h *house) tell(e Event) Decision {
	e.At = h.at
	d := h.c.Handle(e)
	h.records = append(h.records, Record{Event: e, Decision: d})
	if h.check != nil {
		h.check(d)
	}
	if h.free >= 0 {
		h.free -= d.Dial
	}
	for range d.Dial {
		h.next++
		id := fmt.Sprint("call-", h.next)
		h.ringing = append(h.ringing, id)
		h.tell(Event{Kind: Dialed, Call: id})
	}
	if d.Dial > 0 && h.free >= 0 {
		h.tell(Event{Kind: Lines, Free: h.free})
	}
	return d
}

// dues are when some callbacks come due, or came.
func (h *house) dues(t *rapid.T) []time.Time {
	var due []time.Time
	for _, s := range rapid.SliceOfN(rapid.IntRange(-30, 60), 0, 3).Draw(t, "due in seconds") {
		due = append(due, h.at.Add(time.Duration(s)*time.Second))
	}
	return due
}

func take(t *rapid.T, from *[]string) string {
	i := rapid.IntRange(0, len(*from)-1).Draw(t, "which")
	id := (*from)[i]
	*from = append((*from)[:i:i], (*from)[i+1:]...)
	return id
}

// step lets something happen at random and returns the decision.
func (h *house) step(t *rapid.T) Decision {
	h.at = h.at.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
	for len(h.live) > 0 && len(h.ready) > 0 {
		call, agent := h.live[0], h.ready[0]
		h.live, h.ready = h.live[1:], h.ready[1:]
		h.busy = append(h.busy, agent)
		h.tell(Event{Kind: Connected, Call: call, Agent: agent})
	}
	what := rapid.IntRange(0, 11).Draw(t, "what")
	switch {
	case what == 0:
		h.next++
		id := fmt.Sprint("agent-", h.next)
		h.ready = append(h.ready, id)
		return h.tell(Event{Kind: AgentReady, Agent: id})
	case what == 1 && len(h.ready) > 0:
		return h.tell(Event{Kind: AgentAway, Agent: take(t, &h.ready)})
	case what == 2 && len(h.busy) > 0:
		id := take(t, &h.busy)
		h.wrap = append(h.wrap, id)
		return h.tell(Event{Kind: AgentWrapUp, Agent: id})
	case what == 3 && len(h.wrap) > 0:
		id := take(t, &h.wrap)
		h.ready = append(h.ready, id)
		return h.tell(Event{Kind: AgentReady, Agent: id})
	case (what == 4 || what == 5) && len(h.ringing) > 0:
		return h.tell(Event{Kind: Ended, Call: take(t, &h.ringing)})
	case (what == 6 || what == 7) && len(h.ringing) > 0:
		id := take(t, &h.ringing)
		h.live = append(h.live, id)
		return h.tell(Event{Kind: Live, Call: id})
	case what == 8 && len(h.live) > 0:
		return h.tell(Event{Kind: Abandoned, Call: take(t, &h.live)})
	case what == 9:
		return h.tell(Event{Kind: Callbacks, Due: h.dues(t)})
	case what == 10 && len(h.busy)+len(h.ready) > 0:
		return h.tell(Event{Kind: Callbacks, Agent: rapid.SampledFrom(append(slices.Clone(h.busy), h.ready...)).Draw(t, "whose"), Due: h.dues(t)})
	}
	return h.tell(Event{Kind: Tick})
}

// Whatever happens: never beyond the guard and the lines; with the budget spent never more than one call for each ready agent; with
// agents ready never less.
func TestBoundsHoldWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Defaults()
		cfg.Mode = rapid.SampledFrom(Modes()).Draw(t, "mode")
		cfg.MaxPerAgent = rapid.SampledFrom([]float64{1, 2.5, 5}).Draw(t, "most")
		h := newHouse(cfg)
		period := rapid.SampledFrom([]int{0, 100, 10000}).Draw(t, "live before")
		h.tell(Event{Kind: Period, LiveCount: period})
		if rapid.Bool().Draw(t, "lines are limited") {
			h.free = rapid.IntRange(0, 20).Draw(t, "lines")
			h.tell(Event{Kind: Lines, Free: h.free})
		}
		h.check = func(d Decision) { checkBounds(t, cfg, d, h.free) }
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			h.step(t)
		}
	})
}

func checkBounds(t *rapid.T, cfg Config, d Decision, lines int) {
	t.Helper()
	most := int(math.Ceil(cfg.MaxPerAgent * float64(d.Ready+d.Busy)))
	if d.Dial < 0 || d.Dial > 0 && d.InFlight+d.Dial > most {
		t.Fatalf("beyond the guard of %d: %+v", most, d)
	}
	if lines >= 0 && d.Dial > lines {
		t.Fatalf("more than the %d free lines: %+v", lines, d)
	}
	oneToOne := d.Ready - d.Kept - d.Waiting - d.InFlight
	if (d.Budget < 1 || cfg.Mode == Progressive) && d.Dial > 0 && (d.Dial > oneToOne || d.Mode != Progressive) {
		t.Fatalf("more than one call for each ready agent without budget: %+v", d)
	}
	least := min(oneToOne, most-d.InFlight)
	if lines >= 0 {
		least = min(least, lines)
	}
	if d.Dial < least {
		t.Fatalf("less than one call for each ready agent: %+v", d)
	}
}

// The budget counts what the law counts: an abandoned call is a live answer too.
func TestWallStandsWhereOneMoreWouldBreakTheLimit(t *testing.T) {
	for _, c := range []struct {
		live, abandoned int
		spent           bool
	}{{0, 0, true}, {32, 0, true}, {33, 0, false}, {98, 2, true}, {99, 2, false}, {1000, 30, true}, {1000, 29, false}} {
		h := newHouse(Defaults())
		h.tell(Event{Kind: Period, LiveCount: c.live, AbandonedCount: c.abandoned})
		d := h.tell(Event{Kind: AgentReady, Agent: "a"})
		after := float64(c.abandoned+1) / float64(c.live+1)
		if breaks := after > 0.03; breaks != c.spent {
			t.Fatalf("the case itself is wrong: %g", after)
		}
		if got := d.Mode == Progressive; got != c.spent {
			t.Errorf("%d live, %d abandoned: budget %g, mode %s", c.live, c.abandoned, d.Budget, d.Mode)
		}
	}
}

// With people who never answer in memory, more than one call is placed for a ready agent; with people who always do, not.
func TestDialsByWhatItLearned(t *testing.T) {
	ringing := func(answered bool) int {
		h := newHouse(Defaults())
		h.tell(Event{Kind: Period, LiveCount: 10000})
		h.tell(Event{Kind: AgentReady, Agent: "a"})
		for range 300 {
			h.at = h.at.Add(10 * time.Second)
			id := h.ringing[0]
			h.ringing = h.ringing[1:]
			if !answered {
				h.tell(Event{Kind: Ended, Call: id})
				continue
			}
			h.tell(Event{Kind: Live, Call: id})
			h.tell(Event{Kind: Connected, Call: id, Agent: "a"})
			h.at = h.at.Add(100 * time.Second)
			h.tell(Event{Kind: AgentWrapUp, Agent: "a"})
			h.at = h.at.Add(100 * time.Second)
			h.tell(Event{Kind: AgentReady, Agent: "a"})
		}
		return len(h.ringing)
	}
	if n := ringing(true); n != 1 {
		t.Errorf("%d calls ring for one agent, though each is answered; expected 1", n)
	}
	if n := ringing(false); n < 4 {
		t.Errorf("%d calls ring for one agent, though hardly any is answered; expected 4 or more", n)
	}
}

// Where people answer 40 % of the calls, a few that nobody answers make the share look small. More calls are placed then, yet not so
// many that the usual share of answers would break the limit.
func TestStreakOfMissesDoesNotOpenTheGates(t *testing.T) {
	h := newHouse(Defaults())
	h.tell(Event{Kind: Period, LiveCount: 10_000, AbandonedCount: 296}) // four are left
	for i := range 10 {
		kind := AgentReady
		if i < 5 {
			kind = AgentTalking
		}
		h.c.note(Event{At: h.at, Kind: kind, Agent: fmt.Sprint("agent-", i)})
	}
	r := rand.New(rand.NewPCG(9, 9))
	now := h.c.now
	ring(h.c.answers, r, &now, 800, 0.40)
	ring(h.c.answers, r, &now, 18, 0)
	h.at = h.at.Add(time.Duration((now - h.c.now) * float64(time.Second)))
	d := h.tell(Event{Kind: Tick})
	if d.AnswerRate > 0.1 {
		t.Fatalf("the streak did not make the share look small: %.2f", d.AnswerRate)
	}
	if d.Limit != ByWall || d.Dial < 6 || d.Dial > 20 {
		t.Errorf("%d calls for 5 ready agents, kept from more by %s; expected the wall, and hardly more than 8 answers at 40 %%", d.Dial, d.Limit)
	}
}

func TestSwitchIsInEffectAtOnce(t *testing.T) {
	cfg := Defaults()
	cfg.Mode, cfg.Ratio = Power, 3
	h := newHouse(cfg)
	h.tell(Event{Kind: Period, LiveCount: 10000})
	if d := h.tell(Event{Kind: AgentReady, Agent: "a"}); d.Dial != 3 {
		t.Errorf("power of ratio 3 dials %d for one agent", d.Dial)
	}
	h.tell(Event{Kind: Switch, Mode: Progressive})
	if d := h.tell(Event{Kind: AgentReady, Agent: "b"}); d.Dial != 0 || d.Mode != Progressive {
		t.Errorf("progressive with 3 calls for 2 agents: %+v", d)
	}
}

func TestLogIsDecidedAlikeAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse(Defaults())
		h.tell(Event{Kind: Period, LiveCount: 500})
		for range 80 {
			h.step(t)
		}
		text, err := json.Marshal(h.records)
		if err != nil {
			t.Fatal(err)
		}
		var read []Record
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		if err := Replay(Defaults(), read); err != nil {
			t.Fatal(err)
		}
		read[len(read)-1].Decision.Dial++
		if err := Replay(Defaults(), read); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("record %d,", len(read))) {
			t.Fatalf("a changed decision was not noticed: %v", err)
		}
	})
}

func TestConfigSaysAllThatIsWrong(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	wrong := Config{Mode: "fast", Ratio: 0.5, AbandonLimit: 3, ConnectLimit: time.Minute, RingTimeout: time.Second, MaxPerAgent: math.NaN()}
	err := wrong.Validate()
	if err == nil {
		t.Fatal("nothing was found wrong")
	}
	for _, field := range []string{"mode", "ratio", "abandon_limit", "connect_limit", "ring_timeout", "max_per_agent"} {
		if !bytes.Contains([]byte(err.Error()), []byte(field+": ")) {
			t.Errorf("nothing about %s in:\n%v", field, err)
		}
	}
}

// BenchmarkDecision decides for 100 agents and 300 calls in flight, time going on, talks and calls ending and beginning.
func BenchmarkDecision(b *testing.B) {
	cfg := Defaults()
	h := &house{at: noon, c: New(cfg), free: -1}
	h.c.Handle(Event{At: h.at, Kind: Period, LiveCount: 100000})
	for i := range 100 {
		h.at = h.at.Add(time.Second)
		id := fmt.Sprint("agent-", i)
		h.c.Handle(Event{At: h.at, Kind: AgentReady, Agent: id})
		if i >= 3 {
			h.c.Handle(Event{At: h.at, Kind: AgentTalking, Agent: id})
		}
	}
	var ids []string
	for i := range 300 {
		h.at = h.at.Add(90 * time.Millisecond)
		ids = append(ids, fmt.Sprint("call-", i))
		h.c.Handle(Event{At: h.at, Kind: Dialed, Call: ids[i]})
	}
	i := 0
	for b.Loop() {
		// A call out of the 300 ends and another one begins, agents change, ticks between: five events and decisions.
		h.at = h.at.Add(30 * time.Millisecond)
		agent := fmt.Sprint("agent-", 3+i%97)
		h.c.Handle(Event{At: h.at, Kind: Ended, Call: ids[i%300]})
		h.c.Handle(Event{At: h.at, Kind: Dialed, Call: ids[i%300]})
		h.c.Handle(Event{At: h.at, Kind: AgentWrapUp, Agent: agent})
		h.at = h.at.Add(60 * time.Millisecond)
		h.c.Handle(Event{At: h.at, Kind: AgentTalking, Agent: agent})
		h.c.Handle(Event{At: h.at, Kind: Tick})
		i++
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(5*b.N), "µs/decision")
	if d := h.c.Handle(Event{At: h.at, Kind: Tick}); d.InFlight < 300 || d.Ready+d.Busy != 100 {
		b.Fatalf("not what is to be measured: %+v", d)
	}
}
