package dialer

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/call"
)

// A script is a list of lines, "WHO WHAT [ARGUMENT]". WHO is an agent, who gives a command, or one of
//
//	wait DURATION             time passes
//	hangup AGENT PARTY        the far end of a leg of the agent's call hangs up: contact, t1 …, or the agent's own phone
//	hangup leg N              of whatever legs of calls there are, the Nth's far end hangs up
//	press DIGITS              every contact presses them
//	phone AGENT BEHAVIOUR     from now on the agent's phone answers, is busy, silent or offline
//	refuse N STATUS [PATH]    Asterisk refuses the next N requests that change something, and have PATH in theirs
//	slow N DURATION           Asterisk takes its time for the next N requests
//	drop                      the connection to Asterisk breaks
//	restart                   the engine ends, and another one takes its calls up
//
// A command with & at the end is not waited for: the next line comes at the same moment.

// callCommands are the commands on a call, by name; event is the one of the table that says whether it is possible.
var callCommands = map[string]struct {
	event call.Event
	do    func(ctx context.Context, e *Engine, agent, id, arg string) (CallView, error)
}{
	"accept": {call.Accept, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) {
		return e.Accept(ctx, a, id, "")
	}},
	"reject": {call.Reject, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) {
		return e.Reject(ctx, a, id, "")
	}},
	"cancel": {call.Cancel, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.Cancel(ctx, a, id) }},
	"hold":   {call.Hold, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.Hold(ctx, a, id) }},
	"resume": {call.Resume, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.Resume(ctx, a, id) }},
	"end-consult": {call.EndConsult, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) {
		return e.EndConsultation(ctx, a, id)
	}},
	"swap":  {call.Swap, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.Swap(ctx, a, id) }},
	"merge": {call.Merge, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.Merge(ctx, a, id) }},
	"complete": {call.Complete, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) {
		return e.CompleteTransfer(ctx, a, id)
	}},
	"retrieve": {call.Retrieve, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.Retrieve(ctx, a, id) }},
	"leave":    {call.Leave, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.Leave(ctx, a, id) }},
	"end":      {call.End, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) { return e.End(ctx, a, id) }},
	"consult": {call.Consult, func(ctx context.Context, e *Engine, a, id, arg string) (CallView, error) {
		return e.StartConsultation(ctx, a, id, rigTarget(arg))
	}},
	"invite": {call.Invite, func(ctx context.Context, e *Engine, a, id, arg string) (CallView, error) {
		return e.StartConference(ctx, a, id, rigTarget(arg))
	}},
	"transfer": {call.Transfer, func(ctx context.Context, e *Engine, a, id, arg string) (CallView, error) {
		return e.TransferTo(ctx, a, id, rigTarget(arg))
	}},
	"done": {call.Done, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) {
		return e.Done(ctx, a, id, DoneOptions{Disposition: "sale"})
	}},
	"done-and-stop": {call.Done, func(ctx context.Context, e *Engine, a, id, _ string) (CallView, error) {
		return e.Done(ctx, a, id, DoneOptions{Disposition: "sale", Stop: true})
	}},
	"drop": {"", func(ctx context.Context, e *Engine, a, id, arg string) (CallView, error) {
		return e.Drop(ctx, a, id, arg)
	}},
	"mute": {"", func(ctx context.Context, e *Engine, a, id, arg string) (CallView, error) {
		return e.Mute(ctx, a, id, arg, true)
	}},
	"unmute": {"", func(ctx context.Context, e *Engine, a, id, arg string) (CallView, error) {
		return e.Mute(ctx, a, id, arg, false)
	}},
	"dtmf": {"", func(ctx context.Context, e *Engine, a, id, arg string) (CallView, error) {
		return e.SendDTMF(ctx, a, id, arg, "12#")
	}},
}

// agentCommands are those without a call.
var agentCommands = map[string]func(ctx context.Context, e *Engine, agent string) error{
	"sign-in":  func(ctx context.Context, e *Engine, a string) error { _, err := e.SignIn(ctx, a); return err },
	"sign-out": func(ctx context.Context, e *Engine, a string) error { return e.SignOut(ctx, a) },
	"connect":  func(ctx context.Context, e *Engine, a string) error { _, err := e.ConnectPhone(ctx, a); return err },
	"disconnect": func(ctx context.Context, e *Engine, a string) error {
		_, err := e.DisconnectPhone(ctx, a)
		return err
	},
	"ready": func(ctx context.Context, e *Engine, a string) error { _, err := e.SetReady(ctx, a); return err },
	"not-ready": func(ctx context.Context, e *Engine, a string) error {
		_, err := e.SetNotReady(ctx, a, "break")
		return err
	},
	"record": func(ctx context.Context, e *Engine, a string) error {
		_, err := e.GetRecord(ctx, a, rigCampaign)
		return err
	},
}

func rigTarget(name string) Target {
	switch {
	case slices.Contains(rigAgents, name):
		return Target{Kind: TargetAgent, ID: name}
	case name == "sales":
		return Target{Kind: TargetGroup, ID: name}
	case name == "help":
		return Target{Kind: TargetQueue, ID: name}
	}
	return Target{Kind: TargetNumber, Number: name}
}

