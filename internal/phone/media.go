package phone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// stream is the media of one call: a UDP socket, a reader goroutine, and a sender that the clock drives.
type stream struct {
	conn   *net.UDPConn
	local  netip.AddrPort
	ear    *Ear
	digits digitEar
	slot   int // owned by clock
	reader sync.WaitGroup

	received, lost, strange atomic.Uint64

	mu        sync.Mutex
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
}

// toneChange is a change of voice at the next packet; sent gets that packet's send time.
type toneChange struct {
	voice Voice
	sent  chan time.Time
}

func openStream(ip netip.Addr, ear *Ear, voice Voice, amplitude int) (*stream, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return nil, fmt.Errorf("opening a media socket: %w", err)
	}
	if err := dateArrivals(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("dating arrivals on a media socket: %w", err)
	}
	s := &stream{
		conn:      conn,
		local:     conn.LocalAddr().(*net.UDPAddr).AddrPort(),
		ear:       ear,
		amplitude: amplitude,
		base:      rand.Uint32(),
		tone:      newTone(PCMU, voice, amplitude),
	}
	s.header = rtp.Header{Version: 2, Marker: true, SSRC: rand.Uint32(), SequenceNumber: uint16(rand.Uint32())}
	s.reader.Go(s.read)
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

// close stops sending, closes the socket and waits for the reader.
func (s *stream) close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	if s.change != nil {
		close(s.change.sent)
		s.change = nil
	}
	clocked := s.clocked
	s.mu.Unlock()
	if clocked {
		clock.remove(s)
	}
	s.conn.Close()
	s.reader.Wait()
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
		_, err = s.conn.WriteToUDPAddrPort(s.packet[:n], s.remote)
	}
	if err != nil {
		clock.sendFail.Add(1)
	}
	s.header.Marker = false
	s.header.SequenceNumber++
	return at
}

// read takes packets until the socket is closed.
func (s *stream) read() {
	buf, control := make([]byte, 2048), make([]byte, 64)
	var (
		packet rtp.Packet
		seen   bool
		expect uint16
	)
	for {
		n, nc, _, from, err := s.conn.ReadMsgUDPAddrPort(buf, control)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // an ICMP error of a packet we sent; the socket lives on
			s.strange.Add(1)
			continue
		}
		at, ok := arrival(control[:nc])
		if !ok {
			at = time.Now()
		}
		s.mu.Lock()
		remote, codec, eventType := s.remote, s.codec, s.eventType
		s.mu.Unlock()
		// Another call's RTCP, to its port plus one, may come here: sockets have any port. Until we know the other side's
		// address, which it sends beside its first packets, whoever talks is taken for it.
		if remote.IsValid() && from != remote || n < 12 || buf[0]>>6 != 2 || isRTCP(buf[1]) {
			s.strange.Add(1)
			continue
		}
		if err := packet.Unmarshal(buf[:n]); err != nil {
			s.strange.Add(1)
			continue
		}
		s.received.Add(1)
		if seen && packet.SequenceNumber != expect {
			if ahead := packet.SequenceNumber - expect; ahead < 1000 {
				s.lost.Add(uint64(ahead))
			}
		}
		seen, expect = true, packet.SequenceNumber+1
		switch packet.PayloadType {
		case uint8(codec):
			s.ear.packet(at, packet.Timestamp, codec.table(), packet.Payload)
		case eventType:
			s.digits.packet(at, packet.Timestamp, packet.Payload)
		}
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
