package asterisk_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/deploy/asterisk"
)

// What the Dockerfile copies must be in the embedded build context too, or images built by tests lack it.
func TestTheWholeBuildContextIsEmbedded(t *testing.T) {
	notPartOfIt := func(name string) bool { return path.Ext(name) == ".go" || name == ".dockerignore" }
	want := files(t, os.DirFS("."))
	want = slices.DeleteFunc(want, notPartOfIt)
	if got := files(t, asterisk.Files); !slices.Equal(got, want) {
		t.Errorf("embedded: %v\nin the directory: %v", got, want)
	}
}

// The entrypoint replaces only the variables that it lists; any other would reach Asterisk as it is written.
func TestEachVariableInTheConfigurationIsRendered(t *testing.T) {
	script, err := fs.ReadFile(asterisk.Files, "entrypoint.sh")
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(script), "names='")
	if !ok {
		t.Fatal("entrypoint.sh has no list of names")
	}
	list, _, _ = strings.Cut(list, "'")
	rendered := strings.Fields(list)
	for _, name := range files(t, asterisk.Files) {
		// The dialplan has variables of its own.
		if path.Ext(name) != ".conf" || strings.Contains(name, "extensions.d/") {
			continue
		}
		text, err := fs.ReadFile(asterisk.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for rest := string(text); ; {
			_, after, found := strings.Cut(rest, "${")
			if !found {
				break
			}
			variable, tail, _ := strings.Cut(after, "}")
			if !slices.Contains(rendered, "${"+variable+"}") {
				t.Errorf("%s: ${%s} is not in the entrypoint's list", name, variable)
			}
			rest = tail
		}
	}
}

func files(t *testing.T, tree fs.FS) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
