package crowd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/phone"
)

// The voices of contacts, of all agents, and of the message to those who are abandoned.
var (
	ContactVoice = robot.Voices()[0]
	AgentVoice   = robot.Voices()[1]
	MessageVoice = robot.Voices()[2]
)

// Heard is what a contact who answered heard.
type Heard struct {
	Answered time.Time
	After    time.Duration // from the 200 OK to the first packet with an agent's voice; meaningless when Nobody
	Nobody   bool          // no agent was heard
	Message  bool          // the message was
}

// Contacts are the telephone network: each call is answered, refused or let ring as Behave says, and whoever answers notes when an agent's voice
// comes.
type Contacts struct {
	Phone *phone.Phone

	mu    sync.Mutex
	heard []Heard
	calls int
	work  sync.WaitGroup
	stop  context.CancelFunc
}

// NewContacts starts them.
func NewContacts(behave func(*phone.Call) phone.Behaviour, log zerolog.Logger) (*Contacts, error) {
	c := &Contacts{}
	var err error
	if c.Phone, err = phone.New(phone.Config{
		User: "contact", Voice: ContactVoice, Listen: []phone.Voice{AgentVoice, MessageVoice}, Behave: behave, Logger: &log,
	}); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.work.Go(func() {
		for {
			call, err := c.Phone.NextCall(ctx)
			if err != nil {
				return
			}
			c.mu.Lock()
			c.calls++
			c.mu.Unlock()
			c.work.Go(func() { c.listen(ctx, call) })
		}
	})
	return c, nil
}

// patience is how long a contact waits for a voice, if the call lasts.
const patience = 10 * time.Second

func (c *Contacts) listen(ctx context.Context, call *phone.Call) {
	if err := call.WaitAnswered(ctx); err != nil {
		return // refused, or not answered
	}
	h := Heard{Answered: call.AnsweredAt()}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	go func() { // the end of the call ends the wait a moment later, when the last packets have been understood
		select {
		case <-call.Done():
			time.Sleep(200 * time.Millisecond)
			cancel()
		case <-waiting.Done():
		}
	}()
	at, err := call.Ear().WaitHeard(waiting, AgentVoice, h.Answered)
	if err != nil {
		if ctx.Err() != nil {
			return // the measurement is over
		}
		h.Nobody = true
		_, h.Message = call.Ear().FirstHeard(MessageVoice, h.Answered)
	} else {
		h.After = at.Sub(h.Answered)
	}
	c.mu.Lock()
	c.heard = append(c.heard, h)
	c.mu.Unlock()
}

// Take returns what was heard since it was asked last, and how many calls came.
func (c *Contacts) Take() (heard []Heard, calls int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	heard, calls = c.heard, c.calls
	c.heard, c.calls = nil, 0
	return heard, calls
}

// Close hangs everything up.
func (c *Contacts) Close() error {
	c.stop()
	err := c.Phone.Close()
	c.work.Wait()
	return err
}

// Between picks those who answered within a span of time.
func Between(all []Heard, from, to time.Time) []Heard {
	var out []Heard
	for _, h := range all {
		if h.Answered.After(from) && h.Answered.Before(to) {
			out = append(out, h)
		}
	}
	return out
}

// Latencies are those of contacts who heard an agent.
func Latencies(all []Heard) []time.Duration {
	var out []time.Duration
	for _, h := range all {
		if !h.Nobody {
			out = append(out, h.After)
		}
	}
	return out
}

// message is what Asterisk plays to abandoned contacts: a second of MessageVoice.
func message() []byte {
	raw := make([]byte, 0, 2*8000)
	for i := range 8000 {
		sample := int16(4000 * math.Sin(2*math.Pi*float64(MessageVoice)*float64(i)/8000))
		raw = append(raw, byte(sample), byte(sample>>8))
	}
	return raw
}

// Start starts hasshin with a campaign that dials by itself, at any hour, and agents whose state is kept in Redis.
func Start(ctx context.Context, mode campaign.Mode, contacts *Contacts, agents, records int, change func(*campaign.Config), log zerolog.Logger) (*stack.Stack, error) {
	return StartWith(ctx, mode, contacts, agents, records, func(c *dialer.Config) {
		if change != nil {
			k := c.Campaigns[stack.Campaign]
			change(&k)
			c.Campaigns[stack.Campaign] = k
		}
	}, log)
}

// StartWith lets change say more of what the engine is told.
func StartWith(ctx context.Context, mode campaign.Mode, contacts *Contacts, agents, records int, change func(*dialer.Config), log zerolog.Logger) (*stack.Stack, error) {
	if err := afterAsterisk(); err != nil {
		return nil, err
	}
	s, err := stack.Start(ctx, stack.Options{
		Trunk: contacts.Phone.Addr().String(), Agents: AgentIDs(agents), Journal: true, Logger: log,
		// Two legs for each agent, of hasshin's and of the raw loop's, and some on their way out; each takes two ports.
		Asterisk: []asterisktest.Option{asterisktest.WithCPUShares(asteriskShares), asterisktest.WithRTPPorts(8*agents + 400), asterisktest.WithFile("/usr/share/asterisk/sounds/en/bench-sorry.sln", message())},
		Configure: func(c *dialer.Config) {
			k := c.Campaigns[stack.Campaign]
			k.Mode, k.Hours.Profile, k.Dialing.AbandonMessage, k.RingTimeout = mode, hours.ProfileUnrestricted, "sound:bench-sorry", 26*time.Second
			c.Campaigns[stack.Campaign] = k
			change(c)
		},
	})
	if err != nil {
		return s, err
	}
	list := make([]stack.Contact, records)
	for i := range list {
		list[i] = stack.Contact{ID: fmt.Sprintf("c%06d", i), Number: Number(i)}
	}
	return s, s.Import(ctx, list)
}

// Number is that of the nth contact.
func Number(n int) string { return fmt.Sprintf("+442079%06d", n) }

// Ordinal is which contact has a number.
func Ordinal(number string) (n int) {
	_, _ = fmt.Sscanf(number, "+442079%06d", &n)
	return n
}

// AgentIDs are those of so many agents.
func AgentIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("robot%03d", i)
	}
	return ids
}

// Robots lets agents wait for contacts until ctx ends. ready is closed when all of them have their phone connected; what the function returns waits
// for their end.
func Robots(ctx context.Context, s *stack.Stack, agents int, plan func() robot.Plan, log zerolog.Logger) (ready <-chan struct{}, wait func() error, err error) {
	var (
		working, connecting sync.WaitGroup
		mu                  sync.Mutex
		failures            []error
	)
	for _, id := range AgentIDs(agents) {
		connecting.Add(1)
		once := sync.OnceFunc(connecting.Done)
		r, err := robot.New(robot.Config{
			URL: s.URL(), Agent: id, Password: stack.Password, Campaign: stack.Campaign, Voice: AgentVoice, Deaf: true, Waits: true, Logger: log,
			Act: func(dialer.CallView) robot.Plan { return plan() },
			Observe: func(m robot.Moment) {
				if m.Kind == robot.PhoneConnected {
					once()
				}
			},
		})
		if err != nil {
			return nil, nil, err
		}
		working.Go(func() {
			defer once()
			if err := r.Run(ctx); err != nil {
				mu.Lock()
				failures = append(failures, err)
				mu.Unlock()
			}
		})
	}
	all := make(chan struct{})
	go func() { connecting.Wait(); close(all) }()
	return all, func() error { working.Wait(); return errors.Join(failures...) }, nil
}
