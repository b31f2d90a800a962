//go:build integration

package dialer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

// A lane is an agent, a colleague, a campaign and the numbers they call: enough to play a story in, and apart from all other lanes of the
// same house, so that many stories can be played at once. Everybody has a voice of their own, also across lanes.
type lane struct {
	h                *house
	n                int
	campaign         string
	agent, colleague *caller

	id      string // of the present call
	record  string
	contact *phone.Call
	target  *phone.Call // an outside number's end
}

// caller is an agent of a lane.
type caller struct {
	id      string
	phone   *phone.Phone
	leg     *phone.Call // into the booth
	patient atomic.Bool // the phone rings until it is answered by hand
}

const (
	laneVoices = 4   // agent, colleague, contact, target
	laneCalls  = 999 // rows of each lane's calling list
)

// Numbers of a lane, by what becomes of a call to them.
func (l *lane) answering() string { return fmt.Sprintf("+8135555%d007", l.n) }
func (l *lane) busy() string      { return fmt.Sprintf("+8135555%d008", l.n) }
func (l *lane) ringing() string   { return fmt.Sprintf("+8135555%d009", l.n) }

func (l *lane) voice(i int) phone.Voice { return phone.VoiceAt(laneVoices*l.n + i) }

func (l *lane) group() string { return fmt.Sprintf("group-%d", l.n) }

// newLanes opens a house with so many lanes, everybody ready.
func newLanes(t *testing.T, count int, configure ...func(*dialer.Config)) []*lane {
	t.Helper()
	lanes := make([]*lane, count)
	answers := map[string]phone.Behaviour{}
	for i := range lanes {
		l := &lane{n: i, campaign: fmt.Sprintf("lane-%d", i)}
		l.agent, l.colleague = &caller{id: fmt.Sprintf("agent-%d", i)}, &caller{id: fmt.Sprintf("colleague-%d", i)}
		lanes[i] = l
		answers[fmt.Sprintf("%d001", i)] = phone.Answer().Saying(l.voice(2))
		answers[fmt.Sprintf("%d007", i)] = phone.Answer().Saying(l.voice(3))
		answers[fmt.Sprintf("%d008", i)] = phone.Refuse(486)
		answers[fmt.Sprintf("%d009", i)] = phone.Ring()
	}
	h := newHouse(t, answers, append([]func(*dialer.Config){func(c *dialer.Config) {
		c.Groups, c.Queues = map[string][]string{}, map[string]dialer.QueueConfig{"echo": {Context: "echo-queue", Extension: "s"}, "closed": {Context: "nowhere", Extension: "s"}}
		c.Directory.Outside.PerMinute = 0 // each lane calls outside more often than anybody would
		template := c.Agents[hanako]
		delete(c.Agents, hanako)
		for _, l := range lanes {
			c.Campaigns[l.campaign] = c.Campaigns[spring]
			for _, id := range []string{l.agent.id, l.colleague.id} {
				a := template
				a.Campaigns = []string{l.campaign}
				c.Agents[id] = a
			}
			c.Groups[l.group()] = []string{l.colleague.id}
		}
		delete(c.Campaigns, spring)
	}}, configure...)...)
	h.start()
	for _, l := range lanes {
		l.h = h
		l.fill(t)
		l.arrive(t, l.agent, l.voice(0))
		l.arrive(t, l.colleague, l.voice(1))
	}
	return lanes
}

// echoQueue is a queue of the dialplan in which the contact hears itself.
func echoQueue() asterisktest.Option {
	return asterisktest.WithConfig("extensions.d/echo-queue.conf", "[echo-queue]\nexten => s,1,Echo()\n same => n,Hangup()\n")
}

func (l *lane) fill(t *testing.T) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("name,phone\n")
	for i := range laneCalls {
		fmt.Fprintf(&rows, "Contact %d,090-%d%03d-%d001\n", i, 1+l.n/10, i, l.n%10)
	}
	_, err := campaign.Import(t.Context(), l.h.store, campaign.ImportRequest{
		Campaign: l.campaign, List: l.h.cfg.Campaigns[l.campaign].List, Path: "-", Stdin: strings.NewReader(rows.String()), Rejects: t.TempDir() + "/rejects.csv",
	})
	must(t, err)
}

