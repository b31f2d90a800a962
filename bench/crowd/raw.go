package crowd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/internal/phone"
)

// Raw is the loop to compare with. It originates a contact for each free agent, adds it to that agent's booth on StasisStart, and lets the agent
// be free again a while after the contact has gone. It keeps nothing, tells nobody and plays nothing.
type Raw struct {
	Wrap   func() time.Duration // between a contact's end and the next originate for the same agent; nil for no time
	Number func(n int) string
	Rate   float64 // most originates a second, evenly spread; 0 for any number

	ari    *ari.Client
	events *ari.Subscription
	phones []*phone.Phone
	joined chan struct{}
	work   sync.WaitGroup
	stop   context.CancelFunc

	dialing atomic.Bool
	ended   atomic.Int64
	mu      sync.Mutex
	booths  []string
	failed  int
	why     error          // of the first request that failed
	serves  map[string]int // contact's channel → agent
	serial  int
	next    time.Time // with a Rate: when the next originate may be
}

const rawApp = "raw"

func rawBooth(i int) string    { return fmt.Sprintf("raw.booth.%d", i) }
func rawLeg(i int) string      { return fmt.Sprintf("raw.agent.%d", i) }
func rawEndpoint(i int) string { return fmt.Sprintf("raw-agent-%d", i) }

// NewRaw returns when all agents are in their booths.
func NewRaw(ctx context.Context, asterisk *asterisktest.Container, agents int, log zerolog.Logger) (*Raw, error) {
	client, err := asterisk.Client(ctx, rawApp)
	if err != nil {
		return nil, err
	}
	r := &Raw{ari: client, events: client.Subscribe(ari.All()), joined: make(chan struct{}, agents), serves: map[string]int{}}
	r.begin(ctx)
	for i := range agents {
		if err := r.plugIn(ctx, i, asterisk.SIPAddr(), log); err != nil {
			return nil, errors.Join(fmt.Errorf("raw agent %d: %w", i, err), r.Close())
		}
		r.booths = append(r.booths, rawBooth(i))
	}
	return r, nil
}

// NewRawIn makes a loop for the agents who are in these booths already.
func NewRawIn(ctx context.Context, asterisk *asterisktest.Container, booths []string) (*Raw, error) {
	client, err := asterisk.Client(ctx, rawApp)
	if err != nil {
		return nil, err
	}
	r := &Raw{ari: client, events: client.Subscribe(ari.All()), serves: map[string]int{}, booths: booths}
	r.begin(ctx)
	return r, nil
}

func (r *Raw) begin(ctx context.Context) {
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.work.Go(func() { r.loop(life) })
}

func (r *Raw) loop(ctx context.Context) {
	for ev := range r.events.All(ctx) {
		switch ev := ev.(type) {
		case *ari.StasisStart:
			r.connect(ctx, ev.Channel.ID)
		case *ari.ChannelEnteredBridge:
			if strings.HasPrefix(ev.Channel.ID, "raw.agent.") {
				r.joined <- struct{}{}
			}
		case *ari.ChannelDestroyed:
			r.over(ctx, ev.Channel.ID)
		}
	}
}

func (r *Raw) connect(ctx context.Context, channel string) {
	r.mu.Lock()
	agent, contact := r.serves[channel]
	r.mu.Unlock()
	var booth string
	if contact {
		booth = r.booths[agent]
	} else {
		n, own := strings.CutPrefix(channel, "raw.agent.")
		if !own {
			return
		}
		booth = "raw.booth." + n
	}
	err := r.ari.Bridges.AddChannel(ctx, booth, ari.AddChannel{Channels: []string{channel}})
	hungUp := errors.Is(err, ari.ErrBadRequest) || errors.Is(err, ari.ErrNotInStasis)
	if err != nil && !(contact && hungUp) { // such a contact is found to have heard nobody
		r.fail(err)
	}
}

func (r *Raw) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed++
	if r.why == nil {
		r.why = err
	}
}

func (r *Raw) over(ctx context.Context, channel string) {
	r.mu.Lock()
	agent, contact := r.serves[channel]
	delete(r.serves, channel)
	r.mu.Unlock()
	if !contact {
		return
	}
	r.ended.Add(1)
	if !r.dialing.Load() {
		return
	}
	again := func() { r.work.Go(func() { r.originate(ctx, agent) }) }
	if r.Wrap != nil {
		time.AfterFunc(r.Wrap(), func() {
			if r.dialing.Load() {
				again()
			}
		})
		return
	}
	again()
}

