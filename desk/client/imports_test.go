package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer/imports"
)

func TestAFileWhoseConnectionBreaksIsSentAgainFromItsBeginning(t *testing.T) {
	file := "id,phone,name\n" + strings.Repeat("C-16,+81312345678,Sato\n", 100_000)
	var keys []string
	c, ctx := to(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get(api.HeaderIdempotencyKey))
		if len(keys) == 1 {
			if _, err := io.CopyN(io.Discard, r.Body, 1000); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		}
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != file || r.Header.Get("Content-Type") != "text/csv" {
			t.Errorf("%d bytes of %d came as %s, %v", len(got), len(file), r.Header.Get("Content-Type"), err)
		}
		if q := r.URL.Query(); q.Get("campaign") != "spring" || q.Get("dry_run") != "true" || q.Has("region") {
			t.Errorf("query %v", q)
		}
		_, _ = w.Write([]byte(`{"id": "i-1", "state": "running"}`))
	})
	content := strings.NewReader(file)
	if _, err := content.Seek(500, io.SeekStart); err != nil { // somebody has looked at it
		t.Fatal(err)
	}
	im, err := c.StartImport(ctx, client.ImportOrder{Campaign: "spring", File: "list.csv", DryRun: true}, content)
	if err != nil || im.ID != "i-1" || im.State != imports.Running {
		t.Fatalf("%+v, %v", im, err)
	}
	if len(keys) != 2 || keys[0] != keys[1] || keys[0] == "" {
		t.Errorf("keys %q", keys)
	}
}

func TestRejectsThatBreakOffAreAnError(t *testing.T) {
	c, ctx := to(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("reject_line"))
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	var got strings.Builder
	if err := c.ImportRejects(ctx, "i-1", &got); !errors.Is(err, io.ErrUnexpectedEOF) || got.String() != "reject_line" {
		t.Errorf("%q, %v", got.String(), err)
	}
}
