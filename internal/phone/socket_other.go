//go:build !linux

package phone

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// socket is a UDP socket at which a goroutine waits, which dates packets when it reads them.
type socket struct {
	conn   *net.UDPConn
	reader sync.WaitGroup

	mu     sync.Mutex
	came   []arrived
	failed int
}

type arrived struct {
	at     time.Time
	from   netip.AddrPort
	packet []byte
}

func openSocket(ip netip.Addr) (*socket, netip.AddrPort, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)))
	if err != nil {
		return nil, netip.AddrPort{}, fmt.Errorf("opening a media socket: %w", err)
	}
	s := &socket{conn: conn}
	s.reader.Go(s.read)
	return s, conn.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

func (s *socket) read() {
	buf := make([]byte, 2048)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		s.mu.Lock()
		if err != nil {
			s.failed++
		} else {
			s.came = append(s.came, arrived{time.Now(), from, append([]byte(nil), buf[:n]...)})
		}
		s.mu.Unlock()
	}
}

func (s *socket) send(packet []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(packet, to)
	return err
}

func (s *socket) close() error {
	err := s.conn.Close()
	s.reader.Wait()
	return err
}

type inbox struct{}

func newInbox() *inbox { return &inbox{} }

func (s *socket) receive(_ *inbox, take func(at time.Time, from netip.AddrPort, packet []byte)) (failed int) {
	s.mu.Lock()
	came, failed := s.came, s.failed
	s.came, s.failed = nil, 0
	s.mu.Unlock()
	for _, a := range came {
		take(a.at, a.from, a.packet)
	}
	return failed
}
