package dialer

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/outbox"
	"github.com/hasshin/hasshin/dialer/webhook"
	"github.com/hasshin/hasshin/internal/secret"
	"github.com/hasshin/hasshin/internal/textfile"
	"github.com/hasshin/hasshin/scheduler"
)

const hookSecret = "0123456789abcdef"

// letterbox lets the rig's agents write e-mails, which nobody fetches.
func letterbox(t *testing.T, rdb *redis.Client) func(*Options) {
	t.Helper()
	times, err := scheduler.New(scheduler.Config{Redis: rdb, Name: "outbox", Shards: 2})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) {
		o.Outbox = outbox.New(outbox.Options{Redis: rdb, Scheduler: times})
		o.Config.Mail.Host = "localhost"
		k := o.Config.Campaigns[rigCampaign]
		k.Email = mail.CampaignConfig{
			From: "Example Ltd <sales@example.com>", Fields: []string{"email", "office"},
			Templates: []mail.TemplateConfig{{ID: "offer", Subject: "For {{city}}", Text: textfile.File{Name: "o.txt", Path: "o.txt", Text: "Dear {{contact.name|customer}}, in {{city}}"}}},
		}
		hook := webhook.Config{}.Defaults()
		hook.ID, hook.URL, hook.Secret, hook.Text, hook.Fields = "sms", "https://sms.example.com/{{contact.id}}", secret.New(hookSecret), "Hello {{city}}", []string{"city"}
		k.Webhooks, k.Links = []webhook.Config{hook}, []webhook.Link{{Name: "CRM", URL: "https://crm.example.com/?city={{city}}"}}
		k.Fields = []campaign.FieldConfig{{Name: "email", Editable: true}, {Name: "office", Editable: true}, {Name: "city", Editable: true}}
		o.Config.Campaigns[rigCampaign] = k
		taro := o.Config.Agents["taro"]
		taro.Privileges.Remove = []agent.Privilege{agent.SendMessages}
		o.Config.Agents["taro"] = taro
	}
}

// An e-mail is sent in a call: to one of the record's addresses, once under one id, and the call does not notice.
func TestAnEmailDoesNotDisturbTheCall(t *testing.T) {
	addr := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true})
		r := newRigOn(t, addr, false, letterbox(t, rdb))
		e := r.engine
		r.arrive(rigAgents[:2]...)
		for _, line := range []string{"hanako record", "hanako accept", "wait 3s"} {
			r.perform(line)
			synctest.Wait()
		}
		a, err := e.Agent(ctx, "hanako")
		if err != nil {
			t.Fatal(err)
		}
		id := a.CallID
		for key, value := range map[string]string{"email": "not an address", "office": " Taro@example.com ", "city": "仙台"} {
			if _, err := e.SetField(ctx, "hanako", id, key, value); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		before, err := e.Call(ctx, "hanako", id)
		if err != nil {
			t.Fatal(err)
		}
		logged := r.log.String()
		m := sendOne(t, e, id)
		hookOne(t, e, id, rdb)
		for _, row := range []struct {
			change func(*Email)
			want   Code
		}{
			{func(m *Email) { m.Text = "something else" }, CodeMessageExists},
			{func(m *Email) { m.Template = "bill" }, CodeUnknownTemplate},
			{func(m *Email) { m.To = "somebody@example.com" }, CodeUnknownAddress},
			{func(m *Email) { m.To = "not an address" }, CodeUnknownAddress},
			{func(m *Email) { m.Subject = "x\r\nBcc: y@example.com" }, CodeUnfitMessage},
			{func(m *Email) { m.ID = "a b" }, CodeUnfitMessage},
			{func(m *Email) { m.ID = strings.Repeat("x", 65) }, CodeUnfitMessage},
		} {
			wrong := m
			row.change(&wrong)
			if _, err := e.SendEmail(ctx, "hanako", id, wrong); codeOf(err) != row.want {
				t.Errorf("%+v: %v, want %s", wrong, err, row.want)
			}
		}
		if _, err := e.SendEmail(ctx, "taro", id, m); codeOf(err) != CodeNotYourCall {
			t.Errorf("somebody else's call: %v", err)
		}
		synctest.Wait()
		after, err := e.Call(ctx, "hanako", id)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Errorf("the call is another one (-before +after), %v:\n%s", err, diff)
		}
		if r.log.String() != logged {
			t.Errorf("the engine did something:\n%s", strings.TrimPrefix(r.log.String(), logged))
		}
		time.Sleep(time.Minute) // the conversation goes on
		r.finish()
		for _, w := range r.wrong {
			t.Error(w)
		}
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
}

