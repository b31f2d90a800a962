package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/stats"
)

// Figures are what was counted on a day: of a campaign, or of one agent in it. What two agents had of the same call counts for each of them as the one's
// part; what is of the attempt or of the call as a whole is the last agent's.
type Figures struct {
	Attempts     int64            `json:"attempts" doc:"that ended"`
	Calls        int64            `json:"calls" doc:"calls that were over, those that dialed nobody among them; of an agent: calls that the agent had"`
	Answered     int64            `json:"answered" doc:"attempts that a person or a machine took"`
	Abandoned    int64            `json:"abandoned" doc:"of them, contacts who got no agent within the connect limit"`
	HitRatio     float64          `json:"hit_ratio" doc:"part of the attempts that was answered, 0 to 1"`
	Results      map[string]int64 `json:"results" doc:"attempts by call result"`
	Dispositions map[string]int64 `json:"dispositions" doc:"calls by disposition"`

	Talk         float64 `json:"talk_seconds" doc:"agents and contacts together"`
	WrapUp       float64 `json:"wrap_up_seconds"`
	AgentWaits   int64   `json:"agent_waits" doc:"how often an agent was ready until a call came"`
	AgentWait    float64 `json:"agent_wait_seconds" doc:"for how long, all together"`
	ContactWaits int64   `json:"contact_waits" doc:"contacts who were called before there was an agent, and got one"`
	ContactWait  float64 `json:"contact_wait_seconds" doc:"how long they waited after the answer, all together"`
	QueueWaits   int64   `json:"queue_waits" doc:"contacts who waited for an agent, those who got none among them"`
	QueueWait    float64 `json:"queue_wait_seconds" doc:"how long they waited after the answer, all together"`

	Percentiles *WaitPercentiles `json:"percentiles,omitempty" doc:"of the waits, to two percent of each; of the campaign alone. Left out when nobody waited, and of days of which they were not kept"`
	Waits       WaitHistograms   `json:"-"`

	Kept     int64 `json:"callbacks_kept"`
	Promised int64 `json:"callbacks_promised" doc:"made"`
}

// WaitHistograms are how the waits of a day, or of more, were distributed. They are merged by [WaitHistograms.Merge].
type WaitHistograms struct{ Agent, Contact, Queue stats.Histogram }

// Merge adds what was counted elsewhere, or on another day.
func (w *WaitHistograms) Merge(other WaitHistograms) {
	w.Agent.Merge(other.Agent)
	w.Contact.Merge(other.Contact)
	w.Queue.Merge(other.Queue)
}

// WaitPercentiles are the percentiles of the three waits.
type WaitPercentiles struct {
	Agent   Percentiles `json:"agent_wait"`
	Contact Percentiles `json:"contact_wait"`
	Queue   Percentiles `json:"queue_wait"`
}

// Percentiles say how long the part of 0.5, 0.9 and 0.99 of the waits was at most.
type Percentiles struct {
	P50 float64 `json:"p50_seconds"`
	P90 float64 `json:"p90_seconds"`
	P99 float64 `json:"p99_seconds"`
}

// Percentiles are nil when nobody waited.
func (w WaitHistograms) Percentiles() *WaitPercentiles {
	if w.Agent.Count()+w.Contact.Count()+w.Queue.Count() == 0 {
		return nil
	}
	return &WaitPercentiles{percentiles(w.Agent), percentiles(w.Contact), percentiles(w.Queue)}
}

func percentiles(h stats.Histogram) Percentiles {
	at := func(q float64) float64 { return h.Quantile(q).Round(10 * time.Microsecond).Seconds() }
	return Percentiles{at(0.5), at(0.9), at(0.99)}
}

// MergedPercentiles are those of the waits of several days together, nil when nobody waited. They are not the means of the days' percentiles.
func MergedPercentiles(days []DayFigures) *WaitPercentiles {
	var all WaitHistograms
	for _, d := range days {
		all.Merge(d.Waits)
	}
	return all.Percentiles()
}

// DayFigures is what was counted on one day of a campaign's calendar.
type DayFigures struct {
	Campaign string `json:"campaign" doc:"campaign's id"`
	Date     string `json:"date" format:"date" doc:"of the campaign's calendar, from midnight to midnight where that is" example:"2026-04-01"`
	Figures
	Agents map[string]Figures `json:"agents" doc:"the same of each agent, by id"`
}

// ErrBadDate: it is no date, or the range is no range.
var ErrBadDate = errors.New("expected dates like 2026-04-01, from not after to, at most 400 days")

