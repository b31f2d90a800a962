package dialer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// A phone that rings is not given up before the campaign's ring_timeout (20 s here) has passed since its first ringing, whatever happened before and
// happens meanwhile; one that is not heard to ring is given up after setup_timeout (15 s here).
func TestTheTimeToAnswerCountsFromTheFirstRinging(t *testing.T) {
	t.Parallel()
	const unheard = 15 * time.Second
	away := func(r *rig) { r.faulty = true; r.asterisk.Boot(false); r.asterisk.Drop() }
	back := func(r *rig) { r.asterisk.Boot(true) }
	for name, c := range map[string]struct {
		number  aritest.Behavior
		events  map[time.Duration]func(*rig) // by the time since the dialing
		end     time.Duration                // since then
		late    time.Duration                // how much later it may be
		placed  bool                         // not for calls of an agent's: nobody takes care of those while the connection is lost
		unheard bool                         // no ringing is noted
	}{
		"rings at once":                   {number: aritest.NoAnswer(), end: 20 * time.Second},
		"rings after 12s":                 {number: aritest.NoAnswer().Late(12 * time.Second), end: 32 * time.Second},
		"early media":                     {number: aritest.EarlyMedia(time.Hour), end: 20 * time.Second},
		"early media, then rings":         {number: aritest.NoAnswer().Opening(12 * time.Second), end: 32 * time.Second},
		"late early media, late rings":    {number: aritest.NoAnswer().Late(14 * time.Second).Opening(19 * time.Second), end: 53 * time.Second},
		"silent for ever":                 {number: aritest.NoAnswer().Late(time.Hour), end: unheard, unheard: true},
		"restart before it rings":         {number: aritest.NoAnswer().Late(12 * time.Second), events: map[time.Duration]func(*rig){8 * time.Second: restarts}, end: 32 * time.Second},
		"restart while it rings":          {number: aritest.NoAnswer().Late(12 * time.Second), events: map[time.Duration]func(*rig){25 * time.Second: restarts}, end: 32 * time.Second},
		"restart between 183 and 180":     {number: aritest.NoAnswer().Opening(12 * time.Second), events: map[time.Duration]func(*rig){8 * time.Second: restarts}, end: 32 * time.Second},
		"restart of one that never rings": {number: aritest.NoAnswer().Late(time.Hour), events: map[time.Duration]func(*rig){8 * time.Second: restarts}, end: 28 * time.Second, placed: true, unheard: true},
		"reconnect while it rings":        {number: aritest.NoAnswer().Late(3 * time.Second), events: map[time.Duration]func(*rig){8 * time.Second: away, 9 * time.Second: back}, end: 23 * time.Second, late: time.Second},
		"begins to ring while Asterisk is away": {
			number: aritest.NoAnswer().Late(10 * time.Second), events: map[time.Duration]func(*rig){5 * time.Second: away, 25 * time.Second: back},
			end: 45 * time.Second, late: 15 * time.Second, placed: true,
		},
		"begins to ring while events stall": {
			number: aritest.NoAnswer().Late(14 * time.Second), events: map[time.Duration]func(*rig){13 * time.Second: func(r *rig) { r.asterisk.Stall() }},
			end: 34 * time.Second, late: 15 * time.Second, placed: true,
		},
	} {
		for _, mode := range []campaign.Mode{campaign.ModeProgressive, campaign.ModePreview} {
			if c.placed && mode == campaign.ModePreview {
				continue
			}
			t.Run(name+", "+string(mode), func(t *testing.T) {
				t.Parallel()
				redis := newRedis(t)
				synctest.Test(t, func(t *testing.T) {
					r := newRigWith(t, redis, true, func(cfg *Config) {
						k := cfg.Campaigns[rigCampaign]
						k.Mode, k.SetupTimeout, k.Dialing.AbandonMessage = mode, unheard, "sound:hello-world"
						cfg.Campaigns[rigCampaign] = k
					})
					r.numbersAre(c.number)
					lasted := r.ringOne(t, mode, c.events)
					if lasted < c.end-20*time.Millisecond || lasted > c.end+c.late+100*time.Millisecond {
						t.Errorf("it was given up after %s, want %s", lasted, c.end)
					}
					r.auditRinging(t, c.unheard)
					r.judge(t)
				})
			})
		}
	}
}

func restarts(r *rig) { r.restart() }

// ringOne lets an agent's first contact ring, does what has to happen meanwhile, and answers for how long the channel was there.
func (r *rig) ringOne(t *testing.T, mode campaign.Mode, events map[time.Duration]func(*rig)) time.Duration {
	t.Helper()
	r.arrive("hanako")
	if mode == campaign.ModePreview {
		r.perform("hanako record")
		r.perform("hanako accept &")
	}
	for len(r.callLegs()) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	began, first := time.Now(), r.callLegs()[0]
	if mode.Dials() { // nobody else is called
		if _, err := r.engine.SetNotReady(context.Background(), "hanako", ""); err != nil {
			t.Fatal(err)
		}
	}
	for at := time.Duration(0); ; at += 10 * time.Millisecond {
		if time.Since(began) < at {
			time.Sleep(at - time.Since(began))
		}
		if do := events[at]; do != nil {
			do(r)
		}
		synctest.Wait()
		if legs := r.callLegs(); len(legs) == 0 || legs[0] != first {
			return time.Since(began)
		}
		if at > 3*time.Minute {
			t.Fatalf("it rings for ever\n%s", r.log)
		}
	}
}

// auditRinging looks what the history has of the call that was given up.
func (r *rig) auditRinging(t *testing.T, unheard bool) {
	t.Helper()
	r.goHome("hanako")
	time.Sleep(5 * time.Second)
	calls := r.past()
	if len(calls) != 1 {
		t.Fatalf("%d calls in the history, want 1: %+v", len(calls), calls)
	}
	if c := calls[0]; c.Result != call.NoAnswer || c.Rang.IsZero() != unheard {
		t.Errorf("the history has %s, rang %s", c.Result, c.Rang)
	}
}
