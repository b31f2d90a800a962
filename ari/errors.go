package ari

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// What an error of this package may be, for [errors.Is]. One error can answer to several: a 409 for a channel outside of the
// application is both ErrConflict and ErrNotInStasis.
var (
	ErrBadRequest       = errors.New("bad request")                    // 400; for addChannel also: no such channel
	ErrUnauthorized     = errors.New("wrong user or password")         // 401
	ErrForbidden        = errors.New("forbidden")                      // 403: a read-only user, or refused by the object
	ErrNotFound         = errors.New("not found")                      // 404 said by ARI: what was named does not exist
	ErrConflict         = errors.New("conflict")                       // 409
	ErrNotInStasis      = errors.New("not in the Stasis application")  // 409 or 422, by Asterisk's message
	ErrExists           = errors.New("exists already")                 // 409, by Asterisk's message
	ErrNotUp            = errors.New("not in a state for it")          // 412: the channel is not up, or being hung up
	ErrUnprocessable    = errors.New("not possible")                   // 422
	ErrAllocationFailed = errors.New("allocation failed")              // 500 with that text: often an unknown or unreachable endpoint
	ErrUnavailable      = errors.New("asterisk is not ready")          // 503, or a 404 that is not ARI's: still booting
	ErrConnection       = errors.New("no connection to asterisk")      // refused or lost: whether the request was done is not known
	ErrTimeout          = errors.New("no answer in time")              // nor here
	ErrReplaced         = errors.New("another connection has the app") // see [Replaced]
	ErrClosed           = errors.New("closed")                         // after Close
)

// Error is a request that Asterisk refused or did not answer.
type Error struct {
	Method  string // "POST"
	Path    string // below the base URL, without the query: "/channels/c1/answer"
	Status  int    // HTTP status, 0 when there was no answer
	Message string // Asterisk's own text
	Err     error  // what went wrong, when there was no (readable) answer
}

// Error tells method, path, status and Asterisk's own words.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ari: %s %s: ", e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d", e.Status)
		if e.Message == "" {
			b.WriteString(" " + http.StatusText(e.Status))
		} else {
			b.WriteString(" " + e.Message)
		}
		if e.Err != nil {
			b.WriteString(": ")
		}
	}
	if e.Err != nil {
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause of a request without answer.
func (e *Error) Unwrap() error { return e.Err }

// Is tells whether e is of the kind target, one of the package's Err values.
func (e *Error) Is(target error) bool {
	text := strings.ToLower(e.Message)
	switch target {
	case ErrBadRequest:
		return e.Status == http.StatusBadRequest
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrNotFound:
		// A web server that does not know of ARI (yet) has no message for us: that is no word about a channel.
		return e.Status == http.StatusNotFound && e.Message != ""
	case ErrConflict:
		return e.Status == http.StatusConflict
	case ErrNotInStasis:
		return (e.Status == http.StatusConflict || e.Status == http.StatusUnprocessableEntity) &&
			strings.Contains(text, "not in") && strings.Contains(text, "stasis")
	case ErrExists:
		return e.Status == http.StatusConflict && strings.Contains(text, "already exists")
	case ErrNotUp:
		return e.Status == http.StatusPreconditionFailed
	case ErrUnprocessable:
		return e.Status == http.StatusUnprocessableEntity
	case ErrAllocationFailed:
		return e.Status == http.StatusInternalServerError && strings.Contains(text, "allocation failed")
	case ErrUnavailable:
		return e.Status == http.StatusServiceUnavailable || e.Status == http.StatusNotFound && e.Message == ""
	default:
		return false
	}
}

// timeoutError is ErrTimeout that is also context.DeadlineExceeded.
type timeoutError struct{ after string }

func (e timeoutError) Error() string { return ErrTimeout.Error() + " (" + e.after + ")" }

func (e timeoutError) Is(target error) bool {
	return target == ErrTimeout || target == context.DeadlineExceeded
}

// Timeout is true, as net.Error has it.
func (e timeoutError) Timeout() bool { return true }

// connectionError is ErrConnection with its cause.
type connectionError struct{ cause error }

func (e connectionError) Error() string        { return ErrConnection.Error() + ": " + e.cause.Error() }
func (e connectionError) Unwrap() error        { return e.cause }
func (e connectionError) Is(target error) bool { return target == ErrConnection }
