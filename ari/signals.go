package ari

import "time"

// Signals tell about the connection itself. They come in the same stream as the events, in the order in which things
// happened, to every subscription: what follows a Connected came over that connection, what was lost was lost between a
// Disconnected and the next Connected.

// Connected says that events flow from here on. After a Reconnect nothing is replayed: list what exists and compare.
type Connected struct {
	EventHeader
	Reconnect bool // there was a connection before
}

// Disconnected says that the connection is lost, and with it the events until the next [Connected].
type Disconnected struct {
	EventHeader
	Err error // why; [ErrClosed] after [Client.Close]
}

// Replaced says that another connection has taken the application over. The client does not fight for it: it stays
// disconnected until [Client.Connect] is called again. It comes before the [Disconnected] of that connection.
type Replaced struct {
	EventHeader
}

// Type returns "Connected", which is no type of Asterisk's.
func (*Connected) Type() string { return "Connected" }

// Type returns "Disconnected", which is no type of Asterisk's.
func (*Disconnected) Type() string { return "Disconnected" }

// Type returns "Replaced", which is no type of Asterisk's.
func (*Replaced) Type() string { return "Replaced" }

func (*Connected) decode(*parser)    {}
func (*Connected) refs(*refs)        {}
func (*Disconnected) decode(*parser) {}
func (*Disconnected) refs(*refs)     {}
func (*Replaced) decode(*parser)     {}
func (*Replaced) refs(*refs)         {}

func signalHeader(typ, app string) EventHeader {
	return EventHeader{Type: typ, Application: app, Timestamp: time.Now()}
}

func isSignal(ev Event) bool {
	switch ev.(type) {
	case *Connected, *Disconnected, *Replaced:
		return true
	default:
		return false
	}
}
