package aritest

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// hangupReasons are the names of causes that a hang-up may give.
var hangupReasons = map[string]int{
	"normal": 16, "busy": 17, "congestion": 34, "no_answer": 19, "timeout": 18, "rejected": 21, "unallocated": 1,
	"normal_unspecified": 31, "number_incomplete": 28, "codec_mismatch": 58, "interworking": 127, "failure": 38,
	"answered_elsewhere": 26,
}

const (
	originateParams = "endpoint,extension,context,priority,label,app,appArgs,callerId,timeout,variables,channelId,otherChannelId,originator,formats"
	createParams    = "endpoint,app,appArgs,channelId,otherChannelId,originator,formats,variables"
	playParams      = "media,lang,offsetms,skipms,playbackId"
	recordParams    = "name,format,maxDurationSeconds,maxSilenceSeconds,ifExists,beep,terminateOn"
	externalParams  = "channelId,app,variables,external_host,encapsulation,transport,connection_type,format,direction,data,transport_data"
	snoopParams     = "spy,whisper,app,appArgs,snoopId"
)

func (s *Server) channelOperations() []operation {
	nothing := func(*channel, *params) *response { return noContent() }
	return []operation{
		{"GET", "/channels", "", func(*params) *response {
			list := []any{}
			for _, c := range s.channels {
				if !c.internal {
					list = append(list, c.json())
				}
			}
			return ok(list)
		}},
		{"POST", "/channels", originateParams, s.originate},
		{"POST", "/channels/create", createParams, s.create},
		{"POST", "/channels/{channelId}", originateParams, s.originate},
		{"GET", "/channels/{channelId}", "", s.withChannel("Channel not found", func(c *channel, _ *params) *response { return ok(c.json()) })},
		{"DELETE", "/channels/{channelId}", "reason,reason_code", s.withChannel("Channel not found", s.hangupChannel)},
		{"POST", "/channels/{channelId}/continue", "context,extension,priority,label", s.inStasis(true, s.continueChannel)},
		{"POST", "/channels/{channelId}/move", "app,appArgs", s.inStasis(false, s.moveChannel)},
		{"POST", "/channels/{channelId}/redirect", "endpoint", s.inStasis(true, s.redirectChannel)},
		{"POST", "/channels/{channelId}/answer", "", s.inStasis(true, s.answerChannel)},
		{"POST", "/channels/{channelId}/ring", "", s.inStasis(true, nothing)},
		{"DELETE", "/channels/{channelId}/ring", "", s.inStasis(true, nothing)},
		{"POST", "/channels/{channelId}/progress", "", s.inStasis(true, nothing)},
		{"POST", "/channels/{channelId}/transfer_progress", "states", s.inStasis(false, nothing)},
		{"POST", "/channels/{channelId}/dtmf", "dtmf,before,between,duration,after", s.inStasis(true, s.sendDTMF)},
		{"POST", "/channels/{channelId}/mute", "direction", s.inStasis(true, s.muteChannel)},
		{"DELETE", "/channels/{channelId}/mute", "direction", s.inStasis(true, s.muteChannel)},
		{"POST", "/channels/{channelId}/hold", "", s.inStasis(true, nothing)},
		{"DELETE", "/channels/{channelId}/hold", "", s.inStasis(true, nothing)},
		{"POST", "/channels/{channelId}/moh", "mohClass", s.inStasis(true, nothing)},
		{"DELETE", "/channels/{channelId}/moh", "", s.inStasis(true, nothing)},
		{"POST", "/channels/{channelId}/silence", "", s.inStasis(true, nothing)},
		{"DELETE", "/channels/{channelId}/silence", "", s.inStasis(true, nothing)},
		{"POST", "/channels/{channelId}/play", playParams, s.inStasis(true, s.playOnChannel)},
		{"POST", "/channels/{channelId}/play/{playbackId}", playParams, s.inStasis(true, s.playOnChannel)},
		{"POST", "/channels/{channelId}/record", recordParams, s.inStasis(false, s.recordChannel)},
		{"GET", "/channels/{channelId}/variable", "variable", s.channelVariable},
		{"POST", "/channels/{channelId}/variable", "variable,value,report_events,bypassStasis", s.setChannelVariable},
		{"GET", "/channels/{channelId}/variables", "variables", s.channelVariables},
		{"POST", "/channels/{channelId}/variables", "variables,report_events,bypassStasis", s.setChannelVariables},
		{"GET", "/channels/{channelId}/rtp_statistics", "", s.withChannel("Channel not found", rtpStatistics)},
		{"POST", "/channels/externalMedia", externalParams, s.externalMedia},
		{"POST", "/channels/{channelId}/snoop", snoopParams, s.snoop},
		{"POST", "/channels/{channelId}/snoop/{snoopId}", snoopParams, s.snoop},
		{"POST", "/channels/{channelId}/dial", "caller,timeout", s.inStasis(false, s.dialCreated)},
	}
}

