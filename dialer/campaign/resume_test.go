package campaign

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"golang.org/x/text/encoding/japanese"
)

// errCut is what a cut connection to Redis gives.
var errCut = errors.New("connection cut")

// cutter is a connection to Redis that is cut at the n-th batch, before Redis did what it was asked or after.
type cutter struct {
	left  atomic.Int64 // batches until the cut
	after atomic.Bool
}

func (c *cutter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *cutter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (c *cutter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		args := cmd.Args()
		batch := len(args) > 1 && strings.HasPrefix(fmt.Sprint(args[0]), "eval") && strings.Contains(fmt.Sprint(args[3]), ":import:") && fmt.Sprint(args[2]) == "5"
		if !batch || c.left.Add(-1) != 0 {
			return next(ctx, cmd)
		}
		if c.after.Load() {
			if err := next(ctx, cmd); err != nil {
				return err
			}
		}
		cmd.SetErr(errCut)
		return errCut
	}
}

// mixedList has good rows, all kinds of bad ones and duplicates.
func mixedList(rows int) string {
	random := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	b.WriteString("id,phone,name\n")
	for i := range rows {
		switch random.IntN(12) {
		case 0:
			fmt.Fprintf(&b, "c%d,090-1234-%04d,同じ番号\n", i, random.IntN(i+1))
		case 1:
			fmt.Fprintf(&b, "c%d,080-1234-%04d,same id\n", random.IntN(i+1), i)
		case 2:
			fmt.Fprintf(&b, "c%d,bad,bad\n", i)
		case 3:
			fmt.Fprintf(&b, "c%d,090-1234-%04d,\"二\n行\"\n", i, i)
		case 4:
			fmt.Fprintf(&b, "c%d\n\n", i)
		default:
			fmt.Fprintf(&b, "c%d,090-1234-%04d,佐藤\n", i, i)
		}
	}
	return b.String()
}

// content is all that an import leaves: the records in their order, and the rejects.
type content struct {
	Records []Record
	Names   []string // the index
	Rejects string
	Summary Summary
}

func contentOf(t testing.TB, rdb redis.UniversalClient, sum Summary) content {
	t.Helper()
	ids, err := rdb.ZRange(t.Context(), keysOf(demo).ready(), 0, -1).Result()
	must(t, err)
	var c content
	for _, id := range ids {
		r, err := NewRedisStore(rdb).Get(t.Context(), demo, id)
		must(t, err)
		c.Records = append(c.Records, *r)
	}
	c.Names, err = rdb.ZRange(t.Context(), keysOf(demo).names(), 0, -1).Result()
	must(t, err)
	rejects, err := os.ReadFile(sum.Rejects)
	must(t, err)
	c.Rejects, c.Summary = string(rejects), sum
	c.Summary.Rejects, c.Summary.File, c.Summary.Duration, c.Summary.ResumedAt = "", "", 0, 0
	return c
}

func TestImportGoesOnAfterBeingCutAtAnyBatch(t *testing.T) {
	const rows, batch = 200, 19
	list := mixedList(rows)
	whole := newMiniredis(t)
	sum, err := Import(t.Context(), NewRedisStore(whole), ImportRequest{Campaign: demo, List: listIn(), Path: writeList(t, list), BatchRows: batch})
	must(t, err)
	want := contentOf(t, whole, sum)

	cuts := rows/batch + 2 // each batch, the last, and the mark that all is done
	for n := 1; n <= cuts; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("batch %d, after %t", n, after), func(t *testing.T) {
				rdb := newMiniredis(t)
				must(t, importBatchScript.Load(t.Context(), rdb).Err()) // so that a batch is one command
				cut := &cutter{}
				rdb.AddHook(cut)
				req := ImportRequest{Campaign: demo, List: listIn(), Path: writeList(t, list), BatchRows: batch}
				cut.left.Store(int64(n))
				cut.after.Store(after)
				if _, err := Import(t.Context(), NewRedisStore(rdb), req); !errors.Is(err, errCut) {
					t.Fatalf("cut import: %v, want it to fail at the cut", err)
				}
				sum, err := Import(t.Context(), NewRedisStore(rdb), req)
				must(t, err)
				if files, err := filepath.Glob(filepath.Join(filepath.Dir(req.Path), "*")); err != nil || len(files) != 2 {
					t.Errorf("beside the list there is more than its rejects: %q (error %v)", files, err)
				}
				if diff := cmp.Diff(want, contentOf(t, rdb, sum), cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Summary.Already" }, cmp.Ignore())); diff != "" {
					t.Errorf("cut and continued differs from an import in one go (-want +got):\n%s", diff)
				}
				if wantAlready := n == cuts && after; sum.Already != wantAlready {
					t.Errorf("already imported: %t, want %t", sum.Already, wantAlready)
				}
			})
		}
	}
}

