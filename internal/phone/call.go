package phone

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// End tells how a call ended.
type End struct {
	// At is when.
	At time.Time
	// Local is true if this phone ended it: hung up, cancelled, refused.
	Local bool
	// Answered is true if it had been answered.
	Answered bool
	// Status is the final SIP status of a call that was not answered, 487 for one that its caller gave up; 200 after an answer;
	// 0 if there was none.
	Status int
	// Text is the reason phrase, or what went wrong.
	Text string
	// Cause is the Q.850 cause of the other side's Reason header (RFC 3326), 0 without one.
	Cause int
}

// Call is one call of a phone, in either direction. Its methods are safe for concurrent use.
type Call struct {
	p        *Phone
	key      dialogKey
	incoming bool
	number   string
	from     string
	label    string
	invite   *sip.Request
	media    *stream
	ear      *Ear
	in       *sipgo.DialogServerSession // incoming calls
	out      *sipgo.DialogClientSession // outgoing calls
	giveUp   context.CancelFunc         // outgoing calls: sends CANCEL
	turn     chan struct{}              // capacity 1: the right to send a request within the dialog
	told     chan Behaviour             // capacity 1: what Answer, Refuse or Hangup decided while it rang

	mu         sync.Mutex
	want       direction // our wish: sendrecv, or sendonly while we hold
	theirs     direction // the other side's last word, as seen from there
	session    negotiated
	version    int // of our session description
	ringingAt  time.Time
	answeredAt time.Time
	referred   []string
	ended      bool
	end        End

	progress chan struct{} // closed at the first 18x sent or received
	answered chan struct{} // closed when the call is answered and acknowledged
	done     chan struct{} // closed when it has ended
	rung     sync.Once
	confirm  sync.Once
}

func (p *Phone) newCall(voice Voice) (*Call, error) {
	ear := newEar(p.a)
	media, err := openStream(p.cfg.Addr, ear, voice, p.cfg.Amplitude)
	if err != nil {
		return nil, err
	}
	return &Call{
		p: p, media: media, ear: ear, want: sendRecv, theirs: sendRecv,
		turn: make(chan struct{}, 1), told: make(chan Behaviour, 1),
		progress: make(chan struct{}), answered: make(chan struct{}), done: make(chan struct{}),
	}, nil
}

// Number is the user part of the called URI.
func (c *Call) Number() string { return c.number }

// From is the user part of the caller's From.
func (c *Call) From() string { return c.from }

// Incoming tells whether the other side called.
func (c *Call) Incoming() bool { return c.incoming }

// ID is the SIP Call-ID.
func (c *Call) ID() string { return c.key.callID }

// Header is the value of a header of the INVITE, empty if absent.
func (c *Call) Header(name string) string {
	if h := c.invite.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

// AskedToAnswer tells whether the caller asks for an answer without ringing: Call-Info with answer-after=0.
func (c *Call) AskedToAnswer() bool {
	for _, h := range c.invite.GetHeaders("Call-Info") {
		if strings.Contains(strings.ReplaceAll(strings.ToLower(h.Value()), " ", ""), "answer-after=0") {
			return true
		}
	}
	return false
}

// Named gives the call a name for reports and returns it. Without one, reports use the phone's user or the called number.
func (c *Call) Named(label string) *Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.label = label
	return c
}

// String is the call's name in reports.
func (c *Call) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.label != "":
		return c.label
	case c.incoming && c.number != "" && c.number != c.p.cfg.User:
		return c.number
	}
	return c.p.cfg.User
}

// Ear is what the call hears.
func (c *Call) Ear() *Ear { return c.ear }

// Voice is what it says.
func (c *Call) Voice() Voice { return c.media.voice() }

// Say changes the voice at the next packet and returns when that packet was sent. On a call that may not send, because it is held
// or not answered yet, it waits until it may or ctx ends; the change stays in force.
func (c *Call) Say(ctx context.Context, v Voice) (time.Time, error) {
	if v < 0 {
		return time.Time{}, fmt.Errorf("%v cannot be said", v)
	}
	return c.media.say(ctx, v)
}

// Stats counts received packets.
func (c *Call) Stats() MediaStats { return c.media.stats() }

// RingingAt is when the first 18x was sent or received, zero if none was yet.
func (c *Call) RingingAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ringingAt
}

// AnsweredAt is when the 200 to the INVITE was sent or received, zero if that is not yet so.
func (c *Call) AnsweredAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answeredAt
}

// Done is closed when the call has ended.
func (c *Call) Done() <-chan struct{} { return c.done }

// End tells how the call ended; ok is false while it has not.
func (c *Call) End() (end End, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end, c.ended
}

// WaitEnd waits for the call's end.
func (c *Call) WaitEnd(ctx context.Context) (End, error) {
	select {
	case <-c.done:
		end, _ := c.End()
		return end, nil
	case <-ctx.Done():
		return End{}, fmt.Errorf("waiting for the end of call %v: %w", c, context.Cause(ctx))
	}
}