func (l *lane) arrive(t *testing.T, who *caller, voice phone.Voice) {
	t.Helper()
	ctx := within(t)
	_, err := l.h.engine.SignIn(ctx, who.id)
	must(t, err)
	cred, err := l.h.engine.PhoneCredentials(ctx, who.id)
	must(t, err)
	who.phone, err = phone.New(phone.Config{User: cred.Username, Password: cred.Password, Server: cred.Registrar, Voice: voice,
		Behave: func(*phone.Call) phone.Behaviour {
			if who.patient.Load() {
				return phone.Ring()
			}
			return phone.Answer()
		}})
	must(t, err)
	t.Cleanup(func() { _ = who.phone.Close() })
	must(t, who.phone.Register(ctx))
	_, err = l.h.engine.ConnectPhone(ctx, who.id)
	must(t, err)
	who.leg, err = who.phone.NextCall(ctx)
	must(t, err)
	who.leg.Named(who.id)
	_, err = l.h.engine.SetReady(ctx, who.id)
	must(t, err)
}

// within bounds anything that takes real SIP.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// pickUp answers the phone that is being rung again, and waits until the engine has it.
func (l *lane) pickUp(t *testing.T, who *caller) {
	t.Helper()
	leg, err := who.phone.NextCall(within(t))
	must(t, err)
	who.leg = leg.Named(who.id)
	if who.patient.Swap(false) {
		must(t, leg.Answer(within(t)))
	}
	asterisktest.Eventually(t, patience, func() bool { return l.view(t, who).Phone.State == "connected" }, who.id+"'s phone is in the booth again")
}

func (l *lane) view(t *testing.T, who *caller) dialer.AgentView {
	t.Helper()
	v, err := l.h.engine.Agent(within(t), who.id)
	must(t, err)
	return v
}

// state is the call's for one of the agents; "" when the agent has no part in it.
func (l *lane) state(t *testing.T, who *caller) dialer.CallView {
	t.Helper()
	v, err := l.h.engine.Call(within(t), who.id, l.id)
	var refused *dialer.Error
	if errors.As(err, &refused) && (refused.Code == dialer.CodeUnknownCall || refused.Code == dialer.CodeNotYourCall) {
		return dialer.CallView{}
	}
	must(t, err)
	return v
}

