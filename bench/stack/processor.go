package stack

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/hasshin/hasshin/bench/report"
)

// Processor is processor time, in ms, which hardly depends on what else the machine has to do. Own is this process: hasshin, and the telephones.
type Processor struct{ Asterisk, Redis, Own float64 }

// Processor reads what has been used so far.
func (s *Stack) Processor(ctx context.Context) (u Processor, err error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return u, err
	}
	u.Own = float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6
	info, err := s.Redis.Info(ctx, "cpu").Result()
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_user" || name == "used_cpu_sys" {
			x, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return u, fmt.Errorf("processor time of Redis: %w", err)
			}
			u.Redis += x * 1000
		}
	}
	stat, err := s.Asterisk.Exec(ctx, "cat", "/proc/1/stat") // see proc_pid_stat(5)
	if err != nil {
		return u, err
	}
	_, rest, found := strings.Cut(stat, "(asterisk) ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return u, fmt.Errorf("processor time of Asterisk: the first process of its container is %q", stat)
	}
	for _, at := range []int{11, 12} { // utime and stime, the 14th and 15th of all
		ticks, err := strconv.ParseFloat(fields[at], 64)
		if err != nil {
			return u, fmt.Errorf("processor time of Asterisk: %w", err)
		}
		u.Asterisk += ticks * 10 // USER_HZ is 100
	}
	return u, nil
}

func (u Processor) Since(before Processor) Processor {
	return Processor{u.Asterisk - before.Asterisk, u.Redis - before.Redis, u.Own - before.Own}
}

func (u Processor) And(more Processor) Processor {
	return Processor{u.Asterisk + more.Asterisk, u.Redis + more.Redis, u.Own + more.Own}
}

// Figures are the processor time that one of so many calls took, beside a baseline's.
func (u Processor) Figures(bench, each string, calls float64, base Processor, baseCalls float64) (all []report.Figure) {
	for _, row := range []struct {
		who string
		of  func(Processor) float64
	}{
		{"all together", func(u Processor) float64 { return u.Asterisk + u.Redis + u.Own }},
		{"Asterisk", func(u Processor) float64 { return u.Asterisk }},
		{"Redis", func(u Processor) float64 { return u.Redis }},
		{"hasshin and the telephones", func(u Processor) float64 { return u.Own }},
	} {
		all = append(all, report.Figure{
			Bench: bench, Name: "processor time for " + each + ", " + row.who, Value: row.of(u) / calls, Unit: "ms", Baseline: report.Than(row.of(base) / baseCalls),
		})
	}
	return all
}