// dates lists the days of a range, both ends included.
func dates(from, to string) ([]string, error) {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", from, ErrBadDate)
	}
	last, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", to, ErrBadDate)
	}
	var all []string
	for at := first; !at.After(last); at = at.AddDate(0, 0, 1) {
		all = append(all, at.Format(time.DateOnly))
	}
	if len(all) == 0 || len(all) > DaysKept {
		return nil, fmt.Errorf("%s to %s: %w", from, to, ErrBadDate)
	}
	return all, nil
}

// Days reads what was counted on the days of a range, both ends included, the earliest first; at most [DaysKept]. Days on which nothing ended are left
// out, as are those that are forgotten. Errors: [ErrBadDate].
func (s *Store) Days(ctx context.Context, campaign, from, to string) ([]DayFigures, error) {
	wanted, err := dates(from, to)
	if err != nil {
		return nil, err
	}
	replies := make([]*redis.MapStringStringCmd, len(wanted))
	if _, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, date := range wanted {
			replies[i] = p.HGetAll(ctx, keyDay(campaign, date))
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the days of campaign %s: %w", campaign, err)
	}
	found := []DayFigures{}
	for i, date := range wanted {
		if len(replies[i].Val()) == 0 {
			continue
		}
		day, err := decodeDay(campaign, date, replies[i].Val())
		if err != nil {
			return nil, err
		}
		found = append(found, day)
	}
	return found, nil
}

func keyDay(campaign, date string) string { return prefix(campaign) + "day:" + date }

func decodeDay(campaign, date string, fields map[string]string) (DayFigures, error) {
	day := DayFigures{Campaign: campaign, Date: date, Figures: newFigures(), Agents: map[string]Figures{}}
	for field, value := range fields {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return DayFigures{}, fmt.Errorf("day %s of campaign %s is damaged: %s: %w", date, campaign, field, err)
		}
		of, known := strings.CutPrefix(field, agentPrefix)
		if !known {
			day.set(field, n)
			continue
		}
		id, field, _ := strings.Cut(of, ":")
		f, has := day.Agents[id]
		if !has {
			f = newFigures()
		}
		f.set(field, n)
		day.Agents[id] = f
	}
	day.derive()
	for id, f := range day.Agents {
		f.derive()
		day.Agents[id] = f
	}
	return day, nil
}

func newFigures() Figures {
	return Figures{Results: map[string]int64{}, Dispositions: map[string]int64{}}
}

func (f *Figures) derive() {
	f.HitRatio = float64(f.Answered) / float64(cmp.Or(f.Attempts, 1))
	f.Percentiles = f.Waits.Percentiles()
}

// set takes a field of the hash over. One that this version does not know is another's.
func (f *Figures) set(field string, n int64) {
	if result, ok := strings.CutPrefix(field, fieldResult); ok {
		f.Results[result] = n
		return
	}
	if code, ok := strings.CutPrefix(field, fieldDisposition); ok {
		f.Dispositions[code] = n
		return
	}
	if of, ok := strings.CutPrefix(field, fieldBucket); ok {
		f.setBucket(of, n)
		return
	}
	for name, into := range map[string]*int64{
		fieldAttempts: &f.Attempts, fieldCalls: &f.Calls, fieldAnswered: &f.Answered, fieldAbandoned: &f.Abandoned, fieldAgentWaits: &f.AgentWaits,
		fieldContactWaits: &f.ContactWaits, fieldQueueWaits: &f.QueueWaits, fieldKept: &f.Kept, fieldPromised: &f.Promised,
	} {
		if name == field {
			*into = n
		}
	}
	for name, into := range map[string]*float64{
		fieldTalk: &f.Talk, fieldWrapUp: &f.WrapUp, fieldAgentWait: &f.AgentWait, fieldContactWait: &f.ContactWait, fieldQueueWait: &f.QueueWait,
	} {
		if name == field {
			*into = float64(n) / 1000
		}
	}
}

// setBucket takes over how many waits fell into a bucket of their histogram.
func (f *Figures) setBucket(field string, n int64) {
	of, number, _ := strings.Cut(field, ":")
	into := map[string]*stats.Histogram{fieldAgentWait: &f.Waits.Agent, fieldContactWait: &f.Waits.Contact, fieldQueueWait: &f.Waits.Queue}[of]
	if bucket, err := strconv.Atoi(number); err == nil && into != nil {
		into.AddTo(bucket, n)
	}
}
