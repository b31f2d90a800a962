package history

import (
	"time"
)

// DaysKept is for how long the figures of a day are kept.
const DaysKept = 400

// day is the date of the campaign's day that a call ended in, and until when its figures are kept.
func (b Batch) day() (date string, until time.Time) {
	over := time.Time{}
	for _, e := range b.Entries {
		for _, t := range []time.Time{e.Ended, e.Done} {
			if t.After(over) {
				over = t
			}
		}
	}
	zone := b.Zone
	if zone == nil {
		zone = time.UTC
	}
	over = over.In(zone)
	return over.Format(time.DateOnly), over.AddDate(0, 0, DaysKept+1)
}

// Fields of a day's hash. Those of an agent have agentField before them.
const (
	fieldAttempts     = "attempts"
	fieldCalls        = "calls"
	fieldAnswered     = "answered"
	fieldAbandoned    = "abandoned"
	fieldTalk         = "talk_ms"
	fieldWrapUp       = "wrap_up_ms"
	fieldAgentWait    = "agent_wait_ms"
	fieldAgentWaits   = "agent_waits"
	fieldContactWait  = "contact_wait_ms"
	fieldContactWaits = "contact_waits"
	fieldKept         = "callbacks_kept"
	fieldPromised     = "callbacks_promised"
	fieldResult       = "result:"
	fieldDisposition  = "disposition:"
)

func agentField(agent string) string { return "agent:" + agent + ":" }

// counts are the figures that a call adds to its day: to the campaign's, and to those of each agent who had it.
func (b Batch) counts() map[string]int64 {
	n := map[string]int64{}
	for _, e := range b.Entries {
		e.count(n)
	}
	for field, v := range n {
		if v == 0 {
			delete(n, field)
		}
	}
	return n
}

func (e PastCall) count(n map[string]int64) {
	// What is of the attempt, or of the call as a whole, is the last agent's.
	whose := []string{""}
	if e.Agent != "" {
		whose = append(whose, agentField(e.Agent))
	}
	for _, of := range whose {
		if e.Attempt > 0 {
			n[of+fieldAttempts]++
			n[of+fieldResult+string(e.Result)]++
			if e.Live() {
				n[of+fieldAnswered]++
			}
			if e.Abandoned {
				n[of+fieldAbandoned]++
			}
			if !e.Joined.IsZero() && e.Mode != previewMode {
				n[of+fieldContactWaits]++
				n[of+fieldContactWait] += e.Wait().Milliseconds()
			}
		}
		if e.Last && e.Disposition != "" {
			n[of+fieldDisposition+e.Disposition]++
		}
		if e.Last && e.Callback != "" && e.Attempt > 0 && e.Ending == closed {
			n[of+fieldKept]++
		}
		if e.Last && e.Promised != "" {
			n[of+fieldPromised]++
		}
	}
	if !e.Last {
		return
	}
	n[fieldCalls]++
	for _, h := range e.Hands {
		for _, of := range []string{"", agentField(h.Agent)} {
			if of != "" {
				n[of+fieldCalls]++
			}
			n[of+fieldTalk] += h.Talk().Milliseconds()
			n[of+fieldWrapUp] += h.WrapUp().Milliseconds()
			if h.Wait > 0 {
				n[of+fieldAgentWaits]++
				n[of+fieldAgentWait] += h.Wait.Milliseconds()
			}
		}
	}
}

const (
	previewMode = "preview"
	closed      = Ending("closed")
)
