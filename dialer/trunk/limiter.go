package trunk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

const (
	// Lease is after what silence of a process the channels of its legs are free.
	Lease = 4 * time.Second

	renewEvery = Lease / 4
	// lookEvery is how often a trunk without a free channel is looked at: another process may have given one back, or a pause be over.
	lookEvery = 250 * time.Millisecond
	// unconfirmed is how long a channel is held for a leg of which nobody has said that it was placed.
	unconfirmed = 15 * time.Second
	// askAgain is how often a call that an agent waits for asks.
	askAgain = 50 * time.Millisecond
	// dialHorizon is for how long a call without an agent may be put off, to spread calls evenly.
	dialHorizon = 250 * time.Millisecond
	askTimeout  = 2 * time.Second
	keepAtOnce  = 1000 // legs in one request
)

// Reason says why there is no channel.
type Reason string

// Why a trunk has no channel for a leg.
const (
	Full      Reason = "full"       // as many are in use as the trunk has, or as congestion leaves
	Rate      Reason = "rate"       // as many calls have begun lately as may
	Congested Reason = "congestion" // the network has refused calls a moment ago
)

// Refusal is a leg that got no channel.
type Refusal struct {
	Trunk string
	Why   Reason
	After time.Duration // when asking again may help; 0 if nobody knows
}

func (r *Refusal) Error() string {
	switch r.Why {
	case Rate:
		return fmt.Sprintf("trunk %s: as many calls have begun as it takes in a second", r.Trunk)
	case Congested:
		return fmt.Sprintf("trunk %s: the network has no room for calls now", r.Trunk)
	}
	return fmt.Sprintf("trunk %s: all channels are in use", r.Trunk)
}

// Ending says what the end of a leg tells of the network.
type Ending string

// How a leg ended.
const (
	Unknown    Ending = ""
	Fine       Ending = "fine"       // the network had room
	Congestion Ending = "congestion" // it had none
)

// Options is what a [Limiter] is made of.
type Options struct {
	Redis  redis.UniversalClient // stays the caller's to close
	Trunks map[string]Limits

	// Changed is told that there may be more or fewer channels for calls without an agent. It must not block.
	Changed func(trunk string)

	Registerer prometheus.Registerer // optional
	Logger     zerolog.Logger
}

// Limiter is one process's view of the trunks. It is safe for concurrent use.
type Limiter struct {
	opts    Options
	figures *figures

	mu     sync.Mutex
	trunks map[string]*line
	legs   map[string]*held

	ended  bool // nothing is told to Redis any more
	giving sync.WaitGroup
}

type line struct {
	limits  Limits
	free    int // for calls without an agent, as Redis said last; -1 for any number
	backed  bool
	failing bool // Redis does not answer

	given  []given // that Redis is to be told of
	giving bool    // it is being told
}

// held is a leg of this process that has a channel.
type held struct {
	trunk     string
	node      string // where it is, once it is placed
	taken     time.Time
	adopted   bool // when it was taken nobody knows
	confirmed bool
}

// New makes the limiter of a process. It does not speak to Redis yet.
func New(opts Options) (*Limiter, error) {
	l := &Limiter{opts: opts, trunks: map[string]*line{}, legs: map[string]*held{}}
	for name, limits := range opts.Trunks {
		l.trunks[name] = &line{limits: limits, free: -1}
		if limits.Channels > 0 {
			l.trunks[name].free = limits.Channels
		}
	}
	if l.opts.Changed == nil {
		l.opts.Changed = func(string) {}
	}
	var err error
	if l.figures, err = newFigures(opts.Registerer); err != nil {
		return nil, err
	}
	return l, nil
}

// learn takes note of a trunk's state.
func (l *Limiter) learn(name string, state []int) {
	used, most, free, backed := state[0], state[1], state[2], state[4] == 1
	l.mu.Lock()
	t := l.trunks[name]
	changed, over := t.free != free, t.backed && !backed
	t.free, t.backed = free, backed
	l.mu.Unlock()
	l.figures.state(name, used, most, backed)
	if over {
		l.opts.Logger.Info().Str("trunk", name).Msg("the network has room again: calls are placed as before")
	}
	if changed {
		l.opts.Changed(name)
	}
}

// Free is how many more calls without an agent the trunk takes, as far as this process knows; negative for any number.
func (l *Limiter) Free(name string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t := l.trunks[name]; t != nil {
		return t.free
	}
	return -1
}

