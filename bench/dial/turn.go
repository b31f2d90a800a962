package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/stack"
)

// turn is what one of both did in a span of time.
type turn struct {
	ended    float64 // attempts
	took     time.Duration
	used     stack.Processor
	requests float64 // to Redis
}

func (t turn) rate() float64 { return t.ended / t.took.Seconds() }

// sum is all turns together.
func sum(all []turn) (s turn) {
	for _, t := range all {
		s.ended += t.ended
		s.took += t.took
		s.used = s.used.And(t.used)
		s.requests += t.requests
	}
	return s
}

func (b *bench) report() error {
	ours, raw := sum(b.ours), sum(b.raws)
	offered, target := "as many as they can", ""
	if b.rate > 0 {
		offered, target = fmt.Sprintf("%g/s offered", b.rate), "≥ ×0.9"
	}
	figures := []report.Figure{
		{Bench: "dial", Name: "attempts, " + offered, Value: ours.rate(), Unit: "/s", Baseline: report.Than(raw.rate()), Target: target},
		{Bench: "dial", Name: "attempts with a result that no number has", Value: float64(b.others), Unit: "calls", Target: "0"},
		{Bench: "dial", Name: "requests to Redis for an attempt", Value: ours.requests / ours.ended, Baseline: report.Than(raw.requests / raw.ended)},
	}
	figures = append(figures, ours.used.Figures("dial", "an attempt", ours.ended, raw.used, raw.ended)...)
	return report.Write(os.Stdout,
		fmt.Sprintf("sustained dialing, %s, %d calls in flight at most, %d turns of %s; baseline: a raw originate loop in turns with it", offered, b.agents, b.turns, b.span),
		figures)
}

// requests counts what the process asks of Redis: a pipeline is one request.
type requests struct{ n atomic.Int64 }

func (r *requests) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (r *requests) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		r.n.Add(1)
		return next(ctx, cmd)
	}
}

func (r *requests) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		r.n.Add(1)
		return next(ctx, cmds)
	}
}

func (b *bench) count() { b.s.Redis.AddHook(&b.requests) }
