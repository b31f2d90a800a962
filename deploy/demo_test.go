// Package deploy_test checks that what is deployed together fits together.
package deploy_test

import (
	"encoding/csv"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/hasshin/hasshin/config"
)

// composeEnv is what compose.yaml gives to hasshin.
var composeEnv = map[string]string{
	"ARI_PASSWORD":       "ari-password",
	"ARI_URL":            "http://127.0.0.1:8088/ari",
	"SIP_ADDRESS":        "127.0.0.1:5060",
	"REDIS_ADDRESS":      "127.0.0.1:6379",
	"LISTEN":             "127.0.0.1:8080",
	"DEMO_PASSWORD_HASH": "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ",
}

func TestTheDemoConfigurationIsRight(t *testing.T) {
	for name, value := range composeEnv {
		t.Setenv(name, value)
	}
	cfg, err := config.Load("hasshin/hasshin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for id, agent := range cfg.Dialer.Agents {
		if !slices.Contains(agent.Campaigns, "demo") {
			t.Errorf("agent %s does not work in the demo campaign", id)
		}
	}
	if got := cfg.Dialer.Asterisk[0].Password.Reveal(); got != composeEnv["ARI_PASSWORD"] {
		t.Errorf("ARI password %q is not the one from the environment", got)
	}
}

// Each variable that hasshin.yaml reads must be set by compose.yaml, or hasshin refuses to start.
func TestComposeGivesWhatTheConfigurationReads(t *testing.T) {
	compose := read(t, "compose.yaml")
	for _, m := range regexp.MustCompile(`\$\{env:(\w+)\}`).FindAllStringSubmatch(read(t, "hasshin/hasshin.yaml"), -1) {
		if !strings.Contains(compose, "\n      "+m[1]+": ") {
			t.Errorf("hasshin.yaml reads %s, which compose.yaml does not set", m[1])
		}
		if _, ok := composeEnv[m[1]]; !ok {
			t.Errorf("%s is missing in this test's environment", m[1])
		}
	}
}

// The demo shows each thing the carrier can do, with numbers that a mistaken import into a real campaign would not ring.
func TestTheDemoListShowsWhatTheCarrierCanDo(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(read(t, "demo/contacts.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows = rows[1:]
	if len(rows) != 12 {
		t.Errorf("%d contacts, want 12", len(rows))
	}
	var endings []string
	for _, row := range rows {
		number, err := phonenumbers.Parse(row[2], "GB")
		if err != nil || !phonenumbers.IsValidNumber(number) {
			t.Errorf("%s: %s is not a valid number: %v", row[0], row[2], err)
			continue
		}
		e164 := phonenumbers.Format(number, phonenumbers.E164)
		if !strings.HasPrefix(e164, "+442079460") {
			t.Errorf("%s: %s is not one of Ofcom's numbers for drama", row[0], e164)
		}
		endings = append(endings, e164[len(e164)-2:])
	}
	outcomes := regexp.MustCompile(`(?m)^exten => (\d\d),1,`).FindAllStringSubmatch(read(t, "asterisk/carrier/extensions.d/carrier.conf"), -1)
	if len(outcomes) != 12 {
		t.Errorf("the carrier has %d outcomes, want 12", len(outcomes))
	}
	documented := read(t, "README.md")
	for _, outcome := range outcomes {
		if !slices.Contains(endings, outcome[1]) {
			t.Errorf("no contact has a number ending with %s", outcome[1])
		}
		if !regexp.MustCompile("(?m)^\\| `n?" + outcome[1] + "` ").MatchString(documented) {
			t.Errorf("README.md does not say what numbers ending with %s do", outcome[1])
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
