package robot

import (
	"context"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
)

// job is one call from its preview until it is closed.
type job struct {
	r      *Robot
	view   dialer.CallView // as it came
	report Report
	state  call.State
	ear    *listener
	ending bool        // the robot has asked for the end
	alarm  *time.Timer // give up, or enough talked
}

// listenEvery is how often the robot looks at what its ear has heard.
const listenEvery = 100 * time.Millisecond

func newJob(r *Robot, view dialer.CallView) *job {
	j := &job{r: r, view: view, state: call.State(view.State), ear: newListener(r.cfg, r.allLegs)}
	j.report = Report{
		Agent: view.Agent, Campaign: view.Campaign, Call: view.ID, Record: view.Record, Previewed: view.Since, Plan: r.cfg.Act(view),
	}
	return j
}

// run does what the plan says, and returns when the stream has told that the call is closed.
func (j *job) run(ctx context.Context) error {
	j.alarm = time.NewTimer(0)
	j.alarm.Stop()
	defer j.alarm.Stop()
	j.observe(Moment{At: j.report.Previewed, Kind: Offered})
	if err := j.begin(ctx); err != nil {
		return err
	}
	var listen <-chan time.Time
	if !j.r.cfg.Deaf {
		tick := time.NewTicker(listenEvery)
		defer tick.Stop()
		listen = tick.C
	}
	for j.state != call.Closed {
		var err error
		select {
		case ev, ok := <-j.r.stream.Events():
			err = j.see(ctx, ev, ok)
		case <-listen:
			err = j.listen(ctx, time.Now())
		case <-j.alarm.C:
			err = j.timeUp(ctx)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
	j.r.cfg.Report(j.report)
	return nil
}

// begin dials or gives back. A contact on the line needs neither.
func (j *job) begin(ctx context.Context) error {
	if j.state != call.Previewing {
		j.ear.since, j.state = time.Now(), ""
		return j.enter(ctx, j.view)
	}
	if j.report.Plan.Reject {
		j.report.Rejected = true
		if _, err := j.r.desk.Reject(ctx, j.report.Call); err != nil {
			return fmt.Errorf("reject: %w", err)
		}
		j.observe(Moment{At: time.Now(), Kind: Rejected})
		return nil
	}
	j.ear.since = time.Now()
	if _, err := j.r.desk.Accept(ctx, j.report.Call, j.report.Plan.Number); err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	return nil
}

// see takes one event of the stream.
func (j *job) see(ctx context.Context, ev api.Event, open bool) error {
	if !open {
		return fmt.Errorf("event stream: %w", j.r.stream.Err())
	}
	value, err := ev.Value()
	if err != nil {
		return err
	}
	switch v := value.(type) {
	case *dialer.CallView:
		if v.ID == j.report.Call {
			return j.enter(ctx, *v)
		}
	case *api.Snapshot: // events were missed; this is how things are now
		if v.Call == nil || v.Call.ID != j.report.Call {
			return fmt.Errorf("the call went out of sight in state %s", j.state)
		}
		return j.enter(ctx, *v.Call)
	}
	return nil
}

// enter notes the call's new state and does what is due in it.
func (j *job) enter(ctx context.Context, v dialer.CallView) error {
	r := &j.report
	was := j.state
	j.state = call.State(v.State)
	r.Number, r.Result, r.Cause, r.Disposition = v.Number, v.Result, v.Cause, v.Disposition
	if j.state == was {
		return nil
	}
	switch j.state {
	case call.Dialing:
		r.Dialed = v.Since
		j.observe(Moment{At: v.Since, Kind: Dialed})
		if d := r.Plan.GiveUp; d > 0 {
			j.alarm.Reset(time.Until(v.Since.Add(d)))
		}
	case call.Ringing:
		r.Ringing = v.Since
		j.observe(Moment{At: v.Since, Kind: Ringing})
	case call.Talking:
		if r.Answered.IsZero() { // not on coming back from a rescue
			r.Answered = v.Since
			j.observe(Moment{At: v.Since, Kind: Answered})
			j.alarm.Reset(time.Until(v.Since.Add(r.Plan.Talk)))
		}
	case call.WrapUp:
		return j.wrapUp(ctx, v)
	case call.Closed:
		r.Closed = v.Since
		if !r.Rejected {
			j.observe(Moment{At: v.Since, Kind: Done})
		}
	}
	return nil
}

// wrapUp decides what became of the call and closes it.
func (j *job) wrapUp(ctx context.Context, v dialer.CallView) error {
	j.alarm.Stop()
	r := &j.report
	r.Ended = v.Since
	if v.EndedAt != nil {
		r.Ended = *v.EndedAt
	}
	if v.AnsweredAt != nil {
		r.Answered = *v.AnsweredAt // may have gone by faster than its event
	}
	for _, m := range j.ear.hear(r.Answered, r.Ended) {
		j.observe(m)
	}
	r.Heard = j.ear.timeline(r.Ended)
	r.Outcome = r.outcome(j.r.cfg)
	r.Disposition = j.r.cfg.disposition(r.Outcome)
	j.observe(Moment{At: r.Ended, Kind: Ended})
	if r.Plan.WrapUp > 0 {
		select {
		case <-time.After(time.Until(r.Ended.Add(r.Plan.WrapUp))):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if _, err := j.r.desk.Done(ctx, r.Call, api.Done{Disposition: r.Disposition, Stop: r.Plan.Stop}); err != nil {
		return fmt.Errorf("done: %w", err)
	}
	return nil
}

// listen tells what is new to the ear.
func (j *job) listen(ctx context.Context, now time.Time) error {
	if !j.state.Live() {
		return nil
	}
	for _, m := range j.ear.hear(j.report.Answered, now) {
		j.observe(m)
		if m.Kind == HeardBeep && j.report.Plan.LeaveMachine {
			if err := j.hangUp(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// longestGreeting is how long a robot that leaves machines listens to one.
const longestGreeting = 20 * time.Second

// timeUp is the end of the time to wait or to talk.
func (j *job) timeUp(ctx context.Context) error {
	r := &j.report
	if r.Plan.LeaveMachine && j.ear.told[HeardSpeech] && !j.ear.told[HeardBeep] {
		if left := time.Until(r.Answered.Add(longestGreeting)); left > 0 {
			j.alarm.Reset(left) // the beep, or the contact, ends it sooner
			return nil
		}
	}
	return j.hangUp(ctx)
}

// hangUp ends the call, unless it is ending already.
func (j *job) hangUp(ctx context.Context) error {
	if j.ending || !j.state.Live() {
		return nil
	}
	j.ending = true
	_, err := j.r.desk.End(ctx, j.report.Call)
	switch {
	case refused(err, dialer.CodeWrongState): // the other side was faster
		return nil
	case err != nil:
		return fmt.Errorf("end: %w", err)
	}
	j.report.ByUs = true
	j.observe(Moment{At: time.Now(), Kind: HungUp})
	return nil
}

func (j *job) observe(m Moment) {
	m.Report = j.report
	j.r.cfg.Observe(m)
}
