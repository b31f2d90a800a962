package pacing

import (
	"errors"
	"fmt"
	"time"
)

// Record is one line of a decision log: how it goes on from here, or what happened and what was decided.
type Record struct {
	Begin    *Begin   `json:"begin,omitempty"`
	Event    Event    `json:"event,omitzero"`
	Decision Decision `json:"decision,omitzero"`
}

// Begin says what decided the records below it.
type Begin struct {
	At        time.Time `json:"at"`
	Campaign  string    `json:"campaign"`
	Pacing    Config    `json:"pacing"`
	Continues bool      `json:"continues,omitempty"` // by the controller that decided those above it; otherwise by a new one, which knows nothing
	Lost      int       `json:"lost,omitempty"`      // at least so many records between them could not be written
}

// Replay decides recorded events again and reports the first decision that comes out different: nil when this is the version that wrote the log.
// cfg is the configuration of records that do not begin with one.
func Replay(cfg Config, records []Record) error {
	c := New(cfg)
	for i, r := range records {
		switch b := r.Begin; {
		case b == nil:
			if d := c.Handle(r.Event); d != r.Decision {
				return fmt.Errorf("record %d, %s at %s: decided %+v, recorded is %+v", i+1, r.Event.Kind, r.Event.At.Format("15:04:05.000"), d, r.Decision)
			}
		case !b.Continues:
			c = New(b.Pacing)
		case b.Lost > 0:
			return fmt.Errorf("record %d: %d or more records above it could not be written, and what follows depends on them", i+1, b.Lost)
		case i == 0:
			return errors.New("the log begins in the middle of what one process decided; what follows depends on the file before it")
		}
	}
	return nil
}
