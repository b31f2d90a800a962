package history

import (
	"strconv"
	"time"

	"github.com/hasshin/hasshin/dialer/stats"
)

// DaysKept is for how long the figures of a day are kept.
const DaysKept = 400

// wireDay is a day of a campaign's calendar as lua/history.lua takes it.
type wireDay struct {
	Date   string `json:"date"`
	Before int64  `json:"before"` // ms since 1970: the midnight at its end
	Expire int64  `json:"expire"` // s since 1970: until when its figures are kept
}

// daysAround are the days that a batch may be written in, the earliest first: writing may take a while, and clocks differ. The script knows which.
func (b Batch) daysAround() []wireDay {
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
	var days []wireDay
	for i := -1; i <= 3; i++ {
		days = append(days, wireDay{noon(over, i).Format(time.DateOnly), midnight(over, i+1).UnixMilli(), midnight(over, i+1+DaysKept).Unix()})
	}
	return days
}

func noon(of time.Time, days int) time.Time {
	return time.Date(of.Year(), of.Month(), of.Day()+days, 12, 0, 0, 0, of.Location())
}

// midnight begins the day that is so many days after the one of a time, where that time is. Where a change of the clocks leaves midnight out it is the
// first moment after it.
func midnight(of time.Time, days int) time.Time {
	at := time.Date(of.Year(), of.Month(), of.Day()+days, 0, 0, 0, 0, of.Location())
	if at.Day() != noon(of, days).Day() {
		_, at = at.ZoneBounds() // Go takes the same hour by the clock before the change
	}
	return at
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
	fieldQueueWait    = "queue_wait_ms"
	fieldQueueWaits   = "queue_waits"
	fieldBucket       = "bucket:" // then the field of the sum, a colon, and the number of the histogram's bucket; of the campaign alone
	fieldKept         = "callbacks_kept"
	fieldPromised     = "callbacks_promised"
	fieldResult       = "result:"
	fieldDisposition  = "disposition:"
)

const agentPrefix = "agent:"

func agentField(agent string) string { return agentPrefix + agent + ":" }

// counts are the figures that a call adds to its day: to the campaign's, and to those of each agent who had it.
func (b Batch) counts() counts {
	n := counts{}
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

// counts are what is to be added to the fields of a day's hash.
type counts map[string]int64

// waited counts a wait: how many there were, how long in all and, of the campaign, in which bucket of their histogram.
func (n counts) waited(of, times, all string, wait time.Duration) {
	n[of+times]++
	n[of+all] += wait.Milliseconds()
	if of == "" {
		n[fieldBucket+all+":"+strconv.Itoa(stats.Bucket(wait))]++
	}
}

func (e PastCall) count(n counts) {
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
				n.waited(of, fieldContactWaits, fieldContactWait, e.Wait())
			}
			if wait, waited := e.QueueWait(); waited {
				n.waited(of, fieldQueueWaits, fieldQueueWait, wait)
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
				n.waited(of, fieldAgentWaits, fieldAgentWait, h.Wait)
			}
		}
	}
}

const (
	previewMode   = "preview"
	agentlessMode = "agentless"
	closed        = Ending("closed")
)
