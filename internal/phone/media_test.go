package phone

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// What comes from elsewhere, RTCP, and what is no RTP must not be heard; a gap in the sequence numbers is a loss.
func TestStrangePacketsAreNotHeard(t *testing.T) {
	t.Parallel()
	ear := newEar(defaultAnalyser())
	s, err := openStream(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ear, Silence, DefaultAmplitude)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	friend, stranger := udp(t), udp(t)
	s.connect(negotiated{remote: friend.LocalAddr().(*net.UDPAddr).AddrPort()})

	packet := func(seq byte) []byte {
		return append([]byte{0x80, 0, 0, seq, 0, 0, seq, 0, 1, 2, 3, 4}, sound(1, voicePartial(650))...)
	}
	send := func(from *net.UDPConn, b []byte) {
		t.Helper()
		if _, err := from.WriteToUDPAddrPort(b, s.local); err != nil {
			t.Fatal(err)
		}
	}
	send(stranger, packet(1))
	send(friend, []byte{0x81, 200, 0, 6, 1, 2, 3, 4, 5, 6, 7, 8}) // an RTCP sender report
	send(friend, []byte("hello"))
	send(friend, append([]byte{0x40}, packet(1)[1:]...)) // another version of RTP
	send(friend, packet(1))
	send(friend, packet(4))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := poll(ctx, func() bool { got := s.stats(); return got.Received+got.Strange >= 6 }); err != nil {
		t.Fatalf("%v: %+v", err, s.stats())
	}
	if got, want := s.stats(), (MediaStats{Received: 2, Lost: 2, Strange: 4}); got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

func udp(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Packets leave on an absolute schedule: each carries the timestamp of its place in it, and their number is that of the time gone by.
func TestPacketsKeepTheSchedule(t *testing.T) {
	t.Parallel()
	s, err := openStream(netip.AddrFrom4([4]byte{127, 0, 0, 1}), newEar(nil), 650, DefaultAmplitude)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	peer := udp(t)
	start := time.Now()
	s.connect(negotiated{remote: peer.LocalAddr().(*net.UDPAddr).AddrPort(), sends: true})
	buf := make([]byte, 500)
	var first uint32
	for i := range 50 {
		n, _, err := peer.ReadFromUDPAddrPort(buf)
		if err != nil {
			t.Fatal(err)
		}
		if n != 12+frameSamples || buf[0] != 0x80 || (buf[1]&0x80 != 0) != (i == 0) {
			t.Fatalf("packet %d: %d bytes, begins with %x", i, n, buf[:2])
		}
		timestamp := uint32(buf[4])<<24 | uint32(buf[5])<<16 | uint32(buf[6])<<8 | uint32(buf[7])
		if i == 0 {
			first = timestamp
		}
		// On a machine that stood still packets are left out; the timestamps go on with the clock all the same.
		if due := (timestamp - first) / frameSamples; due < uint32(i) {
			t.Fatalf("packet %d has the timestamp of packet %d", i, due)
		} else if early := time.Duration(due)*frameTime - time.Since(start); early > time.Millisecond {
			t.Fatalf("packet %d was sent %v before its time", i, early)
		}
	}
}

func TestSessionDescriptions(t *testing.T) {
	asterisk := strings.ReplaceAll(`v=0
o=- 1 1 IN IP4 192.0.2.9
s=Asterisk
c=IN IP4 192.0.2.9
t=0 0
m=audio 10012 RTP/AVP 8 0 97 96
c=IN IP4 192.0.2.1
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:97 telephone-event/16000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-16
a=ptime:20
a=sendonly
m=video 10014 RTP/AVP 99
c=IN IP4 192.0.2.2
a=inactive
`, "\n", "\r\n")
	d, err := parseSDP([]byte(asterisk))
	if err != nil {
		t.Fatal(err)
	}
	if d.remote.String() != "192.0.2.1:10012" || !slices.Equal(d.codecs, []Codec{PCMA, PCMU}) || d.eventType != 96 || d.direction != sendOnly {
		t.Errorf("read as %+v", d)
	}
	for name, body := range map[string]string{
		"no body":       "",
		"no audio":      "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 1 RTP/AVP 99\r\n",
		"refused audio": "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n",
		"no codec":      "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 10 RTP/AVP 111\r\n",
		"no address":    "v=0\r\nm=audio 10 RTP/AVP 0\r\n",
		"a host name":   "v=0\r\nc=IN IP4 example.org\r\nm=audio 10 RTP/AVP 0\r\n",
		"a wrong port":  "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 70000 RTP/AVP 0\r\n",
		"a broken c":    "v=0\r\nc=IN\r\nm=audio 10 RTP/AVP 0\r\n",
	} {
		if d, err := parseSDP([]byte(body)); err == nil {
			t.Errorf("%s: read as %+v", name, d)
		}
	}
	for _, dir := range []direction{sendRecv, sendOnly, recvOnly, inactive} {
		local := netip.MustParseAddrPort("127.0.0.1:4000")
		got, err := parseSDP(writeSDP(local, []Codec{PCMU, PCMA}, ourEventType, dir, 3))
		if err != nil || got.remote != local || got.direction != dir || got.eventType != ourEventType || len(got.codecs) != 2 {
			t.Errorf("%s: wrote what reads as %+v, %v", dir, got, err)
		}
	}
}

func TestDirections(t *testing.T) {
	for _, tc := range []struct{ theirs, want, answer direction }{
		{sendRecv, sendRecv, sendRecv}, {sendOnly, sendRecv, recvOnly}, {recvOnly, sendRecv, sendOnly}, {inactive, sendRecv, inactive},
		{sendRecv, sendOnly, sendOnly}, {sendOnly, sendOnly, inactive},
	} {
		if got := tc.theirs.reverse().and(tc.want); got != tc.answer {
			t.Errorf("they say %s, we want %s: answered %s, want %s", tc.theirs, tc.want, got, tc.answer)
		}
	}
}
