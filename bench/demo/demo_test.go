package main

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each outcome that the carrier has is expected by the demo, and none that it has not.
func TestExpectationsAreTheCarriersOutcomes(t *testing.T) {
	dialplan, err := os.ReadFile("../../deploy/asterisk/carrier/extensions.d/carrier.conf")
	if err != nil {
		t.Fatal(err)
	}
	var endings []string
	for _, m := range regexp.MustCompile(`(?m)^exten => (\d\d),1,`).FindAllStringSubmatch(string(dialplan), -1) {
		endings = append(endings, m[1])
	}
	slices.Sort(endings)
	if want := slices.Sorted(maps.Keys(expectations)); !slices.Equal(endings, want) {
		t.Errorf("the carrier has %v, the demo expects %v", endings, want)
	}
}

// The robot's rules name dispositions of the demo campaign.
func TestRulesAreTheCampaigns(t *testing.T) {
	text, err := os.ReadFile("../../deploy/hasshin/hasshin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range rules {
		if !strings.Contains(string(text), "{code: "+code+",") {
			t.Errorf("campaign demo has no disposition %s", code)
		}
	}
}

func TestSettingsAreThoseOfMakeUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	text := "# Written by make up\nARI_PASSWORD=secret\nDEMO_PASSWORD=pass\nDEMO_PASSWORD_HASH='$argon2id$v=19$x'\nHASSHIN_LISTEN=127.0.0.1:18080\nREDIS_PORT=16379\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("REDIS_PORT", "26379")
	opts, err := parse([]string{"-env", file})
	if err != nil {
		t.Fatal(err)
	}
	if opts.url != "http://127.0.0.1:18080" || opts.password != "pass" || opts.redis != "127.0.0.1:26379" {
		t.Errorf("url %s, password %s, redis %s", opts.url, opts.password, opts.redis)
	}
	if opts, err = parse([]string{"-env", file, "-url", "http://192.0.2.7", "-import", ""}); err != nil || opts.url != "http://192.0.2.7" || len(opts.importCommand) != 0 {
		t.Errorf("flags do not go before the settings: %+v, %v", opts, err)
	}
	if _, err := parse([]string{"-env", file + ".none"}); err == nil || !strings.Contains(err.Error(), "make up") {
		t.Errorf("without settings: %v, want that make up writes them", err)
	}
}

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }

func span(from, to float64, v phone.Voice) phone.Span {
	return phone.Span{From: at(from), To: at(to), Frames: int((to - from) * 50), Heard: []phone.Voice{v}}
}

// report is a call to a number of the carrier that went as it should.
func report(name, number string) robot.Report {
	return robot.Report{
		Record: dialer.RecordView{Name: name, Numbers: []dialer.NumberView{{Number: number}}}, Number: number, Plan: robot.Plan{Talk: talk},
		Dialed: began, Ended: at(0.1),
	}
}

func answered() robot.Report {
	r := report("佐藤 花子", "+442079460300")
	r.Ringing, r.Answered, r.Ended = at(0.1), at(3), at(7)
	r.Result, r.Cause, r.Outcome, r.Disposition, r.ByUs = "answered", "Normal Clearing (Q.850 16)", robot.Talked, "interested", true
	r.Heard = robot.Timeline{span(0.1, 1.1, phone.Ringback), span(1.1, 3, phone.Silence), span(3.02, 7, robot.CarrierVoice)}
	return r
}

func busy() robot.Report {
	r := report("James Smith", "+442079460010")
	r.Result, r.Cause, r.Outcome, r.Disposition = "busy", "SIP 486", "busy", "no-contact"
	return r
}

func TestWhatIsNotAsExpectedIsTold(t *testing.T) {
	if got := objections(answered()); len(got) > 0 {
		t.Errorf("a call as it should be: %v", got)
	}
	for name, tc := range map[string]struct {
		change func(*robot.Report)
		want   string
	}{
		"another result":  {func(r *robot.Report) { r.Result, r.Outcome = "busy", "busy" }, "the result is busy, expected answered"},
		"another outcome": {func(r *robot.Report) { r.Outcome = robot.Machine }, "took it for machine, expected talked"},
		"silence":         {func(r *robot.Report) { r.Heard = r.Heard[:2] }, "heard [], expected 1000 Hz"},
		"no ringing":      {func(r *robot.Report) { r.Heard = r.Heard[1:] }, "no ringing"},
		"another number":  {func(r *robot.Report) { r.Number = "+442079460399" }, "table does not have"},
		"no number":       {func(r *robot.Report) { r.Number = "" }, "table does not have"},
	} {
		r := answered()
		tc.change(&r)
		if got := strings.Join(objections(r), "; "); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// What is printed, plain and in colour, is in testdata.
func TestScreen(t *testing.T) {
	good, bad := answered(), busy()
	bad.Number = "+442079460300"
	moments := []robot.Moment{
		{At: began, Kind: robot.PhoneConnected},
		{At: began, Kind: robot.Offered, Report: good}, {At: began, Kind: robot.Dialed, Report: good}, {At: at(0.1), Kind: robot.Ringing, Report: good},
		{At: at(0.3), Kind: robot.HeardRinging, Report: good}, {At: at(3), Kind: robot.Answered, Report: good},
		{At: at(3.2), Kind: robot.HeardVoice, Voice: robot.CarrierVoice, Report: good}, {At: at(7), Kind: robot.HungUp, Report: good},
		{At: at(7), Kind: robot.Ended, Report: good}, {At: at(7), Kind: robot.Done, Report: good},
		{At: began, Kind: robot.Offered, Report: bad}, {At: began, Kind: robot.Dialed, Report: bad},
		{At: at(0.1), Kind: robot.Ended, Report: bad}, {At: at(0.1), Kind: robot.Done, Report: bad},
		{At: at(8), Kind: robot.Exhausted},
	}
	for name, colour := range map[string]bool{"plain": false, "colour": true} {
		var out strings.Builder
		s := newScreen(&out, colour)
		s.title(options{agent: "robot", campaign: "demo", url: "http://127.0.0.1:8080"})
		for _, m := range moments {
			s.moment(m)
		}
		if wrong := s.table([]robot.Report{good, bad}, 8*time.Second); wrong != 1 {
			t.Errorf("%s: %d calls are told to be wrong, want 1", name, wrong)
		}
		golden(t, name, out.String())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", file, got)
	}
}
