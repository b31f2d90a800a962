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

	Kept     int64 `json:"callbacks_kept"`
	Promised int64 `json:"callbacks_promised" doc:"made"`
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

func (f *Figures) derive() { f.HitRatio = float64(f.Answered) / float64(cmp.Or(f.Attempts, 1)) }

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
	for name, into := range map[string]*int64{
		fieldAttempts: &f.Attempts, fieldCalls: &f.Calls, fieldAnswered: &f.Answered, fieldAbandoned: &f.Abandoned, fieldAgentWaits: &f.AgentWaits,
		fieldContactWaits: &f.ContactWaits, fieldKept: &f.Kept, fieldPromised: &f.Promised,
	} {
		if name == field {
			*into = n
		}
	}
	for name, into := range map[string]*float64{
		fieldTalk: &f.Talk, fieldWrapUp: &f.WrapUp, fieldAgentWait: &f.AgentWait, fieldContactWait: &f.ContactWait,
	} {
		if name == field {
			*into = float64(n) / 1000
		}
	}
}
