package phone

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is a UDP socket that nobody waits at: whoever sends each 20 ms takes what has come as well. With a goroutine waiting at each, every packet would cost a
// wake-up, here and of whoever sent it. The kernel dates packets when they arrive (socket(7), SO_TIMESTAMPNS), so that taking them later does not make them late.
type socket struct {
	fd   int
	to   netip.AddrPort // whose address name is
	name unix.RawSockaddrInet6
	size uint32
}

func openSocket(ip netip.Addr) (*socket, netip.AddrPort, error) {
	family := unix.AF_INET
	if ip.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, netip.AddrPort{}, fmt.Errorf("opening a media socket: %w", err)
	}
	s := &socket{fd: fd}
	local, err := s.bind(ip)
	if err != nil {
		return nil, netip.AddrPort{}, errors.Join(fmt.Errorf("binding a media socket to %v: %w", ip, err), s.close())
	}
	return s, local, nil
}

func (s *socket) bind(ip netip.Addr) (netip.AddrPort, error) {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return netip.AddrPort{}, err
	}
	s.aim(netip.AddrPortFrom(ip, 0))
	if _, _, err := unix.RawSyscall(unix.SYS_BIND, uintptr(s.fd), uintptr(unsafe.Pointer(&s.name)), uintptr(s.size)); err != 0 {
		return netip.AddrPort{}, err
	}
	var name unix.RawSockaddrInet6
	size := uint32(unsafe.Sizeof(name))
	if _, _, err := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(s.fd), uintptr(unsafe.Pointer(&name)), uintptr(unsafe.Pointer(&size))); err != 0 {
		return netip.AddrPort{}, err
	}
	return address(&name), nil
}

// aim makes the kernel's form of an address.
func (s *socket) aim(to netip.AddrPort) {
	s.to, s.name = to, unix.RawSockaddrInet6{}
	port := (*[2]byte)(unsafe.Pointer(&s.name.Port)) // at the same place in both
	binary.BigEndian.PutUint16(port[:], to.Port())
	if to.Addr().Is4() {
		in4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.name))
		in4.Family, in4.Addr, s.size = unix.AF_INET, to.Addr().As4(), unix.SizeofSockaddrInet4
		return
	}
	s.name.Family, s.name.Addr, s.size = unix.AF_INET6, to.Addr().As16(), unix.SizeofSockaddrInet6
}

func address(name *unix.RawSockaddrInet6) netip.AddrPort {
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&name.Port))[:])
	if name.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), port)
}

func (s *socket) send(packet []byte, to netip.AddrPort) error {
	if to != s.to {
		s.aim(to)
	}
	_, _, err := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&packet[0])), uintptr(len(packet)), 0,
		uintptr(unsafe.Pointer(&s.name)), uintptr(s.size))
	if err != 0 {
		return err
	}
	return nil
}

func (s *socket) close() error { return unix.Close(s.fd) }

// inbox is room for packets that are taken at once (recvmmsg(2)).
type inbox struct {
	headers [inboxSize]struct {
		unix.Msghdr
		size uint32
	}
	vectors  [inboxSize]unix.Iovec
	names    [inboxSize]unix.RawSockaddrInet6
	controls [inboxSize][64]byte
	packets  [inboxSize][2048]byte
}

// inboxSize is more than what comes in 20 ms.
const inboxSize = 8

func newInbox() *inbox {
	b := &inbox{}
	for i := range b.headers {
		b.vectors[i].Base = &b.packets[i][0]
		b.vectors[i].SetLen(len(b.packets[i]))
		h := &b.headers[i]
		h.Name, h.Iov, h.Control = (*byte)(unsafe.Pointer(&b.names[i])), &b.vectors[i], &b.controls[i][0]
		h.SetIovlen(1)
	}
	return b
}

// receive hands over what has come. It answers how often the kernel had an error instead: an ICMP error of a packet that was sent; the socket lives on.
func (s *socket) receive(b *inbox, take func(at time.Time, from netip.AddrPort, packet []byte)) (failed int) {
	for failed < inboxSize {
		for i := range b.headers {
			b.headers[i].Namelen = uint32(unsafe.Sizeof(b.names[i]))
			b.headers[i].SetControllen(len(b.controls[i]))
		}
		n, _, err := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&b.headers[0])), inboxSize, unix.MSG_DONTWAIT, 0, 0)
		switch {
		case err == unix.EAGAIN:
			return failed
		case err != 0:
			failed++
			continue
		}
		for i := range int(n) {
			h := &b.headers[i]
			at, dated := arrival(b.controls[i][:h.Controllen])
			if !dated {
				at = time.Now()
			}
			take(at, address(&b.names[i]), b.packets[i][:h.size])
		}
		if n < inboxSize {
			return failed
		}
	}
	return failed
}

// arrival reads the kernel's date out of a packet's control message: a cmsghdr, then a timespec of two machine words. It is done by
// hand because the library's parser allocates for each packet.
func arrival(control []byte) (time.Time, bool) {
	const word = strconv.IntSize / 8
	header := int(unsafe.Sizeof(unix.Cmsghdr{}))
	if len(control) < header+2*word {
		return time.Time{}, false
	}
	fields := control[word:] // after the length
	level := int32(binary.NativeEndian.Uint32(fields))
	kind := int32(binary.NativeEndian.Uint32(fields[4:]))
	if level != unix.SOL_SOCKET || kind != unix.SO_TIMESTAMPNS {
		return time.Time{}, false
	}
	spec := control[header:]
	if word == 8 {
		return time.Unix(int64(binary.NativeEndian.Uint64(spec)), int64(binary.NativeEndian.Uint64(spec[8:]))), true
	}
	return time.Unix(int64(binary.NativeEndian.Uint32(spec)), int64(binary.NativeEndian.Uint32(spec[4:]))), true
}
