package api

import "github.com/hasshin/hasshin/dialer"

// Supervise says whom to listen to, and how: an agent or a call.
type Supervise struct {
	Agent string `json:"agent,omitempty" maxLength:"64" doc:"agent's id: the present call and all that follow, until stopped; or name a call" example:"hanako"`
	Call  string `json:"call,omitempty" maxLength:"64" doc:"call's id: wherever it is transferred to, until it ends; or name an agent" example:"01jn8z5t0v9q2m4k7c"`
	Mode  string `json:"mode" enum:"listen,whisper,barge" doc:"listen: heard by nobody; whisper: heard by the agent alone; barge: heard by everybody on the call" example:"listen"`
}

// LiveCalls is a list of calls that supervisors can listen to.
type LiveCalls struct {
	Calls []dialer.LiveCallView `json:"calls" doc:"calls in which somebody is on the line, the longest first"`
}

// AuditLog is a page of the audit log.
type AuditLog struct {
	Entries []dialer.AuditEntryView `json:"entries" doc:"the newest first"`
}
