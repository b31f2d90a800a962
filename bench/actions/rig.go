package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

var (
	contactVoice = robot.Voices()[0]
	agentVoice   = robot.Voices()[1]
	targetVoice  = robot.Voices()[2]
	firstVoice   = robot.Voices()[3] // of the talkers in the two raw bridges
	secondVoice  = robot.Voices()[4]
)

// The numbers that the network knows beside those of contacts.
const (
	agentID   = "robot"
	target    = "+442079467000"
	rawMover  = "+442079467001"
	rawFirst  = "+442079467002"
	rawSecond = "+442079467003"
	patience  = 10 * time.Second
)

// rig is everything that is measured.
type rig struct {
	network *phone.Phone
	agent   *phone.Phone
	stack   *stack.Stack
	ari     *ari.Client
	mover   *phone.Call // is moved between the raw bridges
}

// newRig starts it. It is to be closed even with an error.
func newRig(ctx context.Context, calls int, log zerolog.Logger) (*rig, error) {
	r := &rig{}
	var err error
	voices := map[string]phone.Voice{target: targetVoice, rawFirst: firstVoice, rawSecond: secondVoice}
	if r.network, err = phone.New(phone.Config{Voice: contactVoice, Logger: &log, Behave: func(c *phone.Call) phone.Behaviour {
		if v, ok := voices[c.Number()]; ok {
			return phone.Answer().Saying(v)
		}
		return phone.Answer()
	}}); err != nil {
		return r, err
	}
	fmt.Fprintln(os.Stderr, "starting Asterisk, Redis and hasshin …")
	r.stack, err = stack.Start(ctx, stack.Options{
		Trunk: r.network.Addr().String(), Agents: []string{agentID}, Logger: log,
		Configure: func(c *dialer.Config) { c.Directory.Outside.PerMinute, c.Directory.Outside.PerHour = 0, 0 },
	})
	if err != nil {
		return r, err
	}
	contacts := make([]stack.Contact, calls)
	for i := range contacts {
		contacts[i] = stack.Contact{ID: fmt.Sprintf("c%04d", i), Number: fmt.Sprintf("+442079460%03d", i)}
	}
	if err := r.stack.Import(ctx, contacts); err != nil {
		return r, err
	}
	if err := r.plugIn(ctx, log); err != nil {
		return r, fmt.Errorf("agent: %w", err)
	}
	if err := r.raw(ctx); err != nil {
		return r, fmt.Errorf("raw bridges: %w", err)
	}
	return r, nil
}

// plugIn puts the agent's phone into its booth.
func (r *rig) plugIn(ctx context.Context, log zerolog.Logger) error {
	e := r.stack.Engine
	if _, err := e.SignIn(ctx, agentID); err != nil {
		return err
	}
	account, err := e.PhoneCredentials(ctx, agentID)
	if err != nil {
		return err
	}
	if r.agent, err = phone.New(phone.Config{
		User: account.Username, Password: account.Password, Server: account.Registrar, Voice: agentVoice, Logger: &log,
	}); err != nil {
		return err
	}
	if err := r.agent.Register(ctx); err != nil {
		return err
	}
	if _, err := e.ConnectPhone(ctx, agentID); err != nil {
		return err
	}
	_, err = e.SetReady(ctx, agentID)
	return err
}

const rawApp = "raw"

// raw makes two bridges with a talker in each, and somebody to be moved between them, in the second.
func (r *rig) raw(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var err error
	if r.ari, err = r.stack.Asterisk.Client(ctx, rawApp); err != nil {
		return err
	}
	events := r.ari.Subscribe(ari.All())
	defer events.Close()
	for _, b := range []string{"raw.first", "raw.second"} {
		if _, err := r.ari.Bridges.Create(ctx, ari.CreateBridge{ID: b, Type: "mixing,dtmf_events"}); err != nil {
			return err
		}
	}
	for _, leg := range []struct{ number, channel, bridge string }{
		{rawFirst, "raw.talker.first", "raw.first"}, {rawSecond, "raw.talker.second", "raw.second"}, {rawMover, "raw.mover", "raw.second"},
	} {
		if _, err := r.ari.Channels.Originate(ctx, ari.Originate{
			Endpoint: "PJSIP/" + leg.number + "@carrier", App: rawApp, ChannelID: leg.channel, Timeout: patience,
		}); err != nil {
			return err
		}
		for started := false; !started; {
			ev, err := events.Next(ctx)
			if err != nil {
				return err
			}
			start, ok := ev.(*ari.StasisStart)
			started = ok && start.Channel.ID == leg.channel
		}
		if err := r.ari.Bridges.AddChannel(ctx, leg.bridge, ari.AddChannel{Channels: []string{leg.channel}}); err != nil {
			return err
		}
	}
	r.mover, err = r.network.CallTo(ctx, rawMover)
	return err
}

// rawMoves takes the mover to the other bridge and back.
func (r *rig) rawMoves(ctx context.Context, taken samples) error {
	for _, to := range []struct {
		bridge string
		voice  phone.Voice
	}{{"raw.first", firstVoice}, {"raw.second", secondVoice}} {
		err := taken.take(ctx, rawMove, r.mover, to.voice, func() error {
			return r.ari.Bridges.AddChannel(ctx, to.bridge, ari.AddChannel{Channels: []string{"raw.mover"}})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// take measures from a command to the first packet with a voice at a phone's ear, and then waits until nothing else is heard there.
func (s samples) take(ctx context.Context, name string, ear *phone.Call, voice phone.Voice, command func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	if err := command(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	at, err := ear.Ear().WaitHeard(ctx, voice, began)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s[name] = append(s[name], at.Sub(began))
	return nil
}

func (r *rig) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if r.ari != nil {
		err = errors.Join(err, r.ari.Close())
	}
	if r.stack != nil {
		err = errors.Join(err, r.stack.Close(ctx))
	}
	for _, p := range []*phone.Phone{r.agent, r.network} {
		if p != nil {
			err = errors.Join(err, p.Close())
		}
	}
	return err
}

// problemOf is a refusal's own words for a call that came to an unexpected state.
func problemOf(v dialer.CallView) string {
	return strings.TrimSpace(v.State + " " + v.Problem)
}