func (r *Raw) originate(ctx context.Context, agent int) {
	if r.Rate > 0 {
		r.mu.Lock()
		r.next = latest(time.Now(), r.next).Add(time.Duration(float64(time.Second) / r.Rate))
		at := r.next
		r.mu.Unlock()
		select {
		case <-time.After(time.Until(at)):
		case <-ctx.Done():
			return
		}
		if !r.dialing.Load() {
			return
		}
	}
	err := r.place(ctx, agent)
	for try := 1; try < placeTries && errors.Is(err, ari.ErrExists); try++ { // Asterisk says so of new ids, too, when many are asked for at once
		err = r.place(ctx, agent)
	}
	if err != nil && ctx.Err() == nil {
		r.fail(err)
	}
}

// placeTries is how often Asterisk may call a new id existing before that is a failure.
const placeTries = 3

// place asks for one call. One that Asterisk refuses serves nobody.
func (r *Raw) place(ctx context.Context, agent int) error {
	r.mu.Lock()
	r.serial++
	n, channel := r.serial, fmt.Sprintf("raw.contact.%d", r.serial)
	r.serves[channel] = agent
	r.mu.Unlock()
	_, err := r.ari.Channels.Originate(ctx, ari.Originate{
		Endpoint: "PJSIP/" + r.Number(n) + "@carrier", App: rawApp, ChannelID: channel, Timeout: 26 * time.Second,
	})
	if err != nil {
		r.mu.Lock()
		delete(r.serves, channel)
		r.mu.Unlock()
	}
	return err
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Run dials for so long and returns how many calls ended. It is an error if a request failed.
func (r *Raw) Run(ctx context.Context, span time.Duration) (ended int64, err error) {
	r.ended.Store(0)
	r.dialing.Store(true)
	for agent := range r.booths {
		r.work.Go(func() { r.originate(ctx, agent) })
	}
	select {
	case <-time.After(span):
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	ended = r.ended.Load()
	r.dialing.Store(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && r.failed > 0 {
		err = fmt.Errorf("%d requests of the raw loop failed, the first: %w", r.failed, r.why)
	}
	return ended, err
}

// plugIn puts an agent's phone into a booth, of the same make as those of hasshin's agents.
func (r *Raw) plugIn(ctx context.Context, i int, registrar string, log zerolog.Logger) error {
	name, password := rawEndpoint(i), rand.Text()
	for _, o := range []struct {
		kind   string
		fields []ari.ConfigTuple
	}{
		{"auth", []ari.ConfigTuple{{Attribute: "auth_type", Value: "userpass"}, {Attribute: "username", Value: name}, {Attribute: "password", Value: password}}},
		{"aor", []ari.ConfigTuple{{Attribute: "max_contacts", Value: "1"}, {Attribute: "remove_existing", Value: "yes"}}},
		{"endpoint", []ari.ConfigTuple{
			{Attribute: "context", Value: "hasshin-agents"}, {Attribute: "allow", Value: "!all,ulaw,alaw"},
			{Attribute: "auth", Value: name}, {Attribute: "aors", Value: name},
			{Attribute: "direct_media", Value: "no"}, {Attribute: "rtp_symmetric", Value: "yes"}, {Attribute: "force_rport", Value: "yes"},
			{Attribute: "rewrite_contact", Value: "yes"}, {Attribute: "dtmf_mode", Value: "rfc4733"},
		}},
	} {
		if _, err := r.ari.Asterisk.UpdateObject(ctx, "res_pjsip", o.kind, name, o.fields); err != nil {
			return fmt.Errorf("push %s: %w", o.kind, err)
		}
	}
	p, err := phone.New(phone.Config{
		User: name, Password: password, Server: registrar, Voice: AgentVoice, Deaf: true, Behave: phone.Always(phone.Answer()), Logger: &log,
	})
	if err != nil {
		return err
	}
	r.phones = append(r.phones, p)
	if err := p.Register(ctx); err != nil {
		return err
	}
	if _, err := r.ari.Bridges.Create(ctx, ari.CreateBridge{ID: rawBooth(i), Type: "mixing,dtmf_events", Name: "raw booth"}); err != nil {
		return fmt.Errorf("booth: %w", err)
	}
	if _, err := r.ari.Channels.Originate(ctx, ari.Originate{Endpoint: "PJSIP/" + name, App: rawApp, ChannelID: rawLeg(i), Timeout: 10 * time.Second}); err != nil {
		return fmt.Errorf("ring the phone: %w", err)
	}
	select {
	case <-r.joined:
		return nil
	case <-time.After(10 * time.Second):
		return errors.New("the phone does not come into its booth")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close hangs the agents up; the rest goes with the container.
func (r *Raw) Close() error {
	var err error
	for _, p := range r.phones {
		err = errors.Join(err, p.Close())
	}
	r.stop()
	r.work.Wait()
	r.events.Close()
	return errors.Join(err, r.ari.Close())
}
