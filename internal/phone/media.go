package phone

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// stream is the media of one call: a UDP socket, at which the clock sends and takes what has come.
type stream struct {
	local  netip.AddrPort
	ear    *Ear
	digits digitEar
	slot   int // owned by clock

	received, lost, strange atomic.Uint64

	mu        sync.Mutex
	socket    *socket
	closed    bool
	clocked   bool // clock knows it
	remote    netip.AddrPort
	codec     Codec
	eventType uint8 // RTP payload type of telephone-event, 0 if the other side takes none
	open      bool  // the session's direction lets us send
	tone      *tone
	amplitude int
	change    *toneChange
	dialing   digitTalk
	epoch     time.Time // schedule time of the first packet
	header    rtp.Header
	base      uint32 // RTP timestamp at epoch
	packet    [12 + frameSamples]byte
	scratch   [frameSamples]byte
	came      rtp.Packet
	seen      bool
	expect    uint16
}

// toneChange is a change of voice at the next packet; sent gets that packet's send time.
type toneChange struct {
	voice Voice
	sent  chan time.Time
}

func openStream(ip netip.Addr, ear *Ear, voice Voice, amplitude int) (*stream, error) {
	socket, local, err := openSocket(ip)
	if err != nil {
		return nil, err
	}
	s := &stream{
		socket:    socket,
		local:     local,
		ear:       ear,
		amplitude: amplitude,
		base:      rand.Uint32(),
		tone:      newTone(PCMU, voice, amplitude),
	}
	s.header = rtp.Header{Version: 2, Marker: true, SSRC: rand.Uint32(), SequenceNumber: uint16(rand.Uint32())}
	return s, nil
}

// connect applies what was negotiated and, if the direction allows, begins or stops sending.
func (s *stream) connect(n negotiated) {
	s.mu.Lock()
	s.remote = n.remote
	s.eventType = n.eventType
	if s.codec != n.codec {
		s.codec = n.codec
		s.tone = newTone(n.codec, s.tone.voice, s.amplitude)
	}
	if n.sends && !s.open {
		s.header.Marker = true // a talk spurt begins (RFC 3551, 4.1)
	}
	s.open = n.sends
	start := !s.clocked && !s.closed
	if start {
		s.clocked = true
	}
	s.mu.Unlock()
	if start {
		clock.add(s)
	}
}

// close takes what has come, stops sending and closes the socket.
func (s *stream) close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	if s.clocked {
		s.receive(newInbox())
	}
	s.closed = true
	if s.change != nil {
		close(s.change.sent)
		s.change = nil
	}
	clocked := s.clocked
	if err := s.socket.close(); err != nil {
		clock.sendFail.Add(1)
	}
	s.mu.Unlock()
	if clocked {
		clock.remove(s)
	}
	s.ear.end(time.Now())
}

// say changes the voice at the next packet and returns that packet's send time. While the session does not let us send it waits.
func (s *stream) say(ctx context.Context, v Voice) (time.Time, error) {
	change := &toneChange{voice: v, sent: make(chan time.Time, 1)}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return time.Time{}, ErrEnded
	}
	if !s.clocked { // nothing was negotiated yet: the voice is the one to begin with
		s.tone = newTone(s.codec, v, s.amplitude)
	}
	if s.change != nil {
		close(s.change.sent)
	}
	s.change = change
	s.mu.Unlock()
	select {
	case at, ok := <-change.sent:
		if !ok {
			return time.Time{}, fmt.Errorf("saying %v: the call ended or another voice came first", v)
		}
		return at, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("saying %v: %w", v, context.Cause(ctx))
	}
}

// begin sets the voice without waiting for the packet that carries it first.
func (s *stream) begin(v Voice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tone = newTone(s.codec, v, s.amplitude)
}

// voice is the current or, if a change is due, the coming voice.
func (s *stream) voice() Voice {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.change != nil {
		return s.change.voice
	}
	return s.tone.voice
}

// send sends the packet that is due at the time of the schedule `due`. It returns when it was sent, zero if none was.
func (s *stream) send(due time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.open || !s.remote.IsValid() {
		return time.Time{}
	}
	if s.epoch.IsZero() {
		s.epoch = due
	}
	timestamp := s.base + uint32((due.Sub(s.epoch)+frameTime/2)/frameTime)*frameSamples
	if payload, marker, ok := s.dialing.next(timestamp); ok && s.eventType != 0 {
		s.header.Timestamp, s.header.Marker = s.dialing.timestamp, marker
		return s.write(s.eventType, payload)
	}
	change := s.change
	if change != nil {
		s.change = nil
		s.tone = newTone(s.codec, change.voice, s.amplitude)
	}
	s.header.Timestamp = timestamp
	at := s.write(uint8(s.codec), s.tone.next(&s.scratch)[:])
	if change != nil {
		change.sent <- at
	}
	return at
}

func (s *stream) write(payloadType uint8, payload []byte) time.Time {
	s.header.PayloadType = payloadType
	n, err := s.header.MarshalTo(s.packet[:])
	if err == nil {
		n += copy(s.packet[n:], payload)
	}
	at := time.Now()
	if err == nil {
		err = s.socket.send(s.packet[:n], s.remote)
	}
	if err != nil {
		clock.sendFail.Add(1)
	}
	s.header.Marker = false
	s.header.SequenceNumber++
	return at
}

// take takes what has come.
func (s *stream) take(b *inbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.receive(b)
	}
}

// receive takes what has come. The caller holds mu.
func (s *stream) receive(b *inbox) {
	failed := s.socket.receive(b, s.hear)
	s.strange.Add(uint64(failed))
}

// hear takes one packet.
func (s *stream) hear(at time.Time, from netip.AddrPort, buf []byte) {
	// Another call's RTCP, to its port plus one, may come here: sockets have any port. Until we know the other side's
	// address, which it sends beside its first packets, whoever talks is taken for it.
	if s.remote.IsValid() && from != s.remote || len(buf) < 12 || buf[0]>>6 != 2 || isRTCP(buf[1]) {
		s.strange.Add(1)
		return
	}
	packet := &s.came
	if err := packet.Unmarshal(buf); err != nil {
		s.strange.Add(1)
		return
	}
	s.received.Add(1)
	if s.seen && packet.SequenceNumber != s.expect {
		if ahead := packet.SequenceNumber - s.expect; ahead < 1000 {
			s.lost.Add(uint64(ahead))
		}
	}
	s.seen, s.expect = true, packet.SequenceNumber+1
	switch packet.PayloadType {
	case uint8(s.codec):
		s.ear.packet(at, packet.Timestamp, s.codec.table(), packet.Payload)
	case s.eventType:
		s.digits.packet(at, packet.Timestamp, packet.Payload)
	}
}

// isRTCP tells RTCP from RTP on one socket by the second byte (RFC 5761, 4).
func isRTCP(second byte) bool { return second >= 192 && second <= 223 }

// MediaStats counts a call's received packets.
type MediaStats struct {
	// Received RTP packets from the call's other side.
	Received uint64
	// Lost packets, by gaps in the sequence numbers.
	Lost uint64
	// Strange packets: from elsewhere, RTCP, or not RTP at all.
	Strange uint64
}

func (s *stream) stats() MediaStats {
	return MediaStats{Received: s.received.Load(), Lost: s.lost.Load(), Strange: s.strange.Load()}
}
