package desk_test

import (
	"slices"
	"testing"

	"github.com/hasshin/hasshin/dialer"
)

func TestAnEmailIsDraftedAndSentThroughTheAPI(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	if v := must(c.Channels(h.ctx(), "c1"))(t); v.Emails == nil || v.Templates == nil {
		t.Errorf("channels = %+v", v)
	}
	if v := must(c.DraftEmail(h.ctx(), "c1", "offer", "a@example.com"))(t); v.ID != "m1" || v.Template != "offer" || v.To != "a@example.com" {
		t.Errorf("draft = %+v", v)
	}
	v := must(c.SendEmail(h.ctx(), "c1", dialer.Email{ID: "m1", Template: "offer", To: "a@example.com", Subject: "Hello", Text: "world"}))(t)
	if v.State != "queued" || v.Agent != "hanako" || v.Title != "Hello" {
		t.Errorf("sent = %+v", v)
	}
	if v := must(c.SendWebhook(h.ctx(), "c1", "sms", "m2"))(t); v.ID != "m2" || v.Kind != "webhook" {
		t.Errorf("sent = %+v", v)
	}
	if found := must(c.Messages(h.ctx(), "c1"))(t); found == nil {
		t.Error("the list is null")
	}
	for _, want := range []string{"send-email c1 m1 offer world", "send-webhook c1 sms m2"} {
		if did := h.engine.done(); !slices.Contains(did, want) {
			t.Errorf("the engine did %q, want %q", did, want)
		}
	}
}
