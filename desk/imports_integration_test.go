//go:build integration

package desk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"golang.org/x/text/encoding/japanese"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/imports"
	"github.com/hasshin/hasshin/internal/redisconn/redistest"
	"github.com/hasshin/hasshin/internal/secret"
)

// office is desk and engine on a real Redis, without an Asterisk: lists are imported all the same.
type office struct {
	t     *testing.T
	url   string
	rdb   *redis.Client
	store *campaign.RedisStore
	token string
}

func openOffice(t *testing.T) *office {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: redistest.Run(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	cfg := dialer.Defaults()
	node := dialer.NodeConfig{}.Defaults()
	node.Name, node.URL, node.Username, node.Password = "away", "http://127.0.0.1:1/ari", "u", secret.New("p")
	cfg.Asterisk = []dialer.NodeConfig{node}
	cfg.Trunks = map[string]dialer.TrunkConfig{"carrier": {Dial: "PJSIP/{number}@carrier"}}
	k := campaign.Defaults()
	k.Trunk, k.List.Region, k.List.Columns.ID, k.List.Columns.Name, k.List.OtherColumns = "carrier", "JP", "id", "name", campaign.OtherColumnsRefuse
	cfg.Campaigns = map[string]campaign.Config{"spring": k}
	cfg.Agents = staff()
	for id, a := range cfg.Agents {
		a.Campaigns = []string{"spring"}
		cfg.Agents[id] = a
	}
	store := campaign.NewRedisStore(rdb).For(cfg.Campaigns)
	var front *desk.Server
	engine, err := dialer.New(dialer.Options{
		Config: cfg, Store: store, Audit: audit.NewRedis(rdb), Notify: func(n dialer.Notice) { front.Notify(n) }, Logger: zerolog.Nop(),
		Imports: imports.New(imports.Options{Config: cfg.Imports, Redis: rdb, Store: store, Logger: zerolog.Nop()}),
	})
	noError(t, err)
	deskConfig := desk.Defaults()
	deskConfig.Listen, deskConfig.MaxUpload = "127.0.0.1:0", 8<<20
	front, err = desk.New(desk.Options{Config: deskConfig, Engine: engine, Redis: rdb, Agents: cfg.Agents, Privileges: agent.Bundles{}, Logger: zerolog.Nop()})
	noError(t, err)
	noError(t, front.Listen())
	for _, run := range []func(context.Context) error{engine.Run, front.Run} { // stopped in the reverse order
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx) }()
		t.Cleanup(func() {
			stop()
			noError(t, <-ended)
		})
	}
	o := &office{t: t, url: "http://" + front.Addr().String(), rdb: rdb, store: store}
	o.token = o.signIn("akira")
	return o
}

func (o *office) signIn(id string) string {
	c, err := client.New(client.Options{URL: o.url})
	noError(o.t, err)
	o.t.Cleanup(c.Close)
	_, err = c.SignIn(o.t.Context(), id, password)
	noError(o.t, err)
	return c.Token()
}

func (o *office) send(method, path string, body io.Reader, kind string) (int, []byte) {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, body)
	noError(o.t, err)
	req.Header.Set("Authorization", "Bearer "+o.token)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	noError(o.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	noError(o.t, err)
	return resp.StatusCode, text
}

// upload sends a file and gives the import that it began, or the problem.
func (o *office) upload(name, content string, query ...string) (imports.Import, *api.Problem) {
	o.t.Helper()
	q := url.Values{"file": {name}}
	for i := 0; i < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	if !q.Has("kind") {
		q.Set("campaign", "spring")
	}
	status, text := o.send("POST", "/api/v1/imports?"+q.Encode(), strings.NewReader(content), "text/csv")
	for status == http.StatusServiceUnavailable { // the engine does not run yet
		status, text = o.send("POST", "/api/v1/imports?"+q.Encode(), strings.NewReader(content), "text/csv")
	}
	if status != http.StatusAccepted {
		var p api.Problem
		noError(o.t, json.Unmarshal(text, &p))
		return imports.Import{}, &p
	}
	var im imports.Import
	noError(o.t, json.Unmarshal(text, &im))
	return im, nil
}

// ended waits for an import's end, and gives what was seen of it on the way.
func (o *office) ended(id string) (seen []imports.Import) {
	o.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, text := o.send("GET", "/api/v1/imports/"+id, nil, "")
		var im imports.Import
		noError(o.t, json.Unmarshal(text, &im))
		if seen = append(seen, im); status != 200 || im.State != imports.Running {
			return seen
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("import %s does not end: %+v", id, im)
		}
	}
}

func (o *office) last(id string) imports.Import {
	seen := o.ended(id)
	return seen[len(seen)-1]
}

