package dialer

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

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
	}, named("hanako", "山田 花子"), named("taro", "佐藤 太郎"))
	s.arrive("hanako")
	s.promised("hanako", in(time.Hour, callback.Personal))
	id := s.only().ID
	mine, err := s.engine.Callbacks(s.ctx(), "hanako", CallbackQuery{})
	s.must(err)
	if len(mine) != 1 || mine[0].ID != id || mine[0].HolderName != "山田 花子" || !slices.Equal(mine[0].Allowed, []string{"move", "hand-over", "cancel"}) {
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
	if handed.ID == id || handed.Owner != "taro" || handed.HolderName != "佐藤 太郎" || handed.By != "hanako" || handed.ByName != "山田 花子" {
		t.Errorf("handed over: %+v", handed)
	}
	if got := s.offered("taro").Promise; got.ID != handed.ID || got.ByName != "山田 花子" || got.AgentName != "佐藤 太郎" {
		t.Errorf("offered %+v, want %s", got, handed.ID)
	}
	whole, err := s.engine.Callback(s.ctx(), "taro", rigCampaign, handed.ID)
	s.must(err)
	if made := whole.Ledger[0]; made.Kind != "made" || made.By != "hanako" || made.ByName != "山田 花子" {
		t.Errorf("its ledger begins with %+v", made)
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
