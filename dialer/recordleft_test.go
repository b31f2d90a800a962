package dialer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/recording"
)

// What Asterisk would not delete when a recording's file was made is deleted at the next connection; what nobody knows of, and what is being recorded, is not.
func TestAsteriskKeepsNothingOfARecordingThatIsStored(t *testing.T) {
	addr := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		r := timelineRig(t, addr)
		r.arrive(rigAgents[:1]...)
		defer r.stop()
		kept := func() map[string]bool {
			t.Helper()
			list, err := r.engine.nodes[0].ari.Recordings.ListStored(ctx)
			if err != nil {
				t.Fatal(err)
			}
			names := map[string]bool{}
			for _, one := range list {
				names[one.Name] = true
			}
			return names
		}
		for _, line := range []string{"hanako record", "hanako accept", "wait 15s", "refuse 2 500 /recordings/stored/", "hanako end", "hanako done-and-stop", "wait 5s"} {
			r.perform(line)
			synctest.Wait()
		}
		parts, err := r.engine.Recordings(ctx, "hanako", recording.Query{})
		if err != nil || len(parts) != 1 || parts[0].State != recording.Stored {
			t.Fatalf("recordings: %+v, %v; want one that is stored", parts, err)
		}
		left := kept()
		if len(left) != 2 {
			t.Fatalf("Asterisk has %v, want the two tracks that it would not delete", left)
		}
		const foreign = "hs.rec.06gzzzzzzzzzzzzzzz.06gzzzzzzzzzzzzzzz-0"
		for name := range left {
			if _, err := r.engine.nodes[0].ari.Recordings.CopyStored(ctx, name, foreign); err != nil {
				t.Fatal(err)
			}
			break
		}
		r.perform("drop")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if left := kept(); len(left) != 1 || !left[foreign] {
			t.Errorf("after the next connection Asterisk has %v, want only what nobody knows of", left)
		}
	})
}