// perform does one line.
func (r *rig) perform(line string) {
	words := strings.Fields(line)
	for len(words) < 4 {
		words = append(words, "")
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			r.fault("script: %q: %v", line, err)
		}
		return n
	}
	switch words[0] {
	case "wait":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			r.fault("script: %q: %v", line, err)
		}
		time.Sleep(d)
	case "hangup":
		r.hangUp(words[1], words[2])
	case "press":
		for _, ch := range r.callLegs() {
			if strings.HasSuffix(ch, "."+legContact) {
				_ = r.asterisk.Press(ch, words[1]) // it may be gone
			}
		}
	case "phone":
		r.asterisk.Endpoint("PJSIP/"+words[1], map[string]aritest.Behavior{
			"answers": aritest.Answer(0), "busy": aritest.Busy(), "silent": aritest.NoAnswer(), "offline": aritest.Offline(),
			"slow": aritest.Answer(3 * time.Second),
		}[words[2]])
	case "refuse":
		r.mu.Lock()
		r.faulty, r.refusals, r.status, r.offended = true, number(words[1]), number(words[2]), words[3]
		r.mu.Unlock()
	case "slow":
		d, err := time.ParseDuration(words[2])
		if err != nil {
			r.fault("script: %q: %v", line, err)
		}
		r.mu.Lock()
		r.faulty, r.delays, r.delay = true, number(words[1]), d
		r.mu.Unlock()
	case "restart":
		r.restart()
	case "drop":
		r.mu.Lock()
		r.faulty = true
		r.mu.Unlock()
		r.asterisk.Drop()
	default:
		r.command(line)
	}
}

func (r *rig) hangUp(who, what string) {
	legs, n := r.callLegs(), 0
	if who == "leg" {
		n, _ = strconv.Atoi(what)
		if len(legs) > 0 {
			_ = r.asterisk.HangUp(legs[n%len(legs)], 16)
		}
		return
	}
	if what == "phone" {
		var channel string
		a := r.engine.agents[who]
		on(&a.actor, func() { channel = a.phone.channel })
		_ = r.asterisk.HangUp(channel, 16) // it may be gone, or not there yet
		return
	}
	if v, err := r.engine.Agent(context.Background(), who); err == nil {
		_ = r.asterisk.HangUp(callChannel(v.CallID, what), 16)
	}
}

// command lets an agent give a command, and looks at the answer.
func (r *rig) command(line string) {
	line, ahead := strings.CutSuffix(line, " &")
	words := append(strings.Fields(line), "")
	who, what, arg := words[0], words[1], words[2]
	if do, ok := agentCommands[what]; ok {
		e := r.engine
		r.answered(line, ahead, e.agents[who].cfg.Phone.RingTimeout, func() error { return do(context.Background(), e, who) })
		return
	}
	cmd, ok := callCommands[what]
	if !ok {
		r.fault("script: %q is no command", line)
		return
	}
	ctx := context.Background()
	v, err := r.engine.Agent(ctx, who)
	if err != nil {
		r.fault("%s: %v", line, err)
		return
	}
	before, viewErr := r.engine.Call(ctx, who, v.CallID)
	alone := !ahead && r.pending.Load() == 0 // nothing else can change the state meanwhile
	e := r.engine
	r.answered(line, ahead, 0, func() error {
		after, err := cmd.do(ctx, e, who, v.CallID, arg)
		if alone && viewErr == nil && cmd.event != "" {
			r.agree(line, before, cmd.event, err)
		}
		if err == nil && cmd.event != "" && call.State(after.State).Transient() {
			r.fault("%s: answered while the call was still %s", line, after.State)
		}
		return err
	})
}

// agree checks that what a view allows is what is possible.
func (r *rig) agree(line string, before CallView, event call.Event, err error) {
	allowed := slices.Contains(before.Allowed, string(event))
	var refused *Error
	wrong := errors.As(err, &refused) && refused.Code == CodeWrongState
	switch {
	case event == call.End && before.State == string(call.Ending):
		// A second end waits with the first.
	case allowed && wrong:
		r.fault("%s: refused as impossible (%v), although the view of the call (%s) allows %v", line, err, before.State, before.Allowed)
	case !allowed && !wrong:
		r.fault("%s: answered with %v, although the view of the call (%s) allows only %v", line, err, before.State, before.Allowed)
	case wrong && (refused.State != before.State || !slices.Equal(refused.Allowed, before.Allowed)):
		r.fault("%s: the refusal says %s and %v, the view %s and %v", line, refused.State, refused.Allowed, before.State, before.Allowed)
	}
}

// answered waits for the answer of a command, or lets it come later, and judges it.
func (r *rig) answered(line string, ahead bool, more time.Duration, do func() error) {
	limit := r.engine.cfg.CommandTimeout + more
	judge := func() {
		began := time.Now()
		err := do()
		if took := time.Since(began); took > limit {
			r.fault("%s: answered after %s", line, took)
		}
		code := codeOf(err)
		switch {
		case err == nil:
		case code == "":
			r.fault("%s: %v is not an error of the engine's", line, err)
		case code == CodeTimeout && !r.misbehaved():
			r.fault("%s: timed out, although Asterisk was well", line)
		}
	}
	if !ahead {
		judge()
		return
	}
	r.pending.Add(1)
	r.waiting.Go(func() {
		defer r.pending.Add(-1)
		judge()
	})
}

// arrive makes everybody ready.
func (r *rig) arrive(who ...string) {
	for _, id := range who {
		for _, what := range []string{"sign-in", "connect", "ready"} {
			r.perform(id + " " + what)
		}
	}
	synctest.Wait()
}
