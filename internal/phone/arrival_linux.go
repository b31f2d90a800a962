package phone

import (
	"encoding/binary"
	"net"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dateArrivals asks the kernel to date each packet of conn when it arrives (socket(7), SO_TIMESTAMPNS), so that a late reader does
// not make a packet late.
func dateArrivals(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	if err := raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); err != nil {
		return err
	}
	return set
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
