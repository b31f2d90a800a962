package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/internal/phone"
)

// The voices of the three who talk.
var (
	contactVoice = robot.Voices()[0]
	previewVoice = robot.Voices()[1] // the agent at hasshin
	rawVoice     = robot.Voices()[2] // the agent at the raw loop
)

// rig is everything that is measured.
type rig struct {
	contact *phone.Phone
	stack   *stack.Stack
	preview *preview
	raw     *raw
}

// newRig starts it. It is to be closed even with an error.
func newRig(ctx context.Context, calls int, log zerolog.Logger) (*rig, error) {
	r := &rig{}
	var err error
	// Answering at a different phase of the packet clock each time, as people do.
	answers := func(*phone.Call) phone.Behaviour {
		return phone.Answer().After(20*time.Millisecond + rand.N(40*time.Millisecond))
	}
	if r.contact, err = phone.New(phone.Config{
		User: "contact", Voice: contactVoice, Listen: []phone.Voice{previewVoice, rawVoice}, Behave: answers, Logger: &log,
	}); err != nil {
		return r, err
	}
	fmt.Fprintln(os.Stderr, "starting Asterisk, Redis and hasshin …")
	if r.stack, err = stack.Start(ctx, stack.Options{Trunk: r.contact.Addr().String(), Agents: []string{"robot"}, Logger: log}); err != nil {
		return r, err
	}
	contacts := make([]stack.Contact, calls)
	for i := range contacts {
		contacts[i] = stack.Contact{ID: fmt.Sprintf("c%04d", i), Number: fmt.Sprintf("+442079460%03d", i)}
	}
	if err := r.stack.Import(ctx, contacts); err != nil {
		return r, err
	}
	if r.raw, err = newRaw(ctx, r.stack.Asterisk, log); err != nil {
		return r, fmt.Errorf("raw loop: %w", err)
	}
	if r.preview, err = newPreview(ctx, r.stack, log); err != nil {
		return r, fmt.Errorf("preview: %w", err)
	}
	return r, nil
}

func (r *rig) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if r.preview != nil {
		err = errors.Join(err, r.preview.close())
	}
	if r.raw != nil {
		err = errors.Join(err, r.raw.close())
	}
	if r.stack != nil {
		err = errors.Join(err, r.stack.Close(ctx))
	}
	if r.contact != nil {
		err = errors.Join(err, r.contact.Close())
	}
	return err
}

// hearing bounds the wait for a voice.
const hearing = 5 * time.Second

// measure waits for the next call to the contact, and until contact and agent, whose leg is given, have heard each other. Then the contact
// hangs up.
func measure(ctx context.Context, contact *phone.Phone, agent *phone.Call, agentVoice phone.Voice) (latency, error) {
	ctx, cancel := context.WithTimeout(ctx, hearing)
	defer cancel()
	leg, err := contact.NextCall(ctx)
	if err != nil {
		return latency{}, err
	}
	if err := leg.WaitAnswered(ctx); err != nil {
		return latency{}, err
	}
	answered := leg.AnsweredAt()
	atContact, err := leg.Ear().WaitHeard(ctx, agentVoice, answered)
	if err != nil {
		return latency{}, fmt.Errorf("the contact: %w", err)
	}
	atAgent, err := agent.Ear().WaitHeard(ctx, contactVoice, answered)
	if err != nil {
		return latency{}, fmt.Errorf("the agent: %w", err)
	}
	if err := leg.Hangup(ctx); err != nil {
		return latency{}, err
	}
	return latency{contactHears: atContact.Sub(answered), agentHears: atAgent.Sub(answered)}, nil
}
