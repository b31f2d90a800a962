//go:build integration

package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

// dialedFor is what the numbers of the list do, by their last two digits: most answer, talk for a moment and hang up.
func dialedFor(c *phone.Call) phone.Behaviour {
	n := int(c.Number()[len(c.Number())-1] - '0')
	switch c.Number()[len(c.Number())-2] {
	case '7':
		return phone.Refuse(486)
	case '8':
		return phone.Ring()
	case '9':
		return phone.Refuse(404)
	}
	return phone.Answer().After(time.Duration(500+200*n) * time.Millisecond).Saying(phone.VoiceAt(1)).HangingUpAfter(time.Duration(1500+200*n) * time.Millisecond)
}

// works lets an agent close each call as soon as it is over, until ctx ends, whether or not there is a process to tell.
func (k *killed) works(ctx context.Context, a *deskAgent) {
	for ctx.Err() == nil {
		v, err := a.api.Agent(ctx)
		if err == nil && v.State == "wrap-up" {
			_, _ = a.api.Done(ctx, v.CallID, client.Done{}) // refused when the process dies meanwhile: it is asked again
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// carried is what the network saw of the calls to one number.
type carried struct {
	calls  int
	spoken bool // somebody answered, and heard an agent
	silent bool // somebody answered, and never did
}

// watch notes every call that the network gets until ctx ends, and answers what became of them by number.
func (k *killed) watch(ctx context.Context) map[string]carried {
	seen := map[string]carried{}
	for {
		c, err := k.network.NextCall(ctx)
		if err != nil {
			break
		}
		s := seen[c.Number()]
		s.calls++
		seen[c.Number()] = s
		k.carried = append(k.carried, c)
	}
	for _, c := range k.carried {
		s := seen[c.Number()]
		if !c.AnsweredAt().IsZero() {
			_, hanako := c.Ear().FirstHeard(phone.VoiceAt(0), time.Time{})
			_, taro := c.Ear().FirstHeard(phone.VoiceAt(3), time.Time{})
			s.spoken, s.silent = s.spoken || hanako || taro, s.silent || !hanako && !taro
		}
		seen[c.Number()] = s
	}
	return seen
}

// A process that dials by itself is killed again and again: every number is dialed once, no record is lost or stuck, and whoever answered and heard no
// agent counts as abandoned.
func TestKillMinusNineWhileItDialsByItself(t *testing.T) {
	const kills = 5
	numbers := []string{"090-1234-0080", "090-1234-0090", "090-1234-0070", "090-1234-0071"}
	for n := range 14 {
		numbers = append(numbers, fmt.Sprintf("090-1234-00%02d", n))
	}
	closed := ""
	for _, result := range []call.Result{call.Busy, call.NoAnswer, call.Rejected, call.InvalidNumber, call.Abandoned, call.Failed, call.Congestion, call.Machine} {
		closed += fmt.Sprintf("%s: {per_number: 1, then: close}, ", result)
	}
	k := newKilledWith(t, setting{
		campaign: ", mode: predictive, ring_timeout: 15s, dialing: {abandon_message: sound:beep}, treatment: {results: {" + closed + "}}", numbers: numbers, behave: dialedFor,
	})
	working, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, a := range []*deskAgent{k.agent, k.mate} {
		all.Go(func() { k.works(working, a) })
	}
	var seen map[string]carried
	all.Go(func() { seen = k.watch(working) })
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range kills {
		time.Sleep(time.Duration(chance.IntN(1500)) * time.Millisecond)
		channels, err := k.ari.Channels.List(k.ctx())
		k.must(err)
		k.kill()
		away := time.Duration(chance.IntN(2500)) * time.Millisecond
		t.Logf("kill %d with %d channels, away for %v", i+1, len(channels), away)
		time.Sleep(away)
		k.start()
	}
	store := campaign.NewRedisStore(redis.NewClient(&redis.Options{Addr: k.redis}))
	var counts campaign.Counts
	asterisktest.Eventually(t, 4*patience, func() bool {
		var err error
		counts, err = store.Counts(k.ctx(), listName)
		k.must(err)
		return counts.Closed == int64(len(numbers))
	}, "the list is worked off")
	stop()
	all.Wait()
	t.Logf("%+v", counts)
	if counts.Out != 0 || counts.Total != int64(len(numbers)) {
		t.Errorf("%d of %d records are out, want none of %d", counts.Out, counts.Total, len(numbers))
	}
	if len(seen) != len(numbers) {
		t.Errorf("%d numbers were dialed, want each of the %d", len(seen), len(numbers))
	}
	abandoned := 0
	for _, number := range slices.Sorted(maps.Keys(seen)) {
		saw := seen[number]
		record, err := store.FindByNumber(k.ctx(), listName, number)
		k.must(err)
		attempts := record.Attempts()
		if saw.calls != 1 || len(attempts) != 1 {
			t.Errorf("%s was called %d times, and has the attempts %+v; want one", number, saw.calls, attempts)
			continue
		}
		switch result := attempts[0].Result; {
		case saw.spoken && result != call.Answered, saw.silent && result != call.Abandoned, result == call.Answered && !saw.spoken:
			t.Errorf("%s: heard an agent: %v, heard none: %v; the attempt is %s", number, saw.spoken, saw.silent, result)
		case result == call.Abandoned:
			abandoned++
		}
	}
	if got := counts.Results[string(call.Abandoned)]; got != int64(abandoned) {
		t.Errorf("%d are counted as abandoned, want %d", got, abandoned)
	}
	for _, a := range []*deskAgent{k.agent, k.mate} {
		v, err := a.api.Agent(k.ctx())
		k.must(err)
		if v.CallID != "" {
			t.Errorf("%s still has call %s", v.ID, v.CallID)
		}
	}
}
