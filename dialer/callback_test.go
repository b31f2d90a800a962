package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
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

func TestAPersonalCallbackComesToItsOwner(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako", "taro")
	call := s.promised("hanako", in(1500*time.Millisecond, callback.Personal))
	promise := s.only()
	if promise.Owner != "hanako" || promise.Number != call.Number || promise.Note != "about the offer" || promise.Call != call.ID {
		t.Errorf("promised: %+v", promise)
	}
	s.tone("hanako", "personal-callback-offered")
	got := s.offered("hanako")
	if early := time.Until(promise.Due); early > 0 {
		t.Errorf("offered %v too early", early)
	} else if early < -time.Second {
		t.Errorf("offered %v late", -early)
	}
	if got.Origin != "personal-callback" || got.Record.ID != call.Record.ID || got.Promise.Note != "about the offer" || len(got.Record.History) != 1 {
		t.Errorf("offered: origin %s, record %s, promise %+v, history %+v", got.Origin, got.Record.ID, got.Promise, got.Record.History)
	}
	got = s.dial("hanako", got)
	if got.Number != promise.Number {
		t.Errorf("dialed %s, want %s", got.Number, promise.Number)
	}
	_, err := s.engine.Done(s.ctx(), "hanako", got.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
	_, kinds := s.ledger(promise.ID, callback.Kept)
	if want := []string{"made hanako", "due", "offered hanako", "kept hanako"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestAPoolCallbackThatIsRejectedGoesToAnotherAgentAndThenToASupervisor(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Pool))
	promise := s.only()
	s.arrive("taro", "jiro")
	refused := map[string]bool{}
	for range 3 {
		n := s.notice("an offer", func(n Notice) bool {
			v, is := n.Data.(CallView)
			return is && v.State == "previewing" && v.Promise != nil && !refused[n.Agent]
		})
		v := n.Data.(CallView)
		if v.Origin != "callback" || refused[n.Agent] {
			t.Errorf("offered to %s, who refused it, or as %s", n.Agent, v.Origin)
		}
		refused[n.Agent] = true
		_, err := s.engine.Reject(s.ctx(), n.Agent, v.ID, "no time")
		s.must(err)
	}
	p, kinds := s.ledger(promise.ID, callback.Due)
	s.eventually("it is a supervisor's", func() bool {
		p, kinds = s.ledger(promise.ID, callback.Due)
		return p.Queue == callback.QueueSupervisor
	})
	if len(kinds) != 9 || kinds[8] != "escalated" || p.Events[3].Text != "no time" {
		t.Errorf("ledger %v", kinds)
	}
}

func TestACallbackWhoseOwnerIsAbsentGoesWhereTheAgentSaid(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako", "taro", "jiro")
	d := in(2*time.Second, callback.Personal)
	d.Absent = &callback.AbsenceDraft{Then: callback.ToGroup, Group: "sales"} // hanako is not in it
	s.promised("hanako", d)
	promise := s.only()
	_, err := s.engine.SetNotReady(s.ctx(), "hanako", "lunch")
	s.must(err)
	_, err = s.engine.SetNotReady(s.ctx(), "jiro", "lunch")
	s.must(err)
	got := s.offered("taro")
	if got.Origin != "personal-callback" || got.Promise.Owner != "hanako" {
		t.Errorf("offered %s of %s", got.Origin, got.Promise.Owner)
	}
	_, kinds := s.ledger(promise.ID, callback.Offered)
	if want := []string{"made hanako", "due", "owner-absent", "offered taro"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestABusyOwnerHearsOfACallbackAndHasItNext(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako", "taro")
	s.promised("hanako", in(3*time.Second, callback.Personal))
	promise := s.only()
	v := s.talk("hanako")
	s.tone("hanako", "callback-due-soon")
	if other, err := s.engine.GetRecord(s.ctx(), "taro", rigCampaign); err != nil || other.Promise != nil { // hanako is there
		t.Errorf("taro, who asks for work, gets %+v, %v; want a record of the list", other.Promise, err)
	}
	if p, _ := s.ledger(promise.ID, callback.Due); p.Queue != callback.QueueOf("hanako") {
		t.Errorf("it waits in %s", p.Queue)
	}
	_, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale"})
	s.must(err)
	if got := s.offered("hanako"); got.Promise.ID != promise.ID {
		t.Errorf("next was callback %s, want %s", got.Promise.ID, promise.ID)
	}
}

func TestDoneWithADraftThatHasExpiredIsRefusedUntilItIsMended(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	v := s.talk("hanako")
	v, err := s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(time.Second, callback.Pool))
	s.must(err)
	s.eventually("the draft is past", func() bool {
		verdict, err := s.engine.CheckCallback(s.ctx(), "hanako", v.ID, v.Callback.Draft)
		s.must(err)
		return verdict.Has(callback.CodePast)
	})
	_, err = s.engine.End(s.ctx(), "hanako", v.ID)
	s.must(err)
	var refused *Error
	if _, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "later"}); !errors.As(err, &refused) ||
		refused.Code != CodeInvalidCallback || !refused.Verdict.Has(callback.CodePast) {
		t.Fatalf("done: %v", err)
	}
	if v, err = s.engine.Call(s.ctx(), "hanako", v.ID); err != nil || v.State != "wrap-up" || !v.Callback.Has(callback.CodePast) {
		t.Errorf("after that: %s, %+v, %v", v.State, v.Callback, err)
	}
	_, err = s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(time.Hour, callback.Pool))
	s.must(err)
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "later", Stop: true})
	s.must(err)
	if p := s.only(); time.Until(p.Due) < 59*time.Minute {
		t.Errorf("promised for %v", p.Due)
	}
}

