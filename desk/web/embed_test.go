package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/web"
	"github.com/hasshin/hasshin/dialer/callback"
)

// The page is built with Node and committed, so that building hasshin needs none. This finds out without Node whether somebody changed the
// sources and did not build, or changed what was built.
func TestTheBuiltPageIsThatOfTheSources(t *testing.T) {
	text, err := os.ReadFile("dist.sha256")
	if err != nil {
		t.Fatal(err)
	}
	noted := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("dist.sha256: %q is no line of sha256sum", line)
		}
		noted[file] = sum
	}
	present := map[string]bool{}
	for _, file := range []string{"index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"} {
		present[file] = true
	}
	for _, folder := range []string{"src", "public", "scripts", "dist"} {
		err := fs.WalkDir(os.DirFS("."), folder, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !strings.HasSuffix(file, ".test.ts") {
				present[file] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for file := range present {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if noted[file] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s is not as it was when the page was built; run `make web` and commit what it makes", file)
		}
	}
	for file := range noted {
		if !present[file] {
			t.Errorf("%s is gone since the page was built; run `make web` and commit what it makes", file)
		}
	}
}

// How much a browser with an empty cache may have to fetch, in bytes as they travel (gzip).
const (
	mostFirstLoad = 130_000 // until the agents' page is there
	mostInAll     = 180_000 // with all that supervisors see beside it
)

var named = regexp.MustCompile(`"/(assets/[^"]+)"`)

// The first load is index.html and what it names: a script that these import is named, too, to be fetched early.
func TestTheFirstLoadIsSmall(t *testing.T) {
	page, err := fs.ReadFile(web.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]bool{"index.html": true, "favicon.svg": true}
	for _, name := range named.FindAllSubmatch(page, -1) {
		first[string(name[1])] = true
	}
	if len(first) < 4 {
		t.Fatalf("index.html names %v; expected a script and a style sheet among them", first)
	}
	statically := regexp.MustCompile(`(?:^|[;}\n])import\s*(?:[^"'();]*from\s*)?["']\./([^"']+)["']`)
	total, all := 0, 0
	err = fs.WalkDir(web.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(web.Files(), name)
		if err != nil {
			return err
		}
		size := packed(t, content)
		all += size
		if !first[name] {
			t.Logf("%6d bytes, later: %s", size, name)
			return nil
		}
		t.Logf("%6d bytes, first: %s", size, name)
		total += size
		for _, needs := range statically.FindAllSubmatch(content, -1) {
			if path.Ext(name) == ".js" && !first["assets/"+string(needs[1])] {
				t.Errorf("%s needs %s, which index.html does not name", name, needs[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%6d bytes at first, %d in all", total, all)
	if total > mostFirstLoad {
		t.Errorf("the first load is %d bytes, compressed; expected at most %d", total, mostFirstLoad)
	}
	if all > mostInAll {
		t.Errorf("all files of the page are %d bytes, compressed; expected at most %d", all, mostInAll)
	}
}

func packed(t *testing.T, content []byte) int {
	t.Helper()
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zip.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

var (
	inline  = regexp.MustCompile(`<script(?:\s+(?:type|crossorigin)(?:="[^"]*")?)*\s*>|<style|\son[a-z]+=|\sstyle=`)
	address = regexp.MustCompile(`(?:src|href)="([^"]+)"`)
)

func TestThePageHasNothingInlineAndNothingFromElsewhere(t *testing.T) {
	page, err := fs.ReadFile(web.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	if found := inline.Find(page); found != nil {
		t.Errorf("index.html has %s, which its policy forbids", found)
	}
	addresses := address.FindAllSubmatch(page, -1)
	if len(addresses) < 3 {
		t.Fatalf("index.html names %d files; expected script, style and icon", len(addresses))
	}
	for _, a := range addresses {
		name := string(a[1])
		if !path.IsAbs(name) {
			t.Errorf("index.html names %q; expected a file of this server", name)
			continue
		}
		if _, err := fs.Stat(web.Files(), strings.TrimPrefix(name, "/")); err != nil {
			t.Error(err)
		}
	}
}

// Why a callback cannot be promised is said in the agent's language, whatever it is.
func TestThePageHasAWordForEachProblemOfACallback(t *testing.T) {
	for _, catalogue := range []string{"src/i18n/ja.ts", "src/i18n/en.ts"} {
		text, err := os.ReadFile(catalogue)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range callback.Codes() {
			if !regexp.MustCompile(`(?m)^ {6}` + string(code) + `: '.+',$`).Match(text) {
				t.Errorf("%s has no text for %s", catalogue, code)
			}
		}
	}
}
