package problem_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/internal/problem"
)

func TestNestedValidatorsKeepEachPath(t *testing.T) {
	campaign := func() error {
		var l problem.List
		l.Add("ring_timeout", "must be longer than 0s, not %s", "-1s")
		l.Add("", "needs a list")
		return l.Err()
	}
	node := func() error {
		var l problem.List
		l.Add("[0].url", "is not a URL")
		return l.Err()
	}

	var all problem.List
	all.AddAt(problem.Key("campaigns", "demo"), campaign())
	all.AddAt("asterisk", node())
	all.AddAt("log", errors.Join(errors.New("one"), fmt.Errorf("two: %w", errors.New("deep"))))
	all.AddAt("http", nil)

	want := problem.List{
		{Path: "campaigns.demo.ring_timeout", Message: "must be longer than 0s, not -1s"},
		{Path: "campaigns.demo", Message: "needs a list"},
		{Path: "asterisk[0].url", Message: "is not a URL"},
		{Path: "log", Message: "one"},
		{Path: "log", Message: "two: deep"},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	wantText := `campaigns.demo.ring_timeout: must be longer than 0s, not -1s
campaigns.demo: needs a list
asterisk[0].url: is not a URL
log: one
log: two: deep`
	if diff := cmp.Diff(wantText, all.Err().Error()); diff != "" {
		t.Errorf("as an error (-want +got):\n%s", diff)
	}
	var one problem.Problem
	if !errors.As(all.Err(), &one) || one.Path != "campaigns.demo.ring_timeout" {
		t.Errorf("errors.As gives %+v, want the first problem", one)
	}
}

func TestNoProblemIsNoError(t *testing.T) {
	var l problem.List
	if err := l.Err(); err != nil {
		t.Errorf("an empty list is the error %v, want nil", err)
	}
	if got := problem.Of(nil); len(got) != 0 {
		t.Errorf("problems of nil: %v, want none", got)
	}
}

func TestSplitReversesTheBuilders(t *testing.T) {
	tests := []struct {
		path string
		want []string
	}{
		{"", nil},
		{"log", []string{"log"}},
		{problem.Key(problem.Key("campaigns", "demo"), "ring_timeout"), []string{"campaigns", "demo", "ring_timeout"}},
		{problem.Join(problem.Index("asterisk", 12), "url"), []string{"asterisk", "12", "url"}},
		{problem.Join(problem.Key("trunks", `a.b "c"]`), "dial"), []string{"trunks", `a.b "c"]`, "dial"}},
		{problem.Key("trunks", ""), []string{"trunks", ""}},
		{problem.Index(problem.Index("a", 0), 1), []string{"a", "0", "1"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, problem.Split(tt.path)); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", tt.path, diff)
		}
	}
}
