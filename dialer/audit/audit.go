// Package audit is the log of what people did with other people's calls: who listened to whom, from when to when and in which way, who took
// over or ended a call, who signed whom out, who played, downloaded or deleted a recording, who
// imported a list. What is in it cannot be changed through the API.
package audit

import (
	"context"
	"errors"
	"time"
)

// Kind is what somebody did.
type Kind string

// The kinds. The first three and an import last for a while, the others happen at a moment.
const (
	Listen          Kind = "listen"           // heard a call without being heard
	Whisper         Kind = "whisper"          // heard a call and was heard by the agent alone
	Barge           Kind = "barge"            // heard a call and was heard by all on it
	TakeOver        Kind = "take-over"        // took a call from its agent
	EndCall         Kind = "end-call"         // ended another agent's call
	SignOut         Kind = "sign-out"         // signed another agent out
	PlayRecording   Kind = "play-recording"   // got a recording's audio, or a part of it
	DeleteRecording Kind = "delete-recording" // deleted a recording
	Import          Kind = "import"           // imported a list, or do-not-call entries
)

// Kinds lists all kinds.
func Kinds() []Kind {
	return []Kind{Listen, Whisper, Barge, TakeOver, EndCall, SignOut, PlayRecording, DeleteRecording, Import}
}

// Entry is one thing that somebody did.
type Entry struct {
	ID        string    `json:"id"`
	Kind      Kind      `json:"kind" enum:"listen,whisper,barge,take-over,end-call,sign-out,play-recording,delete-recording,import" doc:"what was done"`
	By        string    `json:"by" doc:"id of the one who did it"`
	Agent     string    `json:"agent,omitempty" doc:"id of the agent to whom it was done"`
	Call      string    `json:"call,omitempty" doc:"call's id"`
	Campaign  string    `json:"campaign,omitempty" doc:"campaign's id"`
	Record    string    `json:"record,omitempty" doc:"id of the contact's record"`
	Recording string    `json:"recording,omitempty" doc:"recording's id"`
	File      string    `json:"file,omitempty" doc:"name of the file that was imported"`
	From      time.Time `json:"from" doc:"when it happened or began"`
	To        time.Time `json:"to,omitzero" doc:"when it ended; left out while it goes on"`
	Why       string    `json:"why,omitempty" doc:"why it ended; of an import, how, with its figures"`
}

// Query says which entries are wanted; zero values want all.
type Query struct {
	By, Agent, Campaign, Call string
	Kind                      Kind
	From, Before              time.Time // of Entry.From: From at the earliest, before Before
	After                     string    // id of the last entry of the page before
	Limit                     int       // most entries of a page; 0 means 100
}

// Log keeps entries.
type Log interface {
	// Begin stores an entry, durably as far as the store is, before what it tells of happens.
	Begin(ctx context.Context, e Entry) error
	// End notes when and why an entry ended. An entry that has ended, or is not there, stays as it is.
	End(ctx context.Context, id string, at time.Time, why string) error
	// List answers entries, the newest first.
	List(ctx context.Context, q Query) ([]Entry, error)
}

// Matches tells whether a query wants an entry.
func (q Query) Matches(e Entry) bool {
	for _, f := range [][2]string{{q.By, e.By}, {q.Agent, e.Agent}, {q.Campaign, e.Campaign}, {q.Call, e.Call}, {string(q.Kind), string(e.Kind)}} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	return (q.From.IsZero() || !e.From.Before(q.From)) && (q.Before.IsZero() || e.From.Before(q.Before)) && (q.After == "" || e.ID < q.After)
}

// ErrNone is what None refuses with.
var ErrNone = errors.New("no audit log is configured")

// None is a Log that keeps nothing and so lets nothing begin.
type None struct{}

// Begin implements Log.
func (None) Begin(context.Context, Entry) error { return ErrNone }

// End implements Log.
func (None) End(context.Context, string, time.Time, string) error { return nil }

// List implements Log.
func (None) List(context.Context, Query) ([]Entry, error) { return nil, ErrNone }
