package aritest

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// channel is one leg.
type channel struct {
	s       *Server
	id      string
	name    string
	tech    string
	dial    string // dial string, for Dial events
	state   string
	created time.Time

	caller, connected party
	dialplan          place
	language          string
	account           string
	vars              map[string]string

	app      *app // not nil: in Stasis
	byCreate bool // made by create, so that it can be dialed
	dialed   bool
	bridge   *bridge
	role     string
	far      *dialing  // what happens at the other end
	timers   []*timer  // that end with the channel
	playing  *playback // that holds the thread
	record   *recording
	snoops   []*channel
	hungup   bool // hang-up asked for
	dead     bool
	holding  bool // its hang-up is told, and then it stays for heldFor
	internal bool // not told of, e.g. the channel that plays to a bridge

	// The thread: commands run one after another, and a playback or recording holds those behind it.
	queue []*command
	busy  bool

	cause, techCause int
}

type party struct{ name, number string }

func (p party) json() map[string]any { return map[string]any{"name": p.name, "number": p.number} }

type place struct {
	context, exten string
	priority       int
	app, data      string
}

// command is work for a channel's thread. done is closed when it has run or the channel has gone.
type command struct {
	run  func()
	then func() // after run, or instead of it if the channel went first
	done chan struct{}
	ran  bool
}

func (cmd *command) finish() {
	close(cmd.done)
	if cmd.then != nil {
		cmd.then()
	}
}

// timer is a [time.Timer] that runs with the server's lock.
type timer struct{ t *time.Timer }

// after runs f with the lock held in d, unless the channel has gone by then. With d = 0 it runs as soon as the lock is free.
func (c *channel) after(d time.Duration, f func()) *timer {
	t := &timer{}
	t.t = time.AfterFunc(d, func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if !c.dead && c.s.channels[c.id] == c {
			f()
		}
	})
	c.timers = append(c.timers, t)
	return t
}

func (t *timer) stop() {
	if t != nil {
		t.t.Stop()
	}
}

// stopTimers ends everything that would still happen by itself. The caller holds mu.
func (s *Server) stopTimers() {
	for _, c := range s.channels {
		for _, t := range c.timers {
			t.stop()
		}
		c.dead = true
		c.flush()
	}
}

// submit gives the thread a command.
func (c *channel) submit(run func()) *command {
	cmd := &command{run: run, done: make(chan struct{})}
	c.queue = append(c.queue, cmd)
	c.pump()
	return cmd
}

// pump runs commands until one holds the thread.
func (c *channel) pump() {
	for !c.busy && len(c.queue) > 0 {
		cmd := c.queue[0]
		c.queue = c.queue[1:]
		cmd.ran = true
		cmd.run()
		cmd.finish()
	}
}

// free ends the hold on the thread.
func (c *channel) free() {
	c.busy = false
	c.pump()
}

// flush drops what waits for the thread.
func (c *channel) flush() {
	queue := c.queue
	c.queue = nil
	for _, cmd := range queue {
		cmd.finish()
	}
}

// awaited makes a handler's response wait for the command; dropped is the answer if the channel went first.
func awaited(cmd *command, resp, dropped *response) *response {
	resp.after = func(r *http.Request) *response {
		select {
		case <-cmd.done:
			if !cmd.ran {
				return dropped
			}
		case <-r.Context().Done():
		}
		return nil
	}
	return resp
}

func (c *channel) json() map[string]any {
	return map[string]any{
		"id":           c.id,
		"name":         c.name,
		"state":        c.state,
		"protocol_id":  "",
		"caller":       c.caller.json(),
		"connected":    c.connected.json(),
		"accountcode":  c.account,
		"creationtime": timestamp(c.created),
		"language":     c.language,
		"dialplan": map[string]any{
			"context": c.dialplan.context, "exten": c.dialplan.exten, "priority": c.dialplan.priority,
			"app_name": c.dialplan.app, "app_data": c.dialplan.data,
		},
	}
}