func hundredThousand() string {
	var b strings.Builder
	b.WriteString("id,phone,name\n")
	for i := range 100_000 {
		number := fmt.Sprintf("+8190%08d", 10_000_000+i)
		if i%1000 == 7 {
			number = "none"
		}
		fmt.Fprintf(&b, "C%d,%s,佐藤 花子\n", i, number)
	}
	return b.String()
}

func TestAListOfAHundredThousandIsImportedThroughTheAPI(t *testing.T) {
	o := openOffice(t)
	file := hundredThousand()
	began := time.Now()
	dry, problem := o.upload("list.csv", file, "dry_run", "true")
	if problem != nil {
		t.Fatal(problem)
	}
	would := o.last(dry.ID)
	if would.State != imports.Finished || would.Rows != 100_000 || would.Taken != 99_900 || would.Rejected != 100 || len(would.First) != 20 || would.First[0].Line != 9 {
		t.Errorf("the dry run: %+v", would)
	}
	if counts, err := o.store.Counts(t.Context(), "spring"); err != nil || counts.Ready != 0 {
		t.Errorf("the dry run added %d records, %v", counts.Ready, err)
	}
	t.Logf("dry run: %s", time.Since(began))

	began = time.Now()
	im, problem := o.upload("list.csv", file)
	if problem != nil {
		t.Fatal(problem)
	}
	seen := o.ended(im.ID)
	t.Logf("import: %s, %d looks", time.Since(began), len(seen))
	was := seen[len(seen)-1]
	if was.State != imports.Finished || was.Rows != 100_000 || was.Taken != 99_900 || was.Rejected != 100 || was.Reasons["invalid_number"] != 100 || was.Bytes != was.TotalBytes {
		t.Errorf("the import: %+v", was)
	}
	told := 0
	for i, at := range seen[1:] {
		if at.Rows < seen[i].Rows {
			t.Errorf("rows went from %d to %d", seen[i].Rows, at.Rows)
		}
		if at.State == imports.Running && at.Rows > seen[i].Rows {
			told++
			if at.Rate <= 0 || at.Ends.IsZero() || at.Bytes == 0 {
				t.Errorf("on its way: %+v", at)
			}
		}
	}
	if told < 3 {
		t.Errorf("progress was seen %d times", told)
	}
	if counts, err := o.store.Counts(t.Context(), "spring"); err != nil || counts.Ready != 99_900 {
		t.Errorf("the list has %d records, %v", counts.Ready, err)
	}
	status, rejects := o.send("GET", "/api/v1/imports/"+im.ID+"/rejects", nil, "")
	lines := strings.Split(strings.TrimSpace(string(rejects)), "\n")
	if status != 200 || len(lines) != 101 || lines[0] != "\ufeffreject_line,reject_code,reject_reason,id,phone,name" || !strings.HasPrefix(lines[1], `9,invalid_number,"column phone: `) ||
		!strings.HasSuffix(lines[1], ",C7,none,佐藤 花子") {
		t.Errorf("rejects: %d, %d lines, first %.300q", status, len(lines), lines[:2])
	}
	o.audited(im.ID, "finished: 100000 rows read, 99900 taken, 0 known, 100 rejected")

	// Mended, the rejects are a list in their turn.
	mended, problem := o.upload("mended.csv", strings.ReplaceAll(strings.Join(lines[:2], "\n"), ",none,", ",090-9999-0001,"))
	if problem != nil {
		t.Fatal(problem)
	}
	if m := o.last(mended.ID); m.Taken != 1 {
		t.Errorf("the mended row: %+v", m)
	}
	status, list := o.send("GET", "/api/v1/imports?limit=2", nil, "")
	var page api.Imports
	noError(t, json.Unmarshal(list, &page))
	if status != 200 || len(page.Imports) != 2 || page.Imports[0].ID != mended.ID || page.Imports[1].ID != im.ID || page.MaxUpload != 8<<20 {
		t.Errorf("the list: %s", list)
	}
	status, list = o.send("GET", "/api/v1/imports?before="+url.QueryEscape(page.Imports[1].Started.Format(time.RFC3339Nano)), nil, "")
	noError(t, json.Unmarshal(list, &page))
	if status != 200 || len(page.Imports) != 1 || page.Imports[0].ID != dry.ID || !page.Imports[0].DryRun {
		t.Errorf("the next page: %s", list)
	}
}

// audited checks what the audit log has of an import.
func (o *office) audited(id, how string) {
	o.t.Helper()
	_, text := o.send("GET", "/api/v1/audit?kind=import", nil, "")
	var log struct{ Entries []audit.Entry }
	noError(o.t, json.Unmarshal(text, &log))
	for _, e := range log.Entries {
		if e.ID == id && e.By == "akira" && e.File == "list.csv" && e.Campaign == "spring" && !e.From.IsZero() && e.Why == how {
			return
		}
	}
	o.t.Errorf("the audit log has no import %s that ended %q: %s", id, how, text)
}

