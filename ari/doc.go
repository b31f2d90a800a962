// Package ari is a client for the Asterisk REST Interface: requests over HTTP, events over a WebSocket.
//
// It is written for programs that live with an Asterisk for months and must not miss what happens on it. It is complete for
// Asterisk 22.10: every operation of every resource, every event type.
//
//	client, err := ari.New(ari.Config{URL: "http://127.0.0.1:8088/ari", Username: "hasshin", Password: secret, App: "hasshin"})
//	events := client.Subscribe(ari.ForChannel("call-1"))  // before acting: ids are ours to choose
//	err = client.Connect(ctx)
//	_, err = client.Channels.Originate(ctx, ari.Originate{Endpoint: "PJSIP/1001", App: "hasshin", ChannelID: "call-1"})
//	for ev := range events.All(ctx) {
//		switch ev := ev.(type) {
//		case *ari.StasisStart:      // answered
//		case *ari.ChannelDestroyed: // over: ev.Cause, ev.TechCause
//		case *ari.Disconnected:     // events are being missed until …
//		case *ari.Connected:        // … now: list and compare
//		}
//	}
//
// # Requests
//
// Every request has a deadline ([Config.RequestTimeout] if its context has none), and all share a pool of keep-alive connections of
// a fixed size ([Config.Connections]). An error is an [*Error] with Asterisk's own words, and answers to [errors.Is] with
// [ErrNotFound], [ErrNotInStasis] and their like.
//
// When a connection is lost, nobody knows whether its request was done. What may be done twice is then sent again, up to three
// times in all: GET; DELETE, for which "not found" on a later try is success; PUT where it sets something; and the making of a
// bridge or an undialed channel under an id of our own, for which "exists already" on a later try is success. All else is
// sent once: POSTs, since they ring people and play prompts (an originate even with an id of its own: the first call may be over by
// the time the second is made); sending a message and rotating a log, though they are PUT; and Subscribe and Unsubscribe, which
// Asterisk counts.
//
// # Events
//
// One goroutine reads, decodes and puts each event into the queues of the subscriptions that asked for it; it never waits for
// one of them. A queue has no bound, so nothing is dropped: a subscriber that lags costs memory, and shows in a line in the log,
// [Subscription.HighWater] and [Client.Stats]. Finding the subscriptions costs a lookup for each id that the event
// names, however many subscriptions there are. Events of one connection come in Asterisk's order, and all subscriptions see
// the same order.
//
// An event can come before the response of the request that caused it. Subscribe first.
//
// # The connection
//
// [Client.Connect] says at once what is wrong; [Client.ConnectWhenReady] waits for an Asterisk that is down or booting. Once
// connected the client reconnects by itself until [Client.Close], with a growing, jittered wait. It pings, so that a peer that
// went away without a word is noticed within 5 s. [*Connected] and [*Disconnected] come to every subscription, in order with
// the events, so that each knows what it may have missed: Asterisk replays nothing. The event filter ([Config.DropEvents]) is set
// anew on each connection.
//
// Asterisk tells an application of one event after the other. What may be told late goes into an application of its own on the same
// connection, see [Config.SideApps].
//
// Asterisk gives an application to the newest connection. The one that loses it gets [*Replaced] and stays disconnected, since two
// that fight would both miss events; [Client.Connect] takes the application back.
//
// # What it does not do
//
// It makes no requests over the WebSocket (one socket is served strictly in turn), does not accept Asterisk's outbound
// WebSocket, and keeps no model of channels and bridges: that is for the program to decide.
//
// Package aritest is an Asterisk in memory for tests, package asterisktest starts a real one in a container.
package ari
