//go:build integration

package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/internal/phone"
)

// TestEverythingAnAgentCanDoThroughTheAPI goes through an agent's work by the client alone, on a real Asterisk, and listens at the phones.
func TestEverythingAnAgentCanDoThroughTheAPI(t *testing.T) {
	st := openStage(t, 10)
	hanako, jiro, momoko := st.enter("hanako", firstAgentVoice), st.enter("jiro", firstAgentVoice+1), st.enter("momoko", firstAgentVoice+1)
	for _, scene := range []struct {
		name string
		play func(t *testing.T, hanako, jiro *actor)
	}{
		{"hold, resume, digits, end, done", talkAndHold},
		{"the same command twice", repeatCommands},
		{"consult a colleague, swap, merge, leave", consultAndConfer},
		{"consult a number that is busy, then one that answers", consultNumbers},
		{"conference with a number, drop it", inviteAndDrop},
		{"transfer, rejected, retrieved, accepted", transferAtOnce},
		{"consult and complete the transfer", transferAfterConsultation},
		{"promise a callback, reject it, keep it", promiseAndKeep},
	} {
		t.Run(scene.name, func(t *testing.T) {
			st.t = t
			defer func(outer *testing.T) { st.t = outer }(st.t)
			scene.play(t, hanako, jiro)
		})
		if t.Failed() {
			return // the people are not where the next scene expects them
		}
	}
	t.Run("privileges", func(t *testing.T) { st.t = t; knowTheirLimits(t, momoko) })
	st.t = t
	for _, a := range []*actor{hanako, jiro, momoko} {
		noError(t, a.client.SignOut(st.ctx()))
	}
}

func talkAndHold(t *testing.T, hanako, _ *actor) {
	st, c := hanako.st, hanako.client
	id, contact := hanako.talking()
	hanako.does(c.Hold(st.ctx(), id))("held", "resume", "consult", "transfer", "end", "done")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {}, contact: {phone.Music}})
	_, err := c.Hold(st.ctx(), id)
	if p := wantCode(t, err, api.Code(dialer.CodeWrongState)); p.State != "held" || !slices.Contains(p.Allowed, "resume") {
		t.Errorf("held twice: %s", text(p))
	}
	hanako.does(c.Resume(st.ctx(), id))("talking", "hold", "consult", "invite", "transfer", "end", "done")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact}, contact: {hanako.leg}})

	if v := hanako.does(c.SendDTMF(st.ctx(), id, "", "12#"))("talking"); v.Digits["dtmf_sent"] != "12#" {
		t.Errorf("noted %v, want 12#", v.Digits)
	}
	noError(t, contact.WaitDigits(st.ctx(), "12#"))
	noError(t, contact.SendDTMF(st.ctx(), "9"))
	hanako.seesCall("the contact's digit", func(v dialer.CallView) bool { return v.Digits["dtmf_received"] == "9" })
	_, err = c.SendDTMF(st.ctx(), id, "t7", "1")
	if p := wantCode(t, err, api.Code(dialer.CodeUnknownParty)); !slices.Equal(p.Allowed, []string{"contact"}) {
		t.Errorf("unknown party: %s", text(p))
	}
	_, err = c.SendDTMF(st.ctx(), id, "", "hello")
	wantCode(t, err, api.Code(dialer.CodeBadDigits))

	hanako.does(c.End(st.ctx(), id))("wrap-up", "done")
	if end, err := contact.WaitEnd(st.ctx()); err != nil {
		t.Errorf("the contact is still there: %v, %v", end, err)
	}
	hanako.done(id)
}

// repeatCommands sends one command twice: at the same time, and again with the same key.
func repeatCommands(t *testing.T, hanako, _ *actor) {
	st, c := hanako.st, hanako.client
	id, contact := hanako.talking()
	answers := make(chan error, 2)
	for range cap(answers) {
		go func() {
			_, err := c.Hold(st.ctx(), id)
			answers <- err
		}()
	}
	first, second := <-answers, <-answers
	if first != nil {
		first, second = second, first
	}
	if first != nil {
		t.Fatalf("neither was done: %v, %v", first, second)
	}
	if p := wantCode(t, second, api.Code(dialer.CodeWrongState)); p.State != "held" {
		t.Errorf("the later one is told %s", text(p))
	}
	hanako.sees(id, "held")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {}, contact: {phone.Music}})

	raw := house{t: t, url: st.url}
	headers := append(bearer(c), "Idempotency-Key", "resume-once")
	for i, replayed := range []string{"", "true"} {
		r := raw.send("POST", "/api/v1/calls/"+id+"/resume", "", headers...)
		if r.status != 200 || r.header.Get(api.HeaderIdempotencyReplayed) != replayed || !strings.Contains(r.body, `"state":"talking"`) {
			t.Errorf("time %d: %d, replayed %q, %s", i+1, r.status, r.header.Get(api.HeaderIdempotencyReplayed), r.body)
		}
	}
	hanako.sees(id, "talking")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact}, contact: {hanako.leg}})
	hanako.done(id)
}

