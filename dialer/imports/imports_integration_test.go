//go:build integration

package imports_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/imports"
	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

// childVariable makes this test binary a process that imports and can be killed. It holds the address of Redis.
const childVariable = "HASSHIN_TEST_IMPORTS_ON"

func TestMain(m *testing.M) {
	if addr := os.Getenv(childVariable); addr != "" {
		if err := child(addr, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child imports a file under the id "killed" until it is killed.
func child(addr, path string) error {
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	r := runner(rdb)
	over := make(chan imports.Import)
	go r.Run(context.Background(), func(_ context.Context, im imports.Import) { over <- im })
	for {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = r.Start(context.Background(), order("killed", f), began)
		if errors.Is(err, imports.ErrStopping) {
			continue // it does not run yet
		}
		if err != nil {
			return err
		}
		fmt.Println((<-over).State)
		return nil
	}
}

func runner(rdb redis.UniversalClient) *imports.Runner {
	return imports.New(imports.Options{Config: imports.Defaults(), Redis: rdb, Store: campaign.NewRedisStore(rdb), Logger: zerolog.Nop()})
}

func order(id string, f *os.File) imports.Order {
	list := campaign.Defaults().List
	list.Region, list.Columns.ID, list.Columns.Name = "JP", "id", "name"
	return imports.Order{ID: id, Kind: imports.Contacts, Campaign: "spring", Name: "list.csv", Content: f, By: "sumire", List: list}
}

func began(context.Context, imports.Import) error { return nil }

// stage is a running runner on a real Redis.
type stage struct {
	t    *testing.T
	addr string
	rdb  *redis.Client
	*imports.Runner

	mu    sync.Mutex
	ended []imports.Import
}

func open(t *testing.T, addr string) (s *stage, stop func()) {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	s = &stage{t: t, addr: addr, rdb: rdb, Runner: runner(rdb)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx, func(_ context.Context, im imports.Import) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ended = append(s.ended, im)
		})
	}()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			<-done
			_ = rdb.Close()
		})
	}
	t.Cleanup(stop)
	return s, stop
}

// over lists the imports whose end was told.
func (s *stage) over() []imports.Import {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]imports.Import(nil), s.ended...)
}

// until asks again until an import is as wanted.
func (s *stage) until(id, what string, is func(imports.Import) bool) imports.Import {
	s.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		im, err := s.Get(s.t.Context(), id)
		if err != nil && !errors.Is(err, imports.ErrUnknown) {
			s.t.Fatal(err)
		}
		if err == nil && is(im) {
			return im
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("import %s is %+v, want it %s", id, im, what)
		}
	}
}

