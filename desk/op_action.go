package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Inputs of the operations on a live call.
type (
	targetInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body api.Target
	}
	dtmfInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body api.DTMF
	}
	partyInput struct {
		ID    string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Party string `path:"party" maxLength:"64" doc:"party's id" example:"t1"`
	}
)

// action describes a command on a live call. Its id is the last part of its address, and the name that a call's `allowed` has for it.
func action(id, summary, description string, example dialer.CallView, more ...dialer.Code) operation {
	if p := dialer.PrivilegeOf(id); p != "" {
		description += " Needs the privilege `" + string(p) + "`."
	}
	return operation{
		id: id, method: http.MethodPost, path: "/api/v1/calls/{id}/" + id, tag: tagActions, summary: summary, description: description,
		access: command, codes: callCodes(append(more, dialer.CodeWrongState, dialer.CodeRequestRefused)...), example: example,
	}
}

func (s *Server) actionOperations() {
	s.holdOperations()
	s.consultationOperations()
	s.conferenceOperations()
	s.transferOperations()
	register(s, withBody(action("dtmf", "Send digits",
		"Sends DTMF (RFC 4733) to the contact, or to another party of the call, and notes the digits in the call's case data under the configured key, "+
			"masked if so configured. A whole string or one key at a time.", exampleCall(), dialer.CodeUnknownParty, dialer.CodeBadDigits),
		api.DTMF{Digits: "1234#"}),
		func(ctx context.Context, in *dtmfInput) (*callOutput, error) {
			return callAnswer(s.engine.SendDTMF(ctx, caller(ctx).agent, in.ID, in.Body.Party, in.Body.Digits))
		})
}

func (s *Server) holdOperations() {
	register(s, action("hold", "Hold",
		"Lets the contact hear music; agent and contact do not hear each other. The answer comes when the contact is there.", exampleHeld(),
	), s.callCommand(s.engine.Hold))
	register(s, action("resume", "Resume",
		"Takes the contact back from hold. The answer comes when agent and contact are together.", exampleCall(),
	), s.callCommand(s.engine.Resume))
}

func (s *Server) consultationOperations() {
	register(s, s.reaching("consult", "Consult somebody",
		"Reaches a target while the contact hears music. A colleague is offered the call, and accepts or rejects it with `accept` and `reject` on the same "+
			"call; a number is rung and the agent hears it ring. The answer comes when the target has been asked. When the target answers the call is "+
			"`consulting`; when it does not, the call is `held` again and `problem` says why. A queue cannot be consulted.", exampleConsultation("consult-ringing")),
		s.targetCommand(s.engine.StartConsultation))
	register(s, action("end-consult", "End the consultation",
		"Releases whoever is being consulted or reached. The contact stays where it is: on hold, or with the agent after a swap or in a conference.", exampleHeld(),
	), s.callCommand(s.engine.EndConsultation))
	register(s, action("swap", "Swap",
		"Lets contact and consulted target change places: one talks to the agent, the other hears music.", exampleConsultation("alternated"),
	), s.callCommand(s.engine.Swap))
	register(s, action("merge", "Merge",
		"Makes a conference of the consultation: contact, target and agent hear each other.", exampleConsultation("conference"),
	), s.callCommand(s.engine.Merge))
	register(s, action("complete", "Complete the transfer",
		"Puts the contact together with the consulted target and leaves: the agent is in wrap-up. A consulted colleague has the call from then on, with its "+
			"record, notes and case data.", exampleTransferred(),
	), s.callCommand(s.engine.CompleteTransfer))
}

func (s *Server) conferenceOperations() {
	register(s, s.reaching("invite", "Bring somebody in",
		"Makes a conference with a target, or brings one more into it. Agent and contact talk on while the target is reached. The answer comes when the target "+
			"has been asked; when it answers the call is `conference`, when it does not `problem` says why.", exampleConsultation("inviting"), dialer.CodeConferenceFull),
		s.targetCommand(s.engine.StartConference))
	register(s, action("leave", "Leave the others",
		"Leaves the call to the others. The agent who has the call leaves a conference: a colleague in it has the call from then on, else the others go on "+
			"among themselves. A colleague leaves the consultation or conference, whose agent goes on.", exampleTransferred(),
	), s.callCommand(s.engine.Leave))
	register(s, s.onParty("drop", "Drop a party",
		"Releases one party of the call. To drop the last one is to end the call."),
		s.partyCommand(s.engine.Drop))
	register(s, s.onParty("mute", "Mute a party", "Keeps the others from hearing a party, which goes on hearing them."),
		s.partyCommand(func(ctx context.Context, agent, call, party string) (dialer.CallView, error) {
			return s.engine.Mute(ctx, agent, call, party, true)
		}))
	register(s, s.onParty("unmute", "Unmute a party", "Lets the others hear a party again."),
		s.partyCommand(func(ctx context.Context, agent, call, party string) (dialer.CallView, error) {
			return s.engine.Mute(ctx, agent, call, party, false)
		}))
}

