package dialer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/floor"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/queue"
	"github.com/hasshin/hasshin/scheduler"
	"github.com/hasshin/hasshin/scheduler/calendar"
)

// shift is an engine that keeps callbacks, with an Asterisk in memory and the real scheduler, in real time.
type shift struct {
	t           *testing.T
	asterisk    *aritest.Server
	engine      *Engine
	store       *campaign.RedisStore
	rdb         *redis.Client
	notices     *queue.Queue[Notice]
	latency     func(method, path string) time.Duration // of Asterisk; set before anything is asked of it
	stop        func()
	start       func()
	log         *transcript
	figures     *prometheus.Registry       // of the present engine
	deaf        bool                       // its scheduler wakes nothing
	reconfigure func(change func(*Config)) // for the next start
	alone       bool                       // it does not look through what is due by itself
}

func newShift(t *testing.T, configure ...func(*Config)) *shift {
	t.Helper()
	return newSlowShift(t, nil, configure...)
}

// named gives an agent a name.
func named(id, name string) func(*Config) {
	return func(c *Config) {
		a := c.Agents[id]
		a.Name = name
		c.Agents[id] = a
	}
}

func newSlowShift(t *testing.T, latency func(method, path string) time.Duration, configure ...func(*Config)) *shift {
	t.Helper()
	t.Parallel() // in real time, and mostly waiting
	s := &shift{t: t, latency: latency, rdb: aRedis(t)}
	s.open("ast1", func(list campaign.ListConfig) { fillRig(t, s.rdb, list) }, configure...)
	return s
}

// aRedis is an empty Redis of the test's own.
func aRedis(t *testing.T) *redis.Client {
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	return rdb
}