// await waits until the call is in one of the states for an agent.
func (l *lane) await(t *testing.T, who *caller, states ...string) dialer.CallView {
	t.Helper()
	var v dialer.CallView
	deadline := time.Now().Add(patience)
	for {
		v = l.state(t, who)
		for _, s := range states {
			if v.State == s {
				return v
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the call is %q for %s, want %s", v.State, who.id, strings.Join(states, " or "))
		}
		<-time.After(10 * time.Millisecond)
	}
}

// talking brings agent and contact together.
func (l *lane) talking(t *testing.T) {
	t.Helper()
	ctx := within(t)
	v, err := l.h.engine.GetRecord(ctx, l.agent.id, l.campaign)
	must(t, err)
	l.id, l.record, l.target = v.ID, v.Record.ID, nil
	v, err = l.h.engine.Accept(ctx, l.agent.id, l.id, "")
	must(t, err)
	l.contact, err = l.h.network.CallTo(ctx, v.Number)
	must(t, err)
	l.contact.Named("contact")
	l.await(t, l.agent, "talking")
}

func (l *lane) held(t *testing.T) {
	t.Helper()
	l.talking(t)
	_, err := l.h.engine.Hold(within(t), l.agent.id, l.id)
	must(t, err)
}

// consulting begins a consultation with the colleague or with a number that answers.
func (l *lane) consultingColleague(t *testing.T) {
	t.Helper()
	l.talking(t)
	_, err := l.h.engine.StartConsultation(within(t), l.agent.id, l.id, to(dialer.TargetAgent, l.colleague.id))
	must(t, err)
	l.accept(t)
	l.await(t, l.agent, "consulting")
}

func (l *lane) consultingNumber(t *testing.T) {
	t.Helper()
	l.talking(t)
	_, err := l.h.engine.StartConsultation(within(t), l.agent.id, l.id, to(dialer.TargetNumber, l.answering()))
	must(t, err)
	l.reached(t, l.answering())
	l.await(t, l.agent, "consulting")
}

// accept lets the colleague take the offer.
func (l *lane) accept(t *testing.T) {
	t.Helper()
	l.await(t, l.colleague, "offered")
	_, err := l.h.engine.Accept(within(t), l.colleague.id, l.id, "")
	must(t, err)
}

// reached finds an outside number's end of the call.
func (l *lane) reached(t *testing.T, number string) {
	t.Helper()
	var err error
	l.target, err = l.h.network.CallTo(within(t), number)
	must(t, err)
	l.target.Named("target")
}

// hears asserts who hears whom, written for example "A:CT C:AT T:AC": agent, contact, target, and M for music. A colleague is the target
// unless an outside number is.
func (l *lane) hears(t *testing.T, who string) {
	t.Helper()
	l.hearsAtLast(t, who, 3) // the tone of the moment may be heard, once, before and during the first look
}

// hearsAtLast is hears with so many looks.
func (l *lane) hearsAtLast(t *testing.T, who string, looks int) {
	t.Helper()
	people := map[byte]*phone.Call{'A': l.agent.leg, 'C': l.contact, 'T': l.target}
	if l.target == nil {
		people['T'] = l.colleague.leg
	}
	matrix := phone.WhoHears{}
	for ear := range strings.FieldsSeq(who) {
		sources := []phone.Source{}
		for i := 2; i < len(ear); i++ {
			if ear[i] == 'M' {
				sources = append(sources, phone.Music)
				continue
			}
			sources = append(sources, people[ear[i]])
		}
		matrix[people[ear[0]]] = sources
	}
	var err error
	for range looks {
		if err = phone.CheckHears(t.Context(), matrix, phone.Within(4*time.Second), phone.Staying(300*time.Millisecond)); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", who, err)
}

// finish ends whatever is going on, and asserts that nothing of it is left: in Asterisk, on the phones, in the calling list, with the agents.
func (l *lane) finish(t *testing.T) {
	t.Helper()
	for _, who := range []*caller{l.agent, l.colleague} {
		who.patient.Store(false)
	}
	asterisktest.Eventually(t, patience, func() bool { return l.letGo(t, l.agent) && l.letGo(t, l.colleague) }, "both agents are done")
	for _, who := range []*caller{l.agent, l.colleague} {
		l.rungAgain(t, who)
	}
	var left []string
	defer func() {
		if len(left) > 0 {
			t.Logf("left over: %v", left)
		}
	}()
	asterisktest.Eventually(t, 3*time.Second, func() bool { left = l.leftOver(t); return len(left) == 0 }, "nothing is left over")
	for _, c := range []*phone.Call{l.contact, l.target} {
		if c == nil {
			continue
		}
		if _, err := c.WaitEnd(within(t)); err != nil {
			t.Errorf("%v is still on the line: %v", c, err)
		}
	}
	counts, err := l.h.store.Counts(within(t), l.campaign)
	must(t, err)
	if counts.Out != 0 {
		t.Errorf("%d records are still out", counts.Out)
	}
	record, err := l.h.store.Get(within(t), l.campaign, l.record)
	must(t, err)
	if at := record.Attempts(); len(at) != 1 || at[0].Result != "answered" {
		t.Errorf("the record's attempts are %+v, want one that was answered", at)
	}
	for _, who := range []*caller{l.agent, l.colleague} {
		asterisktest.Eventually(t, patience, func() bool { return l.view(t, who).State == string(agent.Ready) }, who.id+" is ready again")
	}
}

// rungAgain waits, when an agent has hung the phone up, until the engine has heard of it and has the phone back.
func (l *lane) rungAgain(t *testing.T, who *caller) {
	t.Helper()
	if _, ended := who.leg.End(); !ended {
		return
	}
	gone := who.leg
	defer func() {
		if t.Failed() {
			end, _ := gone.End()
			var legs []string
			channels, err := l.h.ari.Channels.List(within(t))
			must(t, err)
			for _, c := range channels {
				if strings.Contains(c.ID, who.id+".") {
					legs = append(legs, c.ID+" "+string(c.State))
				}
			}
			t.Logf("%s's leg ended with %+v; the phone has %v, Asterisk %v, for the engine it is %+v", who.id, end, who.phone.Calls(), legs, l.view(t, who).Phone)
		}
	}()
	asterisktest.Eventually(t, patience, func() bool {
		for _, leg := range who.phone.Calls() {
			if _, ended := leg.End(); !ended && !leg.AnsweredAt().IsZero() {
				who.leg = leg.Named(who.id)
				return true
			}
		}
		return false
	}, who.id+"'s phone has been rung again")
	asterisktest.Eventually(t, patience, func() bool { return l.view(t, who).Phone.State == "connected" }, who.id+"'s phone is in the booth again")
}

// letGo takes an agent out of a call, and answers whether the agent is out.
func (l *lane) letGo(t *testing.T, who *caller) bool {
	t.Helper()
	ctx := within(t)
	id := l.view(t, who).CallID
	if id == "" {
		return true
	}
	e := l.h.engine
	v, err := e.Call(ctx, who.id, id)
	switch {
	case err != nil: // just over
	case v.State == "offered":
		_, err = e.Reject(ctx, who.id, id, "")
	case v.State == "joined":
		_, err = e.Leave(ctx, who.id, id)
	case v.State == "previewing":
		_, err = e.Cancel(ctx, who.id, id)
	default:
		_, err = e.Done(ctx, who.id, id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	}
	if err != nil {
		t.Logf("letting go of %s in state %s: %v", id, v.State, err)
	}
	return false
}

// spied is the leg that a snoop channel is at: Asterisk names it by that, and keeps it for as long as the leg.
func spied(snoop ari.Channel) string {
	at, _ := strings.CutPrefix(snoop.Name, "Snoop/")
	return at[:max(0, strings.LastIndexByte(at, '-'))]
}

// leftOver lists the channels of this lane's call and agents beyond their phones' own, and what a booth holds beside its agent.
func (l *lane) leftOver(t *testing.T) []string {
	t.Helper()
	var left []string
	channels, err := l.h.ari.Channels.List(within(t))
	must(t, err)
	legs := map[string]int{}
	mine := map[string]bool{}
	for _, c := range channels {
		for _, who := range []*caller{l.agent, l.colleague} {
			if strings.HasPrefix(c.ID, "hs.agent."+who.id+".") && !l.h.engine.GivenUp(c.ID) {
				legs[who.id]++
				mine[c.ID] = true
			}
			if strings.HasPrefix(c.ID, "hs.tone."+who.id+".") && !l.h.engine.GivenUp(spied(c)) {
				left = append(left, c.ID)
			}
		}
		if strings.HasPrefix(c.ID, "hs.call."+l.id+".") {
			left = append(left, c.ID)
		}
	}
	for id, n := range legs {
		if n > 1 {
			left = append(left, fmt.Sprintf("%d legs of %s", n, id))
		}
	}
	bridges, err := l.h.ari.Bridges.List(within(t))
	must(t, err)
	for _, b := range bridges {
		switch b.ID {
		case "hs.own." + l.id:
			_, err := l.h.engine.Call(within(t), l.agent.id, l.id)
			left = append(left, fmt.Sprintf("%s with %v; of its call the engine says %v", b.ID, b.Channels, err))
		case "hs.booth." + l.agent.id, "hs.booth." + l.colleague.id:
			if len(b.Channels) != 1 || !mine[b.Channels[0]] {
				left = append(left, fmt.Sprintf("%s with %v", b.ID, b.Channels))
			}
		}
	}
	return left
}