// TakeToDial takes a channel for a call that is placed without an agent. It may wait a quarter of a second, to spread calls evenly. Its error is a
// *Refusal, or of Redis.
func (l *Limiter) TakeToDial(ctx context.Context, name, leg string) error {
	wait, err := l.take(ctx, name, leg, false, dialHorizon)
	if err != nil {
		return err
	}
	return l.pause(ctx, leg, wait)
}

// TakeForAgent takes a channel for a leg that an agent waits for, as soon as there is one within the trunk's agent_wait. While Redis does not answer
// only what this process knows of counts. Its error is a *Refusal, or ctx's.
func (l *Limiter) TakeForAgent(ctx context.Context, name, leg string) error {
	limits := l.opts.Trunks[name]
	deadline := time.Now().Add(limits.AgentWait)
	for {
		wait, err := l.take(ctx, name, leg, true, max(time.Until(deadline), dialHorizon))
		var refused *Refusal
		switch {
		case err == nil:
			return l.pause(ctx, leg, wait)
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.As(err, &refused):
			return l.takeAlone(name, leg, err)
		case time.Until(deadline) < askAgain:
			l.figures.refused(name, refused.Why, "agent")
			return err
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pause waits until a call may begin.
func (l *Limiter) pause(ctx context.Context, leg string, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		l.Give(leg, Unknown)
		return ctx.Err()
	}
}

func (l *Limiter) take(ctx context.Context, name, leg string, agent bool, horizon time.Duration) (time.Duration, error) {
	limits, known := l.opts.Trunks[name]
	if !known {
		return 0, fmt.Errorf("there is no trunk %q", name)
	}
	forAgent := 0
	if agent {
		forAgent = 1
	}
	reply, err := l.ask(ctx, takeScript, name, 2, leg, forAgent, limits.between().Microseconds(), horizon.Microseconds())
	if err != nil {
		return 0, err
	}
	why, _ := reply[0].(string)
	ms, _ := reply[1].(int64)
	wait := time.Duration(ms) * time.Millisecond
	if why != "" {
		if !agent {
			l.figures.refused(name, Reason(why), "dialing")
		}
		return 0, &Refusal{Trunk: name, Why: Reason(why), After: wait}
	}
	l.hold(name, leg)
	return wait, nil
}

func (l *Limiter) hold(name, leg string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.legs[leg] == nil {
		l.legs[leg] = &held{trunk: name, taken: time.Now()}
	}
}

// takeAlone decides for an agent's leg while Redis does not answer: conversations go on, and so must be what agents do in them.
func (l *Limiter) takeAlone(name, leg string, why error) error {
	limits := l.opts.Trunks[name]
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, h := range l.legs {
		if h.trunk == name {
			n++
		}
	}
	if limits.Channels > 0 && n >= limits.Channels {
		return &Refusal{Trunk: name, Why: Full}
	}
	l.legs[leg] = &held{trunk: name, taken: time.Now()}
	l.opts.Logger.Warn().Err(why).Str("trunk", name).Msg("the trunk's channels are counted by this process alone: Redis does not answer")
	return nil
}

// Placed says that a leg exists, and at which Asterisk: it keeps its channel until it is given back.
func (l *Limiter) Placed(leg, node string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.legs[leg]; h != nil {
		h.confirmed, h.node = true, node
	}
}

// Adopt takes over the channels of legs that a process before this one had placed at an Asterisk, and that are still there.
func (l *Limiter) Adopt(ctx context.Context, node string, legs []string) error {
	l.mu.Lock()
	legs = slices.DeleteFunc(slices.Clone(legs), func(leg string) bool { return l.legs[leg] != nil })
	l.mu.Unlock()
	for name := range l.trunks {
		for some := range slices.Chunk(legs, keepAtOnce) {
			reply, err := l.ask(ctx, adoptScript, name, 0, anys(some)...)
			if err != nil {
				return err
			}
			found, _ := reply[1].([]any)
			l.mu.Lock()
			for _, leg := range found {
				if id, ok := leg.(string); ok && l.legs[id] == nil {
					l.legs[id] = &held{trunk: name, node: node, adopted: true, confirmed: true}
				}
			}
			l.mu.Unlock()
		}
	}
	return nil
}

// Missing gives back the channels of legs that an Asterisk does not have any more.
func (l *Limiter) Missing(node string, there func(leg string) bool) {
	l.mu.Lock()
	var gone []string
	for leg, h := range l.legs {
		if h.confirmed && h.node == node && !there(leg) {
			gone = append(gone, leg)
		}
	}
	l.mu.Unlock()
	for _, leg := range gone {
		l.Give(leg, Unknown)
	}
}

func anys(legs []string) []any {
	all := make([]any, len(legs))
	for i, leg := range legs {
		all[i] = leg
	}
	return all
}
