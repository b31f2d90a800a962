package desk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// huma keeps the constructor of its errors in package variables; there is no other place to say that ours are problems with a code.
func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return humaProblem(status, message, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		p := humaProblem(status, message, errs)
		var cause error
		if p.Code == api.CodeInternal {
			cause = errors.Join(append([]error{errors.New(message)}, errs...)...)
		}
		return note(ctx.Context(), p, cause)
	}
}

// humaProblem gives huma's own errors a code. What was sent is not repeated in them: it may be a password.
func humaProblem(status int, message string, errs []error) *api.Problem {
	code := api.CodeInternal
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusNotAcceptable:
		code = api.CodeBadRequest
	case http.StatusNotFound:
		code = api.CodeNotFound
	case http.StatusMethodNotAllowed:
		code = api.CodeMethodNotAllowed
	case http.StatusRequestTimeout:
		code = api.CodeRequestTimeout
	case http.StatusRequestEntityTooLarge:
		code = api.CodeTooLarge
	case http.StatusUnsupportedMediaType:
		code = api.CodeUnsupportedMedia
	}
	p := api.NewProblem(code, message)
	if code == api.CodeInternal {
		p.Detail = ""
		return p
	}
	for _, err := range errs {
		var detailed huma.ErrorDetailer
		switch {
		case err == nil:
		case errors.As(err, &detailed):
			d := detailed.ErrorDetail()
			p.Errors = append(p.Errors, api.Fault{Location: d.Location, Message: d.Message})
		default:
			p.Errors = append(p.Errors, api.Fault{Message: err.Error()})
		}
	}
	return p
}

// problemOf turns whatever a handler came back with into a problem. What is not meant for clients becomes internal; the log has it.
func problemOf(ctx context.Context, err error) *api.Problem {
	var p *api.Problem
	var refused *dialer.Error
	switch {
	case errors.As(err, &p):
		return note(ctx, p, nil)
	case errors.As(err, &refused):
		if _, known := api.Info(api.Code(refused.Code)); known {
			p = api.NewProblem(api.Code(refused.Code), refused.Message)
			p.State, p.Allowed, p.Privilege = refused.State, refused.Allowed, string(refused.Privilege)
			if refused.Verdict != nil {
				verdict := wholeVerdict(*refused.Verdict)
				p.Verdict = &verdict
			}
			if f := refused.File; f != nil {
				p.File = &api.FileProblem{Code: string(f.Code), Line: f.Line, Message: f.Message, Hint: f.Hint}
			}
			return note(ctx, p, refused.Err)
		}
	case errors.Is(err, context.DeadlineExceeded):
		return note(ctx, api.NewProblem(api.Code(dialer.CodeTimeout), ""), err)
	case errors.Is(err, errStopping):
		return note(ctx, api.NewProblem(api.Code(dialer.CodeShuttingDown), ""), nil)
	case errors.Is(err, context.Canceled):
		// Whoever asked has gone; nobody reads this.
		return note(ctx, api.NewProblem(api.CodeRequestTimeout, "the client closed the connection"), nil)
	}
	return note(ctx, api.NewProblem(api.CodeInternal, ""), err)
}

// note writes a problem down for the log and puts the request's id into it.
func note(ctx context.Context, p *api.Problem, cause error) *api.Problem {
	x := exchangeOf(ctx)
	p.RequestID = x.requestID
	x.problem, x.cause = p, cause
	return p
}

// writeProblem answers with a problem, outside of huma.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(r.Context(), err)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", api.ProblemType)
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	// An error here is the client's going away; the log line has the status that it was to get.
	_ = enc.Encode(p)
}

var digits = regexp.MustCompile(`\+?\d{7,}`)

// masked hides all but the last two digits of what may be a telephone number.
func masked(text string) string {
	return digits.ReplaceAllStringFunc(text, func(number string) string { return "…" + number[len(number)-2:] })
}
