package desk

import (
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/callback"
)

// The contact of the examples asks to be called again tomorrow afternoon.

const tokyo = "Asia/Tokyo"

var exampleDue = time.Date(2026, 4, 2, 6, 0, 0, 0, time.UTC) // 15:00 in Tokyo

func exampleDraft(at string) callback.Draft {
	return callback.Draft{
		When: callback.LocalTime{At: at, Zone: tokyo}, Number: "+815012345600", Kind: callback.Personal, Note: "wants to talk to his wife first",
		Absent: &callback.AbsenceDraft{Minutes: 10, Then: callback.ToPool},
	}
}

func exampleClock(at string) callback.Clock {
	return callback.Clock{LocalTime: callback.LocalTime{At: at, Zone: tokyo}, Weekday: "Thursday", Offset: "+09:00"}
}

// exampleRefusedDraft is the verdict on a time at which the contact must not be called.
func exampleRefusedDraft() callback.Verdict {
	at := exampleClock("2026-04-02T21:30")
	slot := exampleClock("2026-04-02T20:45")
	due := exampleDue.Add(6*time.Hour + 30*time.Minute)
	return callback.Verdict{
		Draft: exampleDraft("2026-04-02T21:30"), Due: due, Contact: []callback.Clock{at}, Agent: &at,
		Problems: []callback.DraftProblem{{
			Code: callback.CodeOutsideHours, Field: callback.FieldAt, Message: "the contact may not be called then: it is Thursday 21:30 in Asia/Tokyo",
		}},
		Slots: []callback.Slot{{At: due.Add(-45 * time.Minute), When: slot.LocalTime, Contact: []callback.Clock{slot}, Agent: slot}},
	}
}

// exampleDrafted is the call with a callback that will be promised at done.
func exampleDrafted() dialer.CallView {
	v := exampleCall()
	at := exampleClock("2026-04-02T15:00")
	v.Callback = &callback.Verdict{Draft: exampleDraft("2026-04-02T15:00"), Due: exampleDue, Contact: []callback.Clock{at}, Agent: &at}
	*v.Callback = wholeVerdict(*v.Callback)
	return v
}

func examplePromise() dialer.PromiseView {
	made := exampleTime.Add(4 * time.Minute)
	return dialer.PromiseView{
		ID: "01jnb3q8m2x7c5v9t1", Campaign: "spring", Record: "C-1042", Number: "+815012345600", Kind: "personal", Owner: "hanako", Holder: "hanako",
		HolderName: "Hanako Sato", By: "hanako", ByName: "Hanako Sato",
		Note: "wants to talk to his wife first", Zone: tokyo, Absent: &dialer.AbsenceView{Minutes: 10, Then: "pool"}, Call: "01jn8z5t0v9q2m4k7c",
		Made: made, Due: exampleDue, State: "waiting", Since: made, Allowed: []string{"move", "hand-over", "cancel"},
	}
}

// exampleOverdue is the callback when its owner did not come.
func exampleOverdue() dialer.PromiseView {
	v := examplePromise()
	v.State, v.Queue, v.Since, v.Late = "due", "pool", exampleDue.Add(10*time.Minute), 754
	return v
}

// exampleKept is the callback after the contact was called.
func exampleKept() dialer.PromiseView {
	v := examplePromise()
	end := exampleDue.Add(7 * time.Minute)
	v.State, v.Since, v.Allowed = "kept", end, []string{}
	v.Ledger = []dialer.PromiseEventView{
		{At: v.Made, Kind: "made", By: "hanako", ByName: "Hanako Sato"},
		{At: exampleDue, Kind: "due"},
		{At: exampleDue.Add(2 * time.Second), Kind: "offered", By: "hanako", ByName: "Hanako Sato"},
		{At: end, Kind: "kept", By: "hanako", ByName: "Hanako Sato"},
	}
	return v
}
