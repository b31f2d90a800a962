package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/internal/secret"
)

type account struct {
	User     string
	Password secret.String
	hidden   secret.String
}

func TestASecretIsNeverPrinted(t *testing.T) {
	const password = "correct horse"
	s := secret.New(password)
	in := account{User: "hanako", Password: s, hidden: s}

	var printed []string
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%X", "%d", "%T", "%p"} {
		for _, v := range []any{s, &s, in, &in, []secret.String{s}, map[string]secret.String{"p": s}} {
			printed = append(printed, fmt.Sprintf(verb, v))
		}
	}
	for _, v := range []any{s, &s, in, map[string]secret.String{"p": s}} {
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		y, err := yaml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, string(j), string(y))
	}
	var log bytes.Buffer
	logger := zerolog.New(&log)
	logger.Info().Interface("account", in).Stringer("password", s).Any("secret", s).Msg("signing in")
	printed = append(printed, log.String())

	hex := fmt.Sprintf("%x", password)
	for _, text := range printed {
		if strings.Contains(text, password) || strings.Contains(strings.ToLower(text), hex) {
			t.Errorf("the secret is in %q", text)
		}
	}
	if got := fmt.Sprintf("%s %v %q", s, s, s); got != `*** *** "***"` {
		t.Errorf("printed as %s", got)
	}
	if !strings.Contains(log.String(), `"password":"***"`) {
		t.Errorf("log line %s has no mask", log.String())
	}
}

func TestASecretCanBeReadAndCompared(t *testing.T) {
	var s secret.String
	if !s.IsZero() || s.Reveal() != "" || s.String() != "" {
		t.Errorf("the zero value is %q, want nothing", s.Reveal())
	}
	if err := json.Unmarshal([]byte(`"correct horse"`), &s); err != nil {
		t.Fatal(err)
	}
	if s.Reveal() != "correct horse" || s.IsZero() {
		t.Errorf("revealed %q", s.Reveal())
	}
	if !s.Equal(secret.New("correct horse")) || s.Equal(secret.New("other")) {
		t.Error("Equal does not compare what the secrets hold")
	}
}
