package desk

import "time"

// SetBodyTimeout shortens the time for a request's body, before the server serves.
func (s *Server) SetBodyTimeout(d time.Duration) { s.bodyTimeout = d }
