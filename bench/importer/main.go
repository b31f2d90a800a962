// Command importer measures how fast a calling list is imported, and with how
// much memory, beside two other ways to get the same rows into the same Redis:
// row by row, as a simple program does it, and raw in pipelines, without looking
// at what is in the rows, which nothing that goes through a client can beat.
//
//	cd bench && go run ./importer
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// childVariable makes the process the one that imports, so that its memory is its own: it holds the address of Redis.
const childVariable = "HASSHIN_BENCH_IMPORT_INTO"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	rows := flag.Int("rows", 1_000_000, "rows of the list")
	inContainer := flag.Bool("container", false, "use Redis's container also where redis-server is installed")
	keep := flag.String("list", "", "keep the generated list in this `file`")
	flag.Parse()
	var err error
	if addr := os.Getenv(childVariable); addr != "" {
		err = importInto(ctx, addr, flag.Arg(0))
	} else {
		err = measure(ctx, *rows, *keep, *inContainer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "importer:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, rows int, keep string, inContainer bool) error {
	dir, err := os.MkdirTemp("", "hasshin-bench-import-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "list.csv")
	if keep != "" {
		path = keep
	}
	fmt.Fprintf(os.Stderr, "writing a list of %d rows …\n", rows)
	want, err := writeList(path, rows)
	if err != nil {
		return err
	}
	server, err := startRedis(ctx, dir, inContainer)
	if err != nil {
		return err
	}
	defer server.stop()
	rdb := redis.NewClient(&redis.Options{Addr: server.addr, ReadTimeout: time.Minute})
	defer rdb.Close()

	fmt.Fprintln(os.Stderr, "row by row …")
	slow, err := rowByRow(ctx, rdb, path, min(rows, 50_000))
	if err != nil {
		return err
	}
	if err := rdb.FlushAll(ctx).Err(); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "raw, in pipelines …")
	raw, err := rawPipelined(ctx, rdb, path)
	if err != nil {
		return err
	}
	if err := rdb.FlushAll(ctx).Err(); err != nil {
		return err
	}
	before, err := stack.UsedMemory(ctx, rdb)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "importing …")
	got, peak, err := importInChild(ctx, server.addr, path)
	if err != nil {
		return err
	}
	after, err := stack.UsedMemory(ctx, rdb)
	if err != nil {
		return err
	}
	if err := want.check(got); err != nil {
		return err
	}

	seconds := got.Seconds
	rate := float64(rows) / seconds
	figure := func(name string, value float64, unit string, baseline *float64, target string) report.Figure {
		return report.Figure{Bench: "import", Name: name, Value: value, Unit: unit, Baseline: baseline, Target: target}
	}
	title := fmt.Sprintf("%d rows into a calling list (%s): %d imported, %d duplicates, %d rejected",
		rows, server.what, got.Imported, got.Duplicates, got.Rejected)
	return report.Write(os.Stdout, title, []report.Figure{
		figure("rows a second, beside row by row", rate, "rows/s", report.Than(slow), ""),
		figure("rows a second, beside raw in pipelines", rate, "rows/s", report.Than(raw), ""),
		figure(fmt.Sprintf("time for %d rows, beside raw in pipelines", rows), seconds, "s", report.Than(float64(rows)/raw), "≤ 60 s a million"),
		figure("peak memory of the importing process (RSS)", float64(peak)/(1<<20), "MiB", nil, "≤ 200"),
		figure("memory of Redis for each record", float64(after-before)/float64(got.Imported), "bytes", nil, ""),
	})
}

// result is what the importing process tells of itself.
type result struct {
	Imported, Duplicates, Rejected int64
	Seconds                        float64
}

// importInChild imports in a process of its own and gives its peak resident memory in bytes.
func importInChild(ctx context.Context, addr, path string) (result, int64, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, 0, err
	}
	cmd := exec.CommandContext(ctx, self, path)
	cmd.Env = append(os.Environ(), childVariable+"="+addr)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return result{}, 0, fmt.Errorf("the importing process: %w", err)
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		return result{}, 0, fmt.Errorf("the importing process: %w", err)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return result{}, 0, fmt.Errorf("this system does not tell the memory of a process")
	}
	return r, usage.Maxrss << 10, nil // Linux counts KiB
}

func importInto(ctx context.Context, addr, path string) error {
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	defer rdb.Close()
	start := time.Now()
	sum, err := campaign.Import(ctx, campaign.NewRedisStore(rdb), campaign.ImportRequest{Campaign: "bench", List: listConfig(), Path: path})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result{
		Imported: sum.Imported, Duplicates: sum.DuplicateCount(), Rejected: sum.RejectedCount(),
		Seconds: time.Since(start).Seconds(),
	})
}
