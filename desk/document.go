package desk

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// Tags group the operations in the document.
const (
	tagSession    = "Session"
	tagAgent      = "Agent"
	tagCampaigns  = "Campaigns"
	tagCalls      = "Calls"
	tagActions    = "Acting on a call"
	tagTargets    = "Targets"
	tagCallbacks  = "Callbacks"
	tagRecordings = "Recordings"
	tagImports    = "Imports"
	tagMessages   = "Messages"
	tagEvents     = "Events"
	tagSupervisor = "Supervisors"
	tagProbes     = "Probes and figures"
)

var problemType = reflect.TypeFor[api.Problem]()

const introduction = `The API of hasshin, an outbound dialer beside Asterisk. Agents' pages and programs use it to sign in, take records from campaigns and handle calls.

**Sign in** with ` + "`POST /api/v1/session`" + ` and send the token as ` + "`Authorization: Bearer`" + ` with everything else. The server decides for each operation whether the agent's role allows it.

**Commands** answer when Asterisk has confirmed what they did, so an answer is a fact. Give each command an ` + "`Idempotency-Key`" + ` of its own: when the connection breaks before the answer comes, the same command with the same key is not done twice.

**Errors** are problem details (RFC 9457) with a stable ` + "`code`" + `. Programs should look at the code, never at the texts.

**Events** come over a WebSocket: first a snapshot of everything, then each change with a sequence number. After a break a client goes on where it was.

Lists are never null. Answers may get new members in the future; ignore those that you do not know.`

// document is the start of the OpenAPI document; the operations are added to it.
func (s *Server) document() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "hasshin", Version: s.version, Description: introduction,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas:  huma.NewMapRegistry("#/components/schemas/", schemaName),
				Examples: problemExamples(),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "The token that signing in answers with."},
					"cookie": {Type: "apiKey", In: "cookie", Name: s.cookieName(),
						Description: "For pages: the cookie that signing in with `cookie: true` sets. Commands then need an `Origin` header."},
				},
			},
			Tags: []*huma.Tag{
				{Name: tagSession, Description: "Signing in and out."},
				{Name: tagAgent, Description: "The agent who is signed in: state and phone."},
				{Name: tagCampaigns, Description: "The agent's campaigns, and taking a record from one."},
				{Name: tagCalls, Description: "Handling a call, from the preview until done."},
				{Name: tagActions, Description: "What an agent can do with a live call. The last part of each address is the name that a call's `allowed` has for it."},
				{Name: tagTargets, Description: "Whom to consult, bring into a conference or transfer to."},
				{Name: tagCallbacks, Description: "Promising to call again, and seeing to it that it is done."},
				{Name: tagRecordings, Description: "Recording calls, and hearing what was recorded."},
				{Name: tagImports, Description: "Importing calling lists and do-not-call entries."},
				{Name: tagMessages, Description: "The contact's other channels: e-mail, and webhooks to other programs."},
				{Name: tagEvents, Description: "What happens, while it happens."},
				{Name: tagSupervisor, Description: "For those who see to it that all goes well."},
				{Name: tagProbes, Description: "For monitoring."},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
	}
}

// problemExamples has an example of each code's problem.
func problemExamples() map[string]*huma.Example {
	examples := map[string]*huma.Example{}
	for _, info := range api.Codes() {
		examples[string(info.Code)] = &huma.Example{Summary: info.Title, Value: exampleProblem(info)}
	}
	return examples
}

// schemaName drops View from the names of the engine's types: it says nothing to users of the API. What tones are made of has names of its
// own: a note is another thing in a call, a tone another thing in the event stream.
func schemaName(t reflect.Type, hint string) string {
	if t == reflect.TypeFor[dialer.TargetView]() {
		return "FoundTarget" // Target is what commands take
	}
	if t.PkgPath() == reflect.TypeFor[audio.Sheet]().PkgPath() {
		return "Audio" + huma.DefaultSchemaNamer(t, hint)
	}
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "View")
}

