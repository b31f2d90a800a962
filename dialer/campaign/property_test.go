package campaign

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/treatment"
)

// modelled is a record as the simplest program would keep it.
type modelled struct {
	state    State
	class    string
	rank     int
	place    int64
	due      time.Time
	busy     int // attempts since it last began anew
	attempts int
	out      *handed
}

// handed is one time that a record was handed out, for as long as the agent believes to have it.
type handed struct {
	record *Record
	token  Token
	agent  string
	until  time.Time
	ended  Ending // as it was given back or closed; "" while it is out; EndedExpired when it is somebody else's
	again  func() error
}

// listWorld is a store and what ought to be in it.
type listWorld struct {
	*rapid.T
	server *miniredis.Miniredis
	rdb    *redis.Client
	s      *RedisStore
	cfg    Config
	policy *treatment.Policy

	now     time.Time
	all     map[string]*modelled
	hands   []*handed
	shunned map[string]time.Time // agent and record
	blocked map[string]bool      // numbers
	token   Token
	checked map[string]modelled // as they were when they were compared last
}

// Whatever agents, leases, treatments, do-not-call lists and supervisors do, and in whatever order, each record is where a simple model has it, and the one
// that is handed out is the first that may be.
func TestRecordsAsInASimpleModel(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	rapid.Check(t, func(rt *rapid.T) {
		server.FlushAll()
		addRecords(t, rdb, demo, modelledRecords)
		w := newListWorld(rt, t, server, rdb)
		rt.Repeat(map[string]func(*rapid.T){
			"take": w.take, "take more": w.take, "close": w.close, "close more": w.close, "give back": w.giveBack, "file": w.file, "renew": w.renew,
			"time passes": w.pass, "sweep": w.sweep, "do not call": w.doNotCall, "recycle": w.recycle, "say again": w.sayAgain, "": w.check,
		})
		clear(w.checked)
		w.check(rt)
	})
}

const modelledRecords = 6

// step is what all times are multiples of: so long no test is held up between asking for a time and Redis's hearing of it.
const step = 10 * time.Second

func newListWorld(rt *rapid.T, t *testing.T, server *miniredis.Miniredis, rdb *redis.Client) *listWorld {
	c := treatedConfig()
	c.Treatment.Results = map[call.Result]treatment.Rule{call.Busy: {RetryAfter: []time.Duration{step, 3 * step}, PerNumber: 3, Then: treatment.ThenClose}}
	w := &listWorld{
		T: rt, server: server, rdb: rdb, cfg: c, policy: policyOf(t, c), now: time.UnixMilli(1_790_000_000_000),
		all: map[string]*modelled{}, shunned: map[string]time.Time{}, blocked: map[string]bool{}, checked: map[string]modelled{},
	}
	w.s = NewRedisStore(rdb).For(map[string]Config{demo: c})
	server.SetTime(w.now)
	for i := range modelledRecords {
		w.all[fmt.Sprintf("c%d", i+1)] = &modelled{state: Ready, place: int64(i + 1)}
	}
	return w
}

func (w *listWorld) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

var (
	listAgents  = []string{"hanako", "taro", "jiro san"}
	listClasses = []string{"*", "Asia/Tokyo", "Europe/London"}
)

// next is the record that has to be handed out, "" for none.
func (w *listWorld) next(agent string, open []string) string {
	first := ""
	for _, id := range slices.Sorted(maps.Keys(w.all)) {
		m := w.all[id]
		waits := m.state == Ready || m.state == Waiting && !m.due.After(w.now)
		if !waits || m.class != "" && !slices.Contains(open, m.class) || w.shunned[agent+" "+id].After(w.now) {
			continue
		}
		if f := w.all[first]; first == "" || m.rank < f.rank || m.rank == f.rank && m.place < f.place {
			first = id
		}
	}
	return first
}

