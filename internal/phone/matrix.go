package phone

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Source is something an ear can be expected to hear: a [*Call], by its voice, or a [Voice] such as [Music] or [Ringback].
type Source interface {
	source() Voice
	fmt.Stringer
}

func (v Voice) source() Voice { return v }
func (c *Call) source() Voice { return c.Voice() }

// WhoHears is a matrix: each ear hears exactly these sources, no other voice, no music and no ringback beside. An ear with an
// empty list hears nothing, be it silence or dead air.
type WhoHears map[*Call][]Source

// TB is what [AssertHears] needs of a testing.TB; the package does not import testing, since programs use it too.
type TB interface {
	Helper()
	Context() context.Context
	Fatal(args ...any)
}

// HearOption changes how long [CheckHears] waits and watches.
type HearOption func(*hearing)

type hearing struct {
	within, stay time.Duration
}

// Within is the time in which the matrix must come true. Default 3 s.
func Within(d time.Duration) HearOption { return func(h *hearing) { h.within = d } }

// Staying is the time for which it must then stay true. Default 500 ms.
func Staying(d time.Duration) HearOption { return func(h *hearing) { h.stay = d } }

// AssertHears ends the test unless who hears whom comes true within a deadline and stays true for a while; see [CheckHears].
func AssertHears(t TB, who WhoHears, opts ...HearOption) {
	t.Helper()
	if err := CheckHears(t.Context(), who, opts...); err != nil {
		t.Fatal(err)
	}
}

// CheckHears waits until each ear hears exactly its sources over 200 ms and then watches that this stays so. If it does not, the
// error is a table of ears and voices that shows what was wanted and what was heard, and what else.
func CheckHears(ctx context.Context, who WhoHears, opts ...HearOption) error {
	h := hearing{within: 3 * time.Second, stay: 500 * time.Millisecond}
	for _, opt := range opts {
		opt(&h)
	}
	if err := distinct(who); err != nil {
		return err
	}
	start := time.Now()
	for ear := range who {
		if ear.ear.a == nil {
			return fmt.Errorf("who hears whom: %v: %w", ear, errDeaf)
		}
	}
	deadline, cancel := context.WithTimeout(ctx, h.within)
	defer cancel()
	err := poll(deadline, func() bool {
		since := time.Now().Add(-glanceTime)
		return !since.Before(start) && holds(who, since)
	})
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("who hears whom: %w\n%s", context.Cause(ctx), table(who, time.Now().Add(-glanceTime)))
		}
		return fmt.Errorf("who hears whom did not come true within %v; the last %v:\n%s", h.within, glanceTime,
			table(who, time.Now().Add(-glanceTime)))
	}
	came := time.Now()
	// From when on it is judged: since it came true, and at first a glance, from which what was before it came true goes away.
	var since time.Time
	broken := time.Time{}
	err = poll(ctx, func() bool {
		if since = time.Now().Add(-glanceTime); since.After(came) {
			since = came
		}
		if !holds(who, since) {
			broken = time.Now()
		}
		return !broken.IsZero() || time.Since(came) >= h.stay
	})
	switch {
	case err != nil:
		return fmt.Errorf("who hears whom: %w\n%s", err, table(who, since))
	case !broken.IsZero():
		return fmt.Errorf("who hears whom came true after %v but did not stay so for %v; what was heard until it broke after %v:\n%s",
			came.Sub(start).Round(time.Millisecond), h.stay, broken.Sub(came).Round(time.Millisecond), table(who, since))
	}
	return nil
}

// recentTime is longer than dead air that is overlooked, so that an ear that hears nothing any more is noticed.
const recentTime = (overlooked + 10) * frameTime

// holds tells whether each ear heard exactly its sources since then, and does so still: a stretch that was right at first must
// not hide that it is wrong by now.
func holds(who WhoHears, since time.Time) bool {
	recent := time.Now().Add(-recentTime)
	for ear, sources := range who {
		want := wanted(sources)
		if !ear.ear.Between(since, time.Time{}).Exactly(want...) {
			return false
		}
		if recent.After(since) && !ear.ear.Between(recent, time.Time{}).Exactly(want...) {
			return false
		}
	}
	return true
}

