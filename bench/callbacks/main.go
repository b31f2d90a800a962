// Command callbacks measures the scheduler beside hibiken/asynq, one after the
// other in one run on the same real Redis: how late, or early, what is due comes
// with a million waiting, how much memory one that waits takes, how quickly
// entries are claimed, and how a herd due at the same moment drains.
//
//	cd bench && go run ./callbacks
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/stack"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var size sizes
	flag.IntVar(&size.waiting, "waiting", 1_000_000, "entries that wait while lateness is measured")
	flag.IntVar(&size.rate, "rate", 1000, "entries due each second while lateness is measured")
	flag.IntVar(&size.seconds, "seconds", 15, "how long lateness is measured, for each")
	flag.IntVar(&size.claims, "claims", 400_000, "entries to claim")
	flag.IntVar(&size.herd, "herd", 50_000, "entries due at the same millisecond")
	flag.IntVar(&size.theirs, "asynq-waiting", 0, "tasks that wait in asynq, which takes minutes to write them (default as many as -waiting)")
	only := flag.String("only", "", "comma-separated: claims, herd, lateness (default all)")
	flag.Parse()
	if size.theirs == 0 {
		size.theirs = size.waiting
	}
	if err := measure(ctx, size, *only); err != nil {
		fmt.Fprintln(os.Stderr, "callbacks:", err)
		os.Exit(1)
	}
}

// sizes say how much is measured.
type sizes struct{ waiting, theirs, rate, seconds, claims, herd int }

// bench is one run.
type bench struct {
	sizes
	addr string
	rdb  *redis.Client
}

func measure(ctx context.Context, size sizes, only string) (err error) {
	wanted := func(what string) bool { return only == "" || strings.Contains(","+only+",", ","+what+",") }
	addr, end, err := stack.StartRedis(ctx)
	defer func() { err = errors.Join(err, end(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	b := &bench{sizes: size, addr: addr, rdb: redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: time.Minute})}
	defer b.rdb.Close()
	var figures []report.Figure
	before := report.LoadAverage()
	for _, part := range []struct {
		name string
		run  func(context.Context) ([]report.Figure, error)
	}{{"claims", b.claimsPart}, {"herd", b.herdPart}, {"lateness", b.latenessPart}} {
		if !wanted(part.name) && only != "" {
			continue
		}
		fmt.Fprintln(os.Stderr, part.name, "…")
		got, err := part.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		figures = append(figures, got...)
	}
	title := fmt.Sprintf("due times in Redis, beside asynq 0.26 on the same Redis; load average %s before, %s after", before, report.LoadAverage())
	return report.Write(os.Stdout, title, figures)
}

func figure(name string, value float64, unit string, baseline *float64, target string) report.Figure {
	return report.Figure{Bench: "callbacks", Name: name, Value: value, Unit: unit, Baseline: baseline, Target: target}
}

// forget empties Redis.
func (b *bench) forget(ctx context.Context) error { return b.rdb.FlushAll(ctx).Err() }

// usedMemory is what Redis has allocated for data, in bytes.
func (b *bench) usedMemory(ctx context.Context) (float64, error) {
	return stack.RedisTells(ctx, b.rdb, "memory", "used_memory_dataset")
}

// usedCPU is the processor's time that Redis's main thread has had, in seconds.
func (b *bench) usedCPU(ctx context.Context) (float64, error) {
	user, err := stack.RedisTells(ctx, b.rdb, "cpu", "used_cpu_user_main_thread")
	if err != nil {
		return 0, err
	}
	sys, err := stack.RedisTells(ctx, b.rdb, "cpu", "used_cpu_sys_main_thread")
	return user + sys, err
}
