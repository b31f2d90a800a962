package dialer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// ways lead a call of hanako's into each state in which commands are taken.
var ways = map[call.State][]string{
	call.Previewing:   {"hanako record"},
	call.Summoning:    {"per-call hanako", "phone hanako slow", "hanako record", "hanako accept"},
	call.Dialing:      {"hanako record", "hanako accept"}, // the network takes a moment to ring
	call.Ringing:      {"hanako record", "hanako accept", "wait 20ms"},
	call.Talking:      {"hanako record", "hanako accept", "wait 2s"},
	call.Held:         {"hanako record", "hanako accept", "wait 2s", "hanako hold"},
	call.Reaching:     {"hanako record", "hanako accept", "wait 2s", "hanako consult taro"},
	call.Consulting:   {"hanako record", "hanako accept", "wait 2s", "hanako consult taro", "taro accept"},
	call.Alternated:   {"hanako record", "hanako accept", "wait 2s", "hanako consult taro", "taro accept", "hanako swap"},
	call.Inviting:     {"hanako record", "hanako accept", "wait 2s", "hanako invite taro"},
	call.Conference:   {"hanako record", "hanako accept", "wait 2s", "hanako invite taro", "taro accept"},
	call.Transferring: {"hanako record", "hanako accept", "wait 2s", "hanako transfer taro"},
	call.Referring:    {"hanako record", "hanako accept", "wait 2s", "slow 3 3s", "hanako transfer help &", "wait 20ms"},
	call.Parting:      {"hanako record", "hanako accept", "wait 2s", "hanako consult taro", "taro accept", "hangup hanako contact"},
	call.Rescuing:     {"hanako record", "hanako accept", "wait 2s", "phone hanako silent", "hangup hanako phone"},
	call.WrapUp:       {"hanako record", "hanako accept", "wait 2s", "hanako end"},
}

// scene plays lines and then test, in a bubble, and looks that nothing is left over. A first line "per-call AGENT…" says whose phones are rung at
// each call.
func scene(t *testing.T, redis string, lines []string, test func(r *rig, id string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		perCall, lines := perCallOf(lines)
		r := newRig(t, redis, false, perCall...)
		r.arrive(rigAgents[:3]...)
		for _, line := range lines {
			r.perform(line)
			synctest.Wait()
		}
		a, err := r.engine.Agent(context.Background(), "hanako")
		if err != nil {
			t.Fatal(err)
		}
		test(r, a.CallID)
		r.finish()
		for _, w := range r.wrong {
			t.Error(w)
		}
	})
}

// refused asserts that a command was refused because of the state, with what is possible in it.
func refused(t *testing.T, what string, err error, state call.State) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeWrongState {
		t.Errorf("%s in %s: %v, want %s", what, state, err, CodeWrongState)
		return
	}
	want := []string{}
	for _, event := range call.Allowed(state) {
		if state == call.Previewing && event == call.Done {
			continue // only with a callback drafted
		}
		want = append(want, string(event))
	}
	if e.State != string(state) || !slices.Equal(e.Allowed, want) {
		t.Errorf("%s: state %s allows %v; want %s, %v", what, e.State, e.Allowed, state, want)
	}
}

func TestACommandInTheWrongStateIsRefusedWithWhatIsPossible(t *testing.T) {
	redis := newRedis(t)
	for state, way := range ways {
		scene(t, redis, way, func(r *rig, id string) {
			ctx := context.Background()
			for _, what := range slices.Sorted(maps.Keys(callCommands)) {
				cmd := callCommands[what]
				if cmd.event == "" || slices.Contains(call.Allowed(state), cmd.event) {
					continue
				}
				_, err := cmd.do(ctx, r.engine, "hanako", id, "jiro")
				refused(t, what, err, state)
			}
			v, err := r.engine.Call(ctx, "hanako", id)
			if err != nil || v.State != string(state) {
				t.Errorf("after what was refused the call is %s, %v; want %s", v.State, err, state)
			}
		})
	}
}

