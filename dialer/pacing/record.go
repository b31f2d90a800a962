package pacing

import "fmt"

// Record is one line of a decision log: what happened and what was decided.
type Record struct {
	Event    Event    `json:"event"`
	Decision Decision `json:"decision"`
}

// Replay decides recorded events again with a new controller of the same configuration and reports the first decision that comes
// out different: nil when the log is complete and this is the version that wrote it.
func Replay(cfg Config, records []Record) error {
	c := New(cfg)
	for i, r := range records {
		if d := c.Handle(r.Event); d != r.Decision {
			return fmt.Errorf("record %d, %s at %s: decided %+v, recorded is %+v", i+1, r.Event.Kind, r.Event.At.Format("15:04:05.000"), d, r.Decision)
		}
	}
	return nil
}
