package robot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/internal/phone"
)

// Robot is one agent that works by itself. Make it with [New] and let it work with [Robot.Run].
type Robot struct {
	cfg    Config
	log    zerolog.Logger
	desk   *client.Client
	stream *client.Stream // of the present run

	mu   sync.Mutex
	legs []*phone.Call // that the phone had in this run, newest last
}

// New makes a robot. It does nothing until [Robot.Run].
func New(cfg Config) (*Robot, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	log := cfg.Logger.With().Str("robot", cfg.Agent).Logger()
	desk, err := client.New(client.Options{URL: cfg.URL, HTTP: cfg.HTTP, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("robot: %w", err)
	}
	return &Robot{cfg: cfg, log: log, desk: desk}, nil
}

// Run signs in, works until the list has nothing more for this agent, a plan says stop, or ctx ends, and signs out. It returns nil in all
// three cases, and leaves nothing behind: no call, no registration, no goroutine. A call that is under way when ctx ends is ended and
// closed with the disposition of [Otherwise]; it has no report. Run can be called again when it has returned.
func (r *Robot) Run(ctx context.Context) error {
	defer r.desk.Close()
	if _, err := r.desk.SignIn(ctx, r.cfg.Agent, r.cfg.Password); err != nil {
		return fmt.Errorf("robot %s: sign in: %w", r.cfg.Agent, err)
	}
	err := r.workDay(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		err = nil // told to stop
	}
	parting, cancel := r.parting(ctx)
	defer cancel()
	err = errors.Join(err, r.signOut(parting))
	if err != nil {
		return fmt.Errorf("robot %s: %w", r.cfg.Agent, err)
	}
	return nil
}

// TidyUp ends what a robot of the same agent left behind when it was killed: its call, its phone's leg, its session.
func (r *Robot) TidyUp(ctx context.Context) error {
	defer r.desk.Close()
	_, err := r.desk.SignIn(ctx, r.cfg.Agent, r.cfg.Password)
	if err == nil {
		err = errors.Join(r.leave(ctx), r.signOut(ctx))
	}
	if err != nil {
		return fmt.Errorf("robot %s: tidy up: %w", r.cfg.Agent, err)
	}
	return nil
}

// partingTime bounds each step of what a robot does after its work: ending a call, hanging up, signing out.
const partingTime = 15 * time.Second

// parting is a context for leaving, which must go on when ctx has ended.
func (r *Robot) parting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), partingTime)
}

// workDay is what happens between signing in and signing out.
func (r *Robot) workDay(ctx context.Context) (err error) {
	if err := r.leave(ctx); err != nil { // an earlier robot may have been killed in the midst of its work
		return err
	}
	if r.stream, err = r.desk.Events(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer r.stream.Close()
	if _, err := r.stream.Next(ctx); err != nil { // the snapshot of a quiet desk
		return fmt.Errorf("event stream: %w", err)
	}
	handset, err := r.handset(ctx)
	if err != nil {
		return err
	}
	var pickedUp sync.WaitGroup
	defer pickedUp.Wait()
	defer func() { err = errors.Join(err, handset.Close()) }()
	first := make(chan struct{})
	pickedUp.Go(func() { r.pickUp(handset, first) })
	if err := r.plugIn(ctx, handset, first); err != nil {
		return err
	}
	err = r.workOff(ctx)
	parting, cancel := r.parting(ctx)
	defer cancel()
	return errors.Join(err, r.leave(parting))
}

// handset makes a phone with the account that the API gives.
func (r *Robot) handset(ctx context.Context) (*phone.Phone, error) {
	account, err := r.desk.PhoneCredentials(ctx)
	if err != nil {
		return nil, fmt.Errorf("credentials of the phone: %w", err)
	}
	if account.Registrar == "" {
		return nil, errors.New("the agent's phone is not of kind sip: there is no registrar for it")
	}
	return phone.New(phone.Config{
		User: account.Username, Password: account.Password, Server: account.Registrar,
		Voice: r.cfg.Voice, Listen: r.cfg.Listen, Deaf: r.cfg.Deaf, Logger: &r.log,
	})
}

// plugIn registers the phone and lets it be put into the booth.
func (r *Robot) plugIn(ctx context.Context, handset *phone.Phone, picked <-chan struct{}) error {
	if err := handset.Register(ctx); err != nil {
		return err
	}
	if _, err := r.desk.ConnectPhone(ctx); err != nil {
		return fmt.Errorf("connect the phone: %w", err)
	}
	select {
	case <-picked:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	r.cfg.Observe(Moment{At: time.Now(), Kind: PhoneConnected})
	return nil
}

// pickUp notes each call that the phone answers until the phone is closed: one, unless it is rung again after it was lost.
func (r *Robot) pickUp(handset *phone.Phone, first chan<- struct{}) {
	r.mu.Lock()
	r.legs = nil
	r.mu.Unlock()
	for n := 0; ; n++ {
		leg, err := handset.NextCall(context.Background())
		if err != nil {
			return
		}
		r.mu.Lock()
		r.legs = append(r.legs, leg)
		r.mu.Unlock()
		if n == 0 {
			close(first)
		}
	}
}

// Leg is the phone's call in the booth, nil before there is one. It tells what the robot hears at any moment.
func (r *Robot) Leg() *phone.Call {
	if legs := r.allLegs(); len(legs) > 0 {
		return legs[len(legs)-1]
	}
	return nil
}

func (r *Robot) allLegs() []*phone.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.legs)
}

