package ari

import "strings"

// topic is what a subscription can ask for and an event can be about.
type topic struct {
	kind kind
	id   string
}

type kind uint8

const (
	kindAll kind = iota // with no id
	kindType
	kindChannel
	kindBridge
	kindPlayback
	kindRecording
)

func (k kind) String() string {
	return [...]string{"all", "type", "channel", "bridge", "playback", "recording"}[k]
}

// refs collects the ids that one event names, to look up the subscriptions that asked for them. The same may come twice.
type refs struct{ topics []topic }

func (r *refs) add(k kind, id string) {
	if id != "" {
		r.topics = append(r.topics, topic{k, id})
	}
}

func (r *refs) channel(id string) { r.add(kindChannel, id) }
func (r *refs) bridge(id string)  { r.add(kindBridge, id) }

// target notes what is played to or recorded.
func (r *refs) target(uri string) {
	switch scheme, id, _ := strings.Cut(uri, ":"); scheme {
	case "channel":
		r.channel(id)
	case "bridge":
		r.bridge(id)
	}
}

func (v *Channel) refs(r *refs) { r.channel(v.ID) }

// A bridge names its members too: who talks to whom matters to each of them.
func (v *Bridge) refs(r *refs) {
	r.bridge(v.ID)
	for _, id := range v.Channels {
		r.channel(id)
	}
}

func (v *Playback) refs(r *refs) {
	r.add(kindPlayback, v.ID)
	r.target(v.TargetURI)
}

func (v *LiveRecording) refs(r *refs) {
	r.add(kindRecording, v.Name)
	r.target(v.TargetURI)
}

func (v *Endpoint) refs(r *refs) {
	for _, id := range v.ChannelIDs {
		r.channel(id)
	}
}
