package phone

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// direction of media as seen by who writes the attribute (RFC 3264, 5.1).
type direction string

const (
	sendRecv direction = "sendrecv"
	sendOnly direction = "sendonly"
	recvOnly direction = "recvonly"
	inactive direction = "inactive"
)

// reverse is d seen from the other side.
func (d direction) reverse() direction {
	switch d {
	case sendOnly:
		return recvOnly
	case recvOnly:
		return sendOnly
	}
	return d
}

func (d direction) sends() bool { return d == sendRecv || d == sendOnly }

// and is what remains of d when the other side, seen from here, allows only o.
func (d direction) and(o direction) direction {
	send := d.sends() && o.sends()
	receive := (d == sendRecv || d == recvOnly) && (o == sendRecv || o == recvOnly)
	switch {
	case send && receive:
		return sendRecv
	case send:
		return sendOnly
	case receive:
		return recvOnly
	}
	return inactive
}

// eventName is the encoding name of DTMF (RFC 4733).
const eventName = "telephone-event"

// ourEventType is the payload type we offer for it.
const ourEventType = 101

// description is the audio part of a session description (RFC 8866).
type description struct {
	remote    netip.AddrPort
	codecs    []Codec // those of ours, in the writer's order
	eventType uint8   // payload type of telephone-event, 0 if none
	direction direction
}

// negotiated is what a stream needs to know of an offer and its answer.
type negotiated struct {
	remote    netip.AddrPort
	codec     Codec
	eventType uint8
	sends     bool
}

var errNoAudio = errors.New("the session description has no audio that a G.711 phone can take part in")

// parseSDP reads the first audio stream of a session description.
func parseSDP(body []byte) (description, error) {
	d := description{direction: sendRecv}
	var ip netip.Addr
	var port uint16
	inAudio, seenMedia := false, false
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		kind, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		switch kind {
		case "m":
			fields := strings.Fields(value)
			inAudio = !seenMedia && len(fields) > 3 && fields[0] == "audio"
			if !inAudio {
				continue
			}
			seenMedia = true
			n, err := strconv.ParseUint(fields[1], 10, 16)
			if err != nil {
				return d, fmt.Errorf("session description: media port %q: %w", fields[1], err)
			}
			port = uint16(n)
			for _, format := range fields[3:] {
				switch format {
				case "0":
					d.codecs = append(d.codecs, PCMU)
				case "8":
					d.codecs = append(d.codecs, PCMA)
				}
			}
		case "c": // the session's, or the audio stream's own, which comes later
			if seenMedia && !inAudio {
				continue
			}
			fields := strings.Fields(value)
			if len(fields) != 3 {
				return d, fmt.Errorf("session description: connection line %q", value)
			}
			addr, err := netip.ParseAddr(fields[2])
			if err != nil {
				return d, fmt.Errorf("session description: %w", err)
			}
			ip = addr
		case "a":
			if seenMedia && !inAudio {
				continue
			}
			d.attribute(value)
		}
	}
	if !ip.IsValid() || port == 0 || len(d.codecs) == 0 {
		return d, errNoAudio
	}
	d.remote = netip.AddrPortFrom(ip, port)
	return d, nil
}

func (d *description) attribute(value string) {
	switch direction(value) {
	case sendRecv, sendOnly, recvOnly, inactive:
		d.direction = direction(value)
		return
	}
	number, format, ok := strings.Cut(strings.TrimPrefix(value, "rtpmap:"), " ")
	if !ok || !strings.HasPrefix(value, "rtpmap:") || !strings.HasPrefix(strings.ToLower(format), eventName+"/8000") {
		return
	}
	if n, err := strconv.ParseUint(number, 10, 7); err == nil {
		d.eventType = uint8(n)
	}
}

// pick chooses the first codec of ours that the other side offers.
func (d description) pick(ours []Codec) (Codec, error) {
	for _, codec := range ours {
		for _, theirs := range d.codecs {
			if codec == theirs {
				return codec, nil
			}
		}
	}
	return 0, errNoAudio
}

// writeSDP writes a session description with one audio stream. version must grow with each one of a session (RFC 3264, 8).
func writeSDP(local netip.AddrPort, codecs []Codec, eventType uint8, dir direction, version int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n", local.Port(), version, local.Addr(), local.Addr())
	fmt.Fprintf(&b, "m=audio %d RTP/AVP", local.Port())
	for _, c := range codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	if eventType != 0 {
		fmt.Fprintf(&b, " %d", eventType)
	}
	b.WriteString("\r\n")
	for _, c := range codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %v/8000\r\n", c, c)
	}
	if eventType != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\na=fmtp:%d 0-16\r\n", eventType, eventName, eventType)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", dir)
	return b.Bytes()
}
