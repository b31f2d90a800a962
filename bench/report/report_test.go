package report_test

import (
	"strings"
	"testing"

	"github.com/hasshin/hasshin/bench/report"
)

func TestWritePrintsATableAndThenAJSONLineForEachFigure(t *testing.T) {
	var out strings.Builder
	err := report.Write(&out, "a title", []report.Figure{
		{Bench: "ari", Name: "speed", Value: 612345.6, Unit: "events/s", Baseline: report.Than(51000), Target: "≥ 300000"},
		{Bench: "ari", Name: "lost", Value: 0, Unit: "events"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `a title

  figure            value  baseline   ratio    target
  speed   612300 events/s     51000  ×12.01  ≥ 300000
  lost           0 events         –

{"bench":"ari","figure":"speed","value":612300,"unit":"events/s","baseline":51000,"ratio":12.01}
{"bench":"ari","figure":"lost","value":0,"unit":"events","baseline":null,"ratio":null}
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
