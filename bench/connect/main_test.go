package main

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var all []time.Duration
	for i := range 200 {
		all = append(all, time.Duration(i+1)*time.Millisecond)
	}
	for _, tc := range []struct {
		share float64
		want  time.Duration
	}{{0, time.Millisecond}, {0.5, 100 * time.Millisecond}, {0.99, 198 * time.Millisecond}, {1, 200 * time.Millisecond}} {
		if got := quantile(all, tc.share); got != tc.want {
			t.Errorf("quantile %v of 1 … 200 ms: %v, want %v", tc.share, got, tc.want)
		}
	}
	if got := quantile(all[:1], 0.99); got != time.Millisecond {
		t.Errorf("the p99 of one value is %v, want the value", got)
	}
}

// Ours comes first and the raw loop's is the baseline.
func TestFigures(t *testing.T) {
	preview := []latency{{contactHears: 10 * time.Millisecond, agentHears: 30 * time.Millisecond}}
	raw := []latency{{contactHears: 20 * time.Millisecond, agentHears: 15 * time.Millisecond}}
	all := figures(preview, raw)
	if len(all) != 4 {
		t.Fatalf("%d figures, want p50 and p99 of two ears", len(all))
	}
	if f := all[1]; f.Value != 10 || *f.Baseline != 20 || *f.Ratio() != 0.5 {
		t.Errorf("at the contact's ear: %v against %v, ratio %v", f.Value, *f.Baseline, *f.Ratio())
	}
	if f := all[3]; f.Value != 30 || *f.Baseline != 15 || *f.Ratio() != 2 {
		t.Errorf("at the agent's ear: %v against %v, ratio %v", f.Value, *f.Baseline, *f.Ratio())
	}
}