// workOff goes ready and handles previews until there are no more.
func (r *Robot) workOff(ctx context.Context) error {
	if err := r.checkRules(ctx); err != nil {
		return err
	}
	if _, err := r.desk.Ready(ctx); err != nil {
		return fmt.Errorf("go ready: %w", err)
	}
	if r.cfg.Waits {
		return r.serve(ctx)
	}
	view, err := r.desk.GetRecord(ctx, r.cfg.Campaign)
	more := true
	if refused(err, dialer.CodeNoRecord) {
		more, err = false, nil
	}
	if err != nil {
		return fmt.Errorf("get record: %w", err)
	}
	for more {
		j := newJob(r, view)
		if err := j.run(ctx); err != nil {
			return fmt.Errorf("call %s: %w", view.ID, err)
		}
		if j.report.Plan.Stop {
			return nil
		}
		if view, more, err = r.next(ctx, view.ID); err != nil {
			return fmt.Errorf("wait for the next preview: %w", err)
		}
	}
	r.cfg.Observe(Moment{At: time.Now(), Kind: Exhausted})
	return nil
}

// serve handles the contacts that come, until ctx ends or a plan says stop.
func (r *Robot) serve(ctx context.Context) error {
	for last := ""; ; {
		view, err := r.contact(ctx, last)
		if err != nil {
			return fmt.Errorf("wait for a contact: %w", err)
		}
		j := newJob(r, view)
		if err := j.run(ctx); err != nil {
			return fmt.Errorf("call %s: %w", view.ID, err)
		}
		if j.report.Plan.Stop {
			return nil
		}
		last = view.ID
	}
}

// contact waits for a call with a contact on the line, after one that is over.
func (r *Robot) contact(ctx context.Context, over string) (dialer.CallView, error) {
	for {
		ev, err := r.stream.Next(ctx)
		if err != nil {
			return dialer.CallView{}, err
		}
		value, err := ev.Value()
		if err != nil {
			return dialer.CallView{}, err
		}
		var v *dialer.CallView
		switch value := value.(type) {
		case *dialer.CallView:
			v = value
		case *api.Snapshot:
			v = value.Call
		}
		if v != nil && v.ID != over && (v.State == string(call.Talking) || v.State == string(call.WrapUp)) {
			return *v, nil
		}
	}
}

