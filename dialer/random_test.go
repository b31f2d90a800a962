package dialer

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hasshin/hasshin/dialer/agent"
)

// sequences is how many stories are played: HASSHIN_SEQUENCES, or as many as ordinary tests have time for.
func sequences(t *testing.T) int {
	if text := os.Getenv("HASSHIN_SEQUENCES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("HASSHIN_SEQUENCES: %v", err)
		}
		return n
	}
	return 2000
}

// Four agents do whatever comes to their minds, legs are hung up at any moment, and Asterisk refuses, dawdles and breaks off, in half of
// the stories. What must hold is in rig.inspect, rig.agree, rig.answered and rig.finish.
func TestRandomFire(t *testing.T) {
	const workers = 2
	for w := range workers {
		t.Run(fmt.Sprint(w), func(t *testing.T) {
			t.Parallel()
			setChecks(t, sequences(t)/workers)
			redis := newRedis(t)
			rapid.Check(t, func(rt *rapid.T) {
				faults := rapid.Bool().Draw(rt, "faults")
				dice := rapid.SliceOfN(rapid.Uint32(), longest, longest).Draw(rt, "dice")
				survives := faults && rapid.Bool().Draw(rt, "survives")
				perCall := rapid.SampledFrom([][]string{nil, rigAgents[:1], rigAgents[1:], rigAgents}).Draw(rt, "per call")
				script, err := play(t, redis, survives, throw(dice[:shortest+int(dice[0]%(longest-shortest))], faults, survives), perCall...)
				if err != nil {
					rt.Fatal(minimise(t, redis, survives, perCall, script, err))
				}
			})
		})
	}
}

// A story has this many lines.
const shortest, longest = 4, 26

// minimise leaves lines out of a script as long as it still goes wrong, and answers what is wrong then.
func minimise(t *testing.T, redis string, survives bool, perCall, script []string, err error) error {
	until := time.Now().Add(20 * time.Second)
	for again := true; again; {
		again = false
		for i := len(script) - 1; i >= 0 && time.Now().Before(until); i-- {
			less := slices.Delete(slices.Clone(script), i, i+1)
			if _, still := play(t, redis, survives, read(less), perCall...); still != nil {
				script, err, again = less, still, true
			}
		}
	}
	return err
}

// read plays a script as it is written, once everybody is there.
func read(script []string) func(r *rig) string {
	begun := false
	return func(r *rig) string {
		if !begun {
			begun = true
			r.arrive(rigAgents[:3]...)
		}
		if len(script) == 0 {
			return ""
		}
		line := script[0]
		script = script[1:]
		return line
	}
}

// throw makes lines of a script from dice.
func throw(dice []uint32, faults, survives bool) func(r *rig) string {
	opening := []string{"hanako record", "hanako accept", "wait 1200ms"}
	begun := false
	return func(r *rig) string {
		if len(dice) == 0 {
			return ""
		}
		if !begun {
			begun = true
			r.arrive(rigAgents[:3]...)
			if dice[0]%4 == 0 {
				opening = nil
			}
		}
		if len(opening) > 0 {
			line := opening[0]
			opening = opening[1:]
			return line
		}
		d := newDie(dice[0])
		dice = dice[1:]
		return r.choose(d, faults, survives)
	}
}

// die is a number from which several choices are taken, each as likely as the others.
type die struct{ *rand.Rand }

func newDie(n uint32) *die { return &die{rand.New(rand.NewPCG(uint64(n), 0))} }

func pick[T any](d *die, of ...T) T { return of[d.IntN(len(of))] }

