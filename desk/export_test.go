package desk

import "time"

// SetBodyTimeout shortens the time for a request's body, before the server serves.
func (s *Server) SetBodyTimeout(d time.Duration) { s.bodyTimeout = d }

// OccupySignIn takes one turn of those who check passwords, until release is called.
func (s *Server) OccupySignIn() (release func()) {
	s.signIns.turns <- struct{}{}
	return func() { <-s.signIns.turns }
}

// RestBoard is the end of the while after which the engine stops working out a wallboard that nobody reads; false while somebody does.
func (s *Server) RestBoard() bool {
	s.hub.board.rest()
	s.hub.board.mu.Lock()
	defer s.hub.board.mu.Unlock()
	return s.hub.board.stop == nil
}
