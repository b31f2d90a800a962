package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

type (
	findInput struct {
		Text     string `query:"q" minLength:"1" maxLength:"200" required:"true" doc:"number, or beginnings of words of the name, or the record's id" example:"yamada ta"`
		Campaign string `query:"campaign" maxLength:"64" doc:"campaign's id; left out: all" example:"spring"`
		Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"20" doc:"most to answer with" example:"20"`
	}
	timelineInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		Record   string `path:"record" maxLength:"256" doc:"record's id" example:"C-1042"`
		After    string `query:"after" maxLength:"200" doc:"id of the last entry of the page before" example:"1775005200000-attempt-01jn8z5t0v9q2m4k7c.1"`
		Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"most to answer with" example:"50"`
	}
	callTimelineInput struct {
		ID    string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		After string `query:"after" maxLength:"200" doc:"id of the last entry of the page before" example:"1775005200000-attempt-01jn8z5t0v9q2m4k7c.1"`
		Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"most to answer with" example:"50"`
	}
	contactsOutput struct{ Body api.Contacts }
	timelineOutput struct{ Body dialer.TimelineView }
)

func (s *Server) contactOperations() {
	seers := access{privilege: agent.SeeHistory}
	const needs = " Needs the privilege `" + string(agent.SeeHistory) + "`."
	register(s, operation{
		id: "find-contacts", method: http.MethodGet, path: "/api/v1/contacts", tag: tagSupervisor,
		summary: "Find contacts by number, name or record",
		description: "Finds records by a number, also as it is written in the campaign's country, by the beginnings of the words of a name in any order, whatever the case, " +
			"width, kana or accents, and by the record's own id." + needs,
		access: seers, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeStoreUnavailable), example: api.Contacts{Contacts: []dialer.ContactView{exampleContact()}},
	}, func(ctx context.Context, in *findInput) (*contactsOutput, error) {
		found, err := s.engine.FindContacts(ctx, caller(ctx).agent, in.Campaign, in.Text, in.Limit)
		for i := range found {
			found[i].Numbers = filled(found[i].Numbers)
		}
		return &contactsOutput{api.Contacts{Contacts: filled(found)}}, err
	})
	const what = "Everything in one line of time, the newest first: attempts, calls that dialed nobody, notes, what happened to callbacks, e-mails and requests to other " +
		"programs with what has become of them, and recordings, which are told to who may hear them. For the next page, `after` is the `id` of the last entry of this one."
	register(s, operation{
		id: "get-contact-timeline", method: http.MethodGet, path: "/api/v1/contacts/{campaign}/{record}/timeline", tag: tagSupervisor,
		summary: "Show what happened with a contact", description: what + needs,
		access: seers, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeUnknownContact, dialer.CodeStoreUnavailable), example: exampleTimeline(),
	}, func(ctx context.Context, in *timelineInput) (*timelineOutput, error) {
		return timelineAnswer(s.engine.Timeline(ctx, caller(ctx).agent, in.Campaign, in.Record, in.After, in.Limit))
	})
	register(s, operation{
		id: "get-call-timeline", method: http.MethodGet, path: "/api/v1/calls/{id}/timeline", tag: tagCalls,
		summary: "Show what happened with the contact before", description: "The timeline of the contact of the agent's own call. " + what,
		access: handler, codes: callCodes(dialer.CodeUnknownContact, dialer.CodeStoreUnavailable), example: exampleTimeline(),
	}, func(ctx context.Context, in *callTimelineInput) (*timelineOutput, error) {
		return timelineAnswer(s.engine.CallTimeline(ctx, caller(ctx).agent, in.ID, in.After, in.Limit))
	})
}

func timelineAnswer(v dialer.TimelineView, err error) (*timelineOutput, error) {
	v.Entries = filled(v.Entries)
	v.Contact.Numbers = filled(v.Contact.Numbers)
	return &timelineOutput{v}, err
}

func exampleContact() dialer.ContactView {
	at := time.Date(2026, 4, 1, 1, 2, 0, 0, time.UTC)
	return dialer.ContactView{
		Campaign: "spring", Record: "C-1042", Name: "Taro Yamada", Numbers: []string{"+815012345678"}, State: "closed", Agent: "hanako", Disposition: "sale", Attempts: 1,
		LastAt: &at,
	}
}

func exampleTimeline() dialer.TimelineView {
	past, message := examplePastCall(), exampleMessage("sent")
	at := func(of time.Time, kind, ref string) dialer.TimelineEntry {
		return dialer.TimelineEntry{ID: "1775005200000-" + kind + "-" + ref, At: of, Kind: kind, Agent: past.Agent, AgentName: "Hanako Sato", Call: past.Call}
	}
	note, mail, attempt := at(past.Done, "note", "17"), at(message.Queued, "message", message.ID), at(past.Dialed, "attempt", past.Call+".1")
	note.Note = &dialer.WrittenNoteView{Text: "Wants the paper by post.", Disposition: "sale"}
	mail.Message, attempt.Attempt = &message, &past
	return dialer.TimelineView{Contact: exampleContact(), Entries: []dialer.TimelineEntry{note, mail, attempt}}
}
