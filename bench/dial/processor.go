package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// used is processor time, in ms, which hardly depends on what else the machine has to do; and how often Redis was asked.
type used struct{ asterisk, redis, own, requests float64 }

// processor reads what has been used so far. own is this process: hasshin, and the telephones.
func (b *bench) processor(ctx context.Context) (u used, err error) {
	s := b.s
	u.requests = float64(b.requests.n.Load())
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return u, err
	}
	u.own = float64(r.Utime.Nano()+r.Stime.Nano()) / 1e6
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
			u.redis += x * 1000
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
		u.asterisk += ticks * 10 // USER_HZ is 100
	}
	return u, nil
}

func (u used) since(before used) used {
	return used{u.asterisk - before.asterisk, u.redis - before.redis, u.own - before.own, u.requests - before.requests}
}

func (u used) and(more used) used {
	return used{u.asterisk + more.asterisk, u.redis + more.redis, u.own + more.own, u.requests + more.requests}
}

func (u used) by(calls float64) used {
	return used{u.asterisk / calls, u.redis / calls, u.own / calls, u.requests / calls}
}

func (u used) sum() float64 { return u.asterisk + u.redis + u.own }