// choose says what happens next: mostly something that is possible.
func (r *rig) choose(d *die, faults, survives bool) string {
	kind, who := d.IntN(32), pick(d, append(rigAgents, rigAgents[0], rigAgents[0])...)
	switch {
	case kind < 19:
		return r.sensible(d, who) + pick(d, "", "", "", " &")
	case kind < 22:
		return who + " " + pick(d, slices.Sorted(maps.Keys(callCommands))...) + " " + r.argument(d, who) + pick(d, "", " &")
	case kind < 23:
		return who + " " + pick(d, slices.Sorted(maps.Keys(agentCommands))...) + pick(d, "", " &")
	case kind < 26:
		return "wait " + pick(d, "1ms", "1ms", "20ms", "300ms", "300ms", "1200ms", "4s", "12s", "25s")
	case kind < 27:
		return fmt.Sprintf("hangup leg %d", d.IntN(5))
	case kind < 28:
		return "hangup " + who + " " + pick(d, "contact", "t1", "t2", "phone", "phone")
	case kind < 29:
		return pick(d, "press 1", "press 23", "phone "+who+" "+pick(d, "answers", "busy", "silent", "offline", "slow"))
	case !faults:
		return r.sensible(d, who)
	case kind < 30:
		return fmt.Sprintf("refuse %d %d", 1+d.IntN(4), pick(d, 500, 409, 422, 503))
	case kind < 31:
		return fmt.Sprintf("slow %d %s", 1+d.IntN(6), pick(d, "2ms", "300ms", "3s", "7s"))
	case survives:
		return pick(d, "restart", "drop")
	}
	return "drop"
}

// sensible is a command that the agent can give now.
func (r *rig) sensible(d *die, who string) string {
	for _, id := range rigAgents { // those whom a colleague has called are likely to do something
		a, err := r.engine.Agent(context.Background(), id)
		if err == nil && a.State == string(agent.Offered) && d.IntN(2) == 0 || a.State == string(agent.OnCall) && d.IntN(4) == 0 {
			who = id
		}
	}
	a, err := r.engine.Agent(context.Background(), who)
	if err != nil {
		r.fault("%s: %v", who, err)
		return "wait 1ms"
	}
	switch {
	case a.State == string(agent.SignedOut):
		return who + " sign-in"
	case a.Phone.State == string(agent.PhoneDisconnected) && a.Phone.Leg == string(agent.LegNailedUp):
		return who + " connect"
	case a.CallID == "" && a.State == string(agent.Ready):
		return who + " record"
	case a.CallID == "":
		return who + " ready"
	}
	v, err := r.engine.Call(context.Background(), who, a.CallID)
	if err != nil || len(v.Allowed) == 0 {
		return "wait 100ms"
	}
	commands := slices.Clone(v.Allowed)
	if v.State == "previewing" || v.State == "offered" {
		commands = append(commands, "accept", "accept", "accept")
	}
	if len(v.Parties) > 1 {
		commands = append(commands, "drop", "mute", "unmute", "dtmf")
	}
	what := pick(d, commands...)
	for tries := 0; tries < 2 && (what == "end" || what == "done" || what == "end-consult"); tries++ {
		what = pick(d, commands...)
	}
	return strings.TrimSpace(who + " " + what + " " + r.argumentOf(d, who, what))
}

func (r *rig) argument(d *die, who string) string {
	return pick(d, r.argumentOf(d, who, "consult"), r.argumentOf(d, who, "drop"))
}

func (r *rig) argumentOf(d *die, who, what string) string {
	switch what {
	case "consult", "invite", "transfer":
		if d.IntN(3) > 0 {
			return pick(d, append([]string{"sales", "sales", "help"}, rigAgents...)...)
		}
		return pick(d, rigNumbers...)
	case "drop", "mute", "unmute", "dtmf":
		return pick(d, "contact", "t1", "t2", "t3")
	}
	return ""
}

// setChecks tells rapid how many stories to play.
func setChecks(t *testing.T, n int) {
	t.Helper()
	checksOnce.Do(func() {
		for name, value := range map[string]string{"rapid.checks": strconv.Itoa(n), "rapid.nofailfile": "true", "rapid.shrinktime": "1ms"} {
			if err := flag.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	})
}

var checksOnce sync.Once
