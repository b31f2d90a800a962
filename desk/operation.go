package desk

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// operation describes one operation of the API: for the mux, for the guard, and for the OpenAPI document.
type operation struct {
	id, method, path string
	tag              string
	summary          string // what it does, in a few words
	description      string // CommonMark
	access           access
	codes            []api.Code        // it can be refused with, beside those that its access and its body bring along
	status           int               // of success; 0 means 200, or 204 without a body
	example          any               // answer of success
	answer           *answerDoc        // in place of example, for an answer that is not JSON
	request          any               // example of the body, if it takes one
	upload           *huma.RequestBody // in place of request, for a body that is a file
}

// answerDoc describes an answer that is not JSON.
type answerDoc struct {
	mediaType string
	content   *huma.MediaType
}

// Who may use an operation.
var (
	everyone = access{open: true}
	signedIn = access{}
	handler  = access{privilege: agent.HandleCalls}
	command  = access{privilege: agent.HandleCalls, command: true}
)

// register adds an operation to the mux and to the OpenAPI document. What handle returns as an error becomes a problem.
func register[I, O any](s *Server, o operation, handle func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.description,
		DefaultStatus: o.status, Metadata: map[string]any{accessKey: o.access},
		MaxBodyBytes: -1, BodyReadTimeout: -1, // the guard has received the body already
		Responses: map[string]*huma.Response{},
	}
	codes := slices.Concat(accessCodes(o), o.codes, []api.Code{api.CodeInternal})
	if o.example != nil {
		op.Responses[strconv.Itoa(successStatus(o))] = &huma.Response{
			Description: http.StatusText(successStatus(o)),
			Content:     map[string]*huma.MediaType{"application/json": {Example: o.example}},
		}
	}
	if o.answer != nil {
		op.Responses[strconv.Itoa(successStatus(o))] = &huma.Response{
			Description: http.StatusText(successStatus(o)), Content: map[string]*huma.MediaType{o.answer.mediaType: o.answer.content},
		}
	}
	if o.request != nil {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Example: o.request}}}
		codes = append(codes, api.CodeBadRequest, api.CodeTooLarge, api.CodeUnsupportedMedia, api.CodeRequestTimeout)
	}
	if o.upload != nil {
		op.RequestBody = o.upload
		codes = append(codes, api.CodeBadRequest, api.CodeTooLarge, api.CodeUnsupportedMedia, api.CodeRequestTimeout)
	}
	if strings.Contains(o.path, "{") {
		codes = append(codes, api.CodeBadRequest)
	}
	if o.access.command {
		op.Parameters = append(op.Parameters, idempotencyParameter())
	}
	op.Security = security(o.access)
	s.order = append(s.order, o.id)
	s.describeProblems(&op, codes)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return out, nil
	})
}

func successStatus(o operation) int {
	if o.status != 0 {
		return o.status
	}
	return http.StatusOK
}

// accessCodes are the codes with which the guard refuses.
func accessCodes(o operation) []api.Code {
	var codes []api.Code
	if !safe(o.method) {
		codes = append(codes, api.CodeCrossOrigin)
	}
	if !o.access.open {
		codes = append(codes, api.CodeUnauthenticated, api.Code(dialer.CodeStoreUnavailable), api.Code(dialer.CodeShuttingDown))
	}
	if o.access.privilege != "" {
		codes = append(codes, api.CodeForbidden)
	}
	if o.access.command {
		codes = append(codes, api.CodeBadRequest, api.CodeIdempotencyConflict, api.CodeIdempotencyInFlight)
	}
	return codes
}

// engineCodes are those with which the engine may refuse any command.
func engineCodes(more ...dialer.Code) []api.Code {
	codes := []api.Code{api.Code(dialer.CodeShuttingDown), api.Code(dialer.CodeTimeout)}
	for _, code := range more {
		codes = append(codes, api.Code(code))
	}
	return codes
}

// describeProblems documents each code with its status, its meaning and an example.
func (s *Server) describeProblems(op *huma.Operation, codes []api.Code) {
	schema := s.api.OpenAPI().Components.Schemas.Schema(problemType, true, "Problem")
	for _, info := range api.Codes() {
		if !slices.Contains(codes, info.Code) {
			continue
		}
		status := strconv.Itoa(info.Status)
		r := op.Responses[status]
		if r == nil {
			r = &huma.Response{Content: map[string]*huma.MediaType{api.ProblemType: {Schema: schema, Examples: map[string]*huma.Example{}}}}
			op.Responses[status] = r
		}
		if r.Description != "" {
			r.Description += "\n\n"
		}
		r.Description += fmt.Sprintf("`%s`: %s. %s", info.Code, info.Title, info.Help)
		r.Content[api.ProblemType].Examples[string(info.Code)] = &huma.Example{Ref: "#/components/examples/" + string(info.Code)}
	}
}

func exampleProblem(info api.CodeInfo) *api.Problem {
	p := api.NewProblem(info.Code, "")
	p.RequestID = "5GJ4K6VXQ2M7R3T5W8Y9ZABCDE"
	switch info.Code {
	case api.CodeForbidden:
		p.Detail, p.Privilege = "transfer needs the privilege calls.transfer", "calls.transfer"
	case api.CodeBadRequest:
		p.Detail = "validation failed"
		p.Errors = []api.Fault{{Location: "body.number", Message: "expected string"}}
	case api.Code(dialer.CodeWrongState):
		p.Detail, p.State, p.Allowed = "accept is not possible while the call is talking", "talking", []string{"end", "done"}
	}
	return p
}

func security(a access) []map[string][]string {
	if a.open {
		return []map[string][]string{} // explicitly none
	}
	return []map[string][]string{{"bearer": {}}, {"cookie": {}}}
}

func idempotencyParameter() *huma.Param {
	most := 255
	return &huma.Param{
		Name: api.HeaderIdempotencyKey, In: "header", Example: `"8e03978e-40d5-43dd-bc93-6894a57f9324"`,
		Description: "Makes the command safe to repeat: a new key for each new command, the same key to repeat one whose answer was lost. " +
			"A repetition is not done again; it gets the first answer, with `" + api.HeaderIdempotencyReplayed + ": true`. Answers that say that nothing " +
			"was done (401, 429, 5xx) are not kept.",
		Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
	}
}
