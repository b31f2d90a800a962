package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/internal/phone"
)

// raw is the loop to compare with: it originates a contact, and on StasisStart adds it to the booth of an agent who is there already.
type raw struct {
	ari    *ari.Client
	events *ari.Subscription
	agent  *phone.Phone
	leg    *phone.Call // the agent's, in the booth
	stop   context.CancelFunc
	work   sync.WaitGroup

	gone   chan struct{} // the contact's channel is destroyed
	failed chan error    // an addChannel was refused
	joined chan struct{} // the agent's leg is in the booth
	serial int
}

const (
	rawApp      = "raw"
	rawBooth    = "raw.booth"
	rawEndpoint = "raw-agent"
	rawLeg      = "raw.agent"
)

// newRaw returns when the agent is in the booth.
func newRaw(ctx context.Context, asterisk *asterisktest.Container, log zerolog.Logger) (*raw, error) {
	client, err := asterisk.Client(ctx, rawApp)
	if err != nil {
		return nil, err
	}
	r := &raw{
		ari: client, events: client.Subscribe(ari.All()),
		gone: make(chan struct{}, 1), failed: make(chan error, 1), joined: make(chan struct{}, 1),
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.work.Go(func() { r.loop(life) })
	if err := r.plugIn(ctx, asterisk.SIPAddr(), log); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// loop is the whole of it.
func (r *raw) loop(ctx context.Context) {
	for ev := range r.events.All(ctx) {
		switch ev := ev.(type) {
		case *ari.StasisStart:
			if err := r.ari.Bridges.AddChannel(ctx, rawBooth, ari.AddChannel{Channels: []string{ev.Channel.ID}}); err != nil {
				tell(ctx, r.failed, fmt.Errorf("add channel: %w", err))
			}
		case *ari.ChannelEnteredBridge:
			if ev.Channel.ID == rawLeg {
				tell(ctx, r.joined, struct{}{})
			}
		case *ari.ChannelDestroyed:
			if ev.Channel.ID != rawLeg {
				tell(ctx, r.gone, struct{}{})
			}
		}
	}
}

// tell hands a fact to whoever waits for it, unless nobody does any more.
func tell[T any](ctx context.Context, to chan<- T, fact T) {
	select {
	case to <- fact:
	case <-ctx.Done():
	}
}

// plugIn puts an agent's phone into a booth, of the same make as those of hasshin's agents.
func (r *raw) plugIn(ctx context.Context, registrar string, log zerolog.Logger) error {
	password := rand.Text()
	objects := []struct {
		kind   string
		fields []ari.ConfigTuple
	}{
		{"auth", []ari.ConfigTuple{{Attribute: "auth_type", Value: "userpass"}, {Attribute: "username", Value: rawEndpoint}, {Attribute: "password", Value: password}}},
		{"aor", []ari.ConfigTuple{{Attribute: "max_contacts", Value: "1"}, {Attribute: "remove_existing", Value: "yes"}}},
		{"endpoint", []ari.ConfigTuple{
			{Attribute: "context", Value: "hasshin-agents"}, {Attribute: "allow", Value: "!all,ulaw,alaw"},
			{Attribute: "auth", Value: rawEndpoint}, {Attribute: "aors", Value: rawEndpoint},
			{Attribute: "direct_media", Value: "no"}, {Attribute: "rtp_symmetric", Value: "yes"}, {Attribute: "force_rport", Value: "yes"},
			{Attribute: "rewrite_contact", Value: "yes"}, {Attribute: "dtmf_mode", Value: "rfc4733"},
		}},
	}
	for _, o := range objects {
		if _, err := r.ari.Asterisk.UpdateObject(ctx, "res_pjsip", o.kind, rawEndpoint, o.fields); err != nil {
			return fmt.Errorf("push %s: %w", o.kind, err)
		}
	}
	var err error
	r.agent, err = phone.New(phone.Config{
		User: rawEndpoint, Password: password, Server: registrar, Voice: rawVoice, Listen: []phone.Voice{contactVoice},
		Behave: phone.Always(phone.Answer()), Logger: &log,
	})
	if err != nil {
		return err
	}
	if err := r.agent.Register(ctx); err != nil {
		return err
	}
	if _, err := r.ari.Bridges.Create(ctx, ari.CreateBridge{ID: rawBooth, Type: "mixing", Name: "raw booth"}); err != nil {
		return fmt.Errorf("booth: %w", err)
	}
	if _, err := r.ari.Channels.Originate(ctx, ari.Originate{Endpoint: "PJSIP/" + rawEndpoint, App: rawApp, ChannelID: rawLeg, Timeout: 10 * time.Second}); err != nil {
		return fmt.Errorf("ring the agent's phone: %w", err)
	}
	if r.leg, err = r.agent.NextCall(ctx); err != nil {
		return err
	}
	return r.wait(ctx, r.joined, "the agent's phone to be in the booth")
}

// call makes one call.
func (r *raw) call(ctx context.Context, contact *phone.Phone) (latency, error) {
	r.serial++
	_, err := r.ari.Channels.Originate(ctx, ari.Originate{
		Endpoint: fmt.Sprintf("PJSIP/+442079461%03d@carrier", r.serial%1000), App: rawApp, ChannelID: fmt.Sprintf("raw.contact.%d", r.serial),
		Timeout: 10 * time.Second,
	})
	if err != nil {
		return latency{}, fmt.Errorf("originate: %w", err)
	}
	measured, err := measure(ctx, contact, r.leg, rawVoice)
	if err != nil {
		select {
		case failure := <-r.failed:
			err = errors.Join(failure, err)
		default:
		}
		return latency{}, err
	}
	return measured, r.wait(ctx, r.gone, "the contact's channel to be gone")
}

func (r *raw) wait(ctx context.Context, what <-chan struct{}, name string) error {
	ctx, cancel := context.WithTimeout(ctx, hearing)
	defer cancel()
	select {
	case <-what:
		return nil
	case err := <-r.failed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for %s: %w", name, context.Cause(ctx))
	}
}

// close leaves channels and booth to the container's end.
func (r *raw) close() error {
	r.stop()
	r.work.Wait()
	r.events.Close()
	var err error
	if r.agent != nil {
		err = r.agent.Close()
	}
	return errors.Join(err, r.ari.Close())
}
