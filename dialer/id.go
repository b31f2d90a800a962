package dialer

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// All ids of channels and bridges are chosen by us before a request and name what they belong to, so that an event that overtakes its
// response finds its owner, a retry is recognised, and a listing after a crash can be understood.
const (
	prefixCall   = "hs.call."  // hs.call.<call>.<leg>
	prefixAgent  = "hs.agent." // hs.agent.<agent>.<serial>: a leg from the booth to the agent's phone
	prefixTone   = "hs.tone."  // hs.tone.<agent>.<serial>: a snoop channel through which the agent alone hears a tone
	prefixBooth  = "hs.booth." // hs.booth.<agent>: the agent's own mixing bridge
	prefixOwn    = "hs.own."   // hs.own.<call>: where those talk on whom the agent has put together
	prefixEar    = "hs.ear."   // hs.ear.<agent>.<serial>: a snoop channel through which a supervisor, the agent named, hears a colleague
	prefixRecord = "hs.rec."   // hs.rec.<call>.<recording>-<in, out or both>: a snoop channel that records, and what it records
	prefixHold   = "hs.hold."  // hs.hold.<node>: where contacts wait with music; hs.hold.<node>.listener: the channel that keeps it playing
)

const legContact = "contact"

func callChannel(call, party string) string   { return prefixCall + call + "." + party }
func ownBridge(call string) string            { return prefixOwn + call }
func boothBridge(agent string) string         { return prefixBooth + agent }
func holdBridge(node string) string           { return prefixHold + node }
func listenerChannel(node string) string      { return holdBridge(node) + ".listener" }
func agentChannel(agent string) string        { return prefixAgent + agent + "." + newID() }
func superviseChannel(agent string) string    { return prefixEar + agent + "." + newID() }
func recordChannel(call, track string) string { return prefixRecord + call + "." + track }
func toneChannel(agent string) string         { return prefixTone + agent + "." + newID() }

// owner takes a channel id apart: what kind of id it is (one of the prefixes) and whose.
func owner(channel string) (prefix, name string) {
	for _, p := range []string{prefixCall, prefixAgent, prefixTone, prefixEar, prefixRecord, prefixHold} {
		if rest, ok := strings.CutPrefix(channel, p); ok {
			if dot := strings.LastIndexByte(rest, '.'); dot > 0 {
				return p, rest[:dot]
			}
		}
	}
	return "", ""
}

var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID returns 18 letters and digits that sort by time and that no one else will have: 48 bits of milliseconds, 42 of chance.
func newID() string {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:8], uint64(time.Now().UnixMilli())<<16)
	rand.Read(b[6:]) // never returns an error
	return crockford.EncodeToString(b[:])[:18]
}