func TestListsThatCannotBeImportedAreToldWhy(t *testing.T) {
	o := openOffice(t)
	sjis, err := japanese.ShiftJIS.NewEncoder().String("id,phone,name\na,090-1234-0001,日本\n")
	noError(t, err)
	var damaged bytes.Buffer
	zip := gzip.NewWriter(&damaged)
	_, err = zip.Write([]byte("id,phone,name\na,090-1234-0001,x\n"))
	noError(t, err)
	noError(t, zip.Close())
	for name, c := range map[string]struct {
		content string
		status  int
		code    string
		line    int
	}{
		"not UTF-8":       {content: sjis, status: 422, code: "wrong_encoding", line: 2},
		"wrong header":    {content: "number,tel\n1,090-1234-0001\n", status: 422, code: "missing_column", line: 1},
		"unknown column":  {content: "id,phone,name,x\n", status: 422, code: "unknown_column", line: 1},
		"binary":          {content: "PK\x03\x04\x00\x00", status: 422, code: "binary"},
		"NUL bytes":       {content: "id,phone,name\na,090-1234-0001,\x00\n", status: 422, code: "binary", line: 2},
		"empty":           {content: "", status: 422, code: "empty"},
		"damaged gzip":    {content: damaged.String()[:damaged.Len()-9], status: 422, code: "binary"},
		"header too long": {content: "id,phone,name" + strings.Repeat("x", 2<<20) + "\n", status: 422, code: "bad_header", line: 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, p := o.upload("list.csv", c.content)
			if p == nil || p.Status != c.status || p.Code != api.Code(dialer.CodeUnfitFile) || p.File == nil || p.File.Code != c.code || p.File.Line != c.line || p.File.Message == "" {
				t.Errorf("problem = %+v, file = %+v", p, p.File)
			}
		})
	}
	if _, p := o.upload("list.csv", strings.Repeat("x", 8<<20+1)); p == nil || p.Code != api.CodeTooLarge || p.Status != 413 {
		t.Errorf("too large: %+v", p)
	}
	if _, p := o.upload("list.csv", "id\n", "campaign", "autumn", "kind", "contacts"); p == nil || p.Code != api.Code(dialer.CodeUnknownCampaign) {
		t.Errorf("unknown campaign: %+v", p)
	}
	keys, err := o.rdb.Keys(t.Context(), "hs:imports:*").Result()
	noError(t, err)
	if len(keys) > 0 {
		t.Errorf("files that were refused left %v", keys)
	}
	long, problem := o.upload("list.csv", "id,phone,name\na,090-1234-0001,"+strings.Repeat("x", 2<<20)+"\nb,090-1234-0002,y\n")
	if problem != nil {
		t.Fatal(problem)
	}
	if im := o.last(long.ID); im.Taken != 1 || im.Reasons["row_too_long"] != 1 || len(im.First) != 1 || len(im.First[0].Columns[0]) > 1000 {
		t.Errorf("a row that is too long: %+v", im)
	}
	semi, problem := o.upload("list.csv", strings.ReplaceAll(sjis, ",", ";"), "encoding", "shift_jis", "delimiter", "semicolon")
	if problem != nil {
		t.Fatal(problem)
	}
	if im := o.last(semi.ID); im.Taken != 1 {
		t.Errorf("a list in another encoding: %+v", im)
	}
}

func TestDoNotCallEntriesAreImportedThroughTheAPI(t *testing.T) {
	o := openOffice(t)
	const file = "number,until,why\n090-1234-0001\nid:C-7,2099-12-31,moved\nnone\n"
	im, problem := o.upload("dnc.csv", file, "kind", "do-not-call", "region", "JP", "why", "opt-outs")
	if problem != nil {
		t.Fatal(problem)
	}
	if was := o.last(im.ID); was.State != imports.Finished || was.Taken != 2 || was.Rejected != 1 || was.Kind != imports.DoNotCall || was.Campaign != "" {
		t.Errorf("the import: %+v", was)
	}
	on, err := o.store.DoNotCall().Look(t.Context(), "", "C-7", []string{"+819012340001"})
	noError(t, err)
	if b := on.Numbers["+819012340001"]; b.By != "akira" || b.Why != "opt-outs" || on.Customer == nil || on.Customer.Why != "moved" {
		t.Errorf("on the list: %+v", on)
	}
	if status, rejects := o.send("GET", "/api/v1/imports/"+im.ID+"/rejects", nil, ""); status != 200 || !strings.Contains(string(rejects), "\n4,invalid_number,") {
		t.Errorf("rejects: %d %s", status, rejects)
	}
}