// checkRules makes sure that the campaign has the dispositions of the rules, before anybody is called.
func (r *Robot) checkRules(ctx context.Context) error {
	campaigns, err := r.desk.Campaigns(ctx)
	if err != nil {
		return fmt.Errorf("campaigns: %w", err)
	}
	i := slices.IndexFunc(campaigns, func(c dialer.CampaignView) bool { return c.ID == r.cfg.Campaign })
	if i < 0 {
		return fmt.Errorf("the agent does not work in campaign %q", r.cfg.Campaign)
	}
	for outcome, code := range r.cfg.Dispositions {
		known := slices.ContainsFunc(campaigns[i].Dispositions, func(d dialer.DispositionView) bool { return d.Code == code })
		if !known {
			return fmt.Errorf("the rules give %q to calls of outcome %q, but campaign %s has no such disposition", code, outcome, r.cfg.Campaign)
		}
	}
	if _, ok := r.cfg.Dispositions[Otherwise]; !ok && campaigns[i].Required {
		return fmt.Errorf("campaign %s requires a disposition, and the rules have none for outcomes that they do not name", r.cfg.Campaign)
	}
	return nil
}

// next waits for the preview after a call that is over; more is false when none comes.
func (r *Robot) next(ctx context.Context, over string) (view dialer.CallView, more bool, err error) {
	preview := func(v *dialer.CallView) bool { return v != nil && v.ID != over && v.State == string(call.Previewing) }
	for {
		ev, err := r.stream.Next(ctx)
		if err != nil {
			return view, false, err
		}
		value, err := ev.Value()
		if err != nil {
			return view, false, err
		}
		switch v := value.(type) {
		case *dialer.CallView:
			if preview(v) {
				return *v, true, nil
			}
		case *dialer.AgentView:
			if v.CallID == "" && !v.Next {
				return view, false, nil
			}
		case *api.Snapshot:
			if preview(v.Call) {
				return *v.Call, true, nil
			}
			if v.Agent.CallID == "" && !v.Agent.Next {
				return view, false, nil
			}
		}
	}
}

// leave ends what may still be going on and takes the phone out of the booth.
func (r *Robot) leave(ctx context.Context) error {
	if _, err := r.desk.NotReady(ctx, ""); err != nil {
		return fmt.Errorf("go not ready: %w", err)
	}
	for {
		if err := r.letGo(ctx); err != nil {
			return err
		}
		_, err := r.desk.DisconnectPhone(ctx)
		switch {
		case err == nil:
			return nil
		case refused(err, dialer.CodeWrongState): // a preview came while we were leaving, or the call is just ending
			if err := pause(ctx); err != nil {
				return fmt.Errorf("disconnect the phone: %w", err)
			}
		default:
			return fmt.Errorf("disconnect the phone: %w", err)
		}
	}
}

// letGo closes the call that the agent has, if any.
func (r *Robot) letGo(ctx context.Context) error {
	agent, err := r.desk.Agent(ctx)
	if err != nil || agent.CallID == "" {
		return err
	}
	view, err := r.desk.Call(ctx, agent.CallID)
	if err == nil && view.State == string(call.Previewing) {
		_, err = r.desk.Cancel(ctx, view.ID)
	} else if err == nil {
		_, err = r.desk.Done(ctx, view.ID, api.Done{Disposition: r.cfg.Dispositions[Otherwise], Stop: true})
	}
	if refused(err, dialer.CodeUnknownCall) || refused(err, dialer.CodeWrongState) {
		return nil // it ended by itself meanwhile, or is just about to
	}
	if err != nil {
		return fmt.Errorf("let go of call %s: %w", agent.CallID, err)
	}
	return nil
}

// pause lets the engine finish what it is doing before a command that came too early is repeated.
func pause(ctx context.Context) error {
	select {
	case <-time.After(50 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// signOut ends the session. A preview that was being fetched when the robot left is given back first.
func (r *Robot) signOut(ctx context.Context) error {
	for {
		err := r.desk.SignOut(ctx)
		if err == nil {
			return nil
		}
		if !refused(err, dialer.CodeWrongState) {
			return fmt.Errorf("sign out: %w", err)
		}
		if err := r.letGo(ctx); err != nil {
			return err
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
}

// refused tells whether err is the server's refusal with that code.
func refused(err error, code dialer.Code) bool {
	var p *api.Problem
	return errors.As(err, &p) && p.Code == api.Code(code)
}
