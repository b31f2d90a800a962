package desk_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
)

const importPath = "/api/v1/imports?campaign=spring&file=list.csv"

func csvOf(headers ...string) []string {
	return append([]string{"Content-Type", "text/csv"}, headers...)
}

func TestAListIsTakenInOnceAndRepeatedByItsKey(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.MaxUpload = 1 << 20 })
	auth := bearer(h.signedIn("sumire"))
	file := strings.Repeat("id,phone,name\n", 60_000) // longer than max_body
	first := h.send("POST", importPath+"&delimiter=semicolon&dry_run=true", file, append(csvOf("Idempotency-Key", `"k1"`), auth...)...)
	if first.status != http.StatusAccepted || !strings.Contains(first.body, `"state":"running"`) || !strings.Contains(first.body, `"first":[]`) || !strings.Contains(first.body, `"reasons":{}`) {
		t.Fatalf("%d %s", first.status, first.body)
	}
	again := h.send("POST", importPath+"&delimiter=semicolon&dry_run=true", file, append(csvOf("Idempotency-Key", `"k1"`), auth...)...)
	if again.body != first.body || again.header.Get(api.HeaderIdempotencyReplayed) != "true" {
		t.Errorf("the repetition: %d %s, want %s", again.status, again.body, first.body)
	}
	other := h.send("POST", importPath+"&delimiter=semicolon&dry_run=true", file+"x", append(csvOf("Idempotency-Key", `"k1"`), auth...)...)
	if other.problem.Code != api.CodeIdempotencyConflict {
		t.Errorf("another file under the same key: %d %s", other.status, other.body)
	}
	did := 0
	for _, name := range h.engine.done() {
		if strings.HasPrefix(name, "import ") {
			did++
			if name != "import spring list.csv ; 840000 bytes" {
				t.Errorf("the engine was told to %q", name)
			}
		}
	}
	if did != 1 {
		t.Errorf("imported %d times, want once", did)
	}
	if list := h.send("GET", "/api/v1/imports", "", auth...); !strings.Contains(list.body, `"max_upload":1048576`) || !strings.Contains(list.body, `"id":"i1"`) {
		t.Errorf("the list: %s", list.body)
	}
}

func TestFilesThatAreNotTakenIn(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.MaxUpload = 64 << 10 })
	auth := bearer(h.signedIn("sumire"))
	for name, c := range map[string]struct {
		path    string
		headers []string
		body    string
		status  int
		code    api.Code
		says    string
	}{
		"too large":          {body: strings.Repeat("x", 64<<10+1), status: 413, code: api.CodeTooLarge, says: "65536 bytes (max_upload)"},
		"not said what":      {headers: []string{"Content-Type", ""}, body: "id\n", status: 415, code: api.CodeUnsupportedMedia, says: "text/csv"},
		"a form":             {headers: []string{"Content-Type", "multipart/form-data; boundary=x"}, body: "--x--", status: 415, code: api.CodeUnsupportedMedia},
		"no name":            {path: "/api/v1/imports?campaign=spring", body: "id\n", status: 400, code: api.CodeBadRequest, says: "query.file"},
		"a name with a line": {path: "/api/v1/imports?campaign=spring&file=a%0Ab", body: "id\n", status: 400, code: api.CodeBadRequest, says: "control"},
		"unknown separator":  {path: importPath + "&delimiter=x", body: "id\n", status: 400, code: api.CodeBadRequest, says: "semicolon"},
	} {
		t.Run(name, func(t *testing.T) {
			path, headers := importPath, csvOf()
			if c.path != "" {
				path = c.path
			}
			if c.headers != nil {
				headers = c.headers
			}
			r := h.send("POST", path, c.body, append(headers, auth...)...)
			if r.status != c.status || r.problem.Code != c.code || !strings.Contains(r.body, c.says) {
				t.Errorf("%d %s, want %d %s saying %q", r.status, r.body, c.status, c.code, c.says)
			}
		})
	}
	t.Run("too large, and not said how large", func(t *testing.T) {
		req, err := http.NewRequestWithContext(h.ctx(), "POST", h.url+importPath, io.MultiReader(bytes.NewReader(make([]byte, 64<<10)), strings.NewReader("x")))
		if err != nil {
			t.Fatal(err)
		}
		for i, all := 0, append(csvOf(), auth...); i < len(all); i += 2 {
			req.Header.Set(all[i], all[i+1])
		}
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != 413 {
			t.Errorf("status %d, want 413", resp.StatusCode)
		}
	})
	t.Run("unfit", func(t *testing.T) {
		h.engine.set(func(f *fakeEngine) {
			f.refuse = &dialer.Error{Code: dialer.CodeUnfitFile, Message: "list.csv: line 1: no column", File: &campaign.FileError{Code: campaign.FileMissingColumn, Line: 1, Message: "no column", Hint: "rename it"}}
		})
		r := h.send("POST", importPath, "x\n", append(csvOf(), auth...)...)
		if want := (api.FileProblem{Code: "missing_column", Line: 1, Message: "no column", Hint: "rename it"}); r.status != 422 || r.problem.File == nil || *r.problem.File != want {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}

func TestAFileThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	h := openHasty(t, 50*time.Millisecond)
	c := h.signedIn("sumire")
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = io.WriteString(w, "id,phone\n") }() // and then no more
	req, err := http.NewRequestWithContext(h.ctx(), "POST", h.url+importPath, r)
	if err != nil {
		t.Fatal(err)
	}
	for i, all := 0, append(csvOf(), bearer(c)...); i < len(all); i += 2 {
		req.Header.Set(all[i], all[i+1])
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status %d, want 408", resp.StatusCode)
	}
}

func TestRejectsAreDownloadedWholeOrNotAtAll(t *testing.T) {
	h := open(t)
	auth := bearer(h.signedIn("sumire"))
	h.send("POST", "/api/v1/imports?campaign=spring&file=%E5%90%8D%E7%B0%BF.csv.gz", "id\n", append(csvOf(), auth...)...)
	if r := h.send("GET", "/api/v1/imports/i1/rejects", "", auth...); r.status != 404 || r.problem.Code != api.Code(dialer.CodeNoRejects) {
		t.Errorf("no rejects: %d %s", r.status, r.body)
	}
	h.engine.set(func(f *fakeEngine) { f.rejects = "reject_line,reject_code\n2,no_number\n" })
	r := h.send("GET", "/api/v1/imports/i1/rejects", "", auth...)
	if r.status != 200 || r.body != "reject_line,reject_code\n2,no_number\n" || r.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%d %v %q", r.status, r.header, r.body)
	}
	if got := r.header.Get("Content-Disposition"); got != "attachment; filename*=utf-8''%E5%90%8D%E7%B0%BF.rejects.csv" {
		t.Errorf("the file is to be saved as %q", got)
	}
	h.engine.set(func(f *fakeEngine) { f.torn = errors.New("Redis is gone") })
	req, err := http.NewRequestWithContext(h.ctx(), "GET", h.url+"/api/v1/imports/i1/rejects", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(auth[0], auth[1])
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("rejects that break off look whole")
	}
	if r := h.send("POST", "/api/v1/imports/i1/cancel", "", auth...); !strings.Contains(r.body, `"cancelled_by":"sumire"`) {
		t.Errorf("cancel: %d %s", r.status, r.body)
	}
	if r := h.send("GET", "/api/v1/imports/unknown", "", auth...); r.status != 404 || r.problem.Code != api.Code(dialer.CodeUnknownImport) {
		t.Errorf("unknown: %d %s", r.status, r.body)
	}
}