func (s *stage) start(id, path string) imports.Import {
	s.t.Helper()
	f, err := os.Open(path)
	must(s.t, err)
	im, err := s.Start(s.t.Context(), order(id, f), began)
	for errors.Is(err, imports.ErrStopping) { // it does not run yet
		f, err = os.Open(path)
		must(s.t, err)
		im, err = s.Start(s.t.Context(), order(id, f), began)
	}
	must(s.t, err)
	return im
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// list writes a file with rows rows: every hundredth has no number that can be dialed, every thousandth is a row that was before.
func list(t testing.TB, rows int) (path string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,phone,name\n")
	for i := range rows {
		switch {
		case i%1000 == 999:
			fmt.Fprintf(&b, "C%d,+8190%08d,佐藤\n", i-1, 20_000_000+i)
		case i%100 == 50:
			fmt.Fprintf(&b, "C%d,none,佐藤\n", i)
		default:
			fmt.Fprintf(&b, "C%d,+8190%08d,佐藤\n", i, 10_000_000+i)
		}
	}
	path = t.TempDir() + "/list.csv"
	must(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// whole checks that each good row of list(rows) is a record once, and each other row a reject once.
func (s *stage) whole(im imports.Import, rows int) {
	s.t.Helper()
	known, rejected := int64(rows/1000), int64(rows/100)
	if im.State != imports.Finished || im.Rows != int64(rows) || im.Taken != int64(rows)-known-rejected || im.Known != known || im.Rejected != rejected {
		im.First = nil
		s.t.Errorf("the import ended as %+v", im)
	}
	counts, err := campaign.NewRedisStore(s.rdb).Counts(s.t.Context(), "spring")
	must(s.t, err)
	if counts.Ready != im.Taken {
		s.t.Errorf("the list has %d records, want %d", counts.Ready, im.Taken)
	}
	var out bytes.Buffer
	must(s.t, s.WriteRejects(s.t.Context(), im.ID, &out))
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\xef\xbb\xbf")))
	r.FieldsPerRecord = -1
	lines, err := r.ReadAll()
	must(s.t, err)
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		seen[line[0]] = true
	}
	if int64(len(lines)-1) != known+rejected || int64(len(seen)) != known+rejected {
		s.t.Errorf("there are %d rejects of %d lines, want %d", len(lines)-1, len(seen), known+rejected)
	}
}

func TestAnImportWhoseProcessIsKilledIsInterruptedAndGoesOnOnce(t *testing.T) {
	const rows = 30_000
	addr := redistest.Run(t)
	path := list(t, rows)
	cmd := exec.CommandContext(t.Context(), os.Args[0], path)
	cmd.Env = append(os.Environ(), childVariable+"="+addr)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())

	other, stopOther := open(t, addr)
	other.until("killed", "on its way", func(im imports.Import) bool { return im.Rows > 0 })
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it says that it was killed
	stopOther()

	// As if the time had passed for which a process may give no sign of life.
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	must(t, rdb.Del(t.Context(), "hs:imports:killed:alive").Err())
	must(t, rdb.Close())

	s, _ := open(t, addr)
	im := s.until("killed", "interrupted and written down", func(im imports.Import) bool { return im.State == imports.Interrupted && !im.Ended.IsZero() })
	if im.Rows == 0 || im.Rows >= rows || im.Taken == 0 {
		t.Fatalf("the killed import was at %+v", im)
	}
	if over := s.over(); len(over) != 1 || over[0].ID != "killed" || over[0].State != imports.Interrupted {
		t.Errorf("what was told of ends: %+v", over)
	}
	s.start("again", path)
	im = s.until("again", "over", func(im imports.Import) bool { return im.State != imports.Running })
	if im.ResumedAt == 0 {
		t.Error("the second import did not go on where the first stopped")
	}
	s.whole(im, rows)

	s.start("third", path)
	im = s.until("third", "over", func(im imports.Import) bool { return im.State != imports.Running })
	if !im.Already {
		t.Error("the third import does not say that the file was imported already")
	}
	s.whole(im, rows)
}

func TestAnImportIsCancelledByAnotherProcessAndGoesOn(t *testing.T) {
	const rows = 150_000 // the other process is heard within a second, and may be heard at the end of it
	addr := redistest.Run(t)
	path := list(t, rows)
	here, _ := open(t, addr)
	there, _ := open(t, addr)
	here.start("first", path)
	here.until("first", "on its way", func(im imports.Import) bool { return im.Rows > 0 })
	im, err := there.Cancel(t.Context(), "first", "akira")
	must(t, err)
	if im.State != imports.Cancelled || im.CancelledBy != "akira" || im.Rows == 0 || im.Rows >= rows {
		t.Fatalf("cancelled, the import is %+v", im)
	}
	if _, err := here.Cancel(t.Context(), "first", "akira"); !errors.Is(err, imports.ErrOver) {
		t.Errorf("cancelled twice: %v", err)
	}
	there.start("second", path)
	im = here.until("second", "over", func(im imports.Import) bool { return im.State != imports.Running })
	here.whole(im, rows)
	all, err := here.List(t.Context(), time.Time{}, 10)
	must(t, err)
	if len(all) != 2 || all[0].ID != "second" || all[1].ID != "first" {
		t.Errorf("the list has %+v", all)
	}
}

func TestAProcessThatStopsInterruptsItsImports(t *testing.T) {
	addr := redistest.Run(t)
	path := list(t, 30_000)
	s, stop := open(t, addr)
	s.start("first", path)
	s.until("first", "on its way", func(im imports.Import) bool { return im.Rows > 0 })
	stop()
	if over := s.over(); len(over) != 1 || over[0].State != imports.Interrupted || over[0].Ended.IsZero() {
		t.Fatalf("what was told of ends: %+v", over)
	}
	f, err := os.Open(path)
	must(t, err)
	if _, err := s.Start(t.Context(), order("late", f), began); !errors.Is(err, imports.ErrStopping) {
		t.Errorf("started after its end: %v", err)
	}
	next, _ := open(t, addr)
	next.start("second", path)
	im := next.until("second", "over", func(im imports.Import) bool { return im.State != imports.Running })
	next.whole(im, 30_000)
}
