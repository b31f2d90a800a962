package simulate

import (
	"fmt"
	"strings"
	"time"
)

// named are the scenarios of the benchmark. The first three differ in how many people answer, the others in what goes wrong
// while 30 % do.
var named = []struct {
	name, about string
	build       func(agents int) Scenario
}{
	{"p15", "15 % of calls are answered by people", func(n int) Scenario { return Base(n, 0.15) }},
	{"p30", "30 %", func(n int) Scenario { return Base(n, 0.30) }},
	{"step", "15 % and 40 %, changing every hour", func(n int) Scenario {
		return with(n, func(s *Scenario) {
			s.Answer, s.Repeat = []Share{{Share: 0.15}, {From: time.Hour, Share: 0.40}}, 2*time.Hour
		})
	}},
	{"detection", "machine detection listens for 1 to 2.5 s", func(n int) Scenario {
		return with(n, func(s *Scenario) { s.DetectMin, s.DetectMax = time.Second, 2500*time.Millisecond })
	}},
	{"arrivals", "agents sign in over 15 minutes", func(n int) Scenario {
		return with(n, func(s *Scenario) { s.ArriveOver = 15 * time.Minute })
	}},
	{"pauses", "after 10 % of wrap-ups the agent goes on a pause, unannounced", func(n int) Scenario {
		return with(n, func(s *Scenario) { s.Pauses = 0.10 })
	}},
	{"halving", "half as many answer from the middle of the shift on", func(n int) Scenario {
		return with(n, func(s *Scenario) {
			s.Answer = append(s.Answer, Share{From: s.Shift / 2, Share: 0.15})
		})
	}},
	{"trunk", "one and a half channels for each agent", func(n int) Scenario {
		return with(n, func(s *Scenario) { s.Lines = 1.5 })
	}},
}

func with(agents int, change func(*Scenario)) Scenario {
	s := Base(agents, 0.30)
	change(&s)
	return s
}

// Names lists the scenarios of the benchmark.
func Names() []string {
	var names []string
	for _, n := range named {
		names = append(names, n.name)
	}
	return names
}

// About says in a few words what a named scenario is.
func About(name string) string {
	for _, n := range named {
		if n.name == name {
			return n.about
		}
	}
	return ""
}

// Named is a scenario of the benchmark, with so many agents.
func Named(name string, agents int) (Scenario, error) {
	for _, n := range named {
		if n.name == name {
			return n.build(agents), nil
		}
	}
	return Scenario{}, fmt.Errorf("there is no scenario %q; expected %s", name, strings.Join(Names(), ", "))
}
