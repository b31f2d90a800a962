//go:build integration

package dialer_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
)

// complaints keeps what an engine logs as errors.
type complaints struct {
	mu  sync.Mutex
	all []string
}

// Run is called for each event that is logged.
func (c *complaints) Run(_ *zerolog.Event, level zerolog.Level, message string) {
	if level < zerolog.ErrorLevel {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, message)
}

func (c *complaints) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

// TestAgentsActAtRandom lets agents do, and people hang up, whatever comes to their minds: 8 agents for 20 seconds, or 50 for as long as
// HASSHIN_SOAK says. Every call must come to an end that leaves nothing behind.
func TestAgentsActAtRandom(t *testing.T) {
	lanes, long := 4, 20*time.Second
	if text := os.Getenv("HASSHIN_SOAK"); text != "" {
		d, err := time.ParseDuration(text)
		must(t, err)
		lanes, long = 25, d
	}
	all := newLanes(t, lanes)
	h := all[0].h
	end := time.Now().Add(long)
	var running sync.WaitGroup
	calls := make([]int, lanes)
	for i, l := range all {
		running.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(i), 7))
			for time.Now().Before(end) && !t.Failed() {
				if calls[i]++; calls[i] > laneCalls {
					t.Errorf("all %d rows of lane %d are called, %v before the end", laneCalls, i, time.Until(end))
					return
				}
				if !t.Run("", func(t *testing.T) { l.anything(t, dice) }) {
					return
				}
			}
		})
	}
	running.Wait()
	total := 0
	for _, n := range calls {
		total += n
	}
	t.Logf("%d agents handled %d calls in %v", 2*lanes, total, long)
	for _, message := range h.complaints.list() {
		t.Errorf("logged as an error: %s", message)
	}
	asterisktest.Eventually(t, patience, func() bool { return len(h.network.Calls()) == 0 }, "no call is up in the network")
	h.unexplained()
	for _, key := range h.redis.Keys() {
		if !slices.ContainsFunc(lasting, func(r *regexp.Regexp) bool { return r.MatchString(key) }) {
			t.Errorf("%s is left in Redis", key)
		}
	}
}

// lasting are the keys in Redis that are there however many calls there have been: of a campaign, of a trunk, of an agent.
var lasting = []*regexp.Regexp{
	regexp.MustCompile(`^hs:\{c:lane-\d+\}:(asked|calls|hist|num|ready|rec|seq|tally|import:[0-9a-f]+|names|callsof:[^:]+|day:\d{4}-\d\d-\d\d)$`),
	regexp.MustCompile(`^hs:\{agent:(agent|colleague)-\d+\}:recents$`),
	regexp.MustCompile(`^hs:\{t:carrier\}:\w+$`),
}

// explained are Asterisk's complaints that people who hang up at any moment bring about, and why.
var explained = []*regexp.Regexp{
	regexp.MustCompile(`res_stasis_playback.c: .*Playback failed for sound:`),            // a tone ended before its first frame: its agent hung up, or a newer one took its place
	regexp.MustCompile(`file.c: Unable to open (hasshin/|silence/2)`),                    // the same, a moment later: the leg takes no format any more
	regexp.MustCompile(`chan_pjsip.c: Don't know how to indicate condition 1000`),        // a tone was stopped that had ended: the order to stop reaches the leg's driver, which has no use for it
	regexp.MustCompile(`taskprocessor.c: .*ari:application/hasshin.* queue reached 500`), // a burst of events, of fifty phones on two cores; none is dropped
	regexp.MustCompile(`chan_pjsip.c: Session already DISCONNECTED`),                     // both ends hung up at once
	regexp.MustCompile(`pjproject: .*Assert failed: inv->invite_tsx`),                    // PJSIP's own: a CANCEL that crosses the answer
}

// unexplained fails for each warning and error in Asterisk's log that is not explained.
func (h *house) unexplained() {
	h.t.Helper()
	text, err := h.ast.Logs(h.ctx())
	must(h.t, err)
	for line := range strings.Lines(text) {
		bad := strings.Contains(line, "] ERROR[") || strings.Contains(line, "] WARNING[")
		if bad && !slices.ContainsFunc(explained, func(r *regexp.Regexp) bool { return r.MatchString(line) }) {
			h.t.Errorf("Asterisk: %s", strings.TrimSpace(line))
		}
	}
}

// anything plays one call.
func (l *lane) anything(t *testing.T, dice *rand.Rand) {
	l.ready(t)
	l.talking(t)
	e := l.h.engine
	for range 3 + dice.IntN(6) {
		v := l.state(t, l.agent)
		ctx, me := within(t), l.agent.id
		targets := []dialer.Target{
			to(dialer.TargetAgent, l.colleague.id), to(dialer.TargetGroup, l.group()), to(dialer.TargetNumber, l.answering()), to(dialer.TargetNumber, l.busy()),
		}
		target := targets[dice.IntN(len(targets))]
		var err error
		switch dice.IntN(16) {
		case 0, 1:
			_, err = e.Hold(ctx, me, l.id)
		case 2, 3:
			_, err = e.Resume(ctx, me, l.id)
		case 4, 5:
			_, err = e.StartConsultation(ctx, me, l.id, target)
		case 6:
			_, err = e.StartConference(ctx, me, l.id, target)
		case 7:
			_, err = e.TransferTo(ctx, me, l.id, target)
		case 8:
			_, err = e.Swap(ctx, me, l.id)
		case 9:
			_, err = e.Merge(ctx, me, l.id)
		case 10:
			_, err = e.CompleteTransfer(ctx, me, l.id)
		case 11:
			_, err = e.EndConsultation(ctx, me, l.id)
		case 12, 13:
			if l.state(t, l.colleague).State == "offered" {
				_, err = e.Accept(ctx, l.colleague.id, l.id, "")
			}
		case 14:
			err = l.somebodyHangsUp(ctx, dice)
		case 15:
			_, err = e.SendDTMF(ctx, me, l.id, "", "7")
		}
		var refused *dialer.Error
		if err != nil && (!errors.As(err, &refused) || refused.Code == dialer.CodeTimeout || refused.Code == dialer.CodeShuttingDown) {
			t.Errorf("in state %s: %v", v.State, err)
		}
	}
	// An outside number that has not been reached yet may talk on to the contact, when it is.
	asterisktest.Eventually(t, patience, func() bool {
		for _, c := range l.h.network.Calls() {
			if c.Number() == l.answering() {
				l.target = c
				must(t, c.Hangup(within(t)))
			}
		}
		out := l.letGo(t, l.agent) && l.letGo(t, l.colleague)
		return out && !slices.ContainsFunc(l.leftOver(t), func(left string) bool { return strings.HasPrefix(left, "hs.call.") })
	}, "the call has no leg any more")
	l.finish(t)
}

func (l *lane) somebodyHangsUp(ctx context.Context, dice *rand.Rand) error {
	switch dice.IntN(3) {
	case 0:
		return l.contact.Hangup(ctx)
	case 1:
		return l.colleague.leg.Hangup(ctx)
	}
	return l.agent.leg.Hangup(ctx)
}