func TestWhatADispositionWantsOfACallback(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	v := s.talk("hanako")
	code := func(err error) Code {
		var refused *Error
		errors.As(err, &refused)
		if refused == nil {
			return ""
		}
		return refused.Code
	}
	if _, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "later"}); code(err) != CodeCallbackRequired {
		t.Errorf("a callback is wanted, but: %v", err)
	}
	_, err := s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(time.Hour, callback.Pool))
	s.must(err)
	if _, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "never"}); code(err) != CodeInvalidCallback {
		t.Errorf("a promise to whom nobody calls, but: %v", err)
	}
	_, err = s.engine.ClearCallback(s.ctx(), "hanako", v.ID)
	s.must(err)
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "never", Stop: true})
	s.must(err)
	if all, err := s.store.Promises().List(s.ctx(), rigCampaign, campaign.Filter{}); err != nil || len(all) > 0 {
		t.Errorf("promised all the same: %v, %v", all, err)
	}
}

func TestAPromiseOnAPreviewTakesThePlaceOfTheCall(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	v, err := s.engine.GetRecord(s.ctx(), "hanako", rigCampaign)
	s.must(err)
	if slices.Contains(v.Allowed, "done") {
		t.Errorf("a preview without a draft allows %v", v.Allowed)
	}
	v, err = s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(time.Hour, callback.Personal))
	s.must(err)
	if !slices.Contains(v.Allowed, "done") {
		t.Errorf("a preview with a draft allows %v", v.Allowed)
	}
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Stop: true})
	s.must(err)
	record, err := s.store.Get(s.ctx(), rigCampaign, v.Record.ID)
	s.must(err)
	if record.State != campaign.Promised || len(record.Attempts()) > 0 {
		t.Errorf("the record is %s with attempts %v", record.State, record.Attempts())
	}
}

func TestAnOfferThatIsNotAnsweredGoesOnAndItsAgentIsNotReady(t *testing.T) {
	s := newShift(t, func(c *Config) { c.CallbackOfferTimeout = time.Second })
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Pool))
	promise := s.only()
	s.offered("hanako")
	s.notice("not ready", func(n Notice) bool {
		v, is := n.Data.(AgentView)
		return is && v.State == string(agent.NotReady) && v.Reason == reasonUnanswered
	})
	s.arrive("taro")
	s.offered("taro")
	_, kinds := s.ledger(promise.ID, callback.Offered)
	if want := []string{"made hanako", "due", "offered hanako", "unanswered hanako", "offered taro"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestADraftAndAnOfferSurviveTheProcess(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	v := s.talk("hanako")
	_, err := s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(4*time.Second, callback.Personal))
	s.must(err)
	s.stop()
	s.start()
	s.eventually("the call is there again with its draft", func() bool {
		v, err = s.engine.Call(s.ctx(), "hanako", v.ID)
		return err == nil && v.Callback != nil && v.State == "talking"
	})
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "later", Stop: true})
	s.must(err)
	promise := s.only()
	got := s.offered("hanako")
	s.stop()
	s.start()
	s.eventually("the offer is there again", func() bool {
		got, err = s.engine.Call(s.ctx(), "hanako", got.ID)
		return err == nil && got.Promise != nil && got.Promise.ID == promise.ID && got.State == "previewing"
	})
	got = s.dial("hanako", got)
	_, err = s.engine.Done(s.ctx(), "hanako", got.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
	s.ledger(promise.ID, callback.Kept)
}

