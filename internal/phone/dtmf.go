package phone

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Digit is one received DTMF digit (RFC 4733).
type Digit struct {
	// Digit is one of 0–9, *, #, A–D.
	Digit byte
	// At is when its first packet arrived.
	At time.Time
	// Duration as far as it has been signalled.
	Duration time.Duration
}

// dtmfEvents are the digits by event code (RFC 4733, table 3).
const dtmfEvents = "0123456789*#ABCD"

const (
	digitVolume = 10 // dBm0 below zero
	digitEnds   = 3  // times the last packet of a digit is sent (RFC 4733, 2.5.1.4)
)

// digitEar collects digits out of telephone-event packets.
type digitEar struct {
	mu     sync.Mutex
	digits []Digit
	last   uint32 // RTP timestamp of the newest digit
}

func (d *digitEar) packet(at time.Time, timestamp uint32, payload []byte) {
	if len(payload) < 4 || int(payload[0]) >= len(dtmfEvents) {
		return
	}
	duration := time.Duration(binary.BigEndian.Uint16(payload[2:])) * time.Second / sampleRate
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.digits); n > 0 && d.last == timestamp { // all packets of a digit carry the time of its beginning
		d.digits[n-1].Duration = max(d.digits[n-1].Duration, duration)
		return
	}
	d.last = timestamp
	d.digits = append(d.digits, Digit{Digit: dtmfEvents[payload[0]], At: at, Duration: duration})
}

func (d *digitEar) all() []Digit {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Digit(nil), d.digits...)
}

// digitTalk turns digits into telephone-event packets, one each 20 ms. The stream's mutex guards it.
type digitTalk struct {
	queue     []digitOrder
	timestamp uint32 // of the digit being sent
	ticks     int    // packets of it sent
	pause     int    // packets of voice before the next digit
	payload   [4]byte
}

type digitOrder struct {
	event byte
	ticks int           // length in packets
	gap   int           // pause after it in packets
	done  chan struct{} // closed when the pause is over, for the last digit of a call to SendDTMF
}

// orders parses digits.
func orders(digits string, length, gap time.Duration) ([]digitOrder, chan struct{}, error) {
	if digits == "" {
		return nil, nil, fmt.Errorf("no DTMF digits to send")
	}
	var out []digitOrder
	for _, r := range strings.ToUpper(digits) {
		event := strings.IndexRune(dtmfEvents, r)
		if event < 0 {
			return nil, nil, fmt.Errorf("%q is no DTMF digit", r)
		}
		out = append(out, digitOrder{event: byte(event), ticks: max(2, int(length/frameTime)), gap: max(1, int(gap/frameTime))})
	}
	done := make(chan struct{})
	out[len(out)-1].done = done
	return out, done, nil
}

// next is the event payload due at timestamp; ok is false when voice is due. marker is set on a digit's first packet.
func (d *digitTalk) next(timestamp uint32) (payload []byte, marker, ok bool) {
	if d.pause > 0 {
		d.pause--
		if d.pause == 0 {
			d.finish()
		}
		return nil, false, false
	}
	if len(d.queue) == 0 {
		return nil, false, false
	}
	order := d.queue[0]
	if d.ticks == 0 {
		d.timestamp, marker = timestamp, true
	}
	d.ticks++
	units := min(d.ticks, order.ticks) * frameSamples
	d.payload = [4]byte{order.event, digitVolume, byte(units >> 8), byte(units)}
	if d.ticks >= order.ticks {
		d.payload[1] |= 0x80 // E: the event has ended
	}
	if d.ticks == order.ticks+digitEnds-1 {
		d.pause = order.gap
	}
	return d.payload[:], marker, true
}

// finish takes the digit whose pause is over out of the queue.
func (d *digitTalk) finish() {
	if done := d.queue[0].done; done != nil {
		close(done)
	}
	d.queue = d.queue[1:]
	d.ticks = 0
}