func (w *listWorld) take(t *rapid.T) {
	agent := rapid.SampledFrom(listAgents).Draw(t, "agent")
	open := slices.DeleteFunc(slices.Clone(listClasses), func(string) bool { return rapid.IntRange(0, 3).Draw(t, "closed") == 0 })
	want := w.next(agent, open)
	r, token, err := w.s.TakeOpen(t.Context(), demo, agent, 3*step, func(class string) bool { return slices.Contains(open, class) })
	for _, m := range w.all { // who was due is in the list now
		if m.state == Waiting && !m.due.After(w.now) {
			m.state = Ready
		}
	}
	if want == "" {
		if !errors.Is(err, ErrNoRecord) {
			t.Fatalf("%s got %v, %v with %v open; want no record", agent, r, err, open)
		}
		return
	}
	w.must(err)
	if r.ID != want || token <= w.token {
		t.Fatalf("%s got %s under token %d with %v open; want %s under one beyond %d", agent, r.ID, token, open, want, w.token)
	}
	w.token = token
	h := &handed{record: r, token: token, agent: agent, until: w.now.Add(3 * step)}
	if !r.LeaseUntil.Equal(h.until) {
		t.Fatalf("the lease of %s ends at %v, want %v", r.ID, r.LeaseUntil, h.until)
	}
	m := w.all[r.ID]
	m.state, m.out = Out, h
	w.hands = append(w.hands, h)
	w.decide(t, h)
}

// decide asks the policy as the engine does, and closes what may never be dialed.
func (w *listWorld) decide(t *rapid.T, h *handed) {
	facts, _, err := w.cfg.Facts(t.Context(), w.s, demo, h.record, true)
	w.must(err)
	d := w.policy.Decide(w.cfg.Treated(h.record), w.now, facts)
	if !w.blocked[h.record.Numbers[0].E164] {
		if d.Verb != treatment.Dial {
			t.Fatalf("record %s was handed out, and the policy says %+v", h.record.ID, d)
		}
		return
	}
	if d.Verb != treatment.Never || d.Reason != treatment.DoNotCall {
		t.Fatalf("record %s is on the do-not-call list, and the policy says %+v", h.record.ID, d)
	}
	w.put(t, h, EndedClosed, func() error {
		return w.s.Close(t.Context(), demo, h.record.ID, h.token, Outcome{Undialed: UndialedDoNotCall})
	}, func(m *modelled) { m.state = Closed })
}

// put gives a record back by one of all ways; as says what becomes of it if it is still the agent's. It may be that it was given back so already.
func (w *listWorld) put(t *rapid.T, h *handed, ended Ending, do func() error, as func(*modelled)) {
	err := do()
	if h.ended != "" {
		if h.ended != ended && !errors.Is(err, ErrLeaseLost) {
			t.Fatalf("%s of record %s by %s, whose it is not any more (%s): %v", ended, h.record.ID, h.agent, h.ended, err)
		}
		return
	}
	w.must(err)
	m := w.all[h.record.ID]
	m.out, h.ended, h.again = nil, ended, do
	as(m)
}

func (w *listWorld) hand(t *rapid.T) *handed {
	if len(w.hands) == 0 {
		t.Skip("nobody has ever had a record")
	}
	return w.hands[rapid.IntRange(max(0, len(w.hands)-6), len(w.hands)-1).Draw(t, "whose")]
}

