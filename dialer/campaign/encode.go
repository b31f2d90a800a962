package campaign

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// storedRecord is a record as it is kept in Redis: what the list said. The names are
// short because there are a million of them, and the source is first because the
// import script reads it there.
type storedRecord struct {
	Source   [2]int            `json:"s"`
	Numbers  []Number          `json:"n"`
	Name     string            `json:"a,omitempty"`
	TimeZone string            `json:"z,omitempty"`
	Language string            `json:"l,omitempty"`
	Fields   map[string]string `json:"f,omitempty"`
}

// storedHandling is a line of a record's history as the scripts write it.
type storedHandling struct {
	Token  Token        `json:"token"`
	Ending Ending       `json:"ending"`
	At     int64        `json:"at"` // ms
	Agent  string       `json:"agent"`
	Rest   handlingRest `json:"rest"`
}

// handlingRest is the part of a history line that Go writes.
type handlingRest struct {
	Attempts    []Attempt         `json:"attempts,omitempty"`
	Disposition string            `json:"disposition,omitempty"`
	Notes       string            `json:"notes,omitempty"`
	Fields      map[string]string `json:"fields,omitempty"`
	Undialed    Undialed          `json:"undialed,omitempty"`
	Numbers     []Number          `json:"numbers,omitempty"`
	Reason      string            `json:"reason,omitempty"`
}

func restOf(o Outcome) handlingRest {
	return handlingRest{
		Attempts: o.Attempts, Disposition: o.Disposition, Notes: o.Notes, Fields: o.Fields, Undialed: o.Undialed, Numbers: o.Numbers,
		Reason: o.Reason,
	}
}

// decodeRecord reads a record and its history; its state is for the caller to set.
func decodeRecord(campaign, id, stored, history string) (*Record, error) {
	var rec storedRecord
	if err := json.Unmarshal([]byte(stored), &rec); err != nil {
		return nil, fmt.Errorf("record %s of campaign %s is damaged: %w", id, campaign, err)
	}
	r := &Record{
		ID: id, Campaign: campaign, Numbers: rec.Numbers, Name: rec.Name, TimeZone: rec.TimeZone, Language: rec.Language,
		Fields: rec.Fields, Source: Source{Import: rec.Source[0], Line: rec.Source[1]},
	}
	if r.Fields == nil {
		r.Fields = map[string]string{}
	}
	for line := range strings.Lines(history) {
		var h storedHandling
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			return nil, fmt.Errorf("history of record %s of campaign %s is damaged: %w", id, campaign, err)
		}
		r.History = append(r.History, Handling{
			Token: h.Token, Agent: h.Agent, Ending: h.Ending, At: time.UnixMilli(h.At),
			Attempts: h.Rest.Attempts, Disposition: h.Rest.Disposition, Notes: h.Rest.Notes, Fields: h.Rest.Fields, Undialed: h.Rest.Undialed,
			Numbers: h.Rest.Numbers, Reason: h.Rest.Reason,
		})
		for _, n := range h.Rest.Numbers {
			if !slices.ContainsFunc(r.Numbers, func(o Number) bool { return o.E164 == n.E164 }) {
				r.Numbers = append(r.Numbers, n)
			}
		}
		maps.Copy(r.Fields, h.Rest.Fields)
	}
	maps.DeleteFunc(r.Fields, func(_, value string) bool { return value == "" })
	return r, nil
}

func (r *Record) setOut(agent, till string) error {
	until, err := parseMillis(till)
	if err != nil {
		return err
	}
	r.State, r.Agent, r.LeaseUntil = Out, agent, until
	return nil
}

func (r *Record) setClosed() {
	r.State = Closed
	if len(r.History) == 0 {
		return
	}
	last := r.History[len(r.History)-1]
	r.Agent, r.ClosedAt, r.Disposition, r.Notes, r.Undialed = last.Agent, last.At, last.Disposition, last.Notes, last.Undialed
}

// parseMillis reads a score of Redis, milliseconds since 1970.
func parseMillis(score string) (time.Time, error) {
	ms, err := strconv.ParseFloat(score, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time of Redis: %w", err)
	}
	return time.UnixMilli(int64(ms)), nil
}

func parseToken(s string) (Token, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	return Token(n), err
}

func parseCount(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }
