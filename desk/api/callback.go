package api

import (
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/callback"
)

// Callbacks is a list of promised callbacks.
type Callbacks struct {
	Callbacks []dialer.PromiseView `json:"callbacks" doc:"by when they are due; those that have ended by when they did (since)"`
	More      bool                 `json:"more" doc:"there are more than the limit: ask again from the last one's time"`
}

// CallbackMove gives a callback another time.
type CallbackMove struct {
	When callback.LocalTime `json:"when" doc:"the new date and time, by a wall clock"`
	Why  string             `json:"why,omitempty" maxLength:"1000" doc:"why; the ledger keeps it" example:"asked to be called in the afternoon"`
}

// CallbackHandOver makes another agent's of a callback, or the pool's.
type CallbackHandOver struct {
	To string `json:"to" maxLength:"64" doc:"agent's id; empty: the pool's, so any agent of the campaign keeps it" example:"jiro"`
}

// ContactReached tells that a contact was reached in another way than by keeping a callback.
type ContactReached struct {
	Number string `json:"number" minLength:"1" maxLength:"64" doc:"the contact's number, as people write it" example:"+815012345600"`
	How    string `json:"how,omitempty" maxLength:"1000" doc:"how; the ledger keeps it" example:"called us"`
}

// CallbackCancel takes a callback back.
type CallbackCancel struct {
	Why string `json:"why,omitempty" maxLength:"1000" doc:"why; the ledger keeps it" example:"has called us"`
}