// sendOne sends an e-mail, twice under the same id.
func sendOne(t *testing.T, e *Engine, id string) Email {
	t.Helper()
	ctx := context.Background()
	v, err := e.Channels(ctx, "hanako", id)
	if err != nil || len(v.Emails) != 2 || v.Emails[0].Usable || v.Emails[1].Address != "Taro@example.com" || len(v.Templates) != 1 {
		t.Fatalf("channels = %+v, %v", v, err)
	}
	d, err := e.DraftEmail(ctx, "hanako", id, "offer", "")
	if err != nil || d.To != "Taro@example.com" || d.Subject != "For 仙台" || !strings.HasSuffix(d.Text, ", in 仙台") || !d.Editable {
		t.Fatalf("draft = %+v, %v", d, err)
	}
	m := Email{ID: d.ID, Template: "offer", To: "taro@EXAMPLE.com", Subject: d.Subject, Text: d.Text + "!"}
	for range 2 {
		if s, err := e.SendEmail(ctx, "hanako", id, m); err != nil || s.State != "queued" || s.To != "Taro@example.com" {
			t.Fatalf("sent = %+v, %v", s, err)
		}
	}
	all, err := e.Messages(ctx, "hanako", id)
	if err != nil || len(all) != 1 || all[0].Agent != "hanako" || all[0].Title != "For 仙台" {
		t.Errorf("messages = %+v, %v", all, err)
	}
	return m
}

// hookOne sends a request, twice under the same id. Its secret stays out of Redis.
func hookOne(t *testing.T, e *Engine, id string, rdb *redis.Client) {
	t.Helper()
	ctx := context.Background()
	v, err := e.Channels(ctx, "hanako", id)
	if err != nil || len(v.Webhooks) != 1 || v.Webhooks[0].Text != "Hello 仙台" || len(v.Links) != 1 || v.Links[0].URL != "https://crm.example.com/?city=%E4%BB%99%E5%8F%B0" {
		t.Fatalf("channels = %+v, %v", v, err)
	}
	for range 2 {
		if s, err := e.SendWebhook(ctx, "hanako", id, "sms", "w1"); err != nil || s.State != "queued" || s.Kind != "webhook" || !strings.HasPrefix(s.To, "+81") {
			t.Fatalf("sent = %+v, %v", s, err)
		}
	}
	kept, err := rdb.HGetAll(ctx, "hs:outbox:{w1}").Result()
	if err != nil || !strings.Contains(kept["message"], "Hello 仙台") || strings.Contains(fmt.Sprint(kept), hookSecret) {
		t.Errorf("kept: %v, %v", kept, err)
	}
	for hook, want := range map[string]Code{"unknown": CodeUnknownWebhook, "sms": CodeUnfitMessage} {
		if _, err := e.SendWebhook(ctx, "hanako", id, hook, "a b"); codeOf(err) != want {
			t.Errorf("%s: %v, want %s", hook, err, want)
		}
	}
}

// Who lacks the privilege is not shown what could be sent.
func TestMessagesNeedThePrivilege(t *testing.T) {
	addr := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true})
		r := newRigOn(t, addr, false, letterbox(t, rdb))
		r.arrive(rigAgents[:2]...)
		r.perform("taro record")
		synctest.Wait()
		a, err := r.engine.Agent(context.Background(), "taro")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.engine.Channels(context.Background(), "taro", a.CallID); codeOf(err) != CodeForbidden {
			t.Errorf("channels: %v", err)
		}
		if _, err := r.engine.SendEmail(context.Background(), "taro", a.CallID, Email{ID: "m1", Template: "offer"}); codeOf(err) != CodeForbidden {
			t.Errorf("send: %v", err)
		}
		r.finish()
		for _, w := range r.wrong {
			t.Error(w)
		}
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
}
