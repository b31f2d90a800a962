package dialer

import (
	"context"
	"strings"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/dialer/script"
)

// ScriptView is a campaign's script, with what is known of the contact filled in.
type ScriptView struct {
	Title string           `json:"title" doc:"may be empty"`
	Intro string           `json:"intro" doc:"what stands before the first step, to be kept in sight: HTML, safe to be put into a page, may be empty"`
	Steps []ScriptStepView `json:"steps" doc:"in the order of the file; the first one is where a call begins"`
	Path  []string         `json:"path" doc:"ids of the steps that the answers so far lead through; the last one is where the call is now"`
}

// ScriptStepView is one step of a script.
type ScriptStepView struct {
	ID      string             `json:"id"`
	Title   string             `json:"title"`
	HTML    string             `json:"html" doc:"what to say: HTML, safe to be put into a page"`
	Key     string             `json:"key" doc:"key of the record's field that keeps the answer"`
	Answers []ScriptAnswerView `json:"answers" doc:"none: the script ends here"`
	Answer  string             `json:"answer,omitempty" doc:"the one that was given, one of the answers' values"`
}

// ScriptAnswerView is one way on from a step.
type ScriptAnswerView struct {
	Value string `json:"value" doc:"what is kept in the record"`
	Label string `json:"label" doc:"what the agent reads"`
	Next  string `json:"next" doc:"id of the step that it leads to"`
}

// readScripts reads the campaigns' scripts.
func readScripts(campaigns map[string]campaign.Config) (map[string]*script.Script, error) {
	scripts := map[string]*script.Script{}
	for id, cfg := range campaigns {
		s, err := cfg.ReadScript()
		if err != nil {
			return nil, err
		}
		if s != nil {
			scripts[id] = s
		}
	}
	return scripts, nil
}

// filling is what can be filled into a campaign's texts, as an agent sees the call.
func (e *Engine) filling(agentID string, v CallView) fill.Values {
	f := campaign.Filling{
		Campaign: v.Campaign, Call: v.ID, Record: v.Record.ID, Name: v.Record.Name, Number: numberOf(v), AgentID: agentID, AgentName: e.cfg.Agents[agentID].Name,
		Fields: v.Record.Fields,
	}
	return e.cfg.Campaigns[v.Campaign].FillValues(f)
}

// Script shows the script of a call's campaign to an agent who has something to do with the call. Refused with CodeNoScript when there is none.
// What is shown is made beside the call: nobody in it waits.
func (e *Engine) Script(ctx context.Context, agentID, callID string) (ScriptView, error) {
	v, err := e.Call(ctx, agentID, callID)
	if err != nil {
		return ScriptView{}, err
	}
	return e.scriptView(agentID, v)
}

func (e *Engine) scriptView(agentID string, c CallView) (ScriptView, error) {
	s := e.scripts[c.Campaign]
	if s == nil {
		return ScriptView{}, refuse(CodeNoScript, "campaign %s has no script", c.Campaign)
	}
	values := e.filling(agentID, c)
	intro, err := s.Intro(values)
	if err != nil {
		return ScriptView{}, err
	}
	v := ScriptView{Title: s.Title(values), Intro: intro, Steps: []ScriptStepView{}, Path: s.Path(values)}
	for _, step := range s.Steps() {
		html, err := step.HTML(values)
		if err != nil {
			return ScriptView{}, err
		}
		shown := ScriptStepView{ID: step.ID, Title: step.Title(values), HTML: html, Key: step.Key, Answers: []ScriptAnswerView{}}
		for _, a := range step.Answers {
			shown.Answers = append(shown.Answers, ScriptAnswerView{a.Value, a.Label(values), a.Next})
		}
		if given, ok := step.Answer(values[step.Key]); ok {
			shown.Answer = given.Value
		}
		v.Steps = append(v.Steps, shown)
	}
	return v, nil
}

// answerScript is the command that keeps an answer.
const answerScript call.Event = "script-answer"

// AnswerScript keeps what the contact answers in a step of the script in the record, under the step's key; "" takes the answer back. It is kept as a field
// of the record is: everybody on the call sees it at once, the calling list gets it at done. Answers of steps that come after stay.
func (e *Engine) AnswerScript(ctx context.Context, agentID, callID, stepID, value string) (ScriptView, error) {
	v, err := e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doAnswerScript(stepID, value, reply) }, nil)
	if err != nil {
		return ScriptView{}, err
	}
	return e.scriptView(agentID, v)
}

func (c *callActor) doAnswerScript(stepID, value string, reply func(CallView, error)) {
	s := c.e.scripts[c.campaignID]
	if s == nil {
		reply(CallView{}, refuse(CodeNoScript, "campaign %s has no script", c.campaignID))
		return
	}
	step, ok := s.Step(stepID)
	if !ok {
		err := refuse(CodeUnknownStep, "the script has no step %q", stepID)
		for _, step := range s.Steps() {
			err.Allowed = append(err.Allowed, step.ID)
		}
		reply(CallView{}, err)
		return
	}
	if _, ok := step.Answer(value); !ok && value != "" {
		err := refuse(CodeUnknownAnswer, "%q is no answer of step %s; expected one of %s", value, stepID, strings.Join(step.Values(), ", "))
		err.Allowed = step.Values()
		reply(CallView{}, err)
		return
	}
	if err := c.changeable(answerScript); err != nil {
		reply(CallView{}, err)
		return
	}
	c.putField(step.Key, value)
	reply(c.view(), nil)
}
