package desk_test

import (
	"slices"
	"testing"
)

func TestAScriptIsShownAndAnsweredThroughTheAPI(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	if v := must(c.Script(h.ctx(), "c1"))(t); v.Title != "c1" || v.Path == nil || v.Steps[0].Answers == nil {
		t.Errorf("script = %+v", v)
	}
	if v := must(c.AnswerScript(h.ctx(), "c1", "終わり/に", "yes"))(t); v.Steps[0].ID != "終わり/に" || v.Steps[0].Answer != "yes" {
		t.Errorf("answered %+v", v)
	}
	for _, want := range []string{"script c1", "answer c1 終わり/に yes"} {
		if did := h.engine.done(); !slices.Contains(did, want) {
			t.Errorf("the engine did %q, want %q", did, want)
		}
	}
}
