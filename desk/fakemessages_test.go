package desk_test

import (
	"context"
	"time"

	"github.com/hasshin/hasshin/dialer"
)

func (f *fakeEngine) Channels(ctx context.Context, _, call string) (dialer.ChannelsView, error) {
	return dialer.ChannelsView{}, f.command(ctx, "channels "+call)
}

func (f *fakeEngine) DraftEmail(ctx context.Context, _, call, template, to string) (dialer.EmailDraftView, error) {
	return dialer.EmailDraftView{ID: "m1", Template: template, To: to}, f.command(ctx, "draft-email "+call)
}

func (f *fakeEngine) SendEmail(ctx context.Context, agent, call string, e dialer.Email) (dialer.MessageView, error) {
	return dialer.MessageView{
		ID: e.ID, Kind: "email", Agent: agent, Call: call, To: e.To, Title: e.Subject, State: "queued", Queued: time.Unix(1, 0).UTC(), At: time.Unix(1, 0).UTC(),
	}, f.command(ctx, "send-email "+call+" "+e.ID+" "+e.Template+" "+e.Text)
}

func (f *fakeEngine) SendWebhook(ctx context.Context, _, call, webhook, id string) (dialer.MessageView, error) {
	return dialer.MessageView{ID: id, Kind: "webhook", State: "queued", Queued: time.Unix(1, 0).UTC(), At: time.Unix(1, 0).UTC()}, f.command(ctx, "send-webhook "+call+" "+webhook+" "+id)
}

func (f *fakeEngine) Messages(ctx context.Context, _, call string) ([]dialer.MessageView, error) {
	return nil, f.command(ctx, "messages "+call)
}
