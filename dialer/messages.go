package dialer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	netmail "net/mail"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/outbox"
)

// The contact's other channels. All of it is done beside the call, on what the call shows at one moment: nobody in it waits, and nothing of it changes.

// ChannelsView is what a contact can be reached by beside the telephone.
type ChannelsView struct {
	Emails    []EmailAddressView `json:"emails" doc:"e-mail addresses of the record, the best first; none where the campaign sends no e-mails"`
	Templates []TemplateView     `json:"templates" doc:"letters to choose from"`
	Webhooks  []WebhookView      `json:"webhooks" doc:"requests to other programs, for example for an SMS, that can be sent"`
	Links     []LinkView         `json:"links" doc:"addresses to open, for example the contact's page in a CRM"`
}

// WebhookView is a request that can be sent.
type WebhookView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Text string `json:"text,omitempty" doc:"what is sent along, filled in"`
}

// LinkView is an address to open.
type LinkView struct {
	Name string `json:"name"`
	URL  string `json:"url" format:"uri"`
}

// EmailAddressView is one e-mail address of a record.
type EmailAddressView struct {
	Address string `json:"address"`
	Field   string `json:"field" doc:"key in the record's fields"`
	Problem string `json:"problem,omitempty" doc:"why nothing can be sent to it, or what a mail server said when it refused the address lately"`
	Usable  bool   `json:"usable" doc:"it is well-formed"`
}

// TemplateView is a letter to choose.
type TemplateView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Editable bool   `json:"editable" doc:"subject and text can be changed before it is sent"`
}

// EmailDraftView is a letter to a contact, before anybody has changed it.
type EmailDraftView struct {
	ID       string `json:"id" doc:"to send it under: whatever is repeated under the same id is sent once"`
	Template string `json:"template"`
	To       string `json:"to"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	HTML     string `json:"html,omitempty" doc:"how it will look; show it in a frame without scripts (sandbox)"`
	Editable bool   `json:"editable" doc:"subject and text can be changed"`
}

// Email is a letter as the agent sends it.
type Email struct {
	ID, Template, To, Subject, Text string
}

// MessageView is a message to a contact, and what has become of it.
type MessageView struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind" enum:"email,webhook" doc:"what sort of message"`
	Campaign string    `json:"campaign"`
	Record   string    `json:"record" doc:"id of the contact's record"`
	Call     string    `json:"call" doc:"id of the call that it was written in"`
	Agent    string    `json:"agent" doc:"id of the agent who sent it"`
	To       string    `json:"to" doc:"address, or number"`
	Title    string    `json:"title" doc:"subject, or the webhook's name"`
	Queued   time.Time `json:"queued" doc:"when the agent sent it"`
	State    string    `json:"state" enum:"queued,sending,sent,failed" doc:"queued: tried again until it is delivered or given up; sent: the mail server has taken it over; failed: refused or given up"`
	At       time.Time `json:"at" doc:"when the state began"`
	Attempts int       `json:"attempts"`
	Problem  string    `json:"problem,omitempty" doc:"what was wrong the last time, in the mail server's words where it said some"`
	Twice    bool      `json:"perhaps_twice,omitempty" doc:"nobody knows whether an earlier try had been delivered, too"`
	Unsure   bool      `json:"perhaps_delivered,omitempty" doc:"it is failed, and nobody knows whether it was delivered all the same"`
}

func readLetters(campaigns map[string]campaign.Config) (map[string][]*mail.Template, error) {
	letters := map[string][]*mail.Template{}
	for id, cfg := range campaigns {
		var err error
		if letters[id], err = cfg.ReadLetters(); err != nil {
			return nil, err
		}
	}
	return letters, nil
}

// messageable is the call as an agent sees it who may send messages in it.
func (e *Engine) messageable(ctx context.Context, agentID, callID string) (CallView, error) {
	v, err := e.Call(ctx, agentID, callID)
	if err != nil {
		return CallView{}, err
	}
	if !e.cfg.Privileges.Can(agent.SendMessages, e.cfg.Agents[agentID], e.cfg.Campaigns[v.Campaign].Privileges) {
		return CallView{}, without(agent.SendMessages, "messages to contacts need the privilege %s", agent.SendMessages)
	}
	return v, nil
}

// addresses are the e-mail addresses of a record, in the order of the campaign's fields.
func (e *Engine) addresses(v CallView) []EmailAddressView {
	all := []EmailAddressView{}
	if e.outbox == nil {
		return all
	}
	for _, field := range e.cfg.Campaigns[v.Campaign].Email.Fields {
		text := strings.TrimSpace(v.Record.Fields[field])
		if text == "" || slices.ContainsFunc(all, func(a EmailAddressView) bool { return strings.EqualFold(a.Address, text) }) {
			continue
		}
		a := EmailAddressView{Address: text, Field: field, Usable: true}
		if _, err := mail.Address(text); err != nil {
			a.Usable, a.Problem = false, err.Error()
		}
		all = append(all, a)
	}
	return all
}

func storeAway(err error) *Error {
	return &Error{Code: CodeStoreUnavailable, Message: "messages cannot be read or written now; try again", Err: err}
}

