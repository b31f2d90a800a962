package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/hasshin/hasshin/dialer/call"
)

// constant is a named string of package call with the comment behind it.
type constant struct{ value, comment string }

// constants reads those of one type from the source, in their order.
func constants(file *ast.File, typeName string) []constant {
	var all []constant
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			v := spec.(*ast.ValueSpec)
			if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != typeName {
				continue
			}
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				continue // no string
			}
			all = append(all, constant{text, strings.TrimSpace(v.Comment.Text())})
		}
	}
	return all
}

// everywhere are events that nearly every live state answers in the same way. The diagram leaves them out.
var everywhere = []call.Event{call.End, call.Done, call.Alone, call.AgentGone, call.Overdue}

// render makes the page. source is the path of package call's state.go, whose comments say what states and events mean.
func render(source string) ([]byte, error) {
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var states []constant
	for _, c := range constants(file, "State") {
		if call.State(c.value) != call.Previous {
			states = append(states, c)
		}
	}
	var b bytes.Buffer
	b.WriteString(`# The life of a call

<!-- Generated from dialer/call by go generate ./dialer/call. Do not edit. -->

A call is in one state at a time. Commands of its agent and facts that Asterisk, the calling list, other agents and the clock report move it
to the next by the table below, and every state says where everybody is, and so who hears whom. What the table has no row for does not
happen: a command is refused with ` + "`wrong_state`" + `, the present state and what it allows; a fact is ignored.

## Diagram

What nearly every live state answers alike is left out:`)
	b.WriteString(fold())
	b.WriteString("\n\n```mermaid\nstateDiagram-v2\n")
	diagram(&b, states)
	b.WriteString("```\n\n## States\n\n")
	b.WriteString("booth: hears the agent and all others in the booth. hold: hears music, and nobody. own: hears the others whom the agent has put " +
		"together,\nnot the agent. away: in the dialplan, out of hasshin's hands. A dash: in no bridge, or nobody of that kind.\n\n")
	b.WriteString("| state | what it is | contact | target | others | commands |\n|---|---|---|---|---|---|\n")
	for _, s := range states {
		l, _ := call.LayoutOf(call.State(s.value))
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", s.value, s.comment, place(l.Contact), place(l.Target), place(l.Members),
			list(call.Allowed(call.State(s.value))))
	}
	b.WriteString("\n## Events\n\n| event | what it is |\n|---|---|\n")
	for _, e := range constants(file, "Event") {
		fmt.Fprintf(&b, "| `%s` | %s |\n", e.value, cmp.Or(e.comment, "–"))
	}
	b.WriteString("\n## Table\n\n| state | event | next | to do |\n|---|---|---|---|\n")
	for _, r := range call.Table() {
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` | %s |\n", r.State, r.Event, r.Next, list(r.Do))
	}
	return b.Bytes(), nil
}

// fold tells in words what the diagram leaves out.
func fold() string {
	var words []string
	for _, e := range everywhere {
		next := map[call.State]int{}
		for _, r := range call.Table() {
			if r.Event == e {
				next[r.Next]++
			}
		}
		var to []string
		for _, s := range slices.SortedFunc(keys(next), func(a, b call.State) int {
			return cmp.Or(next[b]-next[a], cmp.Compare(a, b))
		}) {
			to = append(to, fmt.Sprintf("%s (%d)", s, next[s]))
		}
		words = append(words, fmt.Sprintf("\n- `%s` leads to %s", e, strings.Join(to, ", ")))
	}
	return "\n" + strings.Join(words, "")
}

func keys(m map[call.State]int) func(func(call.State) bool) {
	return func(yield func(call.State) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// diagram draws one arrow for each pair of states, with all events that lead from the one to the other.
func diagram(b *bytes.Buffer, states []constant) {
	id := func(s call.State) string { return strings.Trim(strings.ReplaceAll(string(s), "-", "_"), "()") }
	for _, s := range states {
		fmt.Fprintf(b, "    state \"%s\" as %s\n", s.value, id(call.State(s.value)))
	}
	fmt.Fprintf(b, "    [*] --> %s\n", id(call.Previewing))
	type pair struct{ from, to call.State }
	var pairs []pair
	events := map[pair][]string{}
	for _, r := range call.Table() {
		to := r.Next
		if slices.Contains(everywhere, r.Event) && r.State != call.WrapUp || to == call.Previous {
			continue
		}
		p := pair{r.State, to}
		if events[p] == nil {
			pairs = append(pairs, p)
		}
		events[p] = append(events[p], string(r.Event))
	}
	for _, p := range pairs {
		fmt.Fprintf(b, "    %s --> %s: %s\n", id(p.from), id(p.to), strings.Join(events[p], ", "))
	}
	fmt.Fprintf(b, "    note right of %s : on agent-back to the state before\n", id(call.Rescuing))
	fmt.Fprintf(b, "    %s --> [*]\n", id(call.Closed))
}

func place(p call.Place) string { return cmp.Or(string(p), "–") }

func list[S ~string](all []S) string {
	var quoted []string
	for _, s := range all {
		quoted = append(quoted, "`"+string(s)+"`")
	}
	return cmp.Or(strings.Join(quoted, ", "), "–")
}
