// Package asterisktest starts a real Asterisk in a container for tests, and gives a connected ARI client for it.
//
//	func TestCall(t *testing.T) {
//		asterisk := asterisktest.Start(t)
//		client, err := asterisk.Client(t.Context(), "my-app")
//		...
//	}
//
// It is a [testcontainers] module. The container uses the host's network with everything bound to loopback, so that test phones,
// ARI and RTP all meet on 127.0.0.1 without published ports. It therefore wants a Linux engine on the same machine.
//
// # Ports
//
// Each container gets a block of ports of its own (HTTP, SIP, RTP) below the ephemeral range. The first port of the block is held by
// a listener of this process for as long as the container lives: that is the lock between test binaries that run at the same time.
//
// # Cleaning up
//
// [Start] removes the container when the test ends, also after a failure or a panic. A test binary that is killed (timeout, Ctrl-C)
// cannot: the next [Run] on the machine removes what it left behind, known by the released lock. See [Sweep].
//
// # Without a registry
//
// Where no image can be pulled set TESTCONTAINERS_RYUK_DISABLED=true; inside a container that shares the engine's network also
// TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1. ASTERISKTEST_IMAGE names a ready image and saves the build.
//
// [testcontainers]: https://golang.testcontainers.org
package asterisktest
