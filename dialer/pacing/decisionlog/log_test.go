package decisionlog

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/pacing"
)

func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "spring", "*"+ending))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// written opens a log and runs it during the story.
func written(t *testing.T, cfg Config, story func(l *Log)) (said string) {
	t.Helper()
	var out bytes.Buffer
	l, err := Open(cfg, "spring", zerolog.New(&out))
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(l.Run)
	story(l)
	l.Close()
	running.Wait()
	return out.String()
}

func begin(continues bool) pacing.Record {
	return pacing.Record{Begin: &pacing.Begin{At: time.Now().Round(0), Campaign: "spring", Pacing: pacing.Defaults(), Continues: continues}}
}

func tick() pacing.Record {
	return pacing.Record{Event: pacing.Event{At: time.Now().Round(0), Kind: pacing.Tick}, Decision: pacing.Decision{Mode: pacing.Predictive, Limit: pacing.ByNobody}}
}

// What is handed over is read again as it was, from a file for each beginning; those that are too old are gone.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var want []pacing.Record
		said := written(t, Config{Directory: dir, Keep: 48 * time.Hour}, func(l *Log) {
			for day := range 4 {
				records := []pacing.Record{begin(day > 0), tick()}
				for _, r := range records {
					l.Write(r)
				}
				if day > 1 {
					want = append(want, records...)
				}
				time.Sleep(25 * time.Hour)
			}
		})
		if said != "" {
			t.Errorf("it said %s", said)
		}
		names := files(t, dir)
		got, err := ReadFiles(names)
		if err != nil || len(names) != 2 {
			t.Fatalf("%v, and files %q", err, names)
		}
		if g, w := texts(t, got), texts(t, want); g != w {
			t.Errorf("read\n%swritten\n%s", g, w)
		}
	})
}

func texts(t *testing.T, records []pacing.Record) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, records); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A killed process loses what it decided in the last ten seconds, and nothing else.
func TestLogOfAKilledProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		written(t, Config{Directory: dir, Keep: 48 * time.Hour}, func(l *Log) {
			l.Write(begin(false))
			for range 100 {
				l.Write(tick())
			}
			time.Sleep(flushEvery + time.Millisecond)
			synctest.Wait()
			left, err := os.ReadFile(files(t, dir)[0])
			if err != nil {
				t.Fatal(err)
			}
			got, err := Read(bytes.NewReader(left))
			if err != nil || len(got) != 101 {
				t.Errorf("%d records are left, want 101 (%v)", len(got), err)
			}
			for _, cut := range []int{0, 1, 5, len(left) / 2, len(left) - 1} {
				if got, err := Read(bytes.NewReader(left[:cut])); cut >= 2 && err != nil || len(got) > 101 {
					t.Errorf("of the first %d bytes: %d records, %v", cut, len(got), err)
				}
			}
		})
	})
}

// While the disk fails dialing goes on; afterwards the log says that something is missing.
func TestLogWhileTheDiskFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		said := written(t, Config{Directory: dir, Keep: 48 * time.Hour}, func(l *Log) {
			if err := os.Remove(filepath.Join(dir, "spring")); err != nil {
				t.Fatal(err)
			}
			l.Write(begin(false))
			for range 3 * waiting {
				l.Write(tick()) // does not wait
			}
			synctest.Wait()
			if l.WantsBegin(time.Now().Add(retryAfter / 2)) {
				t.Error("it does not wait before it tries again")
			}
			time.Sleep(2 * retryAfter)
			if !l.WantsBegin(time.Now()) {
				t.Error("it does not try again")
			}
			if err := os.Mkdir(filepath.Join(dir, "spring"), 0o700); err != nil {
				t.Fatal(err)
			}
			l.Write(begin(true))
			l.Write(tick())
		})
		if n := strings.Count(said, "cannot be written"); n != 1 {
			t.Errorf("it said %d times that the log cannot be written: %s", n, said)
		}
		got, err := ReadFiles(files(t, dir))
		if err != nil || len(got) != 2 {
			t.Fatalf("%d records, %v", len(got), err)
		}
		if lost := got[0].Begin.Lost; lost < 3*waiting {
			t.Errorf("%d are told to be lost, %d were", lost, 3*waiting)
		}
		if err := pacing.Replay(pacing.Defaults(), got); err == nil || !strings.Contains(err.Error(), "could not be written") {
			t.Errorf("decided again: %v", err)
		}
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for _, directory := range []string{filepath.Join(t.TempDir(), "nowhere"), "/proc"} {
		if _, err := Open(Config{Directory: directory}, "spring", zerolog.Nop()); err == nil || !strings.Contains(err.Error(), "decision_log.directory") {
			t.Errorf("%s: %v", directory, err)
		}
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"{}\n{}\n":               "",
		"{}\nno\n":               "line 2",
		"{}\n{\"event\": 3}\n{}": "line 2",
		"\x1f\x8bno gzip at all": "gzip",
	} {
		_, err := Read(strings.NewReader(text))
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %q", text, err, want)
		}
	}
	many := tick()
	for range 50_000 {
		many.Event.Due = append(many.Event.Due, many.Event.At)
	}
	got, err := Read(strings.NewReader(texts(t, []pacing.Record{many})))
	if err != nil || len(got[0].Event.Due) != 50_000 {
		t.Errorf("a line with 50000 callbacks: %v", err)
	}
}
