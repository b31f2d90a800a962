package client

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/imports"
)

// ImportOrder says what a file is, and what is to become of it. What its columns mean says the campaign's configuration.
type ImportOrder struct {
	// Kind is what the file brings. Default: [imports.Contacts].
	Kind imports.Kind

	// Campaign is its id; "" with [imports.DoNotCall] means the list of all campaigns.
	Campaign string

	// File is the name of the file, for people. One that ends in .gz is taken for gzip.
	File string

	// DryRun changes nothing, and tells what would become of each row.
	DryRun bool

	// Encoding and Delimiter (comma, semicolon, tab, pipe) of contacts, where they are others than those of the campaign's list.
	Encoding  campaign.Encoding
	Delimiter string

	// Region of do-not-call entries is the country (ISO 3166 alpha-2) whose national numbers are meant; Until and Why are for rows that do not say it.
	Region, Until, Why string
}

func (o ImportOrder) query() string {
	q := url.Values{}
	for name, value := range map[string]string{
		"kind": string(o.Kind), "campaign": o.Campaign, "file": o.File, "encoding": string(o.Encoding), "delimiter": o.Delimiter,
		"region": o.Region, "until": o.Until, "why": o.Why,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if o.DryRun {
		q.Set("dry_run", "true")
	}
	return q.Encode()
}

// StartImport sends a CSV file, plain or gzip, and returns when the server has looked at the whole of it and begun to import it: see [Client.Import] for
// how far it is. The file is read from its beginning, again for each attempt when the connection breaks; it is imported once. A file that cannot be
// imported is refused with the code unfit_file, and the problem's File says where it is wrong. This and the other methods on imports need the privilege
// lists.import.
func (c *Client) StartImport(ctx context.Context, o ImportOrder, content io.ReadSeeker) (im imports.Import, err error) {
	kind := "text/csv"
	if strings.HasSuffix(strings.ToLower(o.File), ".gz") {
		kind = "application/gzip"
	}
	sent := &sending{from: content}
	defer func() { sent.stop() }()
	return im, c.do(ctx, call{
		method: http.MethodPost, path: "/api/v1/imports?" + o.query(), out: &im, kind: kind,
		body: func() (io.Reader, error) {
			sent.stop()
			if _, err := content.Seek(0, io.SeekStart); err != nil {
				return nil, fmt.Errorf("begin the file: %w", err)
			}
			sent = &sending{from: content}
			return sent, nil
		},
	})
}

// sending is a file on its way. A connection may go on reading when its answer is there already, which must not disturb the next attempt, or whoever
// closes the file.
type sending struct {
	mu      sync.Mutex
	from    io.Reader
	stopped bool
}

func (s *sending) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return 0, fs.ErrClosed
	}
	return s.from.Read(b)
}

func (s *sending) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
}

// Imports lists imports that are running and past ones, the newest first, of all processes. For the next page, before is when the last one of this page
// started; the zero time means the first page. 0 is the server's usual length.
func (c *Client) Imports(ctx context.Context, before time.Time, limit int) (v api.Imports, err error) {
	q := url.Values{}
	if !before.IsZero() {
		q.Set("before", before.Format(time.RFC3339Nano))
	}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return v, c.get(ctx, "/api/v1/imports?"+q.Encode(), &v)
}

// Import shows how far an import is, with the first rows that it did not take.
func (c *Client) Import(ctx context.Context, id string) (im imports.Import, err error) {
	return im, c.get(ctx, importPath(id), &im)
}

// CancelImport ends an import where it is. What was imported stays; the same file sent again goes on from there.
func (c *Client) CancelImport(ctx context.Context, id string) (im imports.Import, err error) {
	return im, c.post(ctx, importPath(id)+"/cancel", nil, &im)
}

// ImportRejects writes the rows that an import did not take to w: CSV, with the line, code and reason before each row; those so far while it runs. An error
// may come after some of it was written.
func (c *Client) ImportRejects(ctx context.Context, id string, w io.Writer) error {
	return c.do(ctx, call{method: http.MethodGet, path: importPath(id) + "/rejects", once: true, file: w})
}

func importPath(id string) string { return "/api/v1/imports/" + url.PathEscape(id) }
