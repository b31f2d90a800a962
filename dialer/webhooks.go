package dialer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/hasshin/hasshin/dialer/outbox"
	"github.com/hasshin/hasshin/dialer/webhook"
)

// Webhook finds a campaign's webhook by its id.
func (c Config) Webhook(campaignID, id string) (webhook.Config, bool) {
	for _, w := range c.Campaigns[campaignID].Webhooks {
		if w.ID == id {
			return w, true
		}
	}
	return webhook.Config{}, false
}

// others adds the webhooks and links to what a contact can be reached by.
func (e *Engine) others(agentID string, c CallView, v *ChannelsView) error {
	cfg, values := e.cfg.Campaigns[c.Campaign], e.filling(agentID, c)
	for _, w := range cfg.Webhooks {
		if e.outbox != nil {
			v.Webhooks = append(v.Webhooks, WebhookView{w.ID, w.Shown(), w.Message(values)})
		}
	}
	for _, l := range cfg.Links {
		address, err := webhook.Address(l.URL, values)
		if err != nil {
			return err
		}
		v.Links = append(v.Links, LinkView{l.Name, address})
	}
	return nil
}

// SendWebhook puts a request to another program into the outbox and answers when it is on Redis's disk; the id is the caller's, a new one for each message. The
// program is not waited for: what it says is seen in Messages.
func (e *Engine) SendWebhook(ctx context.Context, agentID, callID, hook, id string) (MessageView, error) {
	c, err := e.messageable(ctx, agentID, callID)
	if err != nil {
		return MessageView{}, err
	}
	cfg, ok := e.cfg.Webhook(c.Campaign, hook)
	if !ok || e.outbox == nil {
		err := refuse(CodeUnknownWebhook, "campaign %s has no webhook %q", c.Campaign, hook)
		for _, w := range e.cfg.Campaigns[c.Campaign].Webhooks {
			err.Allowed = append(err.Allowed, w.ID)
		}
		return MessageView{}, err
	}
	if !validMessageID(id) {
		return MessageView{}, refuse(CodeUnfitMessage, "%q is no id; expected 1 to 64 letters, digits, - and _", id)
	}
	values := e.filling(agentID, c)
	address, err := webhook.Address(cfg.URL, values)
	if err != nil {
		return MessageView{}, err
	}
	body := webhook.Body{
		ID: id, Webhook: hook, Campaign: c.Campaign, Record: c.Record.ID, Call: c.ID, Agent: agentID, Number: numberOf(c), Text: cfg.Message(values), Fields: map[string]string{},
	}
	for _, name := range cfg.Fields {
		body.Fields[name] = values[name]
	}
	text, err := json.Marshal(body)
	if err != nil {
		return MessageView{}, err
	}
	content, err := json.Marshal(webhook.Content{Webhook: hook, URL: address, Body: text})
	if err != nil {
		return MessageView{}, err
	}
	return e.queue(ctx, outbox.Message{
		ID: id, Kind: outbox.KindWebhook, Campaign: c.Campaign, Record: c.Record.ID, Call: c.ID, Agent: agentID, To: numberOf(c), Title: cfg.Shown(), Content: content,
	})
}

// numberOf is the number dialed last, else the first of the chain.
func numberOf(c CallView) string {
	if c.Number == "" && len(c.Record.Numbers) > 0 {
		return c.Record.Numbers[0].Number
	}
	return c.Number
}

// queue puts a message in and tells how it is.
func (e *Engine) queue(ctx context.Context, m outbox.Message) (MessageView, error) {
	m.Queued = time.Now().UTC()
	switch err := e.outbox.Add(ctx, m); {
	case errors.Is(err, outbox.ErrDifferent):
		return MessageView{}, refuse(CodeMessageExists, "another message with the id %s was sent", m.ID)
	case err != nil:
		return MessageView{}, storeAway(err)
	}
	s, ok, err := e.outbox.Get(ctx, m.ID)
	if err != nil || !ok {
		return messageView(outbox.Status{Message: m, State: outbox.Queued, At: m.Queued}), nil // it is in: that it cannot be read is no reason to say no
	}
	return messageView(s), nil
}
