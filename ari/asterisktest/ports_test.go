package asterisktest

import (
	"testing"
)

func TestReservedPortsNeverOverlap(t *testing.T) {
	type span struct{ from, to int }
	var taken []span
	for _, rtp := range []int{40, 396, 900, 40, 396, 196, 197} {
		block, err := reservePorts(rtp)
		if err != nil {
			t.Fatalf("reserve %d RTP ports: %v", rtp, err)
		}
		t.Cleanup(func() {
			if err := block.release(); err != nil {
				t.Errorf("release: %v", err)
			}
		})
		if got := block.rtpEnd() - block.rtpStart() + 1; got < rtp {
			t.Errorf("asked for %d RTP ports, got %d", rtp, got)
		}
		if block.rtpStart()%2 != 0 {
			t.Errorf("RTP starts on odd port %d", block.rtpStart())
		}
		for _, other := range taken {
			if block.base <= other.to && block.rtpEnd() >= other.from {
				t.Errorf("%d–%d overlaps %d–%d", block.base, block.rtpEnd(), other.from, other.to)
			}
		}
		taken = append(taken, span{block.base, block.rtpEnd()})
	}
}

func TestReservePortsRefusesWhatCannotBe(t *testing.T) {
	for _, rtp := range []int{0, -2, units * unitPorts} {
		if block, err := reservePorts(rtp); err == nil {
			block.release()
			t.Errorf("%d RTP ports: want an error", rtp)
		}
	}
}

func TestOwnerGoneFollowsTheLock(t *testing.T) {
	block, err := reservePorts(40)
	if err != nil {
		t.Fatal(err)
	}
	if ownerGone(block.lockAddr()) {
		t.Error("owner gone while the lock is held")
	}
	if err := block.release(); err != nil {
		t.Fatal(err)
	}
	if !ownerGone(block.lockAddr()) {
		t.Error("owner still there after release")
	}
}
