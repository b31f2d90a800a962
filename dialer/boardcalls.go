package dialer

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// The calls on a wallboard. Who watches is told of all of them; what one supervisor may see of a call SeenBy says.

// CallOver is the State of a [LiveCallView] which tells that the call is on the wallboard no longer: nobody is on the line, or the one who looks may do
// nothing with it.
const CallOver = "over"

// RecordingFailure tells that a call that is to be recorded is not.
type RecordingFailure struct {
	Call      string    `json:"call" doc:"id of the call, which goes on"`
	Campaign  string    `json:"campaign" doc:"campaign's id"`
	Agent     string    `json:"agent" doc:"id of the agent who has the call"`
	AgentName string    `json:"agent_name"`
	At        time.Time `json:"at" doc:"when it was found out"`
	Problem   string    `json:"problem" doc:"why it is not recorded; it is tried again by itself"`
}

// BoardCalls lists all calls of this process in which somebody is on the line, the longest first. Allowed is empty: SeenBy fills it.
func (e *Engine) BoardCalls(ctx context.Context) ([]LiveCallView, error) {
	ctx, cancel := e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	all := []LiveCallView{}
	for _, c := range e.liveCalls() {
		if !c.live.Load() {
			continue
		}
		v, err := ask(ctx, &c.actor, refuse(CodeUnknownCall, "the call is over"), func(reply func(LiveCallView, error)) { reply(c.liveView(), nil) })
		switch {
		case err == nil:
			all = append(all, v)
		case ctx.Err() != nil:
			return nil, err
		} // otherwise it ended just now
	}
	slices.SortFunc(all, func(a, b LiveCallView) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// SeenBy is a call as one supervisor sees it, with what that one may do; false when that is nothing, as with the supervisor's own call.
func (e *Engine) SeenBy(supervisor string, v LiveCallView) (LiveCallView, bool) {
	a, known := e.agents[supervisor]
	if !known || v.Agent == supervisor {
		return LiveCallView{}, false
	}
	v.Allowed = []string{}
	for _, command := range superviseCommands {
		if _, can := call.Next(call.State(v.State), call.TakenOver); command.name == "take-over" && !can {
			continue
		}
		if e.maySupervise(a.cfg, v.Agent, v.Campaign, command.privilege) == nil {
			v.Allowed = append(v.Allowed, command.name)
		}
	}
	return v, len(v.Allowed) > 0
}

// callChanged tells of a call, if somebody is on the line or was so when it was told last. It is called on the call's goroutine.
func (e *Engine) callChanged(c *callActor) {
	e.onlookers.each(func(o *onlooker) {
		o.mu.Lock()
		before, known := o.calls[c.id]
		o.mu.Unlock()
		v := LiveCallView{ID: c.id, Campaign: c.campaignID, Agent: c.owner.id, State: CallOver, Allowed: []string{}}
		switch {
		case c.state.Live():
			v = c.liveView()
		case !known:
			return
		}
		if known && reflect.DeepEqual(before, v) {
			return
		}
		o.mu.Lock()
		o.calls[c.id] = v
		o.mu.Unlock()
		o.tell(BoardChange{At: time.Now(), Call: &v})
	})
}

// callGone is the end of a call; nothing is told of it any more.
func (e *Engine) callGone(c *callActor) {
	e.onlookers.each(func(o *onlooker) {
		o.mu.Lock()
		before, known := o.calls[c.id]
		delete(o.calls, c.id)
		o.mu.Unlock()
		if known && before.State != CallOver {
			over := LiveCallView{ID: c.id, Campaign: before.Campaign, Agent: before.Agent, State: CallOver, Allowed: []string{}}
			o.tell(BoardChange{At: time.Now(), Call: &over})
		}
	})
}

// recordingFailed tells that a call is not recorded as it should be, once for each problem. It is called on the call's goroutine.
func (e *Engine) recordingFailed(c *callActor, problem string) {
	f := RecordingFailure{Call: c.id, Campaign: c.campaignID, Agent: c.owner.id, AgentName: c.owner.name(), At: time.Now(), Problem: problem}
	e.onlookers.each(func(o *onlooker) { o.tell(BoardChange{At: f.At, Recording: &f}) })
}
