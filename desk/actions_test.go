package desk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
)

// TestEachActionReachesTheEngine goes through everything that can be done with a live call.
func TestEachActionReachesTheEngine(t *testing.T) {
	h := open(t)
	ctx, c := h.ctx(), h.signedIn("hanako")
	id := must(c.GetRecord(ctx, "spring"))(t).ID
	before := len(h.engine.done())
	steps := []struct {
		do    func() (dialer.CallView, error)
		told  string
		state string
	}{
		{func() (dialer.CallView, error) { return c.Hold(ctx, id) }, "hold", "held"},
		{func() (dialer.CallView, error) { return c.Resume(ctx, id) }, "resume", "talking"},
		{func() (dialer.CallView, error) { return c.StartConsultation(ctx, id, client.ToGroup("sales")) }, "consult group sales", "consult-ringing"},
		{func() (dialer.CallView, error) { return c.EndConsultation(ctx, id) }, "end-consult", "held"},
		{func() (dialer.CallView, error) { return c.Swap(ctx, id) }, "swap", "alternated"},
		{func() (dialer.CallView, error) { return c.Merge(ctx, id) }, "merge", "conference"},
		{func() (dialer.CallView, error) { return c.StartConference(ctx, id, client.ToNumber("+81355550007")) }, "invite number +81355550007", "inviting"},
		{func() (dialer.CallView, error) { return c.Drop(ctx, id, "t1") }, "drop t1", "inviting"},
		{func() (dialer.CallView, error) { return c.Mute(ctx, id, "contact") }, "mute contact true", "inviting"},
		{func() (dialer.CallView, error) { return c.Unmute(ctx, id, "contact") }, "mute contact false", "inviting"},
		{func() (dialer.CallView, error) { return c.SendDTMF(ctx, id, "t2", "12#") }, "dtmf 12# to t2", "inviting"},
		{func() (dialer.CallView, error) { return c.SendDTMF(ctx, id, "", "9") }, "dtmf 9 to ", "inviting"},
		{func() (dialer.CallView, error) { return c.TransferTo(ctx, id, client.ToQueue("help")) }, "transfer queue help", "transferring"},
		{func() (dialer.CallView, error) { return c.Retrieve(ctx, id) }, "retrieve", "talking"},
		{func() (dialer.CallView, error) { return c.Leave(ctx, id) }, "leave", "wrap-up"},
		{func() (dialer.CallView, error) { return c.CompleteTransfer(ctx, id) }, "complete", "wrap-up"},
	}
	for i, step := range steps {
		v, err := step.do()
		if err != nil {
			t.Fatalf("%s: %v", step.told, err)
		}
		if v.State != step.state {
			t.Errorf("%s: the call is %s, want %s", step.told, v.State, step.state)
		}
		if told := h.engine.done()[before+i]; told != step.told+" "+id {
			t.Errorf("the engine was told %q, want %q", told, step.told+" "+id)
		}
	}
}

// TestAColleagueIsToldOfAnOfferAndAcceptsIt follows an offer from one agent's command to the other's page.
func TestAColleagueIsToldOfAnOfferAndAcceptsIt(t *testing.T) {
	h := open(t)
	ctx, hanako, jiro := h.ctx(), h.signedIn("hanako"), h.signedIn("jiro")
	stream, _ := watch(t, h, jiro)
	id := must(hanako.GetRecord(ctx, "spring"))(t).ID
	must(hanako.StartConsultation(ctx, id, client.ToAgent("jiro")))(t)
	offer, ok := nextValue(t, h, stream).(*dialer.CallView)
	if !ok || offer.ID != id || offer.State != "offered" || offer.From != "hanako" || !slices.Equal(offer.Allowed, []string{"accept", "reject"}) {
		t.Fatalf("jiro is told %s", text(offer))
	}
	if v := must(jiro.Accept(ctx, id, ""))(t); v.State != "consulting" {
		t.Errorf("accepted: %s", text(v))
	}
	if did := h.engine.done(); did[len(did)-1] != "accept offer "+id {
		t.Errorf("the engine was told %v", did)
	}
}

func TestATargetHasWhatItsKindWants(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	id := must(c.GetRecord(h.ctx(), "spring"))(t).ID
	tests := map[string]struct{ path, body, location string }{
		"no body":                   {"consult", ``, ""},
		"no kind":                   {"consult", `{"id": "jiro"}`, "body"},
		"unknown kind":              {"invite", `{"kind": "robot", "id": "r2"}`, "body.kind"},
		"an agent without id":       {"consult", `{"kind": "agent"}`, "body.id"},
		"an agent with a number":    {"transfer", `{"kind": "agent", "id": "jiro", "number": "+81312345611"}`, "body.number"},
		"a number without number":   {"transfer", `{"kind": "number"}`, "body.number"},
		"a number that has an id":   {"invite", `{"kind": "number", "number": "+81312345611", "id": "x"}`, "body.id"},
		"digits that are nothing":   {"dtmf", `{"digits": ""}`, "body.digits"},
		"more digits than possible": {"dtmf", `{"digits": "` + strings.Repeat("1", 65) + `"}`, "body.digits"},
		"no digits":                 {"dtmf", `{}`, "body"},
	}
	before := len(h.engine.done())
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := h.send("POST", "/api/v1/calls/"+id+"/"+test.path, test.body, bearer(c)...)
			if r.problem.Code != api.CodeBadRequest {
				t.Fatalf("code %q: %s", r.problem.Code, r.body)
			}
			if test.location != "" && (len(r.problem.Errors) == 0 || r.problem.Errors[0].Location != test.location) {
				t.Errorf("errors = %s, want one at %s", text(r.problem.Errors), test.location)
			}
		})
	}
	if did := h.engine.done(); len(did) != before {
		t.Errorf("the engine was told %v", did[before:])
	}
}

// TestEachCommandOfTheTableHasItsAddress holds the API to its promise that `allowed` names the last part of the address.
func TestEachCommandOfTheTableHasItsAddress(t *testing.T) {
	h := open(t)
	posts := map[string]bool{}
	for _, op := range operations(t, h) {
		if strings.EqualFold(op.method, "POST") {
			posts[op.path] = true
		}
	}
	seen := map[call.Event]bool{}
	for _, row := range call.Table() {
		for _, command := range call.Allowed(row.State) {
			if seen[command] = true; !posts["/api/v1/calls/{id}/"+string(command)] {
				t.Errorf("%s is possible while a call is %s, but has no address", command, row.State)
			}
		}
	}
	if len(seen) < 16 {
		t.Errorf("only %d commands were looked for", len(seen))
	}
}