// documentEvents adds the event stream, which is no operation of huma's, and the schemas of its messages.
func (s *Server) documentEvents() {
	schemas := s.api.OpenAPI().Components.Schemas
	event := schemas.Schema(reflect.TypeFor[api.Event](), true, "Event")
	schemas.SchemaFromRef(event.Ref).Properties["data"] = &huma.Schema{
		Description: "the new state, whole; what it is, kind says. resumed has none.",
		AnyOf: []*huma.Schema{
			schemas.Schema(reflect.TypeFor[api.Snapshot](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.AgentView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.CallView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.CampaignView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.ToneView](), true, ""),
		},
	}
	s.documentStream(&huma.Operation{
		OperationID: "events", Path: pathEvents, Tags: []string{tagEvents},
		Summary: "Event stream (WebSocket)",
		Description: "Upgrades to a WebSocket (RFC 6455) on which the server sends one JSON object a message, an `Event`. Clients send nothing.\n\n" +
			"The first message is a `snapshot`: everything as of its `seq`, with the id of the `stream`. Each message after it has a `seq` one higher than " +
			"the one before, and carries the whole new state of one agent, call or campaign. " + streamRules,
	}, signedIn, event, map[string]*huma.Example{
		"snapshot": {Summary: "the first message", Value: exampleEvent(api.EventSnapshot, 41)},
		"resumed":  {Summary: "the first message after a break", Value: exampleEvent(api.EventResumed, 41)},
		"call":     {Summary: "a call changed", Value: exampleEvent(api.EventCall, 42)},
		"agent":    {Summary: "the agent changed", Value: exampleEvent(api.EventAgent, 43)},
		"campaign": {Summary: "a campaign's figures changed", Value: exampleEvent(api.EventCampaign, 44)},
		"tone":     {Summary: "the agent's phone plays a tone", Value: exampleEvent(api.EventTone, 45)},
	})
}

// streamRules are those of every event stream.
const streamRules = "To go on after a break, connect with the `stream` and the last " +
	"`seq` seen as `since`: the first message is then `resumed` and what was missed follows; or a snapshot, if that is too long ago or the process is a new " +
	"one. A snapshot in the middle means that the reader was too slow and events were skipped.\n\n" +
	"Authentication is that of every request. A page that uses a token offers two subprotocols, `" + api.EventsProtocol + "` and `" + api.BearerProtocol +
	"` followed by the token. The token never goes into the address.\n\n" +
	"Close codes: 1001 the server is stopping, connect again; 1008 the reader takes nothing or talks; 4001 the session has ended."

// documentBoardEvents adds the event stream of the wallboard.
func (s *Server) documentBoardEvents() {
	schemas := s.api.OpenAPI().Components.Schemas
	event := schemas.Schema(reflect.TypeFor[api.BoardEvent](), true, "BoardEvent")
	schemas.SchemaFromRef(event.Ref).Properties["data"] = &huma.Schema{
		Description: "what is new; what it is, kind says. resumed and hidden have none.",
		AnyOf: []*huma.Schema{
			schemas.Schema(reflect.TypeFor[dialer.WallboardView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.AgentBoardView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.CampaignBoard](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.RunView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.DialingView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.CourseView](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.LiveCallView](), true, ""),
			schemas.Schema(reflect.TypeFor[api.CallOver](), true, ""),
			schemas.Schema(reflect.TypeFor[dialer.RecordingFailure](), true, ""),
		},
	}
	s.documentStream(&huma.Operation{
		OperationID: "wallboard-events", Path: pathBoardEvents, Tags: []string{tagSupervisor},
		Summary: "Live figures as an event stream (WebSocket)",
		Description: "What `get-wallboard` shows, as it changes: a WebSocket (RFC 6455) on which the server sends one JSON object a message, a `BoardEvent`. Clients send " +
			"nothing. Needs the privilege `" + string(agent.SeeAgents) + "`.\n\n" +
			"The first message is a `snapshot`: the whole board as of its `seq`, with the id of the `stream`. Each message after it has a `seq` one higher than the one " +
			"before, and carries all figures of one agent (at once, when anything of the agent changes; in the state `signed-out` the agent is no longer on the board) or of " +
			"one campaign (at most four times a second, and only when they are others), or who started or stopped a campaign and how it dials (a change of these within a " +
			"quarter of a second, the figures of the dialing once a second at most), or those steps of a campaign's course that changed (the one that goes on every five seconds " +
			"at most; what comes takes the place of the step with the same `from`, steps in which nothing happened do not come), or a call as far as `list-live-calls` would show it (at once; in the state `over` it " +
			"is on the list no longer, which is also said of calls that one may do nothing with), or that a call is not recorded though it is to be. Runs and dialings of campaigns " +
			"that one may not run are `hidden`. " + streamRules,
	}, access{privilege: agent.SeeAgents}, event, map[string]*huma.Example{
		"snapshot": {Summary: "the first message", Value: exampleBoardEvent(api.EventSnapshot, 41)},
		"resumed":  {Summary: "the first message after a break", Value: exampleBoardEvent(api.EventResumed, 41)},
		"agent":    {Summary: "an agent changed", Value: exampleBoardEvent(api.EventAgent, 42)},
		"campaign": {Summary: "a campaign's figures changed", Value: exampleBoardEvent(api.EventCampaign, 43)},
		"run":      {Summary: "a campaign was started or stopped", Value: exampleBoardEvent(api.EventRun, 44)},
		"dialing":  {Summary: "a campaign dials otherwise", Value: exampleBoardEvent(api.EventDialing, 45)},
		"course":   {Summary: "a minute of the charts changed", Value: exampleBoardEvent(api.EventCourse, 46)},
		"call":     {Summary: "a call began or changed", Value: exampleBoardEvent(api.EventCall, 47)},
		"failed":   {Summary: "a recording failed", Value: exampleBoardEvent(api.EventRecordingFailed, 48)},
		"hidden":   {Summary: "something that one may not see", Value: exampleBoardEvent(api.EventHidden, 49)},
	})
}

