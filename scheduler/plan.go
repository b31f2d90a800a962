package scheduler

import (
	"cmp"
	"math"
	"slices"
)

// dueShard is a shard with something due.
type dueShard struct {
	shard       int
	head, young float64 // scores of what has been due longest and of what came due last
}

// request is a part of a round: a claim from one shard, or a look at it with limit 0.
type request struct {
	shard, limit int
	bound        float64 // score up to which to claim
	which        string  // old or young
}

// planner decides what is claimed from which shard. It keeps the order among
// shards as strict as speed allows: only shards whose head is within span of the
// earliest take part. With span 0 everything in the herd of one millisecond and
// priority goes before anything else. When such rounds bring little, because
// hardly two entries are due alike, the span grows.
type planner struct {
	span       float64 // ms
	freshEvery int
	credit     float64 // how many claims what came due last is owed
	poor       int     // rounds in a row that brought little
	left       bool    // shards with something due did not take part in the last round
}

const (
	// oneStep is what priorities are apart at least.
	oneStep = 1. / 256
	// patience is after how many poor rounds the span grows: at the end of each priority in a herd there are some.
	patience = 4
	// maxSpan: with so long a backlog order among shards matters less than getting through.
	maxSpan = 60_000
	// backlogged is how late the head of all is in a backlog, where the share of what came due last matters. In ms.
	backlogged = 100
)

// plan makes requests for up to free entries. The server's clock shows now, in ms, or a little more.
func (p *planner) plan(due []dueShard, free int, now float64) []request {
	if len(due) == 0 || free < 1 {
		return nil
	}
	slices.SortFunc(due, func(a, b dueShard) int {
		return cmp.Or(cmp.Compare(a.head, b.head), cmp.Compare(a.shard, b.shard))
	})
	var requests []request
	if now-due[0].head > backlogged {
		requests, due = p.young(due, free)
		for _, q := range requests {
			free -= q.limit
		}
		if free < 1 || len(due) == 0 {
			return requests
		}
	}
	bound := due[0].head + p.span
	n := 1
	for n < len(due) && n < free && due[n].head <= bound {
		n++
	}
	p.left = n < len(due)
	switch {
	case n == 1 && p.left:
		bound = due[1].head // all before it is of this shard
	case n == 1:
		bound = math.Inf(1)
	}
	for i, d := range due[:n] {
		limit := free / n
		if i < free%n {
			limit++
		}
		requests = append(requests, request{d.shard, min(limit, MaxBatch), bound, "old"})
	}
	return requests
}

// young makes requests for what came due last and is owed a claim, unless it is of the same ms as the head of all, and returns the shards
// that are left.
func (p *planner) young(due []dueShard, free int) (requests []request, left []dueShard) {
	owed := min(int(p.credit), free)
	if p.freshEvery < 2 || owed < 1 {
		return nil, due
	}
	var young []dueShard
	for _, d := range due {
		if math.Floor(d.young) > math.Floor(due[0].head) {
			young = append(young, d)
		}
	}
	slices.SortFunc(young, func(a, b dueShard) int {
		return cmp.Or(cmp.Compare(b.young, a.young), cmp.Compare(a.shard, b.shard))
	})
	young = young[:min(owed, len(young))]
	for _, d := range young {
		limit := min(owed/len(young), MaxBatch)
		requests = append(requests, request{d.shard, limit, math.Inf(1), "young"})
		p.credit -= float64(limit)
	}
	left = slices.DeleteFunc(due, func(d dueShard) bool { return slices.Contains(young, d) })
	return requests, left
}

// learn takes in what the old part of a round brought: of how many asked for, whether a shard has more up to the bound than it was asked for,
// and whether more is due at all. In a backlog what came due last earns its share.
func (p *planner) learn(asked, got int, truncated, more bool) {
	more = more || p.left
	poor := more && !truncated && 2*got < asked
	switch {
	case truncated:
		p.span /= 4
		if p.span < oneStep {
			p.span = 0
		}
	case poor && p.poor >= patience:
		p.span = min(max(2*p.span, oneStep), maxSpan)
	}
	if poor {
		p.poor++
	} else {
		p.poor = 0
	}
	if more && p.freshEvery > 1 {
		p.credit = min(p.credit+float64(got)/float64(p.freshEvery), MaxBatch)
	} else {
		p.credit = 0
	}
}