func (s *Server) transferOperations() {
	register(s, s.reaching("transfer", "Transfer",
		"Hands the contact over to a target without talking to it first. The contact hears music until the target takes over. A colleague, or the "+
			"longest-idle ready agent of a group, is offered the call; a number is dialed, or the network is asked to take the contact there (SIP REFER) where "+
			"the trunk is configured so; a queue gets the contact at once. The answer comes when the target has been asked, or with the call in `wrap-up` when the "+
			"target has the contact already. When nobody takes over, the contact is back with the agent and `problem` says why.", exampleConsultation("transferring")),
		s.targetCommand(s.engine.TransferTo))
	register(s, action("retrieve", "Take the contact back",
		"Takes back a contact that is being transferred and that nobody has taken over yet.", exampleCall(),
	), s.callCommand(s.engine.Retrieve))
}

// reaching describes a command that brings a target in.
func (s *Server) reaching(id, summary, description string, example dialer.CallView, more ...dialer.Code) operation {
	description += " Numbers that are not the record's own need the privilege of their class: `targets.outside.national`, " +
		"`targets.outside.international` or `targets.outside.premium`."
	return withBody(action(id, summary, description, example, append(more, dialer.CodeUnknownTarget, dialer.CodeNodeUnavailable)...),
		api.Target{Kind: string(dialer.TargetAgent), ID: "jiro"})
}

// onParty describes a command on one party of a call.
func (s *Server) onParty(id, summary, description string) operation {
	o := action(id, summary, description, exampleConsultation("conference"), dialer.CodeUnknownParty)
	o.path = "/api/v1/calls/{id}/parties/{party}/" + id
	return o
}

func withBody(o operation, request any) operation {
	o.request = request
	return o
}

// targetCommand is the handler of a command that brings a target in.
func (s *Server) targetCommand(do func(ctx context.Context, agent, call string, to dialer.Target) (dialer.CallView, error)) func(context.Context, *targetInput) (*callOutput, error) {
	return func(ctx context.Context, in *targetInput) (*callOutput, error) {
		to := dialer.Target{Kind: dialer.TargetKind(in.Body.Kind), ID: in.Body.ID, Number: in.Body.Number}
		if err := checkTarget(in.Body); err != nil {
			return nil, err
		}
		return callAnswer(do(ctx, caller(ctx).agent, in.ID, to))
	}
}

// checkTarget refuses a target without the member that its kind wants, or with the other.
func checkTarget(t api.Target) error {
	wanted, unwanted, has, other := "id", "number", t.ID, t.Number
	if t.Kind == string(dialer.TargetNumber) {
		wanted, unwanted, has, other = "number", "id", t.Number, t.ID
	}
	p := api.NewProblem(api.CodeBadRequest, "the target is not whole")
	if has == "" {
		p.Errors = append(p.Errors, api.Fault{Location: "body." + wanted, Message: "is required for a target of kind " + t.Kind})
	}
	if other != "" {
		p.Errors = append(p.Errors, api.Fault{Location: "body." + unwanted, Message: "does not belong to a target of kind " + t.Kind})
	}
	if len(p.Errors) > 0 {
		return p
	}
	return nil
}

// partyCommand is the handler of a command on one party.
func (s *Server) partyCommand(do func(ctx context.Context, agent, call, party string) (dialer.CallView, error)) func(context.Context, *partyInput) (*callOutput, error) {
	return func(ctx context.Context, in *partyInput) (*callOutput, error) {
		return callAnswer(do(ctx, caller(ctx).agent, in.ID, in.Party))
	}
}
