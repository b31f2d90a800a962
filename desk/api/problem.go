package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/hasshin/hasshin/dialer/callback"
)

// ProblemType is the media type of [Problem].
const ProblemType = "application/problem+json"

// Problem is an error as the API tells it: problem details of RFC 9457 with a stable code.
type Problem struct {
	Type      string            `json:"type" doc:"address of the documentation of this code, relative to the server" example:"/docs#error-wrong_state"`
	Title     string            `json:"title" doc:"what the code means, always the same" example:"not possible in the present state"`
	Status    int               `json:"status" doc:"HTTP status" example:"409"`
	Code      Code              `json:"code" doc:"stable name of the reason, for programs" example:"wrong_state"`
	Detail    string            `json:"detail,omitempty" doc:"what happened this time, for people" example:"a call that is closed cannot be accepted"`
	State     string            `json:"state,omitempty" doc:"the state the call or agent is in" example:"wrap-up"`
	Allowed   []string          `json:"allowed,omitempty" doc:"what would have been possible" example:"[\"done\"]"`
	Privilege string            `json:"privilege,omitempty" doc:"for forbidden: the privilege that is missing" example:"calls.transfer"`
	Verdict   *callback.Verdict `json:"verdict,omitempty" doc:"for invalid_callback: what is wrong with the callback, and what would do"`
	File      *FileProblem      `json:"file,omitempty" doc:"for unfit_file: what is wrong with the file"`
	Errors    []Fault           `json:"errors,omitempty" doc:"what is wrong with the request, one by one"`
	RequestID string            `json:"request_id,omitempty" doc:"names this request in the server's log" example:"5GJ4K6VXQ2M7R3T5W8Y9ZABCDE"`
	Retry     int               `json:"retry_after,omitempty" doc:"seconds after which trying again makes sense; also in the Retry-After header" example:"4"`
}

// FileProblem says why a whole file cannot be imported.
type FileProblem struct {
	Code    string `json:"code" doc:"stable name of the reason: empty, binary, wrong_encoding, wrong_line_ends, bad_header, missing_column, duplicate_column, unknown_column, changed" example:"missing_column"`
	Line    int    `json:"line,omitempty" doc:"line of the file; left out for none in particular" example:"1"`
	Message string `json:"message" doc:"what is wrong, for people" example:"there is no column \"phone\""`
	Hint    string `json:"hint,omitempty" doc:"what to do about it, for people" example:"save the list as CSV UTF-8"`
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Location string `json:"location,omitempty" doc:"where, for example body.reason or path.id" example:"body.reason"`
	Message  string `json:"message" doc:"what is wrong and what is expected" example:"expected length >= 1"`
}

// Error is the code and the detail, on one line.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", p.Code, text)
	for _, f := range p.Errors {
		fmt.Fprintf(&b, "; %s: %s", f.Location, f.Message)
	}
	return b.String()
}

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType replaces the media type of a success by that of a problem.
func (p *Problem) ContentType(string) string { return ProblemType }

// GetHeaders are the headers that a response with this problem has.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Retry > 0 {
		h.Set("Retry-After", fmt.Sprint(p.Retry))
	}
	if p.Code == CodeUnauthenticated {
		h.Set("WWW-Authenticate", `Bearer realm="hasshin"`) // RFC 6750, section 3
	}
	return h
}

// Is tells whether target is a problem with the same code, so that errors.Is(err, &api.Problem{Code: api.CodeForbidden}) works.
func (p *Problem) Is(target error) bool {
	t, ok := target.(*Problem)
	return ok && t.Code == p.Code
}