// withChannel finds the channel or answers 404.
func (s *Server) withChannel(missing string, h func(*channel, *params) *response) handler {
	return func(p *params) *response {
		c := s.channels[p.get("channelId")]
		if c == nil {
			return fail(http.StatusNotFound, "%s", missing)
		}
		return h(c, p)
	}
}

// inStasis finds the channel and checks that the application controls it and, where up is asked for, that its state allows that.
func (s *Server) inStasis(up bool, h func(*channel, *params) *response) handler {
	return s.withChannel("Channel not found", func(c *channel, p *params) *response {
		if c.app == nil {
			return fail(http.StatusConflict, "Channel not in Stasis application")
		}
		if up && (c.state == "Down" || c.state == "Rsrvd" || c.state == "Ringing") {
			return fail(http.StatusPreconditionFailed, "Channel in invalid state")
		}
		return h(c, p)
	})
}

func (s *Server) hangupChannel(c *channel, p *params) *response {
	reason, code := p.get("reason"), p.get("reason_code")
	cause := 16
	switch {
	case reason != "" && code != "":
		return fail(http.StatusBadRequest, "The reason and reason_code can't both be specified")
	case code != "":
		if n, err := parseNumber(code); err == nil && n >= 0 && n <= 127 {
			cause = n
		} else {
			return fail(http.StatusBadRequest, "Invalid reason for hangup reason code provided")
		}
	case reason != "":
		n, known := hangupReasons[reason]
		if !known {
			return fail(http.StatusBadRequest, "Invalid reason for hangup reason provided")
		}
		cause = n
	}
	if !c.hungup {
		c.hungup = true
		c.requestHangup(map[string]any{"cause": 32, "soft": true})
		c.after(0, func() {
			if c.far != nil && c.dialed && !c.byCreate && c.app == nil {
				c.tellDial("NOANSWER", c.dial)
			}
			c.hangup(cause, sipOfCause(cause))
		})
	}
	return noContent()
}

func parseNumber(text string) (n int, err error) {
	_, err = fmt.Sscan(text, &n)
	return n, err
}

func (s *Server) continueChannel(c *channel, p *params) *response {
	if label := p.get("label"); label != "" {
		n, err := parseNumber(label)
		switch {
		case err != nil:
			return fail(http.StatusNotFound, "Requested label can not be found")
		case n == 0:
			return fail(http.StatusBadRequest, "Requested priority is illegal")
		}
	}
	c.submit(func() {
		c.leave()
		if run := s.dialplan[p.get("context")]; run != nil {
			after, app, args := run(c.id, maps.Clone(c.vars))
			c.dialplan.app = "Wait"
			c.after(s.scaled(after), func() {
				if !c.enter(s.apps[app], args) {
					c.hangup(0, 0)
				}
			})
			return
		}
		// There is no dialplan to go on in, so the channel ends as it would after its last line.
		c.after(0, func() { c.hangup(0, 0) })
	})
	return noContent()
}

func (s *Server) moveChannel(c *channel, p *params) *response {
	name, args := p.get("app"), splitArgs(p.get("appArgs"))
	c.submit(func() {
		to, from := s.apps[name], c.app
		if to == nil || to.socket == nil {
			s.send(from, map[string]any{"type": "ApplicationMoveFailed", "channel": c.json(), "destination": name, "args": orNone(args)})
			return
		}
		from.unsubscribe("channel", c.id, false)
		s.send(from, map[string]any{"type": "StasisEnd", "channel": c.json()})
		c.enter(to, args)
	})
	return noContent()
}

