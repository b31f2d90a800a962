package aritest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// rtpStatistics are those of a channel that has sent and received nothing: there is no media.
func rtpStatistics(c *channel, _ *params) *response {
	switch {
	case c.tech != "PJSIP":
		return fail(http.StatusForbidden, "Unsupported channel type")
	case c.state == "Down":
		return fail(http.StatusNotFound, "RTP info not found")
	}
	return ok(map[string]any{
		"channel_uniqueid": c.id, "txcount": 0, "rxcount": 0, "txploss": 0, "rxploss": 0, "local_ssrc": 0, "remote_ssrc": 0,
		"txoctetcount": 0, "rxoctetcount": 0,
	})
}

// externalMedia makes a channel that exchanges RTP with a program of the application's own: a call that is answered at once. Other ways
// than RTP over UDP are not modelled.
func (s *Server) externalMedia(p *params) *response {
	host, port, isHostPort := strings.Cut(p.get("external_host"), ":")
	encapsulation, transport := orText(p.get("encapsulation"), "rtp"), orText(p.get("transport"), "udp")
	switch {
	case p.get("app") == "":
		return fail(http.StatusBadRequest, "app cannot be empty")
	case encapsulation == "rtp" && transport != "udp":
		return fail(http.StatusBadRequest, "transport must be 'udp' for rtp encapsulation")
	case p.get("external_host") == "":
		return fail(http.StatusBadRequest, "external_host is required for all but websocket server connections")
	case !isHostPort || host == "" || port == "":
		return fail(http.StatusBadRequest, "external_host must be <host>:<port> for all transports other than websocket")
	case p.get("format") == "":
		return fail(http.StatusBadRequest, "format cannot be empty")
	case !slices.Contains([]string{"", "both", "in", "out"}, p.get("direction")):
		return fail(http.StatusBadRequest, "Invalid direction specified")
	}
	id := p.get("channelId")
	if encapsulation != "rtp" || !slices.Contains(formats, p.get("format")) || id != "" && s.channels[id] != nil {
		return fail(http.StatusInternalServerError, "An internal error prevented this request from being handled")
	}
	variables, bad := p.vars()
	if bad != nil {
		return bad
	}
	c := s.addChannel("UnicastRTP", p.get("external_host"), id)
	c.dial = p.get("external_host") + "/c(" + p.get("format") + ")"
	c.vars["UNICASTRTP_LOCAL_ADDRESS"], c.vars["UNICASTRTP_LOCAL_PORT"] = "127.0.0.1", "10000"
	maps.Copy(c.vars, variables)
	a := s.apps[p.get("app")]
	if a != nil {
		a.subscribe("channel", c.id)
	}
	snapshot := c.json()
	snapshot["channelvars"] = c.vars
	c.after(0, func() {
		c.place(Answer(0), 0, func() {
			if !c.enter(a, splitArgs(p.get("data"))) {
				c.hangup(0, 0)
			}
		})
	})
	return ok(snapshot)
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
