//go:build integration

package dialer_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

// wantRefused asserts the code of a refusal.
func wantRefused(t *testing.T, what string, err error, code dialer.Code) *dialer.Error {
	t.Helper()
	var refused *dialer.Error
	if !errors.As(err, &refused) || refused.Code != code {
		t.Fatalf("%s: %v, want %s", what, err, code)
	}
	return refused
}

// chains fills the calling list with records of two numbers.
func (h *house) chains(rows string) {
	h.t.Helper()
	list := h.cfg.Campaigns[spring].List
	list.Columns.Numbers = []campaign.NumberColumn{{Column: "phone"}, {Column: "office"}}
	importList(h.t, h.store, list, "name,phone,office,city\n"+rows)
}

func (h *house) block(numbers ...string) {
	h.t.Helper()
	_, err := h.store.DoNotCall().Add(h.ctx(), numbers, "somebody else", "asked for it")
	must(h.t, err)
}

func TestNumbersOnTheDoNotCallListAreNotDialed(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0012": phone.Answer(), "0021": phone.Answer()})
	h.open()
	h.chains("Aoi,090-1234-0001,03-1234-0001,\nBanri,090-1234-0011,03-1234-0012,\nChie,090-1234-0021,03-1234-0022,\n")
	h.block("+819012340001", "+81312340001", "+819012340011")
	agent := h.arrive(hanako)

	call := agent.record()
	if call.Record.Name != "Banri" {
		t.Fatalf("the record of %s was handed out, want Banri's: Aoi has no number left", call.Record.Name)
	}
	if n := call.Record.Numbers; !n[0].DoNotCall || n[1].DoNotCall {
		t.Errorf("numbers %+v, want the first one marked", n)
	}
	counts, err := h.store.Counts(h.ctx(), spring)
	must(t, err)
	if diff := cmp.Diff(map[campaign.Undialed]int64{campaign.UndialedDoNotCall: 1}, counts.Undialed); diff != "" || counts.Closed != 1 {
		t.Errorf("%d records closed, undialed (-want +got):\n%s", counts.Closed, diff)
	}

	_, err = h.engine.Accept(h.ctx(), hanako, call.ID, "+819012340011")
	refused := wantRefused(t, "dialing a blocked number of the chain", err, dialer.CodeDoNotCall)
	if !slices.Equal(refused.Allowed, []string{"+81312340012"}) {
		t.Errorf("allowed are %v, want the other number", refused.Allowed)
	}
	if v := agent.accept(call.ID); v.Number != "+81312340012" {
		t.Errorf("dialed %s, want the number that is not blocked", v.Number)
	}
	agent.await(call.ID, "talking")
	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale"})
	must(t, err)

	// Blocked between preview and accept: it holds at once.
	next := h.notice("the next preview", func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && v.ID != call.ID && v.State == "previewing"
	})
	h.block("+819012340021", "+81312340022")
	_, err = h.engine.Accept(h.ctx(), hanako, next.ID, "")
	wantRefused(t, "dialing after the whole chain was blocked", err, dialer.CodeDoNotCall)
	v, err := h.engine.Call(h.ctx(), hanako, next.ID)
	must(t, err)
	if v.State != "previewing" || !v.Record.Numbers[0].DoNotCall || !v.Record.Numbers[1].DoNotCall {
		t.Errorf("the call is %s with %+v, want previewing with both numbers marked", v.State, v.Record.Numbers)
	}
	_, err = h.engine.Cancel(h.ctx(), hanako, next.ID)
	must(t, err)
	_, err = h.engine.GetRecord(h.ctx(), hanako, spring)
	wantRefused(t, "a record when all that is left is blocked", err, dialer.CodeNoRecord)
	h.nothingLeft(keptHold, keptBooth, keptAgent)
}

func TestDoNotCallFromTheCall(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer(), "0011": phone.Answer()}, withTaro, func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.Dispositions = append(k.Dispositions, campaign.Disposition{Code: "no-calls", DoNotCall: true})
		c.Campaigns[spring] = k
	})
	h.open()
	h.chains("Aoi,090-1234-0001,03-1234-0002,\nBanri,090-1234-0011,03-1234-0012,\n")
	onList := func(numbers ...string) map[string]campaign.Blocked {
		t.Helper()
		blocked, err := h.store.DoNotCall().Check(h.ctx(), numbers)
		must(t, err)
		return blocked
	}
	agent := h.arrive(hanako)
	call := agent.record()
	_, err := h.engine.DoNotCall(h.ctx(), hanako, call.ID, dialer.DoNotCallNumber)
	wantRefused(t, "this number, when none was dialed", err, dialer.CodeUnknownNumber)
	_, err = h.engine.DoNotCall(h.ctx(), hanako, call.ID, "everything")
	wantRefused(t, "an unknown scope", err, dialer.CodeUnknownNumber)
	_, err = h.engine.DoNotCall(h.ctx(), taro, call.ID, dialer.DoNotCallChain)
	wantRefused(t, "a colleague's call", err, dialer.CodeNotYourCall)

	agent.accept(call.ID)
	agent.await(call.ID, "talking")
	v, err := h.engine.DoNotCall(h.ctx(), hanako, call.ID, dialer.DoNotCallNumber)
	must(t, err)
	if n := v.Record.Numbers; v.State != "talking" || !n[0].DoNotCall || n[1].DoNotCall {
		t.Errorf("the call is %s with %+v, want talking with the first number marked", v.State, n)
	}
	if blocked := onList("+819012340001", "+81312340002"); len(blocked) != 1 || blocked["+819012340001"].By != hanako {
		t.Errorf("on the list: %+v, want the number dialed, by hanako", blocked)
	}
	for what, reach := range map[string]func() (dialer.CallView, error){
		"consult": func() (dialer.CallView, error) {
			return h.engine.StartConsultation(h.ctx(), hanako, call.ID, to(dialer.TargetNumber, "+819012340001"))
		},
		"invite": func() (dialer.CallView, error) {
			return h.engine.StartConference(h.ctx(), hanako, call.ID, to(dialer.TargetNumber, "+819012340001"))
		},
		"transfer": func() (dialer.CallView, error) {
			return h.engine.TransferTo(h.ctx(), hanako, call.ID, to(dialer.TargetNumber, "+819012340001"))
		},
	} {
		_, err := reach()
		wantRefused(t, what+" a blocked number", err, dialer.CodeDoNotCall)
	}
	_, err = h.engine.DoNotCall(h.ctx(), hanako, call.ID, dialer.DoNotCallChain)
	must(t, err)
	if blocked := onList("+819012340001", "+81312340002"); len(blocked) != 2 {
		t.Errorf("on the list: %+v, want the whole chain", blocked)
	}
	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)

	// The same by the disposition.
	call = agent.record()
	agent.accept(call.ID)
	agent.await(call.ID, "talking")
	if blocked := onList("+819012340011", "+81312340012"); len(blocked) != 0 {
		t.Errorf("on the list before anybody asked: %+v", blocked)
	}
	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "no-calls", Stop: true})
	must(t, err)
	if blocked := onList("+819012340011", "+81312340012"); len(blocked) != 2 {
		t.Errorf("on the list after the disposition: %+v, want the whole chain", blocked)
	}
}