// offered waits for the colleague's offer and checks that it tells what it is about.
func (a *actor) offered(id, kind string) {
	a.st.t.Helper()
	v := a.sees(id, "offered")
	if v.Offer != kind || v.From != "hanako" || v.Record.Name == "" || !slices.Equal(v.Allowed, []string{"accept", "reject"}) {
		a.st.t.Errorf("%s is offered %s", a.id, text(v))
	}
}

func consultAndConfer(t *testing.T, hanako, jiro *actor) {
	st, c := hanako.st, hanako.client
	id, contact := hanako.talking()
	hanako.does(c.StartConsultation(st.ctx(), id, client.ToAgent("jiro")))("consult-ringing", "end-consult", "end", "done")
	jiro.offered(id, "consult")
	jiro.does(jiro.client.Accept(st.ctx(), id, ""))("joined", "leave")
	hanako.sees(id, "consulting")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {jiro.leg}, jiro.leg: {hanako.leg}, contact: {phone.Music}})
	hanako.does(c.Swap(st.ctx(), id))("alternated")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact}, contact: {hanako.leg}, jiro.leg: {phone.Music}})
	hanako.does(c.Merge(st.ctx(), id))("conference", "invite", "leave", "end", "done")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact, jiro.leg}, contact: {hanako.leg, jiro.leg}, jiro.leg: {hanako.leg, contact}})

	_, err := jiro.client.Hold(st.ctx(), id)
	if p := wantCode(t, err, api.Code(dialer.CodeWrongState)); !slices.Equal(p.Allowed, []string{"leave"}) {
		t.Errorf("a guest holds: %s", text(p))
	}
	_, err = jiro.client.Leave(st.ctx(), id)
	noError(t, err)
	jiro.sees(id, "closed")
	hanako.sees(id, "talking")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact}, contact: {hanako.leg}, jiro.leg: {}})

	// Once more, and now the owner leaves: the colleague has the call.
	hanako.does(c.StartConference(st.ctx(), id, client.ToGroup("sales")))("inviting")
	jiro.offered(id, "invite")
	_, err = jiro.client.Accept(st.ctx(), id, "")
	noError(t, err)
	hanako.sees(id, "conference")
	if v := hanako.does(c.Leave(st.ctx(), id))("wrap-up", "done"); v.HandedTo != "jiro" {
		t.Errorf("handed to %q, want jiro", v.HandedTo)
	}
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {}, contact: {jiro.leg}, jiro.leg: {contact}})
	hanako.done(id)
	jiro.done(id)
}

func consultNumbers(t *testing.T, hanako, _ *actor) {
	st, c := hanako.st, hanako.client
	id, contact := hanako.talking()
	hanako.does(c.StartConsultation(st.ctx(), id, client.ToNumber(busy)))("consult-ringing")
	if v := hanako.sees(id, "held"); v.Problem != "SIP 486" {
		t.Errorf("problem %q, want SIP 486", v.Problem)
	}
	hanako.does(c.StartConsultation(st.ctx(), id, client.ToNumber(outside)))("consult-ringing")
	hanako.sees(id, "consulting")
	target, err := st.network.CallTo(st.ctx(), outside)
	noError(t, err)
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {target}, target: {hanako.leg}, contact: {phone.Music}})
	hanako.does(c.EndConsultation(st.ctx(), id))("held")
	_, err = target.WaitEnd(st.ctx())
	noError(t, err)
	hanako.done(id) // on a live call: ends it first
	_, err = contact.WaitEnd(st.ctx())
	noError(t, err)

	_, err = c.StartConsultation(st.ctx(), id, client.ToAgent("jiro"))
	wantCode(t, err, api.Code(dialer.CodeUnknownCall))
}