// documentStream adds an event stream, whose messages are of a schema.
func (s *Server) documentStream(op *huma.Operation, who access, event *huma.Schema, examples map[string]*huma.Example) {
	op.Method, op.Security = http.MethodGet, security(who)
	op.Parameters = []*huma.Param{
		{Name: "stream", In: "query", Description: "id of the stream to go on with, as snapshot and resumed tell it; together with since",
			Schema: &huma.Schema{Type: huma.TypeString}, Example: "F3KQ2M7XW4R5T6Y7"},
		{Name: "since", In: "query", Description: "seq of the last event seen", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"}, Example: 42},
	}
	op.Responses = map[string]*huma.Response{
		"101": {
			Description: "The messages that follow, each by itself:",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: event, Examples: examples}},
		},
	}
	s.describeProblems(op, append(accessCodes(operation{method: http.MethodPost, access: who}),
		api.CodeBadRequest, api.CodeUpgradeRequired, api.CodeInternal))
	s.order = append(s.order, op.OperationID)
	s.api.OpenAPI().AddOperation(op)
}

func (s *Server) documentMetrics() {
	op := &huma.Operation{
		OperationID: "metrics", Method: http.MethodGet, Path: pathMetrics, Tags: []string{tagProbes},
		Summary: "Show the process's figures",
		Description: "In the text format of Prometheus. Needs the privilege `metrics.see`. A Prometheus that cannot sign in reads them at the address of " +
			"`metrics_listen`, which needs no session and should be private.",
		Security: security(signedIn),
		Responses: map[string]*huma.Response{
			"200": {Description: "OK", Content: map[string]*huma.MediaType{"text/plain": {
				Schema: &huma.Schema{Type: huma.TypeString}, Example: "hasshin_event_streams 12\n",
			}}},
		},
	}
	s.describeProblems(op, append(accessCodes(operation{method: http.MethodGet, access: access{privilege: agent.SeeMetrics}}), api.CodeInternal))
	s.order = append(s.order, op.OperationID)
	s.api.OpenAPI().AddOperation(op)
}

// openResponses says that answers may have more members than documented, and that lists in them are never null. Requests may not have
// more: a misspelt member is an error.
func (s *Server) openResponses() {
	doc := s.api.OpenAPI()
	closed := map[*huma.Schema]bool{}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			if json := op.RequestBody.Content["application/json"]; json != nil {
				markSchema(doc.Components.Schemas, json.Schema, closed)
			}
		}
	}
	for _, schema := range doc.Components.Schemas.Map() {
		if !closed[schema] && schema.AdditionalProperties == false {
			schema.AdditionalProperties = nil
		}
		for _, property := range schema.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false
			}
		}
	}
}

// markSchema marks a schema and all that it refers to.
func markSchema(registry huma.Registry, schema *huma.Schema, marked map[*huma.Schema]bool) {
	if schema == nil {
		return
	}
	if schema.Ref != "" {
		schema = registry.SchemaFromRef(schema.Ref)
	}
	if marked[schema] {
		return
	}
	marked[schema] = true
	markSchema(registry, schema.Items, marked)
	for _, property := range schema.Properties {
		markSchema(registry, property, marked)
	}
}