func TestDoneWaitsForTheDoNotCallList(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.Dispositions = append(k.Dispositions, campaign.Disposition{Code: "no-calls", DoNotCall: true})
		c.Campaigns[spring] = k
	})
	h.open("090-1234-0001")
	agent := h.arrive(hanako)
	call := agent.record()
	agent.accept(call.ID)
	agent.await(call.ID, "talking")

	h.redis.SetError("LOADING Redis is away")
	_, err := h.engine.DoNotCall(h.ctx(), hanako, call.ID, dialer.DoNotCallNumber)
	wantRefused(t, "do not call without Redis", err, dialer.CodeStoreUnavailable)
	_, err = h.engine.StartConference(h.ctx(), hanako, call.ID, to(dialer.TargetNumber, outside))
	wantRefused(t, "an outside number without Redis", err, dialer.CodeStoreUnavailable)
	v, err := h.engine.Hold(h.ctx(), hanako, call.ID)
	must(t, err) // the call itself goes on
	if v.State != "held" {
		t.Errorf("the call is %s, want held", v.State)
	}
	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "no-calls", Stop: true})
	wantRefused(t, "done without Redis", err, dialer.CodeStoreUnavailable)

	h.redis.SetError("")
	v, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Stop: true})
	must(t, err)
	blocked, err := h.store.DoNotCall().Check(h.ctx(), []string{"+819012340001"})
	must(t, err)
	if v.State != "closed" || len(blocked) != 1 {
		t.Errorf("the call is %s with %+v on the list, want closed with its number", v.State, blocked)
	}
}

func TestCaseDataIsChangedForEverybodyOnTheCall(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, withTaro, func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.Fields = []campaign.FieldConfig{{Name: "city", Label: "City", Editable: true}, {Name: "memo", Editable: true}, {Name: "plan"}}
		c.Campaigns[spring] = k
	})
	h.open()
	h.chains("Aoi,090-1234-0001,,Osaka\n")
	agent, colleague := h.arrive(hanako), h.arrive(taro)
	call := agent.record()
	agent.accept(call.ID)
	agent.await(call.ID, "talking")
	_, err := h.engine.StartConsultation(h.ctx(), hanako, call.ID, to(dialer.TargetAgent, taro))
	must(t, err)
	colleague.await(call.ID, "offered")
	_, err = h.engine.Accept(h.ctx(), taro, call.ID, "")
	must(t, err)

	set := func(key, value string) (dialer.CallView, error) {
		return h.engine.SetField(h.ctx(), hanako, call.ID, key, value)
	}
	_, err = set("plan", "B")
	if refused := wantRefused(t, "a field that is only shown", err, dialer.CodeFieldNotEditable); !slices.Equal(refused.Allowed, []string{"city", "memo"}) {
		t.Errorf("allowed are %v, want city and memo", refused.Allowed)
	}
	_, err = set("city", "Kobe\x00")
	wantRefused(t, "a control character", err, dialer.CodeBadFieldValue)
	_, err = set("city", "神戸")
	must(t, err)
	_, err = set("memo", "ring twice")
	must(t, err)
	want := map[string]string{"city": "神戸", "memo": "ring twice"}
	h.notice("the colleague sees the fields", func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && n.Agent == taro && cmp.Equal(v.Record.Fields, want)
	})
	v, err := set("city", "")
	must(t, err)
	if diff := cmp.Diff(map[string]string{"memo": "ring twice"}, v.Record.Fields); diff != "" {
		t.Errorf("fields after one was emptied (-want +got):\n%s", diff)
	}
	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	record, err := h.store.Get(h.ctx(), spring, v.Record.ID)
	must(t, err)
	if diff := cmp.Diff(map[string]string{"memo": "ring twice"}, record.Fields); diff != "" {
		t.Errorf("fields of the record (-want +got):\n%s", diff)
	}
}
