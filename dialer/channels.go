package dialer

import (
	"context"
	"errors"
	"fmt"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/trunk"
)

// Every leg to the outside has a channel of its trunk, from before it is placed until Asterisk says that it is gone. It goes by the id of the leg's channel in
// Asterisk, so whoever has the leg meanwhile, its end is seen in one place.

// newTrunks makes what counts the trunks' channels.
func (e *Engine) newTrunks(opts Options) error {
	limits := map[string]trunk.Limits{}
	for name, t := range e.cfg.Trunks {
		if opts.TrunkRedis == nil && (t.Limits.Channels > 0 || t.Limits.CallsPerSecond > 0) {
			return fmt.Errorf("trunk %s has limits, and there is no Redis to count its channels in", name)
		}
		limits[name] = t.Limits
	}
	if opts.TrunkRedis == nil {
		return nil
	}
	var err error
	e.trunks, err = trunk.New(trunk.Options{
		Redis: opts.TrunkRedis, Trunks: limits, Changed: e.channelsChanged, Registerer: opts.Registerer, Logger: e.log,
	})
	return err
}

// channelsChanged lets the campaigns that place calls on a trunk know how many it takes.
func (e *Engine) channelsChanged(name string) {
	for _, d := range e.pacers {
		if d.cfg.Trunk == name {
			d.post(d.checkLines)
		}
	}
}

// freeChannels is how many more calls without an agent a trunk takes; negative for any number.
func (e *Engine) freeChannels(name string) int {
	if e.trunks == nil {
		return -1
	}
	return e.trunks.Free(name)
}

// channelToDial takes a channel for a call that is placed without an agent. Its error is a *trunk.Refusal, or of Redis.
func (e *Engine) channelToDial(name, leg string) error {
	if e.trunks == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	return e.trunks.TakeToDial(ctx, name, leg)
}

// channelForAgent takes a channel for a leg that an agent waits for. Its error is an *Error.
func (e *Engine) channelForAgent(ctx context.Context, name, leg string) error {
	if e.trunks == nil {
		return nil
	}
	err := e.trunks.TakeForAgent(ctx, name, leg)
	var refused *trunk.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refuse(CodeTrunkFull, "%s; try again in a moment", refused)
	}
	return &Error{Code: CodeStoreUnavailable, Message: "no channel of the trunk can be had now; try again", Err: err}
}

func (e *Engine) legPlaced(leg string, n *node) {
	if e.trunks != nil {
		e.trunks.Placed(leg, n.cfg.Name)
	}
}

// legOver gives the channel of a leg back.
func (e *Engine) legOver(leg string, how trunk.Ending) {
	if e.trunks != nil {
		e.trunks.Give(leg, how)
	}
}

// endingOf tells what the end of a channel says of the network.
func endingOf(ev *ari.ChannelDestroyed) trunk.Ending {
	if ev.Channel.State == "Up" {
		return trunk.Fine
	}
	switch call.ResultOf(false, ev.TechCause, ev.Cause) {
	case call.Congestion:
		return trunk.Congestion
	case call.Busy, call.Rejected, call.InvalidNumber:
		return trunk.Fine
	case call.NoAnswer:
		if ev.Channel.State == "Ringing" {
			return trunk.Fine
		}
	}
	return trunk.Unknown
}

// countChannels brings the count of channels in line with the legs that an Asterisk has.
func (n *node) countChannels(ctx context.Context, present map[string]ari.Channel) {
	if n.e.trunks == nil {
		return
	}
	n.e.trunks.Missing(n.cfg.Name, func(leg string) bool { _, there := present[leg]; return there })
	var legs []string
	for id := range present {
		if prefix, _ := owner(id); prefix == prefixCall {
			legs = append(legs, id)
		}
	}
	if err := n.e.trunks.Adopt(ctx, n.cfg.Name, legs); err != nil {
		n.log.Warn().Err(err).Msg("the channels of legs that are up are not counted")
	}
}
