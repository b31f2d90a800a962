package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// conversation is a call under way.
type conversation struct {
	r       *rig
	id      string
	contact *phone.Call
}

// round measures every action once, on two calls, and raw moves before each.
func (r *rig) round(ctx context.Context, taken samples) error {
	e := r.stack.Engine
	if err := r.rawMoves(ctx, taken); err != nil {
		return err
	}
	c, err := r.talk(ctx)
	if err != nil {
		return err
	}
	do := func(command func(context.Context, string, string) (dialer.CallView, error)) func() error {
		return func() error {
			_, err := command(ctx, agentID, c.id)
			return err
		}
	}
	if err := taken.take(ctx, "hold, music", c.contact, phone.Music, do(e.Hold)); err != nil {
		return err
	}
	if err := taken.take(ctx, "resume, agent's voice", c.contact, agentVoice, do(e.Resume)); err != nil {
		return err
	}
	if err := c.consult(ctx); err != nil {
		return err
	}
	if err := taken.take(ctx, "swap, agent's voice", c.contact, agentVoice, do(e.Swap)); err != nil {
		return err
	}
	if err := do(e.Swap)(); err != nil {
		return err
	}
	if err := taken.take(ctx, "complete transfer, target's voice", c.contact, targetVoice, do(e.CompleteTransfer)); err != nil {
		return err
	}
	if err := c.close(ctx); err != nil {
		return err
	}

	if err := r.rawMoves(ctx, taken); err != nil {
		return err
	}
	if c, err = r.talk(ctx); err != nil {
		return err
	}
	if err := c.consult(ctx); err != nil {
		return err
	}
	if err := taken.take(ctx, "merge, target's voice", c.contact, targetVoice, do(e.Merge)); err != nil {
		return err
	}
	return c.close(ctx)
}

// talk brings the agent together with the next contact.
func (r *rig) talk(ctx context.Context) (*conversation, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v, err := r.stack.Engine.GetRecord(ctx, agentID, stack.Campaign)
	if err != nil {
		return nil, err
	}
	c := &conversation{r: r, id: v.ID}
	if v, err = r.stack.Engine.Accept(ctx, agentID, c.id, ""); err != nil {
		return nil, err
	}
	if c.contact, err = r.network.CallTo(ctx, v.Number); err != nil {
		return nil, err
	}
	_, err = c.contact.Ear().WaitHeard(ctx, agentVoice, time.Now())
	return c, err
}

// consult brings the agent together with the target, while the contact hears music.
func (c *conversation) consult(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	e := c.r.stack.Engine
	if _, err := e.StartConsultation(ctx, agentID, c.id, dialer.Target{Kind: dialer.TargetNumber, Number: target}); err != nil {
		return err
	}
	for {
		v, err := e.Call(ctx, agentID, c.id)
		if err != nil || v.State == "consulting" {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the consultation is %s: %w", problemOf(v), context.Cause(ctx))
		}
	}
}

// close ends the call for all.
func (c *conversation) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := c.r.stack.Engine.Done(ctx, agentID, c.id, dialer.DoneOptions{Stop: true}); err != nil {
		return err
	}
	if err := c.contact.Hangup(ctx); err != nil {
		return err
	}
	for _, call := range c.r.network.Calls() {
		if call.Number() == target {
			if _, err := call.WaitEnd(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
