package history

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// dayRow is a row of the table of days: a day of a campaign, or of one agent in it.
type dayRow struct {
	campaign, date, agent string
	Figures
}

func ofDay(of func(dayRow) string) func(dayRow, *time.Location) string {
	return func(d dayRow, _ *time.Location) string { return of(d) }
}

func tallied(of func(dayRow) int64) func(dayRow, *time.Location) string {
	return ofDay(func(d dayRow) string { return strconv.FormatInt(of(d), 10) })
}

func lasting(of func(dayRow) float64) func(dayRow, *time.Location) string {
	return ofDay(func(d dayRow) string { return strconv.FormatFloat(of(d), 'f', 3, 64) })
}

// dayColumns are those of the CSV file of days, in order.
var dayColumns = append([]column[dayRow]{
	{"date", "day of the campaign's calendar", ofDay(func(d dayRow) string { return d.date })},
	{"campaign", "campaign's id", ofDay(func(d dayRow) string { return d.campaign })},
	{"agent", "agent's id; empty on the campaign's own row, which has the figures of all", ofDay(func(d dayRow) string { return d.agent })},
	{"attempts", "that ended", tallied(func(d dayRow) int64 { return d.Attempts })},
	{"calls", "that were over, those that dialed nobody among them; of an agent: that the agent had", tallied(func(d dayRow) int64 { return d.Calls })},
	{"answered", "attempts that a person or a machine took", tallied(func(d dayRow) int64 { return d.Answered })},
	{"abandoned", "of them, contacts who got no agent within the connect limit", tallied(func(d dayRow) int64 { return d.Abandoned })},
	{"talk_seconds", "agents and contacts together", lasting(func(d dayRow) float64 { return d.Talk })},
	{"wrap_up_seconds", "agents after calls", lasting(func(d dayRow) float64 { return d.WrapUp })},
	{"agent_waits", "how often an agent was ready until a call came", tallied(func(d dayRow) int64 { return d.AgentWaits })},
	{"agent_wait_seconds", "for how long, all together", lasting(func(d dayRow) float64 { return d.AgentWait })},
	{"contact_waits", "contacts who were called before there was an agent, and got one", tallied(func(d dayRow) int64 { return d.ContactWaits })},
	{"contact_wait_seconds", "how long they waited after the answer, all together", lasting(func(d dayRow) float64 { return d.ContactWait })},
	{"queue_waits", "contacts who waited for an agent, those who got none among them", tallied(func(d dayRow) int64 { return d.QueueWaits })},
	{"queue_wait_seconds", "how long they waited after the answer, all together", lasting(func(d dayRow) float64 { return d.QueueWait })},
	{"callbacks_kept", "callbacks for which the contact was called", tallied(func(d dayRow) int64 { return d.Kept })},
	{"callbacks_promised", "callbacks that were made", tallied(func(d dayRow) int64 { return d.Promised })},
	{"dispositions", "how often each was chosen: code=number, with a space between", ofDay(func(d dayRow) string {
		var all []string
		for _, code := range slices.Sorted(maps.Keys(d.Dispositions)) {
			all = append(all, fmt.Sprintf("%s=%d", code, d.Dispositions[code]))
		}
		return strings.Join(all, " ")
	})},
}, slices.Concat(percentileColumns(), resultColumns())...)

// percentileColumns are three for each wait, on the campaign's own row.
func percentileColumns() (all []column[dayRow]) {
	for _, wait := range []struct {
		name string
		of   func(*WaitPercentiles) Percentiles
	}{
		{"agent_wait", func(p *WaitPercentiles) Percentiles { return p.Agent }},
		{"contact_wait", func(p *WaitPercentiles) Percentiles { return p.Contact }},
		{"queue_wait", func(p *WaitPercentiles) Percentiles { return p.Queue }},
	} {
		for _, q := range []struct {
			name, part string
			of         func(Percentiles) float64
		}{
			{"p50", "half", func(p Percentiles) float64 { return p.P50 }},
			{"p90", "nine in ten", func(p Percentiles) float64 { return p.P90 }},
			{"p99", "99 in 100", func(p Percentiles) float64 { return p.P99 }},
		} {
			all = append(all, column[dayRow]{wait.name + "_" + q.name + "_seconds", q.part + " of these waits were not longer, to 2 %; on the campaign's own row",
				ofDay(func(d dayRow) string {
					if d.Percentiles == nil {
						return ""
					}
					return strconv.FormatFloat(q.of(wait.of(d.Percentiles)), 'f', 3, 64)
				})})
		}
	}
	return all
}

// resultColumns are one for each call result.
func resultColumns() (all []column[dayRow]) {
	for _, result := range call.Results() {
		name := "result_" + strings.ReplaceAll(string(result), "-", "_")
		all = append(all, column[dayRow]{name, "attempts with the call result " + string(result), tallied(func(d dayRow) int64 { return d.Results[string(result)] })})
	}
	return all
}

// DayColumns lists the columns of the CSV file of days and what they say, for the documentation.
func DayColumns() [][2]string { return described(dayColumns) }

// DayCSV writes days as a table: the row of the campaign, then one of each agent.
type DayCSV struct{ *CSV[dayRow] }

// NewDayCSV writes to w.
func NewDayCSV(w io.Writer) DayCSV { return DayCSV{newCSV(w, time.UTC, dayColumns)} }

// Write writes a day's rows.
func (c DayCSV) Write(d DayFigures) error {
	if err := c.CSV.Write(dayRow{d.Campaign, d.Date, "", d.Figures}); err != nil {
		return err
	}
	for _, agent := range slices.Sorted(maps.Keys(d.Agents)) {
		if err := c.CSV.Write(dayRow{d.Campaign, d.Date, agent, d.Agents[agent]}); err != nil {
			return err
		}
	}
	return nil
}

// DayJSONL writes days as lines of JSON.
type DayJSONL struct{ e *json.Encoder }

// NewDayJSONL writes to w.
func NewDayJSONL(w io.Writer) DayJSONL { return DayJSONL{lineEncoder(w)} }

// Write writes one line.
func (j DayJSONL) Write(d DayFigures) error { return j.e.Encode(d) }

// Flush has nothing to do.
func (j DayJSONL) Flush() error { return nil }