func orNone(args []string) []string {
	if args == nil {
		return []string{}
	}
	return args
}

func (s *Server) redirectChannel(c *channel, p *params) *response {
	endpoint := p.get("endpoint")
	tech, resource, found := strings.Cut(endpoint, "/")
	switch {
	case endpoint == "":
		return fail(http.StatusBadRequest, "Required parameter 'endpoint' not provided.")
	case !found:
		return fail(http.StatusUnprocessableEntity, "Endpoint parameter '%s' does not contain tech/resource", endpoint)
	case resource == "":
		return fail(http.StatusUnprocessableEntity, "No resource provided in endpoint parameter '%s'", endpoint)
	case !strings.EqualFold(tech, c.tech):
		return fail(http.StatusUnprocessableEntity, "Endpoint technology '%s' does not match channel technology '%s'", tech, c.tech)
	}
	// Whether the far end takes the REFER is not told.
	return noContent()
}

func (s *Server) answerChannel(c *channel, _ *params) *response {
	cmd := c.submit(func() { c.setState("Up") })
	return awaited(cmd, noContent(), fail(http.StatusInternalServerError, "Failed to answer channel"))
}

func (s *Server) muteChannel(_ *channel, p *params) *response {
	switch p.get("direction") {
	case "":
		return fail(http.StatusBadRequest, "Direction is required")
	case "in", "out", "both":
		return noContent()
	}
	return fail(http.StatusBadRequest, "Invalid direction specified")
}

// sendDTMF holds the channel's thread for as long as the digits take.
func (s *Server) sendDTMF(c *channel, p *params) *response {
	digits := p.get("dtmf")
	if digits == "" {
		return fail(http.StatusBadRequest, "DTMF is required")
	}
	ms := func(n int) time.Duration { return s.scaled(time.Duration(n) * time.Millisecond) }
	duration := orDefault(p.num("duration"), 100)
	each := ms(duration + orDefault(p.num("between"), 100))
	before, after := ms(p.num("before")), ms(p.num("after"))
	c.submit(func() {
		c.busy = true
		c.after(before+each*time.Duration(len(digits))+after, c.free)
		for i, digit := range digits {
			if c.far != nil && c.far.behavior.echo {
				c.after(before+each*time.Duration(i)+ms(duration), func() { c.digit(digit, duration) })
			}
		}
	})
	return noContent()
}

// digit tells of a digit that the far end sent, durationMS long.
func (c *channel) digit(digit rune, durationMS int) {
	c.tell("ChannelDtmfReceived", map[string]any{"digit": string(digit), "duration_ms": durationMS})
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func (s *Server) snoop(p *params) *response {
	spy, whisper := p.get("spy"), p.get("whisper")
	direction := func(d string) bool { return d == "" || d == "none" || d == "in" || d == "out" || d == "both" }
	none := func(d string) bool { return d == "" || d == "none" }
	switch {
	case !direction(spy):
		return fail(http.StatusBadRequest, "Invalid direction specified for spy")
	case !direction(whisper):
		return fail(http.StatusBadRequest, "Invalid direction specified for whisper")
	case none(spy) && none(whisper):
		return fail(http.StatusBadRequest, "Direction must be specified for at least spy or whisper")
	case p.get("app") == "":
		return fail(http.StatusBadRequest, "Application name is required")
	}
	target := s.channels[p.get("channelId")]
	if target == nil {
		return fail(http.StatusNotFound, "Provided channel was not found")
	}
	id := p.get("snoopId")
	if id != "" && s.channels[id] != nil {
		return fail(http.StatusInternalServerError, "Snoop channel could not be created")
	}
	c := s.addChannel("Snoop", target.id, id)
	c.state = "Up"
	a, args := s.apps[p.get("app")], splitArgs(p.get("appArgs"))
	snapshot := c.json()
	c.after(0, func() {
		if !c.enter(a, args) {
			c.hangup(0, 0)
		}
	})
	target.snoops = append(target.snoops, c)
	return ok(snapshot)
}