// WaitRinging waits for the first 18x. It fails if the call ends before.
func (c *Call) WaitRinging(ctx context.Context) error { return c.await(ctx, c.progress, "ringing") }

// WaitAnswered waits until the call is answered and the answer acknowledged. If it ends otherwise the error is a *[StatusError].
func (c *Call) WaitAnswered(ctx context.Context) error { return c.await(ctx, c.answered, "answer") }

func (c *Call) await(ctx context.Context, event <-chan struct{}, what string) error {
	select {
	case <-event:
		return nil
	default:
	}
	select {
	case <-event:
		return nil
	case <-c.done:
		end, _ := c.End()
		return fmt.Errorf("waiting for %s of call %v: %w", what, c, &StatusError{Method: "INVITE", Code: end.Status, Reason: end.Text})
	case <-ctx.Done():
		return fmt.Errorf("waiting for %s of call %v: %w", what, c, context.Cause(ctx))
	}
}

// markRinging notes the first 18x.
func (c *Call) markRinging() {
	c.rung.Do(func() {
		c.mu.Lock()
		c.ringingAt = time.Now()
		c.mu.Unlock()
		close(c.progress)
	})
}

// markAnswered notes the 200 that was sent or received just now.
func (c *Call) markAnswered() {
	c.mu.Lock()
	c.answeredAt = time.Now()
	c.mu.Unlock()
}

// finish ends the call once: media stops, waiters wake, the phone forgets it.
func (c *Call) finish(end End) {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return
	}
	c.ended = true
	end.At = time.Now()
	end.Answered = !c.answeredAt.IsZero()
	c.end = end
	c.mu.Unlock()
	c.media.close()
	c.p.drop(c)
	close(c.done)
	c.p.log.Debug().Stringer("call", c).Bool("local", end.Local).Int("status", end.Status).Str("text", end.Text).Msg("call ended")
}

// alive tells whether the call has not ended.
func (c *Call) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// Hangup ends the call, whatever its state: BYE after the answer, CANCEL before it, 603 to a call that rings here. It returns
// when the call has ended, and nil if it had before.
func (c *Call) Hangup(ctx context.Context) error {
	if !c.alive() {
		return nil
	}
	select {
	case <-c.answered:
	default: // also while the 200 is on its way out: a BYE before it would be no BYE
		if c.incoming {
			c.tell(Refuse(sip.StatusGlobalDecline))
		} else {
			c.giveUp()
		}
		select {
		case <-c.done:
			return nil
		case <-c.answered: // the answer was faster
		case <-ctx.Done():
			return fmt.Errorf("hanging up call %v: %w", c, context.Cause(ctx))
		}
	}
	if !c.alive() {
		return nil
	}
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.endTurn()
	err := c.bye(ctx)
	if !c.alive() { // the other side was faster and our BYE came to nothing
		return nil
	}
	c.finish(End{Local: true, Status: sip.StatusOK, Text: "hung up here"})
	return err
}

// bye sends BYE.
func (c *Call) bye(ctx context.Context) error {
	req := c.request(sip.BYE)
	var err error
	if c.incoming {
		err = c.in.WriteBye(ctx, req)
	} else {
		err = c.out.WriteBye(ctx, req)
	}
	if err != nil {
		return fmt.Errorf("hanging up call %v: %w", c, err)
	}
	return nil
}

// tell decides on a call that rings here; the first word counts.
func (c *Call) tell(b Behaviour) bool {
	select {
	case c.told <- b:
		return true
	default:
		return false
	}
}

// Answer answers a call that rings here and returns when the answer is acknowledged.
func (c *Call) Answer(ctx context.Context) error {
	if !c.incoming {
		return fmt.Errorf("call %v goes out: the other side answers it", c)
	}
	c.tell(Answer())
	return c.WaitAnswered(ctx)
}

// Refuse gives a call that rings here a final status, 300 or above.
func (c *Call) Refuse(ctx context.Context, status int) error {
	if !c.incoming || status < 300 {
		return fmt.Errorf("call %v cannot be refused with %d", c, status)
	}
	c.tell(Refuse(status))
	_, err := c.WaitEnd(ctx)
	return err
}

// takeTurn waits for the right to send a request within the dialog: one at a time (RFC 3261, 14.1).
func (c *Call) takeTurn(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("call %v is busy with another request: %w", c, context.Cause(ctx))
	}
}

func (c *Call) endTurn() { <-c.turn }

// q850 reads the cause of a Reason header (RFC 3326), 0 if there is none.
func q850(msg interface{ GetHeaders(string) []sip.Header }) int {
	for _, h := range msg.GetHeaders("Reason") {
		value := strings.ToLower(h.Value())
		if !strings.HasPrefix(value, "q.850") {
			continue
		}
		_, rest, _ := strings.Cut(value, "cause=")
		digits, _, _ := strings.Cut(rest, ";")
		if n, err := strconv.Atoi(strings.TrimSpace(digits)); err == nil {
			return n
		}
	}
	return 0
}
