package callback

import "time"

type Kind string

const (
	Personal Kind = "personal"
	Pool     Kind = "pool"
)

type AbsenceRule string

type Absence struct {
	Wait  time.Duration
	Then  AbsenceRule
	Group string
}