// tell publishes an event about the channel to those who watch it.
func (c *channel) tell(eventType string, fields map[string]any) {
	event := map[string]any{"type": eventType, "channel": c.json()}
	maps.Copy(event, fields)
	c.s.publish(event, "channel:"+c.id)
}

func (c *channel) setState(state string) {
	if c.state == state {
		return
	}
	c.state = state
	c.tell("ChannelStateChange", nil)
}

func (c *channel) setVar(name, value string) {
	name = strings.TrimLeft(name, "_")
	switch name {
	case "CALLERID(num)":
		c.caller.number = value
	case "CALLERID(name)":
		c.caller.name = value
	case "CALLERID(all)":
		c.caller = parseCallerID(value)
	case "CONNECTEDLINE(num)":
		c.connected.number = value
	case "CONNECTEDLINE(name)":
		c.connected.name = value
	case "CHANNEL(language)":
		c.language = value
	}
	c.vars[name] = value
	c.tell("ChannelVarset", map[string]any{"variable": name, "value": value})
}

// enter brings the channel into an application.
func (c *channel) enter(a *app, args []string) bool {
	if a == nil || a.socket == nil {
		return false
	}
	a.subscribe("channel", c.id)
	c.app = a
	c.dialplan.app, c.dialplan.data = "Stasis", strings.Join(append([]string{a.name}, args...), ",")
	if args == nil {
		args = []string{}
	}
	event := map[string]any{"type": "StasisStart", "args": args, "channel": c.json()}
	c.s.send(a, event)
	return true
}

// leave takes the channel out of its application.
func (c *channel) leave() {
	a := c.app
	if a == nil {
		return
	}
	c.partBridge()
	c.app = nil
	a.unsubscribe("channel", c.id, false)
	c.s.send(a, map[string]any{"type": "StasisEnd", "channel": c.json()})
	c.flush()
}

// heldFor is how long Asterisk waits for a sound in a bridge to end.
const heldFor = 10 * time.Minute

// hangup ends the channel with a Q.850 cause and, where the far end said so, a SIP status.
func (c *channel) hangup(cause, techCause int) {
	if c.dead {
		return
	}
	c.cause, c.techCause = cause, techCause
	c.hungup = true
	if c.holding {
		c.holding = false
		c.partBridge()
		c.after(heldFor, func() { c.hangup(cause, techCause) })
		return
	}
	for _, t := range c.timers {
		t.stop()
	}
	c.flush()
	c.endMedia()
	c.leave()
	c.dead = true
	fields := map[string]any{"cause": c.cause, "cause_txt": causeText(c.cause)}
	if c.techCause != 0 {
		fields["tech_cause"] = c.techCause
	}
	c.tell("ChannelDestroyed", fields)
	delete(c.s.channels, c.id)
	for _, a := range c.s.apps {
		a.unsubscribe("channel", c.id, true)
		c.s.forget(a)
	}
	for _, snoop := range c.snoops {
		snoop.hangup(0, 0)
	}
}

// requestHangup tells that a side hung up or was told to.
func (c *channel) requestHangup(fields map[string]any) {
	c.tell("ChannelHangupRequest", fields)
}

// causeText is Asterisk's name for a Q.850 cause.
func causeText(cause int) string {
	if text, known := causes[cause]; known {
		return text
	}
	return "Unknown"
}

var causes = map[int]string{
	0:   "Unknown",
	1:   "Unallocated (unassigned) number",
	16:  "Normal Clearing",
	17:  "User busy",
	18:  "No user responding",
	19:  "User alerting, no answer",
	20:  "Subscriber absent",
	21:  "Call Rejected",
	22:  "Number changed",
	26:  "Answered elsewhere",
	27:  "Destination out of order",
	28:  "Invalid number format",
	34:  "Circuit/channel congestion",
	38:  "Network out of order",
	41:  "Temporary failure",
	42:  "Switching equipment congestion",
	58:  "Bearer capability not available",
	102: "Recover on timer expiry",
	127: "Interworking, unspecified",
}