func TestImportGoesOnAfterManyInterruptions(t *testing.T) {
	list := mixedList(400)
	sjis, err := japanese.ShiftJIS.NewEncoder().String(list)
	must(t, err)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err = z.Write([]byte(sjis))
	must(t, errors.Join(err, z.Close()))
	inShiftJIS := func(l *ListConfig) { l.Encoding = EncodingShiftJIS }
	for name, c := range map[string]struct {
		content string
		cfg     ListConfig
	}{
		"UTF-8":                      {list, listIn()},
		"UTF-8 with byte order mark": {bom + list, listIn()},
		"Shift_JIS":                  {sjis, listIn(inShiftJIS)},
		"Shift_JIS in gzip":          {zipped.String(), listIn(inShiftJIS)},
	} {
		t.Run(name, func(t *testing.T) { interruptOften(t, c.content, c.cfg) })
	}
}

func interruptOften(t *testing.T, list string, cfg ListConfig) {
	const batch = 11
	whole := newMiniredis(t)
	sum, err := Import(t.Context(), NewRedisStore(whole), ImportRequest{Campaign: demo, List: cfg, Path: writeList(t, list), BatchRows: batch})
	must(t, err)
	want := contentOf(t, whole, sum)

	rdb := newMiniredis(t)
	path := writeList(t, list)
	random := rand.New(rand.NewPCG(3, 9))
	for runs := 1; ; runs++ {
		ctx, cancel := context.WithCancel(t.Context())
		left := 1 + random.IntN(5)
		sum, err = Import(ctx, NewRedisStore(rdb), ImportRequest{
			Campaign: demo, List: cfg, Path: path, BatchRows: batch,
			OnProgress: func(Progress) {
				if left--; left == 0 {
					cancel()
				}
			},
		})
		cancel()
		if err == nil {
			if runs < 5 || sum.ResumedAt == 0 {
				t.Errorf("finished in run %d, resumed at line %d: the interruptions did not interrupt", runs, sum.ResumedAt)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, contentOf(t, rdb, sum)); diff != "" {
		t.Errorf("an import with many interruptions differs from one in one go (-want +got):\n%s", diff)
	}
}

func TestImportOfTheSameFileTwiceAtOnce(t *testing.T) {
	rdb := newMiniredis(t)
	path := writeList(t, "id,phone,name,city\n"+fillers(2, 200))
	other := make(chan error, 1)
	started := false
	_, err := Import(t.Context(), NewRedisStore(rdb), ImportRequest{
		Campaign: demo, List: listIn(), Path: path, BatchRows: 10,
		OnProgress: func(p Progress) {
			if !started && p.Rows >= 100 {
				started = true
				_, err := Import(t.Context(), NewRedisStore(rdb), ImportRequest{Campaign: demo, List: listIn(), Path: path, BatchRows: 10})
				other <- err
			}
		},
	})
	if !errors.Is(err, ErrImportRunning) {
		t.Errorf("the first of two importers: %v, want ErrImportRunning", err)
	}
	must(t, <-other)
	wantCounts(t, NewRedisStore(rdb), 198, 0, 0)
}

func TestImportWhoseRejectsAreGone(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"deleted":  func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"replaced": func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte("somebody's own file"), 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			rdb := newMiniredis(t)
			path := writeList(t, mixedList(200))
			req := ImportRequest{Campaign: demo, List: listIn(), Path: path, BatchRows: 20}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			left := 5
			req.OnProgress = func(Progress) {
				if left--; left == 0 {
					cancel()
				}
			}
			broken, err := Import(ctx, NewRedisStore(rdb), req)
			if !errors.Is(err, context.Canceled) || broken.Rejects == "" {
				t.Fatalf("interrupted import: %+v, %v", broken, err)
			}
			spoil(t, broken.Rejects)
			sum, err := Import(t.Context(), NewRedisStore(rdb), ImportRequest{Campaign: demo, List: listIn(), Path: path, BatchRows: 20})
			must(t, err)
			if !sum.RejectsLost {
				t.Error("the summary does not tell that rejects are lost")
			}
			_, rows := readRejects(t, sum.Rejects)
			if total := sum.DuplicateCount() + sum.RejectedCount(); len(rows) == 0 || int64(len(rows)) >= total {
				t.Errorf("%d rows in the new rejects file of %d in all", len(rows), total)
			}
			if name == "replaced" {
				content, err := os.ReadFile(broken.Rejects)
				must(t, err)
				if string(content) != "somebody's own file" {
					t.Error("a file that was not ours was overwritten")
				}
			}
		})
	}
}

func TestImportWithoutRedis(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close())
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1})
	defer rdb.Close()
	path := writeList(t, "id,phone,name,city\n"+fillers(2, 20))
	if _, err := importFile(t, rdb, listIn(), path); err == nil || !strings.Contains(err.Error(), "connect") {
		t.Errorf("import without a Redis: %v", err)
	}
}
