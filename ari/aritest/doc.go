// Package aritest is an in-memory Asterisk that speaks ARI, for fast tests of ARI applications.
//
//	func TestAnswered(t *testing.T) {
//		asterisk := aritest.Start(t, aritest.Options{})
//		asterisk.Endpoint("PJSIP/1001", aritest.Answer(0))
//		client := ... // with asterisk.URL(), asterisk.Username(), asterisk.Password()
//	}
//
// It models channels, bridges, playbacks, recordings, endpoints, applications and their subscriptions as Asterisk 22.10 has them: the
// same statuses, messages, events and order of events. What it models is proved by package conformance, whose suite runs against this
// server and against a real Asterisk. There is no media: nobody hears anything.
//
// # Dialing
//
// What becomes of a dialed endpoint is a [Behavior], set with [Server.Endpoint]. "PJSIP/NUMBER@carrier" follows the table of numbers
// of the simulated carrier in deploy/README.md without being set. Any other endpoint is unknown, and dialing it answers
// 500 "Allocation failed", as Asterisk does.
//
// # Time
//
// Delays run on the clock of package time, so inside a [testing/synctest] bubble with a [PipeListener] they take no real time.
//
// # Faults
//
// [Server.Drop] cuts the event sockets, [Server.Stall] leaves them open and silent, [Options].Latency slows requests, [Options].Refuse refuses them,
// [Options].Order decides between an event and the response of the request that caused it, and [Server.Restart] is a restarted Asterisk.
package aritest
