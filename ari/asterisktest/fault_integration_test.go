//go:build integration

package asterisktest

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/containerd/errdefs"
)

func TestTakenPortsAreLeftToWhoeverHasThem(t *testing.T) {
	for name, port := range map[string]func(*portBlock) (network string, port int){
		"HTTP": func(b *portBlock) (string, int) { return "tcp4", b.http() },
		"SIP":  func(b *portBlock) (string, int) { return "udp4", b.sip() },
	} {
		t.Run(name, func(t *testing.T) {
			var blocks []*portBlock
			c := Start(t, func(o *options) error {
				o.reserve = func(rtp int) (*portBlock, error) {
					block, err := reservePorts(rtp)
					if err == nil && len(blocks) == 0 {
						// Someone is quicker than Asterisk.
						take(t, block, port)
					}
					blocks = append(blocks, block)
					return block, err
				}
				return nil
			})
			if len(blocks) != 2 || c.ports != blocks[1] {
				t.Errorf("started on block %p of %v", c.ports, blocks)
			}
			if blocks[0].locks != nil {
				t.Error("the first block was not given back")
			}
		})
	}
}

func take(t *testing.T, block *portBlock, port func(*portBlock) (string, int)) {
	t.Helper()
	network, number := port(block)
	if network == "tcp4" {
		l, err := net.Listen(network, loopback(number))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return
	}
	p, err := net.ListenPacket(network, loopback(number))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
}

func TestSweepRemovesWhatADeadOwnerLeft(t *testing.T) {
	living := Start(t)
	orphan, err := Run(t.Context(), WithLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := orphan.Terminate(context.WithoutCancel(t.Context())); err != nil && !errdefs.IsNotFound(errors.Unwrap(err)) {
			t.Logf("terminate the swept container: %v", err)
		}
	})
	// What the end of its process does.
	if err := orphan.ports.release(); err != nil {
		t.Fatal(err)
	}
	removed, err := Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if removed < 1 {
		t.Errorf("removed %d", removed)
	}
	if _, err := orphan.ctr.State(t.Context()); !errdefs.IsNotFound(err) {
		t.Errorf("the orphan is still there: %v", err)
	}
	if err := living.probe(t.Context(), "/channels"); err != nil {
		t.Errorf("the living one was hit: %v", err)
	}
}