// close ends an attempt that found the line busy: twice it is dialed again, and then no more.
func (w *listWorld) close(t *rapid.T) {
	h := w.hand(t)
	if h.ended == EndedClosed {
		t.Skip("closing again is another step")
	}
	o := Outcome{Attempts: []Attempt{{Number: h.record.Numbers[0].E164, Result: call.Busy, Call: "x", Dialed: w.now, Ended: w.now}}}
	facts, _, err := w.cfg.Facts(t.Context(), w.s, demo, h.record, true)
	w.must(err)
	after := h.record.With(o)
	d := w.policy.Decide(w.cfg.Treated(after), w.now, facts)
	m := w.all[h.record.ID]
	if h.ended == "" {
		want, due := treatment.Wait, w.now.Add(step)
		switch {
		case m.busy == 2, w.blocked[h.record.Numbers[0].E164]:
			want = treatment.Never
		case m.busy == 1:
			due = w.now.Add(3 * step)
		}
		if d.Verb != want || want == treatment.Wait && !d.At.Equal(due) {
			t.Fatalf("record %s was busy %d times before, and the policy says %+v; want %v at %v", h.record.ID, m.busy, d, want, due)
		}
	}
	delay := d.At.Sub(w.now)
	if d.Verb != treatment.Never {
		o.Next = w.cfg.PlaceOf(after, d)
		w.draw(t, o.Next)
	}
	w.put(t, h, EndedClosed, func() error {
		if o.Next != nil {
			o.Next.Due = time.Now().Add(delay)
			o.Next.At = o.Next.Due
		}
		return w.s.Close(t.Context(), demo, h.record.ID, h.token, o)
	}, func(m *modelled) {
		m.busy, m.attempts = m.busy+1, m.attempts+1
		m.state = Closed
		if o.Next != nil {
			m.state, m.class, m.rank, m.due = Waiting, o.Next.Class, o.Next.Rank, w.now.Add(delay)
		}
	})
}

// draw gives a place another class and priority, as other hours and rules would.
func (w *listWorld) draw(t *rapid.T, p *Place) {
	p.Class, p.Rank = rapid.SampledFrom(listClasses).Draw(t, "class"), rapid.IntRange(0, 2).Draw(t, "rank")
}

func (w *listWorld) giveBack(t *rapid.T) {
	h := w.hand(t)
	ending := rapid.SampledFrom([]Ending{EndedRejected, EndedCancelled, EndedReleased}).Draw(t, "ending")
	w.put(t, h, ending, func() error { return w.s.Return(t.Context(), demo, h.record.ID, h.token, ending, "") }, func(m *modelled) {
		m.state = Ready
		if ending != EndedReleased {
			w.shunned[h.agent+" "+h.record.ID] = w.now.Add(w.cfg.RefusedFor)
		}
	})
}

func (w *listWorld) file(t *rapid.T) {
	h := w.hand(t)
	var p Place
	w.draw(t, &p)
	delay := time.Duration(rapid.IntRange(0, 4).Draw(t, "delay")) * step
	const filed = Ending("filed") // nothing is noted of it, so done again it is refused
	if h.ended == filed {
		t.Skip("it is filed")
	}
	w.put(t, h, filed, func() error {
		p.Due = time.Now().Add(delay)
		p.At = p.Due
		return w.s.File(t.Context(), demo, h.record.ID, h.token, p)
	}, func(m *modelled) {
		m.state, m.class, m.rank, m.due = Ready, p.Class, p.Rank, w.now.Add(delay)
		if delay > 0 {
			m.state = Waiting
		}
		h.again = nil
	})
}

func (w *listWorld) renew(t *rapid.T) {
	h := w.hand(t)
	until, err := w.s.Renew(t.Context(), demo, h.record.ID, h.token, 3*step)
	if h.ended != "" {
		if !errors.Is(err, ErrLeaseLost) {
			t.Fatalf("%s renews the lease of record %s, whose it is not any more: %v", h.agent, h.record.ID, err)
		}
		return
	}
	w.must(err)
	if h.until = w.now.Add(3 * step); !until.Equal(h.until) {
		t.Fatalf("the lease of record %s is until %v, want %v", h.record.ID, until, h.until)
	}
}

// sayAgain does once more what was done, as after a lost reply: it succeeds and changes nothing.
func (w *listWorld) sayAgain(t *rapid.T) {
	if h := w.hand(t); h.again != nil {
		w.must(h.again())
	}
}

func (w *listWorld) pass(t *rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "steps")) * step)
	w.server.SetTime(w.now)
}

