package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/hasshin/hasshin/dialer/hours"
)

func TestThePageInDocsIsUpToDate(t *testing.T) {
	got, err := os.ReadFile("../../../docs/hours.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, page()) {
		t.Error("docs/hours.md is not what the profiles say; run go generate ./dialer/hours")
	}
}

func TestEveryFigureHasASource(t *testing.T) {
	for _, p := range hours.Profiles() {
		sourced := map[string]bool{}
		for _, s := range p.Sources {
			sourced[s.Figure] = true
			if s.Citation == "" || s.Says == "" {
				t.Errorf("%s: a source of %s without citation or words", p.Name, s.Figure)
			}
		}
		for _, figure := range []string{"hours", "abandon limit"} {
			if !sourced[figure] {
				t.Errorf("%s: no source for %s", p.Name, figure)
			}
		}
	}
}