func inviteAndDrop(t *testing.T, hanako, _ *actor) {
	st, c := hanako.st, hanako.client
	id, contact := hanako.talking()
	for to, code := range map[api.Target]dialer.Code{
		client.ToAgent("nobody"): dialer.CodeUnknownTarget, client.ToAgent("hanako"): dialer.CodeUnknownTarget,
		client.ToQueue("help"): dialer.CodeUnknownTarget, client.ToNumber("+81990504111"): dialer.CodeForbidden,
	} {
		_, err := c.StartConference(st.ctx(), id, to)
		wantCode(t, err, api.Code(code))
	}
	hanako.does(c.StartConference(st.ctx(), id, client.ToNumber(outside)))("inviting")
	target, err := st.network.CallTo(st.ctx(), outside)
	noError(t, err)
	v := hanako.sees(id, "conference")
	if len(v.Parties) != 2 || v.Parties[1].ID != "t1" || !slices.Equal(v.Parties[1].Allowed, []string{"drop", "dtmf"}) {
		t.Errorf("parties %s", text(v.Parties))
	}
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact, target}, contact: {hanako.leg, target}, target: {hanako.leg, contact}})
	_, err = c.Mute(st.ctx(), id, "contact")
	if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "calls.mute" { // the campaign takes it from everybody
		t.Errorf("mute: %s", text(p))
	}
	_, err = c.Unmute(st.ctx(), id, "contact")
	noError(t, err)
	_, err = c.SendDTMF(st.ctx(), id, "t1", "5")
	noError(t, err)
	noError(t, target.WaitDigits(st.ctx(), "5"))
	_, err = c.Drop(st.ctx(), id, "t1")
	noError(t, err)
	_, err = target.WaitEnd(st.ctx())
	noError(t, err)
	hanako.sees(id, "talking")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact}, contact: {hanako.leg}})
	hanako.done(id)
}

func transferAtOnce(t *testing.T, hanako, jiro *actor) {
	st, c := hanako.st, hanako.client
	id, contact := hanako.talking()
	hanako.does(c.TransferTo(st.ctx(), id, client.ToAgent("jiro")))("transferring", "retrieve", "end", "done")
	jiro.offered(id, "transfer")
	_, err := jiro.client.Reject(st.ctx(), id)
	noError(t, err)
	if v := hanako.sees(id, "talking"); v.Problem != "jiro rejected it" {
		t.Errorf("problem %q", v.Problem)
	}
	hanako.does(c.TransferTo(st.ctx(), id, client.ToAgent("jiro")))("transferring")
	jiro.offered(id, "transfer")
	hanako.does(c.Retrieve(st.ctx(), id))("talking")
	jiro.sees(id, "closed")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact}, contact: {hanako.leg}, jiro.leg: {}})
	hanako.does(c.TransferTo(st.ctx(), id, client.ToGroup("sales")))("transferring")
	jiro.offered(id, "transfer")
	if v := jiro.does(jiro.client.Accept(st.ctx(), id, ""))("talking"); v.Origin != "transfer" || v.Agent != "jiro" {
		t.Errorf("jiro has %s", text(v))
	}
	hanako.sees(id, "wrap-up")
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {}, contact: {jiro.leg}, jiro.leg: {contact}})
	hanako.done(id)
	jiro.done(id)
}

func transferAfterConsultation(t *testing.T, hanako, jiro *actor) {
	st, c := hanako.st, hanako.client
	id, contact := hanako.talking()
	noError(t, secondOf(c.SetNote(st.ctx(), id, "wants the blue one")))
	hanako.does(c.StartConsultation(st.ctx(), id, client.ToAgent("jiro")))("consult-ringing")
	jiro.offered(id, "consult")
	_, err := jiro.client.Accept(st.ctx(), id, "")
	noError(t, err)
	hanako.sees(id, "consulting")
	if v := hanako.does(c.CompleteTransfer(st.ctx(), id))("wrap-up", "done"); v.HandedTo != "jiro" {
		t.Errorf("handed to %q", v.HandedTo)
	}
	if v := jiro.sees(id, "talking"); v.Note != "wants the blue one" {
		t.Errorf("jiro reads %q", v.Note)
	}
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {}, contact: {jiro.leg}, jiro.leg: {contact}})
	hanako.done(id)
	jiro.done(id)
}

// promiseAndKeep lets a contact be called again, by a colleague, because the agent who promised it rejects the offer.
func promiseAndKeep(t *testing.T, hanako, jiro *actor) {
	st, c := hanako.st, hanako.client
	id, _ := hanako.talking()
	draft := callback.Draft{
		When: callback.LocalTime{At: "2020-01-01T10:00", Zone: "UTC"}, Kind: callback.Personal,
		Absent: &callback.AbsenceDraft{Then: callback.ToGroup, Group: "sales"},
	}
	if v, err := c.CheckCallback(st.ctx(), id, draft); err != nil || !v.Has(callback.CodePast) || len(v.Slots) == 0 {
		t.Errorf("a time that is past: %s, %v", text(v), err)
	}
	draft.When.At = time.Now().UTC().Add(7 * time.Second).Format("2006-01-02T15:04:05")
	v, err := c.SetCallback(st.ctx(), id, draft)
	noError(t, err)
	if v.Callback == nil || !v.Callback.OK() {
		t.Errorf("drafted %s", text(v))
	}
	hanako.done(id)
	offered := func(v dialer.CallView) bool {
		return v.State == "previewing" && v.Origin == "personal-callback" && v.Promise != nil
	}
	v = hanako.seesCall("her own callback", offered)
	_, err = c.RejectBecause(st.ctx(), v.ID, "in a meeting")
	noError(t, err)
	v = jiro.seesCall("the rejected callback", offered)
	_, err = jiro.client.Accept(st.ctx(), v.ID, "")
	noError(t, err)
	jiro.sees(v.ID, "talking")
	jiro.done(v.ID)

	kept, err := c.Callback(st.ctx(), "spring", v.Promise.ID)
	noError(t, err)
	var ledger []string
	for _, e := range kept.Ledger {
		line := e.Kind + " " + e.By
		if e.Kind == "rejected" {
			line += ": " + e.Text
		}
		ledger = append(ledger, line)
	}
	want := []string{"made hanako", "due ", "offered hanako", "rejected hanako: in a meeting", "offered jiro", "kept jiro"}
	if kept.State != "kept" || !slices.Equal(ledger, want) {
		t.Errorf("it is %s with the ledger %q, want %q", kept.State, ledger, want)
	}
}

// knowTheirLimits lets a trainee try what trainees may not.
func knowTheirLimits(t *testing.T, momoko *actor) {
	st, c := momoko.st, momoko.client
	id, contact := momoko.talking()
	v, err := c.Call(st.ctx(), id)
	noError(t, err)
	if want := []string{"consult", "invite", "end", "done"}; !slices.Equal(v.Allowed, want) || !slices.Equal(v.Parties[0].Allowed, []string{"drop"}) {
		t.Errorf("allowed %v and %v, want %v and drop", v.Allowed, v.Parties[0].Allowed, want)
	}
	for privilege, try := range map[string]func() (dialer.CallView, error){
		"calls.hold":     func() (dialer.CallView, error) { return c.Hold(st.ctx(), id) },
		"calls.transfer": func() (dialer.CallView, error) { return c.TransferTo(st.ctx(), id, client.ToAgent("jiro")) },
		"calls.dtmf":     func() (dialer.CallView, error) { return c.SendDTMF(st.ctx(), id, "", "1") },
		"calls.mute":     func() (dialer.CallView, error) { return c.Mute(st.ctx(), id, "contact") },
		"targets.outside.international": func() (dialer.CallView, error) {
			return c.StartConsultation(st.ctx(), id, client.ToNumber("+12125550123"))
		},
		"targets.outside.premium": func() (dialer.CallView, error) {
			return c.StartConference(st.ctx(), id, client.ToNumber("+81990504111"))
		},
	} {
		_, err := try()
		if p := wantCode(t, err, api.CodeForbidden); p.Privilege != privilege {
			t.Errorf("privilege %q, want %s: %s", p.Privilege, privilege, text(p))
		}
	}
	campaigns, err := c.Campaigns(st.ctx())
	noError(t, err)
	if has := campaigns[0].Privileges; slices.Contains(has, "calls.hold") || slices.Contains(has, "calls.mute") || !slices.Contains(has, "calls.consult") {
		t.Errorf("in the campaign the trainee may %v", has)
	}
	phone.AssertHears(t, phone.WhoHears{momoko.leg: {contact}, contact: {momoko.leg}})

	// A consultation ends on hold: the way back is open to everybody.
	momoko.does(c.StartConsultation(st.ctx(), id, client.ToAgent("jiro")))("consult-ringing")
	momoko.does(c.EndConsultation(st.ctx(), id))("held", "resume", "consult", "end", "done")
	momoko.does(c.Resume(st.ctx(), id))("talking")
	phone.AssertHears(t, phone.WhoHears{momoko.leg: {contact}, contact: {momoko.leg}})
	momoko.done(id)
}

func secondOf(_ dialer.CallView, err error) error { return err }