// open gives a shift its Asterisk and starts its engine.
func (s *shift) open(node string, fill func(campaign.ListConfig), configure ...func(*Config)) {
	t, rdb := s.t, s.rdb
	t.Helper()
	s.notices, s.log = queue.New[Notice](), &transcript{}
	lines := aritest.NewPipeListener()
	var err error
	s.asterisk, err = aritest.New(aritest.Options{Listener: lines, Latency: func(method, path string) time.Duration {
		if s.latency == nil {
			return 0
		}
		return s.latency(method, path)
	}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := rigConfig(s.asterisk, nil)
	cfg.Asterisk[0].Name = node
	k := cfg.Campaigns[rigCampaign]
	k.Hours.Profile = hours.ProfileUnrestricted
	k.Dispositions = append(k.Dispositions, campaign.Disposition{Code: "later", Callback: true}, campaign.Disposition{Code: "never", DoNotCall: true})
	cfg.Campaigns[rigCampaign] = k
	for _, c := range configure {
		c(&cfg)
	}
	for id := range cfg.Agents {
		s.asterisk.Endpoint("PJSIP/"+id, aritest.Answer(0))
	}
	fill(k.List)
	s.store = campaign.NewRedisStore(rdb).For(cfg.Campaigns)
	opts := Options{
		Config: cfg, Store: s.store, Dial: lines.Dial, Notify: func(n Notice) { s.notices.Put(n) }, Journal: NewRedisJournal(rdb), TrunkRedis: rdb,
		Logger: zerolog.New(s.log).Level(zerolog.DebugLevel),
	}
	s.reconfigure = func(change func(*Config)) { change(&opts.Config) }
	s.start = func() {
		alarms, err := scheduler.New(scheduler.Config{Redis: rdb, Name: "callbacks", Shards: 4, Lease: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		s.figures = prometheus.NewRegistry()
		opts.Scheduler, opts.Registerer, opts.Floor = NewScheduler(alarms), s.figures, floor.New(rdb, opts.Logger)
		opts.Calendar = func(works []calendar.Work) (*calendar.Calendar, error) {
			return calendar.New(calendar.Config{Redis: rdb, Name: "calendar", Works: works})
		}
		if s.deaf {
			opts.Scheduler = deaf{opts.Scheduler}
		}
		if s.engine, err = New(opts); err != nil {
			t.Fatal(err)
		}
		if s.alone {
			s.engine.lookEvery = time.Hour
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		engine := s.engine
		go func() { ended <- engine.Run(ctx) }()
		s.stop = func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		s.eventually("the node is connected", func() bool { return s.engine.Available() == nil })
	}
	s.start()
	t.Cleanup(func() {
		s.stop()
		if err := s.asterisk.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(s.log)
		}
	})
}

func (s *shift) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	s.t.Cleanup(cancel)
	return ctx
}

func (s *shift) eventually(what string, is func() bool) {
	s.t.Helper()
	s.eventuallyIn(10*time.Second, what, is)
}

func (s *shift) eventuallyIn(limit time.Duration, what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(limit); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not in time: %s\n%s", what, s.log)
		}
	}
}

func (s *shift) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// arrive signs agents in and lets them be ready.
func (s *shift) arrive(ids ...string) {
	s.t.Helper()
	for _, id := range ids {
		_, err := s.engine.SignIn(s.ctx(), id)
		s.must(err)
		_, err = s.engine.ConnectPhone(s.ctx(), id)
		s.must(err)
		_, err = s.engine.SetReady(s.ctx(), id)
		s.must(err)
	}
}

// notice waits for a notice that fits.
func (s *shift) notice(what string, fits func(n Notice) bool) Notice {
	s.t.Helper()
	for {
		n, err := s.notices.Next(s.ctx())
		if err != nil {
			s.t.Fatalf("waiting for %s: %v\n%s", what, err, s.log)
		}
		if fits(n) {
			return n
		}
	}
}

// offered waits until an agent is offered a callback.
func (s *shift) offered(id string) CallView {
	s.t.Helper()
	n := s.notice("a callback for "+id, func(n Notice) bool {
		v, is := n.Data.(CallView)
		return is && n.Agent == id && v.State == "previewing" && v.Promise != nil
	})
	return n.Data.(CallView)
}

func (s *shift) tone(id, event string) {
	s.t.Helper()
	s.notice("the tone "+event+" for "+id, func(n Notice) bool { return n.Agent == id && n.Data == any(ToneView{Event: event}) })
}

// talk lets an agent take the next record and talk to the contact.
func (s *shift) talk(id string) CallView {
	s.t.Helper()
	v, err := s.engine.GetRecord(s.ctx(), id, rigCampaign)
	s.must(err)
	return s.dial(id, v)
}

func (s *shift) dial(id string, v CallView) CallView {
	s.t.Helper()
	_, err := s.engine.Accept(s.ctx(), id, v.ID, "")
	s.must(err)
	s.eventually("talking", func() bool {
		v, err = s.engine.Call(s.ctx(), id, v.ID)
		return err == nil && v.State == "talking"
	})
	return v
}

// in is a draft for a time from now, and less than a second more: drafts have whole seconds.
func in(d time.Duration, kind callback.Kind) callback.Draft {
	at := time.Now().Add(d + time.Second - 1).UTC().Truncate(time.Second)
	draft := callback.Draft{When: callback.LocalTime{At: at.Format("2006-01-02T15:04:05"), Zone: "UTC"}, Kind: kind, Note: "about the offer"}
	if kind == callback.Personal {
		draft.Absent = &callback.AbsenceDraft{Then: callback.ToPool}
	}
	return draft
}

// promised lets an agent promise a callback in a call and be done with it, not wanting another record.
func (s *shift) promised(id string, d callback.Draft) CallView {
	s.t.Helper()
	after := untilDue(s.t, d)
	v := s.talk(id)
	s.promise(id, v.ID, d, after, DoneOptions{Disposition: "later", Stop: true})
	return v
}

// untilDue is how long from now a draft of in is due.
func untilDue(t testing.TB, d callback.Draft) time.Duration {
	t.Helper()
	due, err := time.Parse(time.DateTime, strings.Replace(d.When.At, "T", " ", 1))
	if err != nil {
		t.Fatal(err)
	}
	return max(time.Until(due), 500*time.Millisecond)
}

// promise drafts a callback on a call, due a while from now, and is done. If the machine is so busy that this time is past before it is promised,
// the draft is mended, as an agent would do it.
func (s *shift) promise(id, call string, d callback.Draft, after time.Duration, opt DoneOptions) {
	s.t.Helper()
	past := func(err error) bool {
		var refused *Error
		return errors.As(err, &refused) && refused.Code == CodeInvalidCallback && refused.Verdict.Has(callback.CodePast)
	}
	for {
		d.When = in(after, d.Kind).When
		_, err := s.engine.SetCallback(s.ctx(), id, call, d)
		if past(err) {
			continue
		}
		s.must(err)
		if _, err = s.engine.Done(s.ctx(), id, call, opt); past(err) {
			continue
		}
		s.must(err)
		return
	}
}

// ledger waits until a promise has come to a state, "" for any, and gives it with its events.
func (s *shift) ledger(id string, state callback.State) (*callback.Promise, []string) {
	s.t.Helper()
	var p *callback.Promise
	s.eventually(fmt.Sprintf("callback %s is %s", id, state), func() bool {
		var err error
		p, err = s.store.Promises().Get(s.ctx(), rigCampaign, id)
		s.must(err)
		return p.State == state || state == ""
	})
	var kinds []string
	for _, ev := range p.Events {
		kinds = append(kinds, strings.TrimSuffix(ev.Kind+" "+ev.By, " "))
	}
	return p, kinds
}

func (s *shift) only() *callback.Promise {
	s.t.Helper()
	all, err := s.store.Promises().List(s.ctx(), rigCampaign, campaign.Filter{})
	s.must(err)
	if len(all) != 1 {
		s.t.Fatalf("%d open callbacks, want one", len(all))
	}
	return all[0]
}
