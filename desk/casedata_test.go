//go:build integration

package desk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

// openCaseStage has two campaigns with business fields and a tree of dispositions, and a Redis of its own. In the list of the one is Aoi; in
// that of the other Banri, who shares a home phone with Aoi, Chie, who shares a mobile, and Dai, whose number is nobody else's.
// It tells, too, which numbers the network is asked for.
func openCaseStage(t *testing.T) (st *stage, store *campaign.RedisStore, dialed chan string) {
	t.Helper()
	st, dialed = &stage{t: t}, make(chan string, 20)
	var err error
	st.network, err = phone.New(phone.Config{Voice: voices[contactVoice], Behave: func(c *phone.Call) phone.Behaviour {
		dialed <- c.Number()
		return phone.Answer()
	}})
	noError(t, err)
	t.Cleanup(func() { _ = st.network.Close() })
	ast := asterisktest.Start(t, append(steadyMusic(), asterisktest.WithTrunk(st.network.Addr().String()))...)
	rdb := redis.NewClient(&redis.Options{Addr: redistest.Run(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	store = campaign.NewRedisStore(rdb)
	cfg := stageConfig(ast)
	k := cfg.Campaigns["spring"]
	k.List.Columns.Numbers = []campaign.NumberColumn{{Column: "mobile"}, {Column: "home"}}
	k.Fields = []campaign.FieldConfig{{Name: "city", Label: "City", Editable: true}, {Name: "plan"}}
	k.Dispositions = []campaign.Disposition{{Code: "won", Name: "Won", Children: []campaign.Disposition{{Code: "sale"}, {Code: "trial"}}}, {Code: "no-interest"}}
	cfg.Campaigns["spring"], cfg.Campaigns["autumn"] = k, k
	for id, a := range cfg.Agents {
		a.Campaigns = []string{"spring", "autumn"}
		cfg.Agents[id] = a
	}
	for name, rows := range map[string]string{
		"spring": "Aoi,090-1234-0001,03-1234-0001,Osaka,A\n",
		"autumn": "Banri,03-1234-0001,090-1234-0002,Kyoto,B\nChie,090-1234-0001,,Nara,C\nDai,090-1234-0004,,Kobe,D\n",
	} {
		sum, err := campaign.Import(t.Context(), store, campaign.ImportRequest{
			Campaign: name, List: k.List, Path: "-", Rejects: t.TempDir() + "/rejects.csv", Stdin: strings.NewReader("name,mobile,home,city,plan\n" + rows),
		})
		noError(t, err)
		if int(sum.Imported) != strings.Count(rows, "\n") {
			t.Fatalf("%s was not imported whole: %+v", name, sum)
		}
	}
	st.serve(cfg, store, rdb)
	return st, store, dialed
}

// TestCaseDataThroughTheAPI works on a call's case data by the client alone, and has numbers blocked while another agent looks at them.
func TestCaseDataThroughTheAPI(t *testing.T) {
	st, store, dialed := openCaseStage(t)
	hanako, jiro := st.enter("hanako", firstAgentVoice), st.enter("jiro", firstAgentVoice+1)
	c := hanako.client

	id, contact := hanako.talking()
	recordID := fieldsAndNote(t, hanako, id)

	// Do not call this number, then the whole chain, while jiro previews a record of another campaign with a number of it.
	preview, err := jiro.client.GetRecord(st.ctx(), "autumn")
	noError(t, err)
	if preview.Record.Name != "Banri" {
		t.Fatalf("jiro previews %s, want Banri", preview.Record.Name)
	}
	v, err := c.DoNotCall(st.ctx(), id, dialer.DoNotCallNumber)
	noError(t, err)
	if n := v.Record.Numbers; !n[0].DoNotCall || n[1].DoNotCall || v.State != "talking" {
		t.Errorf("%s with %s, want talking, and the number dialed blocked alone", v.State, text(n))
	}
	phone.AssertHears(t, phone.WhoHears{hanako.leg: {contact}, contact: {hanako.leg}}) // the call goes on
	_, err = c.StartConsultation(st.ctx(), id, client.ToNumber("+819012340001"))
	wantCode(t, err, api.Code(dialer.CodeDoNotCall))

	v, err = c.DoNotCall(st.ctx(), id, dialer.DoNotCallChain)
	noError(t, err)
	if n := v.Record.Numbers; !n[0].DoNotCall || !n[1].DoNotCall {
		t.Errorf("after the whole chain: %s", text(n))
	}
	_, err = jiro.client.Accept(st.ctx(), preview.ID, "+81312340001")
	if p := wantCode(t, err, api.Code(dialer.CodeDoNotCall)); !slices.Equal(p.Allowed, []string{"+819012340002"}) {
		t.Errorf("jiro's preview, blocked since it was handed out: %s", text(p))
	}
	if v, err := jiro.client.Call(st.ctx(), preview.ID); err != nil || v.State != "previewing" || !v.Record.Numbers[0].DoNotCall || v.Record.Numbers[1].DoNotCall {
		t.Errorf("jiro sees %s (%v), want the preview with its first number blocked", text(v), err)
	}
	_, err = jiro.client.Accept(st.ctx(), preview.ID, "")
	noError(t, err)
	if called := jiro.sees(preview.ID, "talking"); called.Number != "+819012340002" {
		t.Errorf("jiro dials %s, want the number that is left", called.Number)
	}
	_, err = st.network.CallTo(st.ctx(), "+819012340002")
	noError(t, err)
	jiro.done(preview.ID)

	closeWithDisposition(t, hanako, id)
	kept, err := store.Get(st.ctx(), "spring", recordID)
	noError(t, err)
	if diff := cmp.Diff(map[string]string{"city": "Sendai", "plan": "A"}, kept.Fields); diff != "" || kept.Disposition != "trial" {
		t.Errorf("the record has disposition %q, fields (-want +got):\n%s", kept.Disposition, diff)
	}

	// Chie has no number that may be dialed: she is passed over, and nobody rang her.
	next, err := c.GetRecord(st.ctx(), "autumn")
	noError(t, err)
	if next.Record.Name != "Dai" {
		t.Errorf("offered is %s, want Dai: Chie's number is on the do-not-call list", next.Record.Name)
	}
	counts, err := store.Counts(st.ctx(), "autumn")
	noError(t, err)
	if counts.Undialed[campaign.UndialedDoNotCall] != 1 {
		t.Errorf("undialed %v, want Chie's record", counts.Undialed)
	}
	if first, second := <-dialed, <-dialed; first != "+819012340001" || second != "+819012340002" || len(dialed) > 0 {
		t.Errorf("dialed were %s, %s and %d more, want one number each of Aoi and Banri", first, second, len(dialed))
	}
	_, err = c.Cancel(st.ctx(), next.ID)
	noError(t, err)
	for _, a := range []*actor{hanako, jiro} {
		noError(t, a.client.SignOut(st.ctx()))
	}
}

// fieldsAndNote changes what may be changed, and tries what may not. It answers the record's id.
func fieldsAndNote(t *testing.T, hanako *actor, id string) (record string) {
	t.Helper()
	st, c := hanako.st, hanako.client
	v, err := c.SetField(st.ctx(), id, "city", "Sendai")
	noError(t, err)
	if v.Record.Fields["city"] != "Sendai" {
		t.Errorf("fields %v, want Sendai as city", v.Record.Fields)
	}
	hanako.seesCall("the new city", func(v dialer.CallView) bool { return v.Record.Fields["city"] == "Sendai" })
	_, err = c.SetField(st.ctx(), id, "plan", "Z")
	if p := wantCode(t, err, api.Code(dialer.CodeFieldNotEditable)); p.Status != 403 || !slices.Equal(p.Allowed, []string{"city"}) {
		t.Errorf("a field that is only shown: %s", text(p))
	}
	_, err = c.SetField(st.ctx(), id, "city", "Sen\x00dai")
	wantCode(t, err, api.Code(dialer.CodeBadFieldValue))
	noError(t, secondOf(c.SetNote(st.ctx(), id, "rings back in spring")))
	seen := hanako.seesCall("the note", func(v dialer.CallView) bool { return v.Note != "" })
	if seen.Note != "rings back in spring" || seen.Record.Fields["plan"] != "A" || seen.Record.Fields["city"] != "Sendai" {
		t.Errorf("on the call: %s", text(seen))
	}
	return v.Record.ID
}

// closeWithDisposition tries done without a disposition, and with a group of them, and then with one.
func closeWithDisposition(t *testing.T, hanako *actor, id string) {
	t.Helper()
	st, c := hanako.st, hanako.client
	all := []string{"sale", "trial", "no-interest"}
	_, err := c.Done(st.ctx(), id, client.Done{Stop: true})
	if p := wantCode(t, err, api.Code(dialer.CodeDispositionRequired)); p.Status != 409 || !slices.Equal(p.Allowed, all) {
		t.Errorf("done without a disposition: %s", text(p))
	}
	for _, code := range []string{"won", "lost"} { // a group, and nothing
		_, err = c.SetDisposition(st.ctx(), id, code)
		if p := wantCode(t, err, api.Code(dialer.CodeUnknownDisposition)); !slices.Equal(p.Allowed, all) {
			t.Errorf("disposition %s: %s", code, text(p))
		}
	}
	if v, err := c.SetDisposition(st.ctx(), id, "trial"); err != nil || v.Disposition != "trial" {
		t.Errorf("disposition %q, %v; want trial", v.Disposition, err)
	}
	noError(t, secondOf(c.Done(st.ctx(), id, client.Done{Stop: true})))
	hanako.sees(id, "closed")
}
