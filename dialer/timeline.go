package dialer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/recording"
)

// A contact's timeline is put together when somebody asks for it, of what is written by whoever sees to calls, callbacks, messages and recordings: nothing
// is written twice, so nothing can differ. Each of them finds what is of a contact without reading what is of others.

// Kinds of entries of a timeline.
const (
	TimelineAttempt   = "attempt"
	TimelineCall      = "call"
	TimelineNote      = "note"
	TimelineCallback  = "callback"
	TimelineMessage   = "message"
	TimelineRecording = "recording"
)

// TimelineEntry is one thing that happened with a contact.
type TimelineEntry struct {
	ID        string    `json:"id" doc:"of the entry; the next page begins after one" example:"1775005200000-attempt-01jn8z5t0v9q2m4k7c.1"`
	At        time.Time `json:"at" doc:"attempt: dialed; call: began; note: written; callback: when it happened to it; message: sent off; recording: began"`
	Kind      string    `json:"kind" enum:"attempt,call,note,callback,message,recording" doc:"which of the following is there; call: one that dialed nobody"`
	Agent     string    `json:"agent,omitempty" doc:"whose doing it was; nothing for the server's"`
	AgentName string    `json:"agent_name,omitempty" doc:"agent's name"`
	Call      string    `json:"call,omitempty" doc:"id of the call that it belongs to"`

	Attempt   *history.PastCall `json:"attempt,omitempty" doc:"of an attempt, and of a call that dialed nobody. Of one that the history of calls has forgotten, only what its record keeps: number, result, times"`
	Note      *WrittenNoteView  `json:"note,omitempty"`
	Callback  *HappeningView    `json:"callback,omitempty"`
	Message   *MessageView      `json:"message,omitempty" doc:"what has become of it until now"`
	Recording *recording.Meta   `json:"recording,omitempty"`
}

// WrittenNoteView is what an agent wrote down in a call.
type WrittenNoteView struct {
	Text        string `json:"text"`
	Disposition string `json:"disposition,omitempty" doc:"code that was chosen in the same call"`
}

// HappeningView is what happened to a callback.
type HappeningView struct {
	ID    string    `json:"id" doc:"callback's id"`
	Kind  string    `json:"kind" enum:"personal,pool"`
	Due   time.Time `json:"due" doc:"when the contact is to be called, as it is now"`
	State string    `json:"state" doc:"as it is now"`
	Note  string    `json:"note,omitempty" doc:"what to know when calling back"`
	Event string    `json:"event" doc:"what happened: made, due, offered, rejected, unanswered, released, lease-expired, escalated, owner-absent, next-shift, moved, postponed, reached-elsewhere or a final state"`
	Text  string    `json:"text,omitempty" doc:"why, or the id of another callback"`
}

// TimelineView is a page of a contact's timeline.
type TimelineView struct {
	Contact ContactView     `json:"contact"`
	Entries []TimelineEntry `json:"entries" doc:"the newest first"`
	More    bool            `json:"more" doc:"there are older ones"`
}

// timelineRecordings is how many recordings of one contact are told, the latest.
const timelineRecordings = 1000

// Timeline tells what happened with a contact, the newest first: at most limit entries, after the one whose id is given. It needs the privilege
// history.see; recordings are told to who may hear them.
func (e *Engine) Timeline(ctx context.Context, agentID, campaignID, record, after string, limit int) (TimelineView, error) {
	if err := e.seesHistory(agentID, campaignID); err != nil {
		return TimelineView{}, err
	}
	return e.timeline(ctx, agentID, campaignID, record, after, limit)
}

// CallTimeline is the timeline of the contact of the agent's own call.
func (e *Engine) CallTimeline(ctx context.Context, agentID, callID, after string, limit int) (TimelineView, error) {
	c, err := e.Call(ctx, agentID, callID)
	if err != nil {
		return TimelineView{}, err
	}
	return e.timeline(ctx, agentID, c.Campaign, c.Record.ID, after, limit)
}

func (e *Engine) timeline(ctx context.Context, agentID, campaignID, recordID, after string, limit int) (TimelineView, error) {
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	record, err := e.store.Get(ctx, campaignID, recordID)
	if errors.Is(err, campaign.ErrNotFound) {
		return TimelineView{}, refuse(CodeUnknownContact, "campaign %s has no record %q", campaignID, recordID)
	}
	if err != nil {
		return TimelineView{}, historyAway(err)
	}
	all, err := e.happenings(ctx, agentID, record)
	if err != nil {
		return TimelineView{}, err
	}
	slices.SortFunc(all, newestFirst)
	if after != "" {
		last := TimelineEntry{ID: after, At: positionOf(after)}
		all = slices.DeleteFunc(all, func(t TimelineEntry) bool { return newestFirst(t, last) <= 0 })
	}
	v := TimelineView{Contact: contactView(record), More: len(all) > limit}
	v.Entries = all[:min(len(all), limit)]
	for i := range v.Entries {
		v.Entries[i].AgentName = e.nameOf(v.Entries[i].Agent)
	}
	return v, nil
}

