package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/config/yamlstrict"
)

var update = flag.Bool("update", false, "write what comes out into the golden files")

const divider = "----------\n"

// TestGolden reads the files in testdata: a configuration (several files each after
// a line `==> name`), a divider, and either what is in effect or everything that is wrong.
func TestGolden(t *testing.T) {
	setVariables(t)
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
			dir := t.TempDir()
			place := lay(t, dir, input)
			got := strings.ReplaceAll(loadAndPrint(t, place, input), dir+string(filepath.Separator), "")
			for _, secret := range []string{ariPassword, passwordHash, "hunter2"} {
				if strings.Contains(got, secret) {
					t.Errorf("a secret is printed:\n%s", got)
				}
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

const (
	ariPassword  = "correct horse battery"
	passwordHash = "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$6tT2ZfMd4HfYqV9yX1m3bVQk0gZ8d2bqv3Cq1o1zXqE"
)

func setVariables(t *testing.T) {
	t.Setenv("ARI_PASSWORD", ariPassword)
	t.Setenv("HASH", passwordHash)
}

// lay writes the files of a golden input and returns what to load.
func lay(t *testing.T, dir, input string) string {
	t.Helper()
	if !strings.HasPrefix(input, "==> ") {
		input = "==> hasshin.yaml\n" + input
	}
	files := strings.Split(input, "==> ")[1:]
	for _, file := range files {
		name, text, _ := strings.Cut(file, "\n")
		write(t, filepath.Join(dir, name), text)
	}
	if len(files) == 1 {
		return filepath.Join(dir, "hasshin.yaml")
	}
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// loadAndPrint gives the errors, or what is in effect of the sections that the
// input has: the defaults of all others are in docs/config.md.
func loadAndPrint(t *testing.T, place, input string) string {
	t.Helper()
	cfg, err := config.Load(place)
	if err != nil {
		var issues yamlstrict.Issues
		if !errors.As(err, &issues) {
			t.Errorf("the error is a %T, want yamlstrict.Issues: %v", err, err)
		}
		return err.Error() + "\n"
	}
	text, err := yamlstrict.Encode(*cfg)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	shown := false
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, " ") {
			key, _, _ := strings.Cut(line, ":")
			shown = strings.Contains("\n"+input, "\n"+key+":")
		}
		if shown {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestExampleOfTheReference(t *testing.T) {
	t.Setenv("ARI_PASSWORD", ariPassword)
	t.Setenv("HANAKO_PASSWORD_HASH", passwordHash)
	cfg, err := config.Load("reference/example.yaml")
	if err != nil {
		t.Fatalf("the example is wrong:\n%v", err)
	}
	if got := cfg.Dialer.Asterisk[0].Password.Reveal(); got != ariPassword {
		t.Errorf("the password from the environment is %q", got)
	}
	if !cfg.Redis.Embedded {
		t.Error("redis is not embedded")
	}
}

const smallest = `
redis: embedded
asterisk: [{name: ast1, url: "http://127.0.0.1:8088/ari", username: u, password: p}]
`

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "hasshin.yaml"), smallest)
	write(t, filepath.Join(dir, "trunks", "carrier.yml"), "trunks: {carrier: {dial: \"PJSIP/{number}@carrier\"}}\n")
	write(t, filepath.Join(dir, "notes.txt"), "\t[not YAML")
	write(t, filepath.Join(dir, "campaigns.yaml~"), "\t[an editor's backup")
	write(t, filepath.Join(dir, ".hidden.yaml"), "\t[hidden")
	// As Kubernetes mounts a ConfigMap: the file is a link into a hidden folder.
	write(t, filepath.Join(dir, "..data", "campaigns.yaml"), "campaigns: {demo: {trunk: carrier, list: {region: JP}}}\n")
	if err := os.Symlink(filepath.Join("..data", "campaigns.yaml"), filepath.Join(dir, "campaigns.yaml")); err != nil {
		t.Fatal(err)
	}

	cfg, err := config.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Dialer.Campaigns["demo"].Trunk != "carrier" || cfg.Dialer.Trunks["carrier"].Dial != "PJSIP/{number}@carrier" {
		t.Errorf("campaigns %+v, trunks %+v", cfg.Dialer.Campaigns, cfg.Dialer.Trunks)
	}
}

func TestNothingToRead(t *testing.T) {
	dir := t.TempDir()
	unreadable := filepath.Join(dir, "folder.yaml")
	if err := os.MkdirAll(filepath.Join(unreadable, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]string{
		filepath.Join(dir, "nowhere.yaml"): "there is no file or folder",
		dir:                                "has no file whose name ends in .yaml",
		unreadable:                         "has no file whose name ends in .yaml",
	} {
		if _, err := config.Load(place); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), place) {
			t.Errorf("load %s: %v, want %q and the place", place, err, want)
		}
	}
}

func TestLoadingAgainGivesTheSame(t *testing.T) {
	place := filepath.Join(t.TempDir(), "hasshin.yaml")
	write(t, place, smallest)
	first, err := config.Load(place)
	if err != nil {
		t.Fatal(err)
	}
	first.Dialer.NotReadyReasons[0] = "changed by its owner"
	second, err := config.Load(place)
	if err != nil {
		t.Fatal(err)
	}
	if second.Dialer.NotReadyReasons[0] != "break" {
		t.Errorf("loading shares memory: %v", second.Dialer.NotReadyReasons)
	}
}

// FuzzLoad: whatever stands in the file, there is a configuration or an error.
func FuzzLoad(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		input, _, _ := strings.Cut(string(text), divider)
		f.Add([]byte(input))
	}
	place := filepath.Join(f.TempDir(), "hasshin.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(place, text, 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(place)
		if (cfg == nil) == (err == nil) {
			t.Fatalf("config %v with error %v", cfg, err)
		}
		if err != nil && err.Error() == "" {
			t.Error("an error that says nothing")
		}
	})
}