func TestADueCallbackOnTheDoNotCallListExpiresAndSaysWhy(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Pool))
	promise := s.only()
	_, err := s.store.DoNotCall().Add(s.ctx(), []string{promise.Number}, "boss", "asked to")
	s.must(err)
	p, _ := s.ledger(promise.ID, callback.Expired)
	if last := p.Events[len(p.Events)-1]; last.Text != string(campaign.UndialedDoNotCall) {
		t.Errorf("it ended with %+v", last)
	}
}

func TestTheBookIsForTheHolderAndForSupervisors(t *testing.T) {
	s := newShift(t, func(c *Config) {
		a := c.Agents["yuki"]
		a.Role = agent.RoleSupervisor
		c.Agents["yuki"] = a
	})
	s.arrive("hanako")
	s.promised("hanako", in(time.Hour, callback.Personal))
	id := s.only().ID
	mine, err := s.engine.Callbacks(s.ctx(), "hanako", CallbackQuery{})
	s.must(err)
	if len(mine) != 1 || mine[0].ID != id || !slices.Equal(mine[0].Allowed, []string{"move", "hand-over", "cancel"}) {
		t.Errorf("hanako's book: %+v", mine)
	}
	if none, err := s.engine.Callbacks(s.ctx(), "taro", CallbackQuery{}); err != nil || len(none) > 0 {
		t.Errorf("taro's book: %+v, %v", none, err)
	}
	var refused *Error
	if _, err := s.engine.CancelCallback(s.ctx(), "taro", rigCampaign, id, ""); !errors.As(err, &refused) || refused.Privilege != agent.ManageCallbacks {
		t.Errorf("taro cancels it: %v", err)
	}
	past := callback.LocalTime{At: "2020-01-01T10:00", Zone: "UTC"}
	if _, err := s.engine.MoveCallback(s.ctx(), "hanako", rigCampaign, id, past, ""); !errors.As(err, &refused) || !refused.Verdict.Has(callback.CodePast) {
		t.Errorf("moved into the past: %v", err)
	}
	soon := in(2*time.Second, callback.Personal).When
	moved, err := s.engine.MoveCallback(s.ctx(), "yuki", rigCampaign, id, soon, "she has time now")
	s.must(err)
	if moved.ID != id || time.Until(moved.Due) > 3*time.Second {
		t.Errorf("moved to %v", moved.Due)
	}
	s.arrive("taro")
	handed, err := s.engine.HandOverCallback(s.ctx(), "hanako", rigCampaign, id, "taro")
	s.must(err)
	if handed.ID == id || handed.Owner != "taro" {
		t.Errorf("handed over: %+v", handed)
	}
	if got := s.offered("taro"); got.Promise.ID != handed.ID {
		t.Errorf("offered %s, want %s", got.Promise.ID, handed.ID)
	}
	s.ledger(id, callback.HandedOver)
}

// The process is killed after the record was closed and before the journal knows: what the agent would do to the call now would go nowhere.
func TestACallThatWasClosedUnseenComesBackClosed(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	v := s.talk("hanako")
	_, err := s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(time.Hour, callback.Pool))
	s.must(err)
	_, err = s.engine.End(s.ctx(), "hanako", v.ID)
	s.must(err)
	calls, agents := journalKeys("ast1")
	var was []string
	s.eventually("the journal has the call in wrap-up", func() bool {
		entry := s.rdb.HGet(s.ctx(), calls, v.ID).Val()
		was = []string{entry, s.rdb.HGet(s.ctx(), agents, "hanako").Val()}
		return strings.Contains(entry, `"state":"wrap-up"`) && strings.Contains(was[1], v.ID)
	})
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "later", Stop: true})
	s.must(err)
	s.stop()
	s.must(s.rdb.HSet(s.ctx(), calls, v.ID, was[0]).Err())
	s.must(s.rdb.HSet(s.ctx(), agents, "hanako", was[1]).Err())
	s.start()
	s.eventually("the agent does not have that call any more", func() bool {
		a, err := s.engine.Agent(s.ctx(), "hanako")
		return err == nil && a.CallID != v.ID
	})
	s.only()
}