func wanted(sources []Source) []Voice {
	var out []Voice
	for _, s := range sources {
		if v := s.source(); v != Silence && v != DeadAir {
			out = append(out, v)
		}
	}
	return out
}

// everyone lists the calls of a matrix, ears and voices, by name.
func everyone(who WhoHears) []*Call {
	set := map[*Call]bool{}
	for ear, sources := range who {
		set[ear] = true
		for _, s := range sources {
			if c, ok := s.(*Call); ok {
				set[c] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b *Call) int {
		return cmp.Or(strings.Compare(a.String(), b.String()), strings.Compare(a.ID(), b.ID()), strings.Compare(a.key.tag, b.key.tag))
	})
}

// distinct refuses a matrix that cannot be told by ear.
func distinct(who WhoHears) error {
	owner := map[Voice]*Call{}
	for _, c := range everyone(who) {
		v := c.Voice()
		if other, taken := owner[v]; taken && v != Silence {
			return fmt.Errorf("who hears whom: %v and %v both talk at %v", other, c, v)
		}
		owner[v] = c
	}
	for ear, sources := range who {
		for _, s := range sources {
			v := s.source()
			if _, isCall := s.(*Call); isCall && v == Silence {
				return fmt.Errorf("who hears whom: %v is to hear %v, which says nothing", ear, s)
			}
			if v > 0 && ear.ear.a != nil && !slices.Contains(ear.ear.a.voices, v) {
				return fmt.Errorf("who hears whom: %v does not listen for %v (%v)", ear, s, v)
			}
		}
	}
	return nil
}

// table shows what each ear heard since then: a row an ear, a column a voice.
func table(who WhoHears, since time.Time) string {
	people := everyone(who)
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 2, 0, 2, ' ', 0)
	fmt.Fprint(w, "\tear \\ voice")
	for _, c := range people {
		fmt.Fprintf(w, "\t%v (%v)", c, c.Voice())
	}
	fmt.Fprintln(w, "\tother sound")
	for _, ear := range people {
		sources, listed := who[ear]
		if !listed {
			continue
		}
		want := wanted(sources)
		heard := ear.ear.Between(since, time.Time{})
		mark := "ok "
		if !heard.Exactly(want...) {
			mark = "BAD"
		}
		fmt.Fprintf(w, "%s\t%v", mark, ear)
		shown := map[Voice]bool{}
		for _, c := range people {
			v := c.Voice()
			shown[v] = true
			fmt.Fprintf(w, "\t%s", cell(heard, v, slices.Contains(want, v)))
		}
		fmt.Fprintf(w, "\t%s\n", rest(heard, want, shown))
	}
	w.Flush()
	return b.String()
}

func cell(h Heard, v Voice, want bool) string {
	if v == Silence {
		return "says nothing"
	}
	share := h.Share[v] * 100
	switch {
	case want && h.missing(v):
		return fmt.Sprintf("WANTED, %.0f%%", share)
	case want:
		return fmt.Sprintf("heard %.0f%%", share)
	case h.Longest[v] > fewFrames:
		return fmt.Sprintf("UNWANTED, %.0f%%", share)
	}
	return "-"
}

// rest tells what was heard beside the voices with a column, and what was wanted of it.
func rest(h Heard, want []Voice, shown map[Voice]bool) string {
	var parts []string
	for _, v := range want {
		if !shown[v] && h.missing(v) {
			parts = append(parts, fmt.Sprintf("%v WANTED, %.0f%%", v, h.Share[v]*100))
		}
	}
	for _, v := range slices.Sorted(maps.Keys(h.Share)) {
		switch {
		case v > 0 && shown[v], slices.Contains(want, v) && h.missing(v):
		case v == Silence, v == DeadAir, slices.Contains(want, v):
			parts = append(parts, fmt.Sprintf("%v %.0f%%", v, h.Share[v]*100))
		case h.Longest[v] > fewFrames:
			parts = append(parts, fmt.Sprintf("%v UNWANTED, %.0f%%", v, h.Share[v]*100))
		}
	}
	if parts == nil {
		return "-"
	}
	return strings.Join(parts, ", ")
}
