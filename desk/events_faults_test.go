package desk_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
)

// A reader that stops reading must not slow down the engine, nor other readers, and must be right again when it reads on.
func TestASlowReaderGetsASnapshotAndHoldsNobodyUp(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.Events.Keep = 64 })
	c := h.signedIn("hanako")
	slow, _, err := h.dial("", http.Header{"Authorization": {"Bearer " + c.Token()}})
	if err != nil {
		t.Fatal(err)
	}
	slow.SetReadLimit(1 << 20)
	first := h.readEvent(slow).Seq

	// More than the sockets' buffers take in.
	const events = 3000
	big := dialer.CallView{ID: "big", State: "talking", Record: dialer.RecordView{Fields: map[string]string{"note": strings.Repeat("x", 32<<10)}}}
	began := time.Now()
	for range events {
		h.server.Notify(dialer.Notice{Agent: "hanako", Kind: dialer.NoticeCall, At: time.Now(), Data: big})
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("%d notices took %s", events, took)
	}
	fast, _ := watch(t, h, c)
	h.server.Notify(dialer.Notice{Agent: "hanako", Kind: dialer.NoticeCall, At: time.Now(), Data: dialer.CallView{ID: "big", State: "wrap-up"}})
	if v, ok := nextValue(t, h, fast).(*dialer.CallView); !ok || v.State != "wrap-up" {
		t.Errorf("another reader is told %s", text(v))
	}

	last, snapshots, seen := uint64(0), 0, 0
	var end api.Event
	for last < first+events {
		e := h.readEvent(slow)
		switch {
		case e.Kind == api.EventSnapshot:
			snapshots++
		case last != 0 && e.Seq != last+1:
			t.Fatalf("event %d after %d without a snapshot", e.Seq, last)
		}
		last, end = e.Seq, e
		seen++
	}
	if snapshots == 0 || seen >= events {
		t.Errorf("%d snapshots among %d events: the reader was not slow, the test proves nothing", snapshots, seen)
	}
	for end.Seq < first+events+1 {
		end = h.readEvent(slow)
	}
	value := must(end.Value())(t)
	if v, ok := value.(*dialer.CallView); ok && v.State != "wrap-up" {
		t.Errorf("in the end it sees %s", v.State)
	}
	if snap, ok := value.(*api.Snapshot); ok && snap.Call.State != "wrap-up" {
		t.Errorf("in the end it sees %s", snap.Call.State)
	}
	if !strings.Contains(h.log.String(), "too slow and gets a snapshot") {
		t.Error("the log does not tell")
	}
}

// cutter breaks its connections when told.
type cutter struct {
	mu   sync.Mutex
	open []net.Conn
}

func (c *cutter) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err == nil {
		c.mu.Lock()
		c.open = append(c.open, conn)
		c.mu.Unlock()
	}
	return conn, err
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		conn.Close()
	}
	c.open = nil
}

// Whatever breaks when: a reader sees every event once and in order, unless it is given a snapshot, and that only when the ring is too small.
func TestDisconnectsLoseAndDoubleNothing(t *testing.T) {
	houses := map[int]*house{}
	clients := map[int]*client.Client{}
	for _, keep := range []int{3, 16, 1000} {
		houses[keep] = open(t, func(o *desk.Options) { o.Config.Events.Keep = keep })
		clients[keep] = houses[keep].signedIn("hanako")
	}
	rapid.Check(t, func(rt *rapid.T) {
		keep := rapid.SampledFrom([]int{3, 16, 1000}).Draw(rt, "keep")
		script := rapid.SliceOfN(rapid.SampledFrom([]string{"event", "event", "event", "burst", "cut", "read"}), 1, 40).Draw(rt, "script")
		h, c := houses[keep], clients[keep]
		cuts := &cutter{}
		transport := &http.Transport{DialContext: cuts.dial}
		defer transport.CloseIdleConnections()
		over, err := client.New(client.Options{
			URL: h.url, Token: c.Token(), HTTP: &http.Client{Transport: transport}, Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond,
		})
		if err != nil {
			rt.Fatal(err)
		}
		ctx := h.ctx()
		s, err := over.Events(ctx)
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()

		sent, seen, snapshots := 0, []string{}, 0
		base := uint64(0)
		read := func() {
			e, err := s.Next(ctx)
			if err != nil {
				rt.Fatal(err)
			}
			if e.Kind == api.EventSnapshot {
				if base == 0 {
					base = e.Seq + 1 // the offset between our count and the stream's
				}
				snapshots++
				seen = seen[:0]
				for i := base; i <= e.Seq; i++ {
					seen = append(seen, "?") // covered by the snapshot
				}
				return
			}
			value, err := e.Value()
			if err != nil {
				rt.Fatal(err)
			}
			seen = append(seen, value.(*dialer.ToneView).Event)
		}
		send := func() {
			h.tone("hanako", string(rune('A'+sent%26)))
			sent++
		}
		read()
		for _, step := range script {
			switch step {
			case "event":
				send()
			case "burst":
				for range 10 {
					send()
				}
			case "cut":
				cuts.cut()
			case "read":
				if len(seen) < sent {
					read()
				}
			}
		}
		for len(seen) < sent {
			read()
		}
		if len(seen) != sent {
			rt.Fatalf("%d events were sent, %d seen", sent, len(seen))
		}
		for i, name := range seen {
			if want := string(rune('A' + i%26)); name != want && name != "?" {
				rt.Fatalf("event %d is %s, expected %s: %v", i, name, want, seen)
			}
		}
		if keep >= 1000 && (snapshots != 1 || slices.Contains(seen, "?")) {
			rt.Fatalf("%d snapshots although the ring has room for all: %v", snapshots, seen)
		}
	})
}

func TestTheClientSurvivesARestartOfTheServer(t *testing.T) {
	first := open(t)
	c := first.signedIn("hanako")
	address := first.server.Addr().String()
	s, _ := watch(t, first, c)
	first.stop()
	second := openOn(t, first.redis, func(o *desk.Options) { o.Config.Listen = address })
	value := nextValue(t, second, s)
	for {
		if _, ok := value.(*api.Snapshot); ok {
			break
		}
		value = nextValue(t, second, s)
	}
	must(c.Ready(second.ctx()))(t)
	for {
		if a, ok := nextValue(t, second, s).(*dialer.AgentView); ok && a.State == "ready" {
			break
		}
	}
	s.Close()
	if err := s.Err(); !errors.Is(err, client.ErrStreamClosed) {
		t.Errorf("err = %v", err)
	}
}