// Channels shows what the contact of a call can be reached by beside the telephone.
func (e *Engine) Channels(ctx context.Context, agentID, callID string) (ChannelsView, error) {
	c, err := e.messageable(ctx, agentID, callID)
	if err != nil {
		return ChannelsView{}, err
	}
	v := ChannelsView{Emails: e.addresses(c), Templates: []TemplateView{}, Webhooks: []WebhookView{}, Links: []LinkView{}}
	if err := e.others(agentID, c, &v); err != nil {
		return ChannelsView{}, err
	}
	var usable []string
	for _, a := range v.Emails {
		if a.Usable {
			usable = append(usable, a.Address)
		}
	}
	if len(usable) > 0 {
		refused, err := e.outbox.Refused(ctx, usable)
		if err != nil {
			return ChannelsView{}, storeAway(err)
		}
		for i, a := range v.Emails {
			v.Emails[i].Problem = cmp.Or(a.Problem, refused[a.Address])
		}
	}
	if e.outbox != nil {
		for _, t := range e.letters[c.Campaign] {
			v.Templates = append(v.Templates, TemplateView{t.ID, t.Name, t.Editable})
		}
	}
	return v, nil
}

// letter finds what a message is made of: the letter, and the address, which has to be one of the record.
func (e *Engine) letter(v CallView, template, to string) (*mail.Template, string, error) {
	var ids, known []string
	var found *mail.Template
	for _, t := range e.letters[v.Campaign] {
		ids = append(ids, t.ID)
		if t.ID == template && e.outbox != nil {
			found = t
		}
	}
	if found == nil {
		err := refuse(CodeUnknownTemplate, "campaign %s has no letter %q", v.Campaign, template)
		err.Allowed = ids
		return nil, "", err
	}
	for _, a := range e.addresses(v) {
		if a.Usable && (to == "" || strings.EqualFold(a.Address, to)) {
			return found, a.Address, nil
		}
		if a.Usable {
			known = append(known, a.Address)
		}
	}
	err := refuse(CodeUnknownAddress, "the record has no e-mail address %q that something can be sent to", to)
	err.Allowed = known
	return nil, "", err
}

// DraftEmail fills a letter in for the contact of a call; to is one of the record's addresses, "" the best. Nothing is kept.
func (e *Engine) DraftEmail(ctx context.Context, agentID, callID, template, to string) (EmailDraftView, error) {
	c, err := e.messageable(ctx, agentID, callID)
	if err != nil {
		return EmailDraftView{}, err
	}
	t, address, err := e.letter(c, template, to)
	if err != nil {
		return EmailDraftView{}, err
	}
	l, err := t.Draft(e.filling(agentID, c))
	if unfit := mail.Unfit(""); err != nil && !errors.As(err, &unfit) { // what is unfit is for the agent to mend
		return EmailDraftView{}, err
	}
	return EmailDraftView{ID: newID(), Template: t.ID, To: address, Subject: l.Subject, Text: l.Text, HTML: l.HTML, Editable: t.Editable}, nil
}

// SendEmail puts a letter into the outbox and answers when it is on Redis's disk. The mail server is not waited for: what it says is seen in Messages.
func (e *Engine) SendEmail(ctx context.Context, agentID, callID string, m Email) (MessageView, error) {
	c, err := e.messageable(ctx, agentID, callID)
	if err != nil {
		return MessageView{}, err
	}
	t, address, err := e.letter(c, m.Template, m.To)
	if err != nil {
		return MessageView{}, err
	}
	if !validMessageID(m.ID) {
		return MessageView{}, refuse(CodeUnfitMessage, "%q is no id; expected that of the draft", m.ID)
	}
	l, err := t.Letter(e.filling(agentID, c), m.Subject, m.Text)
	if unfit := mail.Unfit(""); errors.As(err, &unfit) {
		return MessageView{}, refuse(CodeUnfitMessage, "%s", unfit)
	}
	if err != nil {
		return MessageView{}, err
	}
	cfg := e.cfg.Campaigns[c.Campaign].Email
	from, err := netmail.ParseAddress(cfg.From)
	if err != nil {
		return MessageView{}, err
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	content, err := json.Marshal(mail.Content{From: cfg.From, ReplyTo: cfg.ReplyTo, MessageID: m.ID + "@" + domain, Letter: l})
	if err != nil {
		return MessageView{}, err
	}
	return e.queue(ctx, outbox.Message{
		ID: m.ID, Kind: outbox.KindEmail, Campaign: c.Campaign, Record: c.Record.ID, Call: c.ID, Agent: agentID, To: address, Title: l.Subject, Content: content,
	})
}

// validMessageID admits what can stand in a Message-ID and in Redis's keys.
func validMessageID(id string) bool { return campaign.ValidID(id) }

// Messages lists the messages to the contact of a call, of all calls, the oldest first.
func (e *Engine) Messages(ctx context.Context, agentID, callID string) ([]MessageView, error) {
	c, err := e.Call(ctx, agentID, callID)
	if err != nil {
		return nil, err
	}
	return e.messagesOf(ctx, c.Campaign, c.Record.ID)
}

func (e *Engine) messagesOf(ctx context.Context, campaignID, record string) ([]MessageView, error) {
	all := []MessageView{}
	if e.outbox == nil {
		return all, nil
	}
	found, err := e.outbox.Of(ctx, campaignID, record)
	if err != nil {
		return nil, storeAway(err)
	}
	for _, s := range found {
		all = append(all, messageView(s))
	}
	return all, nil
}

func messageView(s outbox.Status) MessageView {
	return MessageView{
		ID: s.ID, Kind: string(s.Kind), Campaign: s.Campaign, Record: s.Record, Call: s.Call, Agent: s.Agent, To: s.To, Title: s.Title, Queued: s.Queued,
		State: string(s.State), At: s.At, Attempts: s.Attempts, Problem: s.Problem, Twice: s.Twice, Unsure: s.Unsure,
	}
}
