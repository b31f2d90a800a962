package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/hasshin/hasshin/dialer/call"
)

func TestThePageInDocsIsUpToDate(t *testing.T) {
	want, err := render("../state.go")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/call-states.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/call-states.md is not what the table says; run go generate ./dialer/call")
	}
}

func TestEveryRowAndStateIsOnThePage(t *testing.T) {
	page, err := render("../state.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range call.Table() {
		line := "| `" + string(r.State) + "` | `" + string(r.Event) + "` | `" + string(r.Next) + "` |"
		if !bytes.Contains(page, []byte(line)) {
			t.Errorf("%s on %s is missing", r.State, r.Event)
		}
	}
}
