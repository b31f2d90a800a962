//go:build integration

package dialer_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

var update = flag.Bool("update", false, "write docs/hearing.md anew")

// hearing is who hears whom once an action is over and nobody has hung up.
var hearing = []struct {
	action
	state, hears string
}{
	{hold, "held", waiting},
	{resume, "talking", together},
	{consultColleague, "consulting", withTarget},
	{consultNumber, "consulting", withTarget},
	{swapColleague, "alternated", withThem},
	{swap, "alternated", withThem},
	{merge, "conference", all},
	{mergeNumber, "conference", all},
	{conferenceColleague, "conference", all},
	{conferenceNumber, "conference", all},
	{completeToAgent, "wrap-up", handed},
	{completeToNumber, "wrap-up", handed},
	{transferColleague, "wrap-up", handed},
	{transferNumber, "wrap-up", handed},
	{transferQueue, "wrap-up", "A: C:C T:"}, // this queue is an echo
	{dtmf, "talking", together},
}

// listening is the same for a colleague who supervises: T is the supervisor.
var listening = []struct {
	mode  string // take over: listen, then that
	state string
	hears string
	gone  string // when the contact has hung up
	lost  string // while the agent's phone is rung again; with the phone back they hear what they heard before
}{
	{"listen", "talking", "A:C C:A T:AC", "A: T:", "C:M T:"},
	{"whisper", "talking", "A:CT C:A T:AC", "A: T:", "C:M T:"},
	{"barge", "talking", "A:CT C:AT T:AC", "A: T:", "C:M T:"},
	{"take over", "wrap-up", handed, "A: T:", "C:T T:C"},
}

// supervise lets the colleague supervise, or take over.
func (l *lane) supervise(t *testing.T, mode string) {
	t.Helper()
	listens := dialer.SuperviseMode(mode)
	if mode == "take over" {
		listens = dialer.ModeListen
	}
	_, err := l.h.engine.SuperviseAgent(within(t), l.colleague.id, l.agent.id, listens)
	must(t, err)
	if mode == "take over" {
		_, err = l.h.engine.TakeOver(within(t), l.colleague.id)
		must(t, err)
	}
}

// listen plays one row of listening: as it is, with the contact hanging up, and with the agent's phone hanging up.
func (l *lane) listen(t *testing.T, i int) (rows string) {
	r := listening[i]
	for _, end := range []string{"", "C", "A"} {
		l.ready(t)
		l.talking(t)
		l.supervise(t, r.mode)
		l.await(t, l.agent, r.state)
		l.hears(t, r.hears)
		switch end {
		case "":
			rows += hearingRow(r.mode, r.state, r.hears)
		case "C":
			must(t, l.contact.Hangup(within(t)))
			l.await(t, l.agent, "wrap-up")
			l.hearsAtLast(t, r.gone, 10) // the tone of the end is several, with silence between them
			rows += hearingRow(r.mode+", the contact hangs up", "wrap-up", r.gone)
		case "A":
			l.agent.patient.Store(true)
			must(t, l.agent.leg.Hangup(within(t)))
			asterisktest.Eventually(t, patience, func() bool { return l.view(t, l.agent).Phone.State != "connected" }, "the agent's phone is gone")
			l.hears(t, r.lost)
			rows += hearingRow(r.mode+", the agent's phone hangs up", l.state(t, l.agent).State, r.lost)
			l.pickUp(t, l.agent)
			l.await(t, l.agent, r.state)
			l.hears(t, r.hears)
		}
		_, err := l.h.engine.StopSupervising(within(t), l.colleague.id)
		must(t, err)
		l.finish(t)
	}
	return rows
}

// TestWhoHearsWhom holds every action to its promise by ear, and docs/hearing.md to what was heard.
func TestWhoHearsWhom(t *testing.T) {
	table := make([]string, len(hearing)+len(listening))
	rows := make(chan int, len(table))
	for i := range table {
		rows <- i
	}
	close(rows)
	var running sync.WaitGroup
	for _, l := range newLanes(t, 4, colleaguesSupervise) {
		running.Go(func() {
			for i := range rows {
				if n := i - len(hearing); n >= 0 {
					t.Run(listening[n].mode, func(t *testing.T) { table[i] = l.listen(t, n) })
					continue
				}
				r := hearing[i]
				t.Run(r.name, func(t *testing.T) {
					l.ready(t)
					r.from(l, t)
					_, err := r.do(l, t)
					must(t, err)
					if r.land != nil {
						r.land(l, t)
					}
					l.await(t, l.agent, r.state)
					l.hears(t, r.hears)
					table[i] = hearingRow(r.name, r.state, r.hears)
					if r.state == "wrap-up" && l.view(t, l.colleague).CallID == "" {
						must(t, l.contact.Hangup(within(t)))
					}
					l.finish(t)
				})
			}
		})
	}
	running.Wait()
	if t.Failed() {
		return
	}
	text := hearingHead + strings.Join(table[:len(hearing)], "") + listeningHead + strings.Join(table[len(hearing):], "")
	t.Log("\n" + text)
	const file = "../docs/hearing.md"
	if *update {
		must(t, os.WriteFile(file, []byte(text), 0o644))
	}
	kept, err := os.ReadFile(file)
	must(t, err)
	if string(kept) != text {
		t.Errorf("%s is out of date: run go test -tags integration -run TestWhoHearsWhom ./dialer -update", file)
	}
}

const hearingHead = `<!-- Written by go test -tags integration -run TestWhoHearsWhom ./dialer -update; do not edit. -->

# Who hears whom

After each action, measured by ear on a real Asterisk: everybody talks in a tone of their own, and each ear hears what is in its column and
nothing else. The target is the colleague or the outside number that the action reached; the queue of the test is an echo.

| action | state | contact hears | agent hears | target hears |
|---|---|---|---|---|
`

const listeningHead = `
## When a supervisor listens

The agent's phone that hung up is rung again; when it is back they hear what they heard before. Who is gone hears nothing
that could be measured.

| action | state | contact hears | agent hears | supervisor hears |
|---|---|---|---|---|
`

// colleaguesSupervise makes supervisors of all agents' colleagues.
func colleaguesSupervise(c *dialer.Config) {
	for id, a := range c.Agents {
		if strings.HasPrefix(id, "colleague") {
			a.Role = agent.RoleSupervisor
			c.Agents[id] = a
		}
	}
}

func hearingRow(name, state, hears string) string {
	words := map[rune]string{'A': "agent", 'C': "contact", 'T': "target", 'M': "music"}
	heard := map[string]string{}
	for ear := range strings.FieldsSeq(hears) {
		var sources []string
		for _, s := range ear[2:] {
			sources = append(sources, words[s])
		}
		heard[ear[:1]] = strings.Join(sources, ", ")
		if len(sources) == 0 {
			heard[ear[:1]] = "nothing"
		}
	}
	for _, who := range []string{"A", "C", "T"} {
		if _, there := heard[who]; !there {
			heard[who] = "(gone)"
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", name, state, heard["C"], heard["A"], heard["T"])
}
