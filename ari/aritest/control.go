package aritest

import (
	"fmt"
	"strings"
	"time"
)

// Call is a call that comes in: [Server.Incoming].
type Call struct {
	Endpoint  string // that it comes from, e.g. "PJSIP/1001"; default "PJSIP/carrier"
	ChannelID string // default: one that Asterisk would make
	App       string // that the dialplan hands it to
	Args      []string
	From, To  string // caller's and dialed number
}

// Incoming makes a call that arrives at the dialplan and enters an application there, ringing, state "Ring". It returns the channel's
// id. The application hears of the channel until StasisEnd only, as it is not the one that made it.
func (s *Server) Incoming(call Call) (string, error) {
	if call.Endpoint == "" {
		call.Endpoint = "PJSIP/carrier"
	}
	tech, resource, _ := strings.Cut(call.Endpoint, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	if call.ChannelID != "" && s.channels[call.ChannelID] != nil {
		return "", fmt.Errorf("aritest: channel %s exists", call.ChannelID)
	}
	a := s.apps[call.App]
	if a == nil || a.socket == nil {
		return "", fmt.Errorf("aritest: nobody is connected for application %q", call.App)
	}
	c := s.addChannel(tech, resource, call.ChannelID)
	c.state = "Ring"
	c.caller.number, c.dialplan.exten = call.From, call.To
	c.enter(a, call.Args)
	return c.id, nil
}

// Extension is what the dialplan does with a channel that continues in one of its contexts: after a while it hands the channel to an application.
type Extension func(channelID string, vars map[string]string) (after time.Duration, app string, args []string)

// Dialplan gives the dialplan a context. Channels that continue in any other end.
func (s *Server) Dialplan(context string, run Extension) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dialplan == nil {
		s.dialplan = map[string]Extension{}
	}
	s.dialplan[context] = run
}

// Talk makes Asterisk tell, where TALK_DETECT was set on a channel, that its far end has begun to talk or has been silent for as long as was asked for.
func (s *Server) Talk(channelID string, talks bool) error {
	return s.atFarEnd(channelID, func(c *channel) {
		if _, listens := c.vars["TALK_DETECT(set)"]; !listens {
			return
		}
		if talks {
			c.tell("ChannelTalkingStarted", nil)
			return
		}
		c.tell("ChannelTalkingFinished", map[string]any{"duration": 1000})
	})
}

// HangUp makes the far end of a channel hang up with a Q.850 cause.
func (s *Server) HangUp(channelID string, cause int) error {
	return s.atFarEnd(channelID, func(c *channel) { c.farHangup(cause) })
}

// HoldLeg makes the next hang-up of a channel one that Asterisk does not follow: it is told and the channel leaves its bridge, and then it stays Up and
// in Stasis for ten minutes. So does Asterisk 22 with a channel in a bridge to which a sound begins in that moment.
func (s *Server) HoldLeg(channelID string) error {
	return s.atFarEnd(channelID, func(c *channel) { c.holding = true })
}

// Press makes the far end of a channel press digits of 100 ms each.
func (s *Server) Press(channelID, digits string) error {
	return s.atFarEnd(channelID, func(c *channel) {
		for _, digit := range digits {
			c.digit(digit, 100)
		}
	})
}

func (s *Server) atFarEnd(channelID string, do func(*channel)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return fmt.Errorf("aritest: no channel %s", channelID)
	}
	do(c)
	return nil
}

// Left are the ids of what is still there, "channel:ID" and "bridge:ID": what a test should have cleaned up.
func (s *Server) Left() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for id, c := range s.channels {
		if !c.internal {
			out = append(out, "channel:"+id)
		}
	}
	for id := range s.bridges {
		out = append(out, "bridge:"+id)
	}
	return out
}

// Bridges are the ids of the channels in each bridge, by the bridge's id.
func (s *Server) Bridges() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]string{}
	for id, b := range s.bridges {
		members := []string{}
		for _, c := range b.members() {
			members = append(members, c.id)
		}
		out[id] = members
	}
	return out
}
