package yamlstrict_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/config/yamlstrict"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

// station is a made-up configuration with everything that can be in one.
type station struct {
	Name    string            `yaml:"name" required:"true" example:"tokyo"`
	Mode    string            `yaml:"mode" enum:"preview,progressive,predictive"`
	Debug   bool              `yaml:"debug"`
	Port    int               `yaml:"port" minimum:"1" maximum:"65535" example:"5060"`
	Small   uint8             `yaml:"small"`
	Share   float64           `yaml:"share" minimum:"0" maximum:"1"`
	Timeout time.Duration     `yaml:"timeout" minimum:"1s" maximum:"1h" example:"30s"`
	Bind    netip.AddrPort    `yaml:"bind"`
	Key     secret.String     `yaml:"key"`
	Tags    []string          `yaml:"tags"`
	Labels  map[string]string `yaml:"labels"`
	Agents  map[string]person `yaml:"agents"`
	Nodes   []node            `yaml:"nodes"`
	Line    *line             `yaml:"line"`
	Store   store             `yaml:"store"`
	common
	Skipped string `yaml:"-"`
}

// common lends its keys to the struct around it.
type common struct {
	Comment string `yaml:"comment"`
}

type person struct {
	Phone    string        `yaml:"phone"`
	Password secret.String `yaml:"password"`
	Ring     time.Duration `yaml:"ring"`
	Skills   []string      `yaml:"skills"`
}

type node struct {
	URL      string        `yaml:"url" required:"true" example:"http://127.0.0.1:8088/ari"`
	Password secret.String `yaml:"password" required:"true"`
	Pool     int           `yaml:"pool" minimum:"1" maximum:"100"`
}

func (node) Defaults() node { return node{Pool: 16} }

type line struct {
	Open  bool `yaml:"open"`
	Limit *int `yaml:"limit"`
}

// store can be a word or a mapping.
type store struct {
	Embedded bool   `yaml:"-"`
	Addr     string `yaml:"addr"`
}

func (s *store) UnmarshalText(text []byte) error {
	if string(text) != "embedded" {
		return errors.New("is neither embedded nor a mapping")
	}
	s.Embedded = true
	return nil
}

func (s store) ShortForm() (string, bool) { return "embedded", s.Embedded }

// validate is what packages do in their Validate methods.
func (s station) validate() error {
	var p problem.List
	for name, a := range s.Agents {
		if a.Phone == "" {
			p.Add(problem.Join(problem.Key("agents", name), "phone"), "is required")
		}
		if a.Ring > time.Minute {
			p.Add(problem.Join(problem.Key("agents", name), "ring"), "%s is too long; expected at most 1m", a.Ring)
		}
	}
	for i, n := range s.Nodes {
		if n.URL == "" {
			p.Add(problem.Join(problem.Index("nodes", i), "url"), "is required by Validate")
		}
	}
	if s.Port == 5061 {
		p.Add("store.addr", "is required when port is 5061")
	}
	return p.Err()
}

// TestGolden reads the files in testdata: one or more YAML files (each after a
// line `==> name`), a divider, and what comes out: the effective configuration,
// or everything that is wrong.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := strings.Cut(string(text), divider)
			got := decodeAll(t, input)
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is printed:\n%s", got)
			}
			if *update {
				if err := os.WriteFile(name, []byte(input+divider+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const divider = "----------\n"

func decodeAll(t *testing.T, input string) string {
	t.Helper()
	files := [][2]string{{"station.yaml", ""}}
	for line := range strings.Lines(input) {
		if name, ok := strings.CutPrefix(line, "==> "); ok {
			if len(files) == 1 && files[0][1] == "" {
				files = nil
			}
			files = append(files, [2]string{strings.TrimSpace(name), ""})
			continue
		}
		files[len(files)-1][1] += line
	}
	var sources []*yamlstrict.Source
	for _, f := range files {
		source, issues := yamlstrict.Parse(f[0], "/etc/station", []byte(f[1]))
		if issues != nil {
			return issues.Error() + "\n"
		}
		sources = append(sources, source)
	}
	s := station{Mode: "preview", Timeout: 20 * time.Second}
	result := yamlstrict.Decode(sources, &s, testOptions)
	result.Locate(problem.Of(s.validate()))
	if err := result.Issues().Err(); err != nil {
		return err.Error() + "\n"
	}
	out, err := yamlstrict.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []secret.String{s.Key, s.Agents["hanako"].Password} {
		if !secret.IsZero() && secret.Reveal() != "hunter2" {
			out = append(out, fmt.Sprintf("# a secret of %d characters\n", len(secret.Reveal()))...)
		}
	}
	return string(out)
}

var testOptions = yamlstrict.Options{
	Defaults: []any{func() person { return person{Ring: 15 * time.Second} }},
	LookupEnv: func(name string) (string, bool) {
		value, ok := map[string]string{"KEY": "hunter2", "PORT": "5070", "HOST": "ast1", "NOPORT": "five", "EMPTY": ""}[name]
		return value, ok
	},
	ReadFile: func(name string) ([]byte, error) {
		switch name {
		case "/etc/station/key.txt", "/run/key":
			return []byte("hunter2\n"), nil
		case "/etc/station/empty":
			return []byte("\n"), nil
		case "/etc/station/disk":
			return make([]byte, 1<<20), nil
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	},
}