func TestEveryStateThatTakesCommandsIsTried(t *testing.T) {
	for _, row := range call.Table() {
		if _, known := ways[row.State]; !known && len(call.Allowed(row.State)) > 0 {
			t.Errorf("there is no way into %s", row.State)
		}
	}
}

func TestARepeatedCommandIsRefusedAndChangesNothing(t *testing.T) {
	redis := newRedis(t)
	for _, c := range []struct {
		from call.State
		what string
		to   call.State
	}{
		{call.Talking, "hold", call.Held}, {call.Held, "resume", call.Talking}, {call.Talking, "transfer", call.Transferring},
		{call.Consulting, "merge", call.Conference}, {call.Talking, "end", call.WrapUp}, {call.Previewing, "accept", call.Dialing},
	} {
		scene(t, redis, ways[c.from], func(r *rig, id string) {
			ctx := context.Background()
			if _, err := callCommands[c.what].do(ctx, r.engine, "hanako", id, "jiro"); err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			synctest.Wait()
			_, err := callCommands[c.what].do(ctx, r.engine, "hanako", id, "jiro")
			refused(t, "a second "+c.what, err, c.to)
		})
	}
}

// Of two commands at once one comes first, and the other is answered for the state that the first made.
func TestTwoCommandsAtOnce(t *testing.T) {
	redis := newRedis(t)
	for _, pair := range [][2]string{
		{"hold", "hold"}, {"hold", "end"}, {"consult", "transfer"}, {"hold", "invite"}, {"transfer", "end"}, {"end", "end"}, {"done", "end"}, {"done", "done"},
	} {
		scene(t, redis, ways[call.Talking], func(r *rig, id string) {
			var both sync.WaitGroup
			var errs [2]error
			for i, what := range pair {
				both.Go(func() { _, errs[i] = callCommands[what].do(context.Background(), r.engine, "hanako", id, "taro") })
			}
			both.Wait()
			if errs[0] != nil && errs[1] != nil {
				t.Errorf("%s: neither was done: %v, %v", strings.Join(pair[:], " and "), errs[0], errs[1])
			}
			for i, err := range errs {
				var e *Error
				switch {
				case err == nil:
				case !errors.As(err, &e):
					t.Errorf("%s: %v is not an error of the engine's", pair[i], err)
				case e.Code == CodeUnknownCall: // done was first
				case e.Code == CodeWrongState:
					refused(t, pair[i], err, call.State(e.State))
				default:
					t.Errorf("%s: %v, want done or %s", pair[i], err, CodeWrongState)
				}
			}
		})
	}
}

func TestASecondEndWaitsWithTheFirst(t *testing.T) {
	scene(t, newRedis(t), append(slices.Clone(ways[call.Talking]), "slow 1 1s"), func(r *rig, id string) {
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				began := time.Now()
				v, err := r.engine.End(context.Background(), "hanako", id)
				if err != nil || v.State != string(call.WrapUp) || time.Since(began) < time.Second {
					t.Errorf("end: %s, %v after %s; want wrap-up after 1s", v.State, err, time.Since(began))
				}
			})
		}
		both.Wait()
	})
}

func TestACommandOnSomebodyElsesCallIsRefused(t *testing.T) {
	scene(t, newRedis(t), ways[call.Talking], func(r *rig, id string) {
		for what, cmd := range callCommands {
			if _, err := cmd.do(context.Background(), r.engine, "jiro", id, "taro"); codeOf(err) != CodeNotYourCall {
				t.Errorf("%s: %v, want %s", what, err, CodeNotYourCall)
			}
		}
		if _, err := r.engine.Hold(context.Background(), "hanako", "no-such-call"); codeOf(err) != CodeUnknownCall {
			t.Errorf("hold of no call: %v, want %s", err, CodeUnknownCall)
		}
	})
}
