package dialer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/recording"
)

// A call whose recording Asterisk ends, as on a full disk, is recorded again after 10 s, and when that ends, too, after twice as long.
func TestACallIsRecordedAgainAfterItsRecordingBrokeOff(t *testing.T) {
	addr := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		r := timelineRig(t, addr)
		r.arrive(rigAgents[:1]...)
		defer r.stop()
		for _, line := range []string{"hanako record", "hanako accept", "wait 15s"} {
			r.perform(line)
			synctest.Wait()
		}
		a, err := r.engine.Agent(ctx, "hanako")
		if err != nil {
			t.Fatal(err)
		}
		is := func(want string) {
			t.Helper()
			synctest.Wait()
			if v, err := r.engine.Call(ctx, "hanako", a.CallID); err != nil || v.Recording == nil || v.Recording.State != want {
				t.Fatalf("%s: recording %+v, %v; want %s", v.State, v.Recording, err, want)
			}
		}
		breaksOff := func() {
			t.Helper()
			open, err := r.engine.recordings.store.Open(ctx)
			if err != nil || len(open) != 1 {
				t.Fatalf("open recordings: %+v, %v", open, err)
			}
			for _, track := range open[0].Tracks {
				if err := r.engine.nodes[0].ari.Recordings.StopLive(ctx, track.Name); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(endsBefore + 200*time.Millisecond)
			is("failed")
		}
		is("recording")
		breaksOff()
		time.Sleep(retryFirst - 500*time.Millisecond)
		is("failed")
		time.Sleep(time.Second)
		is("recording")
		breaksOff()
		time.Sleep(2*retryFirst - 500*time.Millisecond)
		is("failed")
		time.Sleep(time.Second)
		is("recording")
		time.Sleep(5 * time.Second)
		r.perform("hanako end")
		r.perform("hanako done")
		time.Sleep(5 * time.Second)
		parts, err := r.engine.Recordings(ctx, "hanako", recording.Query{Call: a.CallID})
		if err != nil || len(parts) != 3 {
			t.Fatalf("parts: %+v, %v", parts, err)
		}
		for _, m := range parts {
			if broken := m.Part != 3; m.State != recording.Stored || broken != (m.Problem != "") {
				t.Errorf("part %d is %s: %q", m.Part, m.State, m.Problem)
			}
		}
	})
}
