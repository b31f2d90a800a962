// Package phone is a SIP phone for tests and benchmarks: it registers, calls, answers, talks in a pure tone of its own and tells
// what it hears.
//
// Every voice is one frequency. Who hears whom is then a matter of measurement: each received 20 ms packet is correlated with the
// frequencies that may be talking, and the result is kept as a timeline ([Ear]). [AssertHears] holds a whole matrix of ears and
// voices against that, within a deadline and for a while after.
//
// A phone is one UDP socket on a loopback address speaking SIP (RFC 3261, through sipgo), and one more for RTP (RFC 3550, G.711) for
// each call. A phone that registers plays an agent; a phone that does not is a trunk peer: it takes calls for any number, and
// [Config.Behave] decides by the called number what becomes of each. All phones of a process send on one shared clock, so that
// hundreds of calls cost one goroutine for sending and one sleeping reader each.
//
// What it costs (one core of an AMD EPYC, measured by BenchmarkCalls and BenchmarkFrame): a call leg that talks and listens takes
// about 1 ms of processor time a second, 0.8 ms of that for the network; analysing a frame of 20 ms takes about 4 µs. 300 phones in
// calls are a third of a core. [Pacing] tells whether the process kept its schedule.
//
//	agent, err := phone.New(phone.Config{User: "1001", Password: secret, Server: "127.0.0.1:5060", Voice: phone.VoiceAt(0)})
//	err = agent.Register(ctx)
//	contact, err := phone.New(phone.Config{Behave: phone.Always(phone.Answer().Saying(phone.VoiceAt(1)))})
//	// … the system under test calls both and joins them …
//	a, err := agent.NextCall(ctx)
//	c, err := contact.NextCall(ctx)
//	phone.AssertHears(t, phone.WhoHears{a: {c}, c: {a}})
package phone
