package call_test

import (
	"slices"
	"testing"

	"github.com/hasshin/hasshin/dialer/call"
)

func states() []call.State {
	var all []call.State
	for _, r := range call.Table() {
		for _, s := range []call.State{r.State, r.Next} {
			if s != call.Previous && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func TestWhenNobodyIsLeftTheAgentWrapsUp(t *testing.T) {
	for _, s := range states() {
		if !s.Live() {
			continue
		}
		if row, ok := call.Next(s, call.Alone); !ok || row.Next != call.WrapUp {
			t.Errorf("%s on alone: goes to %q, want wrap-up", s, row.Next)
		}
	}
}

func TestTheEndOfOneOfSeveralLegsIsAnswered(t *testing.T) {
	for _, s := range []call.State{call.Reaching, call.Consulting, call.Alternated, call.Inviting, call.Conference, call.Transferring, call.Rescuing} {
		if _, ok := call.Next(s, call.ContactGone); !ok {
			t.Errorf("%s has no answer to contact-gone", s)
		}
	}
	for _, s := range []call.State{call.Reaching, call.Consulting, call.Alternated, call.Inviting, call.Transferring} {
		if _, ok := call.Next(s, call.TargetGone); !ok {
			t.Errorf("%s has no answer to target-gone", s)
		}
	}
}

func TestAColleagueCanTakeOverWhereverTheAgentCanGo(t *testing.T) {
	for _, r := range call.Table() {
		if r.Event != call.Complete && r.Event != call.Leave && r.State != call.Transferring {
			continue
		}
		if row, ok := call.Next(r.State, call.TakenOver); !ok || row.Next.Transient() || !row.Next.Live() {
			t.Errorf("%s on taken-over: goes to %q, want somebody talking", r.State, row.Next)
		}
	}
}

func TestNobodyIsDialedOrTalkedToWithoutAnAgent(t *testing.T) {
	for _, s := range []call.State{call.Dialing, call.Ringing} {
		row, ok := call.Next(s, call.AgentGone)
		if !ok || row.Next != call.Ending || !slices.Contains(row.Do, call.HangUp) {
			t.Errorf("%s on agent-gone: %+v, want the attempt ended", s, row)
		}
	}
	for _, s := range []call.State{call.Talking, call.Held, call.Reaching, call.Consulting, call.Alternated, call.Inviting} {
		if row, ok := call.Next(s, call.AgentGone); !ok || row.Next != call.Rescuing {
			t.Errorf("%s on agent-gone: %+v, want the others on hold", s, row)
		}
	}
}

func TestEveryLiveStateCanBeEndedByItsAgent(t *testing.T) {
	for _, s := range states() {
		if !s.Live() || s.Transient() {
			continue
		}
		for _, e := range []call.Event{call.End, call.Done} {
			if row, ok := call.Next(s, e); !ok || row.Next != call.Ending {
				t.Errorf("%s on %s: goes to %q, want ending", s, e, row.Next)
			}
		}
	}
}

func TestEveryStateIsReachedAndLeadsToTheEnd(t *testing.T) {
	reach := func(from call.State) map[call.State]bool {
		seen := map[call.State]bool{from: true}
		for again := true; again; {
			again = false
			for _, r := range call.Table() {
				if seen[r.State] && !seen[r.Next] {
					seen[r.Next], again = true, true
				}
			}
		}
		return seen
	}
	fromStart := reach(call.Previewing)
	for _, s := range states() {
		if !fromStart[s] {
			t.Errorf("%s is never reached", s)
		}
		if !reach(s)[call.Closed] {
			t.Errorf("%s never comes to an end", s)
		}
	}
}

func TestTheContactHearsMusicOrAPersonInEveryLiveState(t *testing.T) {
	for _, s := range states() {
		l, ok := call.LayoutOf(s)
		if s.Live() && !ok && s != call.Ending {
			t.Errorf("%s says nothing of who is where", s)
		}
		if ok && s.Live() && l.Contact == call.Nowhere && s != call.Parting {
			t.Errorf("in %s the contact would hear nothing", s)
		}
	}
}

func TestWhileOneWaitsTheOtherIsInTheBooth(t *testing.T) {
	for _, s := range []call.State{call.Consulting, call.Alternated} {
		l, _ := call.LayoutOf(s)
		if got := []call.Place{l.Contact, l.Target}; !slices.Contains(got, call.Booth) || !slices.Contains(got, call.Waiting) {
			t.Errorf("%s: contact %s, target %s; want one in the booth and one on hold", s, l.Contact, l.Target)
		}
	}
}
