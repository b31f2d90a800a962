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
	left       bool    // shards with something due did not take part in the last round
}

const (
	// oneStep is what priorities are apart at least.
	oneStep = 1. / 256
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
	if young, ok := p.youngest(due); ok && now-due[0].head > backlogged {
		limit := min(int(p.credit), free, MaxBatch)
		requests = append(requests, request{due[young].shard, limit, math.Inf(1), "young"})
		p.credit -= float64(limit)
		free -= limit
		due = slices.Delete(due, young, young+1)
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

// youngest is the place in due of the shard that had something come due last, if it is owed a claim and is of a later ms than the head of all.
func (p *planner) youngest(due []dueShard) (int, bool) {
	if p.freshEvery < 2 || p.credit < 1 {
		return 0, false
	}
	found := 0
	for i, d := range due {
		if d.young > due[found].young {
			found = i
		}
	}
	return found, math.Floor(due[found].young) > math.Floor(due[0].head)
}

// learn takes in what an old part of a round brought: of how many asked for, whether a shard had as many as it was asked for, and whether
// more is due. In a backlog what came due last earns its share.
func (p *planner) learn(asked, got int, full, more bool) {
	more = more || p.left
	switch {
	case full:
		p.span /= 2
		if p.span < oneStep {
			p.span = 0
		}
	case more && 2*got < asked:
		p.span = min(max(2*p.span, oneStep), maxSpan)
	}
	if more && p.freshEvery > 1 {
		p.credit = min(p.credit+float64(got)/float64(p.freshEvery), MaxBatch)
	} else {
		p.credit = 0
	}
}
