package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// The plain client: structs and encoding/json, a list of subscriptions, a channel each.

type plainTime time.Time

func (t *plainTime) UnmarshalJSON(b []byte) error {
	text, err := strconv.Unquote(string(b))
	if err != nil {
		return err
	}
	parsed, err := time.Parse("2006-01-02T15:04:05.000-0700", text)
	*t = plainTime(parsed)
	return err
}

type plainHeader struct {
	Type        string    `json:"type"`
	Application string    `json:"application"`
	Timestamp   plainTime `json:"timestamp"`
	AsteriskID  string    `json:"asterisk_id"`
}

type plainCallerID struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

type plainChannel struct {
	ID         string        `json:"id"`
	ProtocolID string        `json:"protocol_id"`
	Name       string        `json:"name"`
	State      string        `json:"state"`
	Caller     plainCallerID `json:"caller"`
	Connected  plainCallerID `json:"connected"`
	Account    string        `json:"accountcode"`
	Dialplan   struct {
		Context  string `json:"context"`
		Exten    string `json:"exten"`
		Priority int    `json:"priority"`
		AppName  string `json:"app_name"`
		AppData  string `json:"app_data"`
	} `json:"dialplan"`
	Created  plainTime         `json:"creationtime"`
	Language string            `json:"language"`
	Vars     map[string]string `json:"channelvars"`
}

type plainBridge struct {
	ID         string    `json:"id"`
	Technology string    `json:"technology"`
	Type       string    `json:"bridge_type"`
	Class      string    `json:"bridge_class"`
	Creator    string    `json:"creator"`
	Name       string    `json:"name"`
	Channels   []string  `json:"channels"`
	VideoMode  string    `json:"video_mode"`
	Created    plainTime `json:"creationtime"`
}

// plainEvent is any event of the recording.
type plainEvent interface{ names(id string) bool }

type plainChannelEvent struct {
	plainHeader
	Channel                *plainChannel `json:"channel"`
	Bridge                 *plainBridge  `json:"bridge"`
	Args                   []string      `json:"args"`
	Cause                  int           `json:"cause"`
	CauseText              string        `json:"cause_txt"`
	TechCause              int           `json:"tech_cause"`
	Soft                   bool          `json:"soft"`
	Variable               string        `json:"variable"`
	Value                  string        `json:"value"`
	DialplanApp            string        `json:"dialplan_app"`
	DialplanAppData        string        `json:"dialplan_app_data"`
	CallerPresentation     int           `json:"caller_presentation"`
	CallerPresentationText string        `json:"caller_presentation_txt"`
}

func (e *plainChannelEvent) names(id string) bool {
	if e.Channel != nil && e.Channel.ID == id {
		return true
	}
	if e.Bridge != nil {
		for _, member := range e.Bridge.Channels {
			if member == id {
				return true
			}
		}
	}
	return false
}

type plainDial struct {
	plainHeader
	Caller     *plainChannel `json:"caller"`
	Peer       *plainChannel `json:"peer"`
	Forward    string        `json:"forward"`
	DialString string        `json:"dialstring"`
	DialStatus string        `json:"dialstatus"`
}

func (e *plainDial) names(id string) bool {
	return e.Peer != nil && e.Peer.ID == id || e.Caller != nil && e.Caller.ID == id
}

// plainDecode looks for the type and then decodes into its struct.
func plainDecode(message []byte) (plainEvent, error) {
	var header plainHeader
	if err := json.Unmarshal(message, &header); err != nil {
		return nil, err
	}
	var ev plainEvent = &plainChannelEvent{}
	if header.Type == "Dial" {
		ev = &plainDial{}
	}
	if err := json.Unmarshal(message, ev); err != nil {
		return nil, fmt.Errorf("%s: %w", header.Type, err)
	}
	return ev, nil
}

// plainHub asks each subscription whether it wants the event, and drops what does not fit into its channel.
type plainHub struct {
	mu   sync.Mutex
	subs []*plainSubscription
}

type plainSubscription struct {
	id     string // of a channel; "" for everything
	events chan plainEvent
}

func (h *plainHub) subscribe(id string, size int) *plainSubscription {
	s := &plainSubscription{id: id, events: make(chan plainEvent, size)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs = append(h.subs, s)
	return s
}

func (h *plainHub) push(message []byte) error {
	ev, err := plainDecode(message)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.subs {
		if s.id == "" || ev.names(s.id) {
			select {
			case s.events <- ev:
			default:
			}
		}
	}
	return nil
}

func (h *plainHub) drain() {
	for _, s := range h.subs {
		for len(s.events) > 0 {
			<-s.events
		}
	}
}
