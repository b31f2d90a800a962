package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/pacing/decisionlog"
)

const simulated = `
pacing: {mode: predictive}
compare:
  careful: {abandon_limit: 0.01}
  progressive: {mode: progressive}
scenario:
  agents: 4
  shift: 40m
  answer: [{share: 0.15}, {from: 20m, share: 0.3}]
`

func TestSimulateComparesSettings(t *testing.T) {
	dir := t.TempDir()
	file, plot, log := filepath.Join(dir, "campaign.yaml"), filepath.Join(dir, "plot.svg"), filepath.Join(dir, "day.jsonl")
	if err := os.WriteFile(file, []byte(simulated), 0o600); err != nil {
		t.Fatal(err)
	}
	got := hasshin(t, "", "simulate", file, "--agents", "6", "--shifts", "3", "--plot", plot, "--log", log)
	if got.code != exitOK {
		t.Fatalf("it ends with %d: %s", got.code, got.err)
	}
	for _, want := range []string{"6 agents, 0:40 h, 3 shifts", "predictive (pacing)", "careful", "progressive", "utilisation", "±"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("it does not say %q:\n%s", want, got.out)
		}
	}
	if again := hasshin(t, "", "simulate", "--agents", "6", "--shifts", "3", file); again.out != got.out {
		t.Errorf("the same again says otherwise:\n%s\n%s", got.out, again.out)
	}
	checkPlot(t, plot, "predictive (pacing)", "careful", "limit 3")

	// The log is decided alike again, and the day can be played under other settings.
	records, err := decisionlog.ReadFiles([]string{log})
	if err != nil {
		t.Fatal(err)
	}
	if err := pacing.Replay(pacing.Defaults(), records); err != nil {
		t.Error(err)
	}
	if checked := hasshin(t, "", "simulate", "--replay", filepath.Join(dir, "d*.jsonl"), "--check", file); checked.code != exitOK || !strings.Contains(checked.out, "each comes out") {
		t.Errorf("%d %s%s", checked.code, checked.out, checked.err)
	}
	other := configFile(t, "pacing: {max_per_agent: 1}\n")
	if checked := hasshin(t, "", "simulate", "--replay", log, "--check", other); checked.code != exitFailure || !strings.Contains(checked.err, "recorded is") {
		t.Errorf("under other settings: %d %s%s", checked.code, checked.out, checked.err)
	}
	replayed := hasshin(t, "", "simulate", "--replay", log, "--shifts", "2", file)
	if replayed.code != exitOK || !strings.Contains(replayed.out, "the day in day.jsonl (6 agents, 0:40 h") {
		t.Errorf("%d %s%s", replayed.code, replayed.out, replayed.err)
	}
}

// checkPlot reads the image as XML and looks for texts in it.
func checkPlot(t *testing.T, name string, texts ...string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all strings.Builder
	for d := xml.NewDecoder(f); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s is no XML: %v", name, err)
		}
		if text, ok := token.(xml.CharData); ok {
			all.Write(text)
		}
	}
	for _, text := range texts {
		if !strings.Contains(all.String(), text) {
			t.Errorf("the plot does not say %q", text)
		}
	}
}

func TestSimulateSaysWhatIsWrong(t *testing.T) {
	wrong := configFile(t, "pacing: {abandon_limit: 3}\nscenario: {agents: 0, answer: [{share: 0.9}]}\n")
	empty := configFile(t, "")
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{wrong}, exitFailure, []string{"3 mistakes", "abandon_limit", "agents", "0.65"}},
		{[]string{"--scenario", "p99"}, exitUsage, []string{"p99", "p15"}},
		{[]string{"--agents", "-1"}, exitUsage, []string{"agents", "1 to 1000"}},
		{[]string{"--check"}, exitUsage, []string{"--replay"}},
		{[]string{"--shifts", "0"}, exitUsage, []string{"--shifts"}},
		{[]string{empty, "more"}, exitUsage, []string{`"more"`}},
		{[]string{"--replay", empty}, exitFailure, []string{"the log is empty"}},
		{[]string{"--replay", wrong}, exitFailure, []string{"line 1"}},
		{[]string{"--replay", wrong, "--agents", "3"}, exitUsage, []string{"--replay"}},
		{[]string{"nowhere.yaml"}, exitFailure, []string{"nowhere.yaml"}},
	} {
		got := hasshin(t, "", append([]string{"simulate"}, c.args...)...)
		if got.code != c.code {
			t.Errorf("%q ends with %d, expected %d: %s", c.args, got.code, c.code, got.err)
		}
		for _, want := range c.says {
			if !strings.Contains(got.err, want) {
				t.Errorf("%q does not say %q: %s", c.args, want, got.err)
			}
		}
	}
}
