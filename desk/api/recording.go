package api

import "github.com/hasshin/hasshin/dialer/recording"

// Recordings is a page of recordings.
type Recordings struct {
	Recordings []recording.Meta `json:"recordings" doc:"the newest first"`
}
