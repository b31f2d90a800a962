package trunk

import (
	"context"
	"slices"
	"time"
)

// given is a channel that Redis is to be told was given back.
type given struct {
	leg   string
	taken time.Time // zero if nobody knows
	how   Ending
}

// giveAtOnce is how many channels one script run takes back: quick enough not to hold Redis up.
const giveAtOnce = 200

// Give gives the channel of a leg back, without waiting for Redis; a leg that has none is left alone.
func (l *Limiter) Give(leg string, how Ending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.legs[leg]
	delete(l.legs, leg)
	if h == nil || l.ended {
		return
	}
	if how == Congestion {
		l.figures.congested(h.trunk)
	}
	g := given{leg: leg, how: how}
	if !h.adopted {
		g.taken = h.taken
	}
	t := l.trunks[h.trunk]
	t.given = append(t.given, g)
	if !t.giving { // else what tells Redis now tells it this next
		t.giving = true
		l.giving.Go(func() { l.tellGiven(h.trunk) })
	}
}

// tellGiven tells Redis what was given back until there is no more: one request for all that came together during the last one.
func (l *Limiter) tellGiven(name string) {
	for {
		l.mu.Lock()
		t := l.trunks[name]
		all := t.given
		t.given = nil
		t.giving = len(all) > 0
		l.mu.Unlock()
		if len(all) == 0 {
			return
		}
		for some := range slices.Chunk(all, giveAtOnce) {
			l.tellSome(name, some)
		}
	}
}

func (l *Limiter) tellSome(name string, some []given) {
	args := make([]any, 0, 3*len(some))
	for _, g := range some {
		age := int64(-1)
		if !g.taken.IsZero() {
			age = time.Since(g.taken).Milliseconds()
		}
		args = append(args, g.leg, age, string(g.how))
	}
	reply, err := l.ask(context.Background(), giveScript, name, 1, args...)
	if err != nil {
		l.failed(name, err) // nobody renews their leases any more
		return
	}
	if first, _ := reply[0].(int64); first == 1 {
		l.opts.Logger.Warn().Str("trunk", name).Msg("the network has no room for calls: fewer are placed until it has")
	}
}
