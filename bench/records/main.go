// Command records measures the choice of the next record to dial: from a list of ten million records in a Redis of its own, with the classes of
// several time zones, half of them closed, and a sort key, chosen and leased by several processes at once. Each record is given back as after an
// attempt that was not answered, to be dialed again an hour later.
//
// What is compared with is a list of a hundredth of the records in the same Redis: O(log n) means that both take about as long. A record that is
// handed out twice ends the run.
//
// Usage: go run ./records [-records 10000000] [-processes 4] [-rate 400] [-for 15s]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	containerlog "github.com/testcontainers/testcontainers-go/log"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/stack"
)

// childVariable makes the process one of those that choose: it holds a job as JSON.
const childVariable = "HASSHIN_BENCH_RECORDS"

type options struct {
	records, processes, clients, rate, herd int
	span                                    time.Duration
}

func main() {
	if job := os.Getenv(childVariable); job != "" {
		if err := work(context.Background(), job, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "records:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.IntVar(&o.records, "records", 10_000_000, "records of the list; a Redis needs about 0.4 GB for a million")
	flag.IntVar(&o.processes, "processes", 4, "processes that choose at once")
	flag.IntVar(&o.clients, "clients", 8, "clients of each process")
	flag.IntVar(&o.rate, "rate", 400, "choices a second of all processes together, where they are paced")
	flag.IntVar(&o.herd, "herd", 100_000, "records whose time comes in the same moment")
	flag.DurationVar(&o.span, "for", 15*time.Second, "how long to measure each way")
	flag.Parse()
	containerlog.SetDefault(containerlog.NewNoopLogger())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "records:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	fmt.Fprintln(os.Stderr, "starting Redis …")
	addr, end, err := stack.StartRedis(ctx)
	defer func() { err = errors.Join(err, end(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: time.Minute})
	defer func() { err = errors.Join(err, rdb.Close()) }()

	small := max(50_000, o.records/100)
	if _, err := load(ctx, rdb, "small", small, 0); err != nil {
		return err
	}
	loaded, err := load(ctx, rdb, "large", o.records, small)
	if err != nil {
		return err
	}
	m := measure{o: o, rdb: rdb, addr: addr, seen: map[string]bool{}}
	if err := m.all(ctx); err != nil {
		return err
	}
	figures := append([]report.Figure{
		{Bench: "records", Name: "memory of Redis for each record", Value: loaded.bytes, Unit: "bytes"},
		{Bench: "records", Name: "records imported a second", Value: loaded.rate, Unit: "/s"},
	}, m.figures...)
	return report.Write(os.Stdout, fmt.Sprintf("choice and lease of the next record among %d, by %d processes; baseline: among %d in the same Redis",
		o.records, o.processes, small), figures)
}
