package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// Inputs and outputs of the agent's operations.
type (
	agentOutput    struct{ Body dialer.AgentView }
	agentsOutput   struct{ Body api.Agents }
	phoneOutput    struct{ Body dialer.PhoneCredentials }
	reasonsOutput  struct{ Body api.Reasons }
	notReadyInput  struct{ Body *api.NotReady }
	connectInput   struct{ Body *api.Connect }
	campaignOutput struct{ Body api.Campaigns }
)

func (s *Server) agentOperations() {
	register(s, operation{
		id: "get-agent", method: http.MethodGet, path: "/api/v1/agent", tag: tagAgent,
		summary:     "Show myself",
		description: "Shows the agent who is signed in: state, phone, and the call being handled, if any. The event stream tells each change of it.",
		access:      signedIn, codes: engineCodes(), example: exampleAgent(),
	}, func(ctx context.Context, _ *nothing) (*agentOutput, error) {
		return agentAnswer(s.engine.Agent(ctx, caller(ctx).agent))
	})
	register(s, operation{
		id: "get-phone", method: http.MethodGet, path: "/api/v1/agent/phone", tag: tagAgent,
		summary: "Get my phone's credentials",
		description: "What the agent's own phone needs to register with Asterisk. Only for phones whose endpoint hasshin pushes to Asterisk (kinds `sip` " +
			"and `page`), and only for their owner. A phone in the page speaks SIP over a WebSocket (RFC 7118) of this server, at the address that " +
			"`websocket` tells.",
		access: handler, codes: engineCodes(dialer.CodeNotSignedIn, dialer.CodeWrongState, dialer.CodeNodeUnavailable, dialer.CodeRequestRefused),
		example: dialer.PhoneCredentials{Username: "agent-hanako", Password: "n4J8sV2kQx0wLrT6", Registrar: "127.0.0.1:5060"},
	}, func(ctx context.Context, _ *nothing) (*phoneOutput, error) {
		credentials, err := s.phoneOf(ctx)
		return &phoneOutput{credentials}, err
	})
	register(s, operation{
		id: "connect-phone", method: http.MethodPost, path: "/api/v1/agent/phone", tag: tagAgent,
		summary: "Connect my phone",
		description: "Rings the agent's phone and puts it into the agent's booth, where it stays between calls. The answer comes when it is there, so it " +
			"may take as long as the phone is rung.\n\n" +
			"A phone that is connected already is left alone, unless `again` says that it lost its end of the leg, as a page does that is loaded anew in a call. " +
			"Then it is rung, and the contact stays on the line.",
		access: command, codes: engineCodes(dialer.CodeNotSignedIn, dialer.CodeWrongState, dialer.CodePhoneUnreachable, dialer.CodeNodeUnavailable,
			dialer.CodeRequestRefused),
		request: api.Connect{}, example: exampleAgent(),
	}, func(ctx context.Context, in *connectInput) (*agentOutput, error) {
		if in.Body != nil && in.Body.Again {
			return agentAnswer(s.engine.ReconnectPhone(ctx, caller(ctx).agent))
		}
		return agentAnswer(s.engine.ConnectPhone(ctx, caller(ctx).agent))
	})
	register(s, operation{
		id: "disconnect-phone", method: http.MethodDelete, path: "/api/v1/agent/phone", tag: tagAgent,
		summary:     "Disconnect my phone",
		description: "Hangs up the agent's phone. Refused with `wrong_state` while a contact is on the line.",
		access:      command, codes: engineCodes(dialer.CodeNotSignedIn, dialer.CodeWrongState, dialer.CodeRequestRefused), example: exampleAgent(),
	}, func(ctx context.Context, _ *nothing) (*agentOutput, error) {
		return agentAnswer(s.engine.DisconnectPhone(ctx, caller(ctx).agent))
	})
	register(s, operation{
		id: "ready", method: http.MethodPost, path: "/api/v1/agent/ready", tag: tagAgent,
		summary:     "Go ready",
		description: "Says that the agent wants calls. In a call it takes effect afterwards. The phone must be connected.",
		access:      command, codes: engineCodes(dialer.CodeNotSignedIn, dialer.CodePhoneNotConnected, dialer.CodeWrongState), example: exampleAgent(),
	}, func(ctx context.Context, _ *nothing) (*agentOutput, error) {
		return agentAnswer(s.engine.SetReady(ctx, caller(ctx).agent))
	})
	register(s, operation{
		id: "not-ready", method: http.MethodPost, path: "/api/v1/agent/not-ready", tag: tagAgent,
		summary:     "Go not ready",
		description: "Says that the agent wants no calls, and why. In a call it takes effect afterwards.",
		access:      command, codes: engineCodes(dialer.CodeNotSignedIn, dialer.CodeUnknownReason, dialer.CodeWrongState),
		request: api.NotReady{Reason: "lunch"}, example: exampleAgent(),
	}, func(ctx context.Context, in *notReadyInput) (*agentOutput, error) {
		reason := ""
		if in.Body != nil {
			reason = in.Body.Reason
		}
		return agentAnswer(s.engine.SetNotReady(ctx, caller(ctx).agent, reason))
	})
	register(s, operation{
		id: "list-reasons", method: http.MethodGet, path: "/api/v1/not-ready-reasons", tag: tagAgent,
		summary:     "List the reasons for not ready",
		description: "The configured reasons that an agent can choose from when going not ready.",
		access:      signedIn, example: api.Reasons{Reasons: []string{"break", "lunch", "meeting", "training", "other"}},
	}, func(context.Context, *nothing) (*reasonsOutput, error) {
		return &reasonsOutput{api.Reasons{Reasons: filled(s.engine.NotReadyReasons())}}, nil
	})
}

func (s *Server) supervisorOperations() {
	register(s, operation{
		id: "list-agents", method: http.MethodGet, path: "/api/v1/agents", tag: tagSupervisor,
		summary:     "List all agents",
		description: "Shows all agents with their states, in the order of their ids. Needs the privilege `agents.see`.",
		access:      access{privilege: agent.SeeAgents}, codes: engineCodes(), example: api.Agents{Agents: []dialer.AgentView{exampleAgent()}},
	}, func(ctx context.Context, _ *nothing) (*agentsOutput, error) {
		agents, err := s.engine.Agents(ctx)
		return &agentsOutput{api.Agents{Agents: mapped(agents, wholeAgent)}}, err
	})
}

func agentAnswer(view dialer.AgentView, err error) (*agentOutput, error) {
	return &agentOutput{wholeAgent(view)}, err
}
