package scheduler

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPlan(t *testing.T) {
	const now = 10_000
	none := math.Inf(-1)
	for _, c := range []struct {
		what    string
		planner planner
		due     []dueShard
		free    int
		want    []request
	}{
		{"nothing is due", planner{}, nil, 5, nil},
		{"nobody is free", planner{}, []dueShard{{1, 5, 5}}, 0, nil},
		{"one shard: all that is due, up to a batch", planner{}, []dueShard{{1, 5, 5}}, 500, []request{{1, MaxBatch, math.Inf(1), "old"}}},
		{"the earlier shard goes first, up to where the other begins", planner{}, []dueShard{{1, 9_999, none}, {2, 9_990, none}}, 5,
			[]request{{2, 5, 9_999, "old"}}},
		{"those of one ms and priority go together", planner{}, []dueShard{{1, 7.5, none}, {2, 8.5, none}, {3, 7.5, none}}, 5,
			[]request{{1, 3, 7.5, "old"}, {3, 2, 7.5, "old"}}},
		{"no more shards than free places", planner{}, []dueShard{{1, 7.5, none}, {2, 7.5, none}, {3, 7.5, none}}, 2,
			[]request{{1, 1, 7.5, "old"}, {2, 1, 7.5, "old"}}},
		{"within the span they go together", planner{span: 2}, []dueShard{{1, 9, none}, {2, 8, none}, {3, 10.5, none}}, 4,
			[]request{{2, 2, 10, "old"}, {1, 2, 10, "old"}}},
		{"what came due last gets its share", planner{freshEvery: 8, credit: 2.5}, []dueShard{{1, 5, 5.9}, {2, 5, 9_999}, {3, 5, 5}}, 4,
			[]request{{2, 2, math.Inf(1), "young"}, {1, 1, 5, "old"}, {3, 1, 5, "old"}}},
		{"of several, those that came due last", planner{freshEvery: 8, credit: 2.5}, []dueShard{{1, 5, 9_998}, {2, 5, 9_999}, {3, 5, 9_990}}, 4,
			[]request{{2, 1, math.Inf(1), "young"}, {1, 1, math.Inf(1), "young"}, {3, 2, math.Inf(1), "old"}}},
		{"no share of a herd in itself", planner{freshEvery: 8, credit: 2.5}, []dueShard{{1, 5.25, 5.75}}, 4,
			[]request{{1, 4, math.Inf(1), "old"}}},
		{"no share without a backlog", planner{freshEvery: 8, credit: 2.5}, []dueShard{{1, 9_950, 9_960}}, 4,
			[]request{{1, 4, math.Inf(1), "old"}}},
	} {
		if diff := cmp.Diff(c.want, c.planner.plan(c.due, c.free, now), cmp.AllowUnexported(request{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

func TestTheSpanGrowsWhenRoundsBringLittleAndShrinksInAHerd(t *testing.T) {
	p := planner{freshEvery: 4}
	for range 10 {
		p.learn(64, 1, false, true)
	}
	if p.span != 32./256 {
		t.Errorf("span %v after ten rounds that brought one each; expected 1/8 ms", p.span)
	}
	if p.credit != 2.5 {
		t.Errorf("what came due last is owed %v after ten claims; expected 2.5", p.credit)
	}
	for range 4 {
		p.learn(64, 64, true, true)
	}
	if p.span != 0 {
		t.Errorf("span %v in a herd; expected 0", p.span)
	}
	p.learn(64, 3, false, false)
	if p.credit != 0 {
		t.Errorf("what came due last is owed %v without a backlog; expected nothing", p.credit)
	}
}

func TestClock(t *testing.T) {
	base := time.Now()
	c := clock{base: base}
	server := time.UnixMilli(1_790_000_000_000)
	at := func(ms int) time.Time { return base.Add(time.Duration(ms) * time.Millisecond) }
	heard := func(sent, received, says int) {
		c.heard(at(sent), at(received), server.Add(time.Duration(says)*time.Millisecond))
	}
	when := func(what string, want int) {
		t.Helper()
		if got := c.when(1_790_000_001_000); !got.Equal(at(want)) {
			t.Errorf("%s: the server's clock has come to 1000 ms at %s; expected %d ms", what, got.Sub(base), want)
		}
	}
	heard(0, 20, 10)
	when("first answer", 1010)
	heard(100, 101, 101)
	when("a quicker answer tells more", 1000)
	heard(200, 250, 210)
	when("a slow one does not contradict it", 1000)
	heard(300, 301, 200)
	when("the clock was set back", 1101)
	heard(400, 401, 400)
	when("and forward again", 1001)
}
