package call_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/hasshin/hasshin/dialer/call"
)

func states() []call.State {
	var all []call.State
	for _, r := range call.Table() {
		for _, s := range []call.State{r.State, r.Next} {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func TestEveryStateWithAContactAnswersItsEnd(t *testing.T) {
	for _, s := range states() {
		if !s.Live() {
			continue
		}
		if row, ok := call.Next(s, call.ContactGone); !ok || row.Next != call.WrapUp {
			t.Errorf("%s on contact-gone: goes to %q, want wrap-up", s, row.Next)
		}
	}
}

func TestNobodyIsDialedOrTalkedToWithoutAnAgent(t *testing.T) {
	for _, s := range []call.State{call.Creating, call.Joining, call.Dialing, call.Ringing} {
		row, ok := call.Next(s, call.AgentGone)
		if !ok || row.Next != call.Ending || !slices.Contains(row.Do, call.HangUpContact) {
			t.Errorf("%s on agent-gone: %+v, want the attempt ended", s, row)
		}
	}
	for _, s := range []call.State{call.Talking, call.Rejoining} {
		row, ok := call.Next(s, call.AgentGone)
		if !ok || row.Next != call.Rescuing || !slices.Contains(row.Do, call.HoldContact) {
			t.Errorf("%s on agent-gone: %+v, want the contact on hold", s, row)
		}
	}
}

func TestEveryLiveStateCanBeEndedByItsAgent(t *testing.T) {
	for _, s := range states() {
		if !s.Live() || s == call.Ending {
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

// A call is driven with anything at any time, beside a simple model of the contact's channel. Whatever comes in whatever order: at the end
// no channel is left, and the record was given back or closed exactly once.
func TestWhateverHappensNothingIsLeftOver(t *testing.T) {
	events := []call.Event{
		call.Accept, call.Reject, call.Cancel, call.End, call.Done, call.ContactCreated, call.ContactJoined, call.ContactHeld, call.ContactRinging,
		call.ContactAnswered, call.ContactGone, call.AgentGone, call.AgentBack, call.AgentLost, call.Refused, call.Overdue, call.StoreFailed,
	}
	rapid.Check(t, func(t *rapid.T) {
		m := model{t: t, state: call.Previewing}
		for _, e := range rapid.SliceOfN(rapid.SampledFrom(events), 0, 40).Draw(t, "events") {
			m.feed(e)
		}
		m.settle()
		if m.channel || m.creating {
			t.Fatalf("the call is closed and the contact's channel is left over")
		}
		if m.recordEnds != 1 {
			t.Fatalf("the record was ended %d times, want once", m.recordEnds)
		}
	})
}

// model is Asterisk and the calling list as simply as can be.
type model struct {
	t          *rapid.T
	state      call.State
	creating   bool // asked for, not there yet
	channel    bool // in Asterisk
	hanging    bool // a hang-up was asked for
	storing    bool // a write is under way
	recordEnds int
}

// feed takes an event if the world can bring it about.
func (m *model) feed(e call.Event) {
	switch e {
	case call.ContactCreated:
		if !m.creating {
			return
		}
		m.creating, m.channel = false, true
	case call.ContactGone:
		if !m.channel && !m.creating {
			return
		}
		m.creating, m.channel, m.hanging = false, false, false
	case call.ContactJoined, call.ContactHeld, call.ContactRinging, call.ContactAnswered:
		if !m.channel {
			return
		}
	case call.Refused:
		if m.state == call.Creating {
			return // a refused creation is reported as the contact being gone
		}
	case call.StoreFailed:
		if !m.storing {
			return
		}
		m.storing = false
	case call.RecordClosed, call.RecordReturned:
		m.storing = false
		m.recordEnds++
	}
	row, ok := call.Next(m.state, e)
	if !ok {
		return
	}
	m.state = row.Next
	for _, a := range row.Do {
		switch a {
		case call.CreateContact:
			m.creating = true
		case call.HangUpContact:
			m.hanging = m.channel // a hang-up of what is not there yet does nothing
		case call.CloseRecord, call.ReturnRecord:
			m.storing = true
		}
	}
}

// settle lets the world finish what it began, and the agent finish the call.
func (m *model) settle() {
	for range 20 {
		switch {
		case m.creating:
			m.feed(call.ContactCreated)
		case m.channel && m.hanging:
			m.feed(call.ContactGone)
		case m.state == call.Ending:
			m.feed(call.Overdue)
		case m.state == call.Closing:
			m.feed(call.RecordClosed)
		case m.state == call.Returning:
			m.feed(call.RecordReturned)
		case m.state == call.Previewing:
			m.feed(call.Reject)
		case m.state == call.Closed:
			return
		default:
			m.feed(call.Done)
		}
	}
	m.t.Fatalf("the call does not come to an end: it stays %s", m.state)
}
