package ari

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// params are what the API's description calls query parameters; what is at its zero value is left to Asterisk's default. A nil
// *params has none.
type params struct {
	values map[string][]string // a list has several, or one that is marked as such
	commas bool                // a list has a value with a comma, which a query cannot tell from two values
}

func newParams() *params { return &params{values: map[string][]string{}} }

func (q *params) text(name, value string) *params {
	if value != "" {
		q.values[name] = []string{value}
	}
	return q
}

// always sets the parameter even if it is empty, where empty means something.
func (q *params) always(name, value string) *params {
	q.values[name] = []string{value}
	return q
}

func (q *params) list(name string, values []string) *params {
	if len(values) > 0 {
		q.values[name] = values
	}
	for _, value := range values {
		q.commas = q.commas || strings.ContainsAny(value, `,"\`)
	}
	return q
}

func (q *params) flag(name string, value bool) *params {
	if value {
		q.always(name, "true")
	}
	return q
}

func (q *params) number(name string, value int) *params {
	if value != 0 {
		q.always(name, strconv.Itoa(value))
	}
	return q
}

// count sets the parameter even if it is 0.
func (q *params) count(name string, value int) *params {
	return q.always(name, strconv.Itoa(value))
}

func (q *params) millis(name string, d time.Duration) *params {
	return q.number(name, int(d/time.Millisecond))
}

// seconds rounds up: a timeout of less than a second must not become none.
func (q *params) seconds(name string, d time.Duration) *params {
	return q.number(name, int((d+time.Second-1)/time.Second))
}

// encode writes the query, lists separated by commas as Asterisk wants them, spaces as %20, which every reader understands.
func (q *params) encode() string {
	if q == nil {
		return ""
	}
	query := url.Values{}
	for name, values := range q.values {
		query.Set(name, strings.Join(values, ","))
	}
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}

// into adds the parameters to a JSON body, where Asterisk looks for the same names.
func (q *params) into(body any) map[string]any {
	merged := map[string]any{}
	if fields, ok := body.(map[string]any); ok {
		for name, value := range fields {
			merged[name] = value
		}
	}
	for name, values := range q.values {
		if len(values) == 1 {
			merged[name] = values[0]
		} else {
			merged[name] = values
		}
	}
	return merged
}

// variablesBody is the body that carries variables; nil for none.
func variablesBody(variables map[string]string) any {
	if len(variables) == 0 {
		return nil
	}
	return map[string]any{"variables": variables}
}