func newestFirst(a, b TimelineEntry) int {
	return cmp.Or(cmp.Compare(b.At.UnixMilli(), a.At.UnixMilli()), cmp.Compare(b.ID, a.ID))
}

// entry makes an entry; its id says where it stands, also when it is gone.
func entry(at time.Time, kind, ref string) TimelineEntry {
	return TimelineEntry{ID: fmt.Sprintf("%d-%s-%s", at.UnixMilli(), kind, ref), At: at.UTC().Truncate(time.Millisecond), Kind: kind}
}

func positionOf(id string) time.Time {
	text, _, _ := strings.Cut(id, "-")
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{} // older than all: nothing comes after what never was
	}
	return time.UnixMilli(ms)
}

// happenings are all that is known of a contact, in no order.
func (e *Engine) happenings(ctx context.Context, agentID string, record *campaign.Record) ([]TimelineEntry, error) {
	var past []history.PastCall
	if e.history != nil {
		var err error
		if past, err = e.history.Of(ctx, record.Campaign, record.ID); err != nil {
			return nil, historyAway(err)
		}
	}
	all := append(attempted(past, record), noted(record)...)
	promises, err := e.store.Promises().Of(ctx, record.Campaign, record.ID)
	if err != nil {
		return nil, historyAway(err)
	}
	for _, p := range promises {
		for i, ev := range p.Events {
			t := entry(ev.At, TimelineCallback, fmt.Sprintf("%s.%d", p.ID, i))
			t.Agent = ev.By
			t.Callback = &HappeningView{ID: p.ID, Kind: string(p.Kind), Due: p.Due, State: string(p.State), Note: p.Note, Event: ev.Kind, Text: ev.Text}
			if ev.Kind == "made" {
				t.Call = p.Call
			}
			all = append(all, t)
		}
	}
	messages, err := e.messagesOf(ctx, record.Campaign, record.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		t := entry(m.Queued, TimelineMessage, m.ID)
		t.Agent, t.Call, t.Message = m.Agent, m.Call, &m
		all = append(all, t)
	}
	if !e.cfg.Privileges.Can(agent.HearRecordings, e.cfg.Agents[agentID], agent.Change{}) {
		return all, nil
	}
	recordings, err := e.Recordings(ctx, agentID, recording.Query{Campaign: record.Campaign, Record: record.ID, Limit: timelineRecordings})
	if err != nil {
		return nil, err
	}
	for _, m := range recordings {
		t := entry(m.Started, TimelineRecording, m.ID)
		t.Agent, t.Call, t.Recording = m.Agent, m.Call, &m
		all = append(all, t)
	}
	return all, nil
}

// attempted are the attempts and the calls that dialed nobody. The record has all of its attempts for good; what the history of calls has of the same
// ones is more.
func attempted(past []history.PastCall, record *campaign.Record) []TimelineEntry {
	type key struct {
		call   string
		dialed int64
	}
	var all []TimelineEntry
	seen := map[key]bool{}
	add := func(p history.PastCall) {
		at, kind := p.Dialed, TimelineAttempt
		if p.Attempt == 0 {
			at, kind = p.Created, TimelineCall
		}
		t := entry(at, kind, fmt.Sprintf("%s.%d", p.Call, p.Attempt))
		t.Agent, t.Call, t.Attempt = p.Agent, p.Call, &p
		all = append(all, t)
	}
	for _, p := range past {
		seen[key{p.Call, p.Dialed.UnixMilli()}] = true
		add(p)
	}
	for _, h := range record.History {
		for i, at := range h.Attempts {
			if seen[key{at.Call, at.Dialed.UnixMilli()}] {
				continue
			}
			p := history.PastCall{
				Call: at.Call, Campaign: record.Campaign, Record: record.ID, Attempt: i + 1, Last: i == len(h.Attempts)-1, Ending: history.Ending(h.Ending), Number: at.Number,
				Agent: at.Agent, Dialed: at.Dialed, Answered: at.Answered, Ended: at.Ended, Result: at.Result, SIP: at.SIP, Q850: at.Q850,
				Abandoned: at.Result == call.Abandoned, Machine: at.Result.ByMachine(),
			}
			if p.Last {
				p.Disposition = h.Disposition
			}
			add(p)
		}
	}
	return all
}

// noted are the notes that agents wrote in calls.
func noted(record *campaign.Record) []TimelineEntry {
	var all []TimelineEntry
	for _, h := range record.History {
		if h.Notes == "" {
			continue
		}
		t := entry(h.At, TimelineNote, fmt.Sprint(h.Token))
		t.Agent, t.Note = h.Agent, &WrittenNoteView{Text: h.Notes, Disposition: h.Disposition}
		if n := len(h.Attempts); n > 0 {
			t.Call = h.Attempts[n-1].Call
		}
		all = append(all, t)
	}
	return all
}