func (w *listWorld) sweep(t *rapid.T) {
	ids, err := w.s.SweepExpired(t.Context(), demo)
	w.must(err)
	var want []string
	for id, m := range w.all {
		if m.state == Out && !m.out.until.After(w.now) {
			want = append(want, id)
			m.out.ended = EndedExpired
			m.state, m.out = Ready, nil
		}
	}
	slices.Sort(ids)
	if slices.Sort(want); !slices.Equal(ids, want) {
		t.Fatalf("the leases of %v ran out, want %v", ids, want)
	}
}

// doNotCall puts a number on the list of all campaigns, or takes it off.
func (w *listWorld) doNotCall(t *rapid.T) {
	number := fmt.Sprintf("+8190%04d%04d", 1234, rapid.IntRange(1, len(w.all)).Draw(t, "number"))
	var err error
	if w.blocked[number] {
		_, err = w.s.DoNotCall().Remove(t.Context(), []string{number})
	} else {
		_, err = w.s.DoNotCall().Add(t.Context(), []string{number}, "taro", "asked")
	}
	w.must(err)
	w.blocked[number] = !w.blocked[number]
}

// recycle lets all closed records begin anew but for those that would be closed again.
func (w *listWorld) recycle(t *rapid.T) {
	n, err := w.s.Recycle(t.Context(), demo, w.cfg, w.policy, Recycling{By: "taro"})
	w.must(err)
	last := int64(0)
	for _, m := range w.all {
		last = max(last, m.place)
	}
	begun := 0
	for i, id := range slices.Sorted(maps.Keys(w.all)) {
		m := w.all[id]
		if m.state != Closed || w.blocked[fmt.Sprintf("+81901234%04d", i+1)] {
			continue
		}
		begun++
		place, err := w.rdb.ZScore(t.Context(), keysOf(demo).prefix+"q:*", id).Result()
		w.must(err)
		m.state, m.class, m.rank, m.busy, m.place = Ready, "*", 0, 0, int64(place)
		if m.place <= last {
			t.Fatalf("record %s begins anew at place %d, want one behind %d", id, m.place, last)
		}
	}
	if n != begun {
		t.Fatalf("%d records begin anew, want %d", n, begun)
	}
	if begun > 0 {
		w.token += Token(begun)
	}
}

// check compares the counts, and the records of which something has changed, with the model.
func (w *listWorld) check(t *rapid.T) {
	var want Counts
	for id, m := range w.all {
		want.Total++
		due := m.state == Waiting && !m.due.After(w.now)
		switch {
		case m.state == Ready, due:
			want.Ready++
		case m.state == Waiting:
			want.Waiting++
		case m.state == Out:
			want.Out++
		default:
			want.Closed++
		}
		if w.checked[id] == *m {
			continue
		}
		w.checked[id] = *m
		r, err := w.s.Get(t.Context(), demo, id)
		w.must(err)
		if r.State != m.state || len(r.Attempts()) != m.attempts || m.state == Out && r.Agent != m.out.agent {
			t.Fatalf("record %s is %s with %d attempts and %q; want %s with %d: %+v", id, r.State, len(r.Attempts()), r.Agent, m.state, m.attempts, m.out)
		}
		if (r.State == Ready || r.State == Waiting) && r.Class != m.class {
			t.Fatalf("record %s is in class %q, want %q", id, r.Class, m.class)
		}
		for i := 1; i < len(r.History); i++ {
			if r.History[i].Token <= r.History[i-1].Token {
				t.Fatalf("record %s: the history is not in the order of tokens: %+v", id, r.History)
			}
		}
	}
	got, err := w.s.Counts(t.Context(), demo)
	w.must(err)
	if got.Total != want.Total || got.Ready != want.Ready || got.Waiting != want.Waiting || got.Out != want.Out || got.Closed != want.Closed {
		t.Fatalf("counts are %+v, want %+v", got, want)
	}
}
