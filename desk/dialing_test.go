package desk_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
)

func (f *fakeEngine) Dialing(ctx context.Context, id, name string) (dialer.DialingView, error) {
	if _, err := f.switched(ctx, "dialing "+id, name); err != nil {
		return dialer.DialingView{}, err
	}
	return dialer.DialingView{Campaign: name, Mode: "predictive", InEffect: "progressive", Configured: "predictive"}, nil
}

func (f *fakeEngine) SetDialingMode(ctx context.Context, id, name string, mode campaign.Mode, why string) (dialer.DialingView, error) {
	if _, err := f.switched(ctx, fmt.Sprintf("mode %s %s %q", id, mode, why), name); err != nil {
		return dialer.DialingView{}, err
	}
	return dialer.DialingView{Campaign: name, Mode: string(mode), InEffect: string(mode), Configured: "predictive", By: id, ByName: "伊藤 すみれ"}, nil
}

func TestSupervisorsChangeTheModeOfACampaign(t *testing.T) {
	h := open(t)
	ctx, c := h.ctx(), h.signedIn("sumire")
	before := len(h.engine.done())
	if v := must(c.Dialing(ctx, "spring"))(t); v.Mode != "predictive" || v.InEffect != "progressive" {
		t.Errorf("dialing: %s", text(v))
	}
	if v := must(c.SetDialingMode(ctx, "spring", "progressive", "new agents"))(t); v.Mode != "progressive" || v.By != "sumire" || v.ByName != "伊藤 すみれ" {
		t.Errorf("mode: %s", text(v))
	}
	if did := h.engine.done()[before:]; !slices.Equal(did, []string{"dialing sumire", `mode sumire progressive "new agents"`}) {
		t.Errorf("the engine did %q", did)
	}
	_, err := c.SetDialingMode(ctx, "spring", "psychic", "")
	wantCode(t, err, api.CodeBadRequest)
	_, err = h.signedIn("hanako").SetDialingMode(ctx, "spring", "power", "")
	if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "campaigns.run" {
		t.Errorf("an agent lacks %q", p.Privilege)
	}
}
