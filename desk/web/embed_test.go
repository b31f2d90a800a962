package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
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

// mostFirstLoad is how much a browser with an empty cache may have to fetch until somebody can work, in bytes as they travel (gzip).
const mostFirstLoad = 130_000

// mostInAll is all that there is, both languages and all of the supervisors' places.
const mostInAll = 180_000

// What the page fetches, by the names of the files behind index.html. Each language has its own texts, of which the larger ones count.
var loads = []struct {
	what  string
	files []string
	most  int
}{
	{"the agents' page, the phone in it", []string{"ja", "desk", "jssip"}, mostFirstLoad},
	{"the wallboard of a supervisor whose phone is not in the page", []string{"ja", "board", "board-ja", "chart"}, mostFirstLoad},
	{"the wallboard with its charts in sight, the phone in it", []string{"ja", "board", "board-ja", "chart", "jssip"}, mostFirstLoad},
}

var (
	named      = regexp.MustCompile(`"/assets/([^"]+)"`)
	statically = regexp.MustCompile(`(?:^|[;}\n])import\s*(?:[^"'();]*from\s*)?["']\./([^"']+)["']`)
	builtAs    = regexp.MustCompile(`^(.+)-[\w-]{8}\.(?:js|css)$`)
)

func TestTheFirstLoadIsSmall(t *testing.T) {
	page, err := fs.ReadFile(web.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	content, byName, all := map[string][]byte{}, map[string][]string{}, packed(t, page)
	built, err := fs.ReadDir(web.Files(), "assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range built {
		if content[file.Name()], err = fs.ReadFile(web.Files(), "assets/"+file.Name()); err != nil {
			t.Fatal(err)
		}
		all += packed(t, content[file.Name()])
		name := builtAs.FindStringSubmatch(file.Name())
		if name == nil {
			t.Fatalf("%s is named otherwise than name-hash.js and name-hash.css", file.Name())
		}
		byName[name[1]] = append(byName[name[1]], file.Name())
	}
	first := map[string]bool{}
	for _, name := range named.FindAllSubmatch(page, -1) {
		first[string(name[1])] = true
	}
	if len(first) < 2 {
		t.Fatalf("index.html names %v; expected a script and a style sheet among them", first)
	}
	for name := range first {
		for _, needs := range statically.FindAllSubmatch(content[name], -1) {
			if !first[string(needs[1])] {
				t.Errorf("%s needs %s, which index.html does not name", name, needs[1])
			}
		}
	}
	for _, load := range loads {
		fetched := maps.Clone(first)
		for _, name := range load.files {
			if len(byName[name]) == 0 {
				t.Fatalf("no file is named %s; there are %v", name, slices.Sorted(maps.Keys(byName)))
			}
			for _, file := range byName[name] {
				fetchWith(fetched, content, file)
			}
		}
		total := packed(t, page)
		for name := range fetched {
			total += packed(t, content[name])
		}
		t.Logf("%6d bytes: %s", total, load.what)
		if total > load.most {
			t.Errorf("the first load of %s is %d bytes, compressed; expected at most %d: %v", load.what, total, load.most, slices.Sorted(maps.Keys(fetched)))
		}
	}
	t.Logf("%6d bytes in all", all)
	if all > mostInAll {
		t.Errorf("all files of the page are %d bytes, compressed; expected at most %d", all, mostInAll)
	}
}

// fetchWith adds a file, and those without which it does not run.
func fetchWith(fetched map[string]bool, content map[string][]byte, file string) {
	if fetched[file] {
		return
	}
	fetched[file] = true
	for _, needs := range statically.FindAllSubmatch(content[file], -1) {
		fetchWith(fetched, content, string(needs[1]))
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
