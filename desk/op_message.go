package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// Inputs and outputs of the operations on messages to a call's contact.
type (
	messagesInput struct {
		ID string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
	}
	draftEmailInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body api.EmailChoice
	}
	sendEmailInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body api.EmailToSend
	}
	sendWebhookInput struct {
		ID      string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Webhook string `path:"webhook" maxLength:"64" doc:"webhook's id" example:"sms-reminder"`
		Body    api.WebhookToSend
	}
	channelsOutput   struct{ Body dialer.ChannelsView }
	emailDraftOutput struct{ Body dialer.EmailDraftView }
	messageOutput    struct{ Body dialer.MessageView }
	messagesOutput   struct{ Body api.Messages }
)

func (s *Server) messageOperations() {
	const needs = " Needs the privilege `" + string(agent.SendMessages) + "`."
	register(s, operation{
		id: "get-channels", method: http.MethodGet, path: "/api/v1/calls/{id}/channels", tag: tagMessages,
		summary: "Show how else the contact can be reached",
		description: "Lists the e-mail addresses of the call's record, each with what a mail server said when it refused it lately, the letters to choose from, the requests that " +
			"other programs can be sent, and links. Whatever is done " +
			"with messages, the call goes on undisturbed; it is possible until the call is done." + needs,
		access: handler, codes: callCodes(dialer.CodeForbidden, dialer.CodeStoreUnavailable), example: exampleChannels(),
	}, func(ctx context.Context, in *messagesInput) (*channelsOutput, error) {
		v, err := s.engine.Channels(ctx, caller(ctx).agent, in.ID)
		v.Emails, v.Templates, v.Webhooks, v.Links = filled(v.Emails), filled(v.Templates), filled(v.Webhooks), filled(v.Links)
		return &channelsOutput{v}, err
	})
	register(s, operation{
		id: "draft-email", method: http.MethodPost, path: "/api/v1/calls/{id}/emails/draft", tag: tagMessages,
		summary:     "Fill in a letter",
		description: "Fills a letter in with what is known of the contact, to be changed and sent. Nothing is kept and nothing sent." + needs,
		access:      handler, codes: callCodes(dialer.CodeForbidden, dialer.CodeUnknownTemplate, dialer.CodeUnknownAddress),
		request: api.EmailChoice{Template: "offer", To: "taro@example.com"}, example: exampleEmailDraft(),
	}, func(ctx context.Context, in *draftEmailInput) (*emailDraftOutput, error) {
		v, err := s.engine.DraftEmail(ctx, caller(ctx).agent, in.ID, in.Body.Template, in.Body.To)
		return &emailDraftOutput{v}, err
	})
	d := exampleEmailDraft()
	register(s, operation{
		id: "send-email", method: http.MethodPost, path: "/api/v1/calls/{id}/emails", tag: tagMessages,
		summary: "Send an e-mail",
		description: "Takes the letter and answers when it cannot be lost any more. It is sent by and by, and tried again while the mail server cannot be reached; what becomes of it " +
			"is in the contact's messages. Whatever is repeated under the same id is sent once." + needs,
		access: command, status: http.StatusAccepted,
		codes: callCodes(dialer.CodeForbidden, dialer.CodeUnknownTemplate, dialer.CodeUnknownAddress, dialer.CodeUnfitMessage, dialer.CodeMessageExists,
			dialer.CodeStoreUnavailable),
		request: api.EmailToSend{ID: d.ID, Template: d.Template, To: d.To, Subject: d.Subject, Text: d.Text}, example: exampleMessage("queued"),
	}, func(ctx context.Context, in *sendEmailInput) (*messageOutput, error) {
		v, err := s.engine.SendEmail(ctx, caller(ctx).agent, in.ID, dialer.Email{
			ID: in.Body.ID, Template: in.Body.Template, To: in.Body.To, Subject: in.Body.Subject, Text: in.Body.Text,
		})
		return &messageOutput{v}, err
	})
	register(s, operation{
		id: "send-webhook", method: http.MethodPost, path: "/api/v1/calls/{id}/webhooks/{webhook}", tag: tagMessages,
		summary: "Send a request to another program",
		description: "Takes a request to the program of an SMS provider or a CRM, and answers when it cannot be lost any more. It is signed, sent by and by, and tried again; what " +
			"becomes of it is in the contact's messages. Whatever is repeated under the same id is sent once." + needs,
		access: command, status: http.StatusAccepted,
		codes:   callCodes(dialer.CodeForbidden, dialer.CodeUnknownWebhook, dialer.CodeUnfitMessage, dialer.CodeMessageExists, dialer.CodeStoreUnavailable),
		request: api.WebhookToSend{ID: "8e03978e-40d5-43dd-bc93-6894a57f9324"}, example: exampleWebhookMessage(),
	}, func(ctx context.Context, in *sendWebhookInput) (*messageOutput, error) {
		v, err := s.engine.SendWebhook(ctx, caller(ctx).agent, in.ID, in.Webhook, in.Body.ID)
		return &messageOutput{v}, err
	})
	register(s, operation{
		id: "list-messages", method: http.MethodGet, path: "/api/v1/calls/{id}/messages", tag: tagMessages,
		summary:     "List the messages to the contact",
		description: "Lists what was sent to the contact of the call, in all calls, and what has become of it: a refused one has the mail server's own words.",
		access:      handler, codes: callCodes(dialer.CodeStoreUnavailable), example: api.Messages{Messages: []dialer.MessageView{exampleMessage("sent")}},
	}, func(ctx context.Context, in *messagesInput) (*messagesOutput, error) {
		found, err := s.engine.Messages(ctx, caller(ctx).agent, in.ID)
		return &messagesOutput{api.Messages{Messages: filled(found)}}, err
	})
}

func exampleChannels() dialer.ChannelsView {
	return dialer.ChannelsView{
		Emails:    []dialer.EmailAddressView{{Address: "taro@example.com", Field: "email", Usable: true}},
		Templates: []dialer.TemplateView{{ID: "offer", Name: "Offer", Editable: true}},
		Webhooks:  []dialer.WebhookView{{ID: "sms-reminder", Name: "SMS reminder", Text: "Your appointment is tomorrow."}},
		Links:     []dialer.LinkView{{Name: "CRM", URL: "https://crm.example.com/contacts/C-1042"}},
	}
}

func exampleEmailDraft() dialer.EmailDraftView {
	return dialer.EmailDraftView{
		ID: "01jn8z7c2m6x9f3p5s", Template: "offer", To: "taro@example.com", Subject: "Your contract B-77", Text: "Dear Taro Yamada,\n\nas promised: …\n",
		HTML: "<html><body><p>Dear Taro Yamada,</p>\n<p>as promised: …</p>\n</body></html>", Editable: true,
	}
}

func exampleWebhookMessage() dialer.MessageView {
	v := exampleMessage("queued")
	v.ID, v.Kind, v.To, v.Title = "8e03978e-40d5-43dd-bc93-6894a57f9324", "webhook", exampleCall().Number, "SMS reminder"
	return v
}

func exampleMessage(state string) dialer.MessageView {
	c, d := exampleCall(), exampleEmailDraft()
	v := dialer.MessageView{
		ID: d.ID, Kind: "email", Campaign: c.Campaign, Record: c.Record.ID, Call: c.ID, Agent: c.Agent, To: d.To, Title: d.Subject, Queued: c.Since, State: state, At: c.Since,
	}
	if state == "sent" {
		v.Attempts = 1
	}
	return v
}
