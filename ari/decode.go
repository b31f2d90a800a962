package ari

import (
	"encoding/json"
	"errors"
	"time"
)

// DecodeEvent reads one message of the event stream. It never refuses one: a type without a struct of its own, and a message
// that is not even an event, come as a [*RawEvent], the latter with its Err set.
func DecodeEvent(message []byte) Event {
	var p parser
	return decodeEvent(&p, string(message))
}

var errNoEvent = errors.New("the message is no JSON object with a type")

// decodeEvent is DecodeEvent with a parser to use again. The event's strings are slices of message.
func decodeEvent(p *parser, message string) Event {
	p.reset(message)
	typ := eventType(p)
	if p.err == nil {
		if ev := newEvent(typ); ev != nil {
			p.reset(message)
			ev.decode(p)
			if p.end() == nil {
				return ev
			}
		}
	}
	raw := &RawEvent{Data: json.RawMessage(message)}
	p.reset(message)
	raw.decode(p)
	if raw.Err = p.end(); raw.Err == nil && raw.EventHeader.Type == "" {
		raw.Err = errNoEvent
	}
	if raw.Err != nil {
		raw.EventHeader = EventHeader{Timestamp: time.Now()}
	}
	return raw
}

// eventType finds the type, which Asterisk writes first, without reading more than it must.
func eventType(p *parser) string {
	for ok := p.object(); ok && p.field(); {
		if p.key == "type" {
			return p.text()
		}
		p.skip()
	}
	return ""
}

// field reads what all events have; the event's own decode comes here with the fields that it does not know itself.
func (h *EventHeader) field(p *parser) {
	switch p.key {
	case "type":
		h.Type = p.text()
	case "timestamp":
		h.Timestamp = p.timestamp()
	case "application":
		h.Application = p.text()
	case "asterisk_id":
		h.AsteriskID = p.text()
	default:
		p.skip()
	}
}

// Type returns the type that the message claims, "" if it has none.
func (v *RawEvent) Type() string { return v.EventHeader.Type }

func (v *RawEvent) decode(p *parser) {
	for ok := p.object(); ok && p.field(); {
		v.EventHeader.field(p)
	}
}

func (*RawEvent) refs(*refs) {}
