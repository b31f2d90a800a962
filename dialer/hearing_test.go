//go:build integration

package dialer_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
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

// TestWhoHearsWhom holds every action to its promise by ear, and docs/hearing.md to what was heard.
func TestWhoHearsWhom(t *testing.T) {
	table := make([]string, len(hearing))
	rows := make(chan int, len(hearing))
	for i := range hearing {
		rows <- i
	}
	close(rows)
	var running sync.WaitGroup
	for _, l := range newLanes(t, 4) {
		running.Go(func() {
			for i := range rows {
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
	text := hearingHead + strings.Join(table, "")
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
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", name, state, heard["C"], heard["A"], heard["T"])
}
