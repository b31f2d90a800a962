//go:build integration

package dialer_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/trunk"
	"github.com/hasshin/hasshin/internal/phone"
	"github.com/hasshin/hasshin/internal/secret"
)

// carrier is the telephone network as it counts what it is asked for. Every number is busy: the first at once, so that only the rate holds calls back, then after
// some ringing, so that only the channels do. Once so many have come all calls are refused for a while.
type carrier struct {
	slowAfter    int
	congestAfter int
	congestedFor time.Duration

	mu       sync.Mutex
	invites  []time.Time
	numbers  map[string]int  // calls that were not refused
	from     map[string]bool // Asterisks
	now      int             // calls at once
	most     int             // of these, until the congestion
	mostThen int             // and after it
	from503  time.Time       // when the congestion begins
	refused  []time.Time
}

func (n *carrier) behave(c *phone.Call) phone.Behaviour {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := time.Now()
	n.invites = append(n.invites, at)
	n.from[c.Header("Contact")] = true
	n.now++
	go func() {
		<-c.Done()
		n.mu.Lock()
		n.now--
		n.mu.Unlock()
	}()
	if len(n.invites) == n.congestAfter {
		n.from503 = at
	}
	if !n.from503.IsZero() && at.Sub(n.from503) < n.congestedFor {
		n.refused = append(n.refused, at)
		return phone.Refuse(503)
	}
	if n.from503.IsZero() {
		n.most = max(n.most, n.now)
	} else {
		n.mostThen = max(n.mostThen, n.now)
	}
	n.numbers[c.Number()]++
	if n.from503.IsZero() && len(n.invites) > n.slowAfter {
		return phone.Refuse(486).After(400 * time.Millisecond)
	}
	return phone.Refuse(486).After(20 * time.Millisecond)
}

// within is how many calls came in the busiest span of such a length.
func (n *carrier) within(span time.Duration) (most int) {
	for i, from := range n.invites {
		in := 0
		for _, at := range n.invites[i:] {
			if at.Sub(from) < span {
				in++
			}
		}
		most = max(most, in)
	}
	return most
}

// Two processes, each with an Asterisk of its own, call on one trunk as fast as it takes. What it takes the carrier itself counts; when it has no room they leave it
// alone, come back with fewer calls, and no record is lost or dialed twice.
func TestTheLimitsOfATrunkAsTheCarrierCounts(t *testing.T) {
	const channels, rate, records = 4, 20, 60
	n := &carrier{slowAfter: 25, congestAfter: 45, congestedFor: time.Second, numbers: map[string]int{}, from: map[string]bool{}}
	h := newHouseWith(t, message(), nil, dials(campaign.ModeAgentless), func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.Agentless.Calls, k.Agentless.Announcement = 10, "sound:hasshin-sorry"
		c.Campaigns[spring] = k
		line := c.Trunks["carrier"]
		line.Limits = trunk.Limits{Channels: channels, CallsPerSecond: rate}
		c.Trunks["carrier"] = line
	})
	h.behave = n.behave
	var numbers []string
	for i := range records {
		numbers = append(numbers, fmt.Sprintf("090-1234-%04d", i+1))
	}
	second := h.another()
	h.start()
	second()
	h.fill(numbers...) // both are waiting for it
	var counts campaign.Counts
	asterisktest.Eventually(t, 3*patience, func() bool {
		var err error
		counts, err = h.store.Counts(h.ctx(), spring)
		return err == nil && counts.Ready+counts.Out == 0
	}, "all are dialed")

	n.mu.Lock()
	defer n.mu.Unlock()
	t.Logf("%d calls, %d in a second; %d at once, after the congestion %d; %d refused", len(n.invites), n.within(time.Second), n.most, n.mostThen, len(n.refused))
	if len(n.from) != 2 {
		t.Errorf("calls came from %v, want both Asterisks", n.from)
	}
	if n.most > channels || n.most < channels-1 {
		t.Errorf("%d calls at once, want %d", n.most, channels)
	}
	// They begin evenly spread; what an Asterisk that is kept waiting sends late comes together.
	if most := n.within(time.Second); most > rate+rate/4 || most < rate/2 {
		t.Errorf("%d calls in a second, want about %d", most, rate)
	}
	if took := n.invites[n.slowAfter].Sub(n.invites[0]); float64(n.slowAfter) > took.Seconds()*rate+2 {
		t.Errorf("%d calls in the first %s, want %d a second", n.slowAfter, took, rate)
	}
	// Those on their way when the first was refused, and one attempt each of what was left after the pause.
	if len(n.refused) > channels+channels/2 {
		t.Errorf("%d calls were placed into the congestion", len(n.refused))
	}
	if n.mostThen > channels/2 || n.mostThen == 0 {
		t.Errorf("%d calls at once after the congestion, want %d at most", n.mostThen, channels/2)
	}
	for _, times := range n.numbers {
		if times != 1 {
			t.Errorf("numbers were dialed %v, want each once", n.numbers)
			break
		}
	}
	refused := int64(len(n.refused))
	if int64(len(n.numbers))+refused != records || counts.Waiting != records || counts.Results["busy"] != records-refused || counts.Results["congestion"] != refused || refused == 0 {
		t.Errorf("%d numbers dialed, %+v; want all %d to wait until they are dialed again, busy or refused", len(n.numbers), counts, records)
	}
}

// another makes a second process of the house, with an Asterisk of its own and the same Redis and network. It is started by what is returned, and ended with the test.
func (h *house) another() (start func()) {
	h.t.Helper()
	ast := asterisktest.Start(h.t, asterisktest.WithTrunk(h.network.Addr().String()))
	cfg := h.cfg
	node := dialer.NodeConfig{}.Defaults()
	node.Name, node.URL, node.Username, node.Password, node.SIP = "ast2", ast.URL(), ast.Username(), secret.New(ast.Password()), ast.SIPAddr()
	cfg.Asterisk = []dialer.NodeConfig{node}
	engine, err := dialer.New(dialer.Options{
		Config: cfg, Store: h.store, TrunkRedis: h.rdb, Logger: zerolog.New(zerolog.NewTestWriter(h.t)).Level(zerolog.InfoLevel).Hook(&h.complaints),
	})
	must(h.t, err)
	return func() {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- engine.Run(ctx) }()
		h.t.Cleanup(func() {
			cancel()
			must(h.t, <-ended)
		})
		asterisktest.Eventually(h.t, patience, func() bool { return engine.Available() == nil }, "the second engine is connected")
	}
}
