package asterisktest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

const (
	// Ports lie below the ephemeral range (32768 and up on Linux), so that sockets bound to port 0 never land on one, and above the
	// well-known ports of Asterisk and of the things that tests run beside it.
	firstPort = 18000
	// unitPorts is the grain of reservation. The first port of every unit taken is locked, which is what keeps reservations of
	// different sizes from overlapping.
	unitPorts = 200
	units     = 73
	// headPorts come before the RTP range: lock, HTTP, SIP and one spare, as RTP starts on an even port (RFC 3550 section 11).
	headPorts = 4
)

// portBlock is a run of loopback ports for one container: lock, HTTP, SIP, spare, then RTP. The lock is a TCP listener held by this
// process; the UDP port of the same number stays usable.
type portBlock struct {
	base  int
	count int
	locks []net.Listener
}

// reservePorts finds free ports with room for at least rtp RTP ports and locks them against everyone else who uses this package.
func reservePorts(rtp int) (*portBlock, error) {
	need := (headPorts + rtp + unitPorts - 1) / unitPorts
	if rtp < 2 || need > units {
		return nil, fmt.Errorf("%d RTP ports: want 2 to %d", rtp, units*unitPorts-headPorts)
	}
	starts := units - need + 1
	var lastErr error
	// A random first try keeps test binaries that start together from walking over the same units in step.
	for i, from := 0, rand.IntN(starts); i < starts; i++ {
		block, err := lockPorts(firstPort+(from+i)%starts*unitPorts, need)
		if err == nil {
			return block, nil
		}
		lastErr = err
	}
	return nil, fmt.Errorf("no %d free ports in a row between %d and %d: %w",
		need*unitPorts, firstPort, firstPort+units*unitPorts-1, lastErr)
}

// lockPorts locks n units from port base on and checks that none of their ports is in use.
func lockPorts(base, n int) (*portBlock, error) {
	block := &portBlock{base: base, count: n * unitPorts}
	for unit := range n {
		l, err := net.Listen("tcp4", loopback(base+unit*unitPorts))
		if err != nil {
			return nil, errors.Join(err, block.release())
		}
		block.locks = append(block.locks, l)
	}
	if err := block.probe(); err != nil {
		return nil, errors.Join(err, block.release())
	}
	return block, nil
}

// probe reports an error if something has the HTTP, SIP or an RTP port.
func (b *portBlock) probe() error {
	for _, port := range []int{b.http(), b.sip()} {
		l, err := net.Listen("tcp4", loopback(port))
		if err != nil {
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	for port := b.sip(); port <= b.rtpEnd(); port++ {
		c, err := net.ListenPacket("udp4", loopback(port))
		if err != nil {
			return err
		}
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

// lockAddr is the address that is listened on as long as the block's owner lives.
func (b *portBlock) lockAddr() string { return loopback(b.base) }
func (b *portBlock) http() int        { return b.base + 1 }
func (b *portBlock) sip() int         { return b.base + 2 }
func (b *portBlock) rtpStart() int    { return b.base + headPorts }
func (b *portBlock) rtpEnd() int      { return b.base + b.count - 1 }

// release gives the ports back.
func (b *portBlock) release() error {
	var errs []error
	for _, l := range b.locks {
		errs = append(errs, l.Close())
	}
	b.locks = nil
	return errors.Join(errs...)
}

// ownerGone reports whether nobody holds the lock at addr any more.
func ownerGone(addr string) bool {
	l, err := net.Listen("tcp4", addr)
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
