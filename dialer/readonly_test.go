package dialer

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What an agent left alone in wrap-up cannot be written any more; each command in it begins the time anew, and done works all the same.
func TestAWrapUpLeftAloneBecomesReadOnly(t *testing.T) {
	redis := newRedis(t)
	scene(t, redis, []string{"hanako record"}, func(r *rig, id string) {
		ctx := context.Background()
		c := r.engine.callOf(id)
		on(&c.actor, func() { c.cfg.ReadOnlyAfter = time.Minute })
		note := func(text string) error {
			_, err := r.engine.SetNote(ctx, "hanako", id, text)
			return err
		}
		look := func(readOnly bool) {
			t.Helper()
			synctest.Wait()
			v, err := r.engine.Call(ctx, "hanako", id)
			if err != nil || v.ReadOnly != readOnly {
				t.Errorf("read-only: %t, %v; want %t", v.ReadOnly, err, readOnly)
			}
		}
		for _, line := range []string{"hanako accept", "wait 2s", "wait 25s", "hanako end"} { // a long conversation is no idleness
			r.perform(line)
		}
		time.Sleep(59 * time.Second)
		if err := note("reached"); err != nil {
			t.Error(err)
		}
		time.Sleep(59 * time.Second)
		if _, err := r.engine.SetDisposition(ctx, "hanako", id, "sale"); err != nil {
			t.Error(err)
		}
		time.Sleep(59 * time.Second)
		look(false)
		time.Sleep(time.Second)
		look(true)
		if code := codeOf(note("reached, or was it")); code != CodeReadOnly {
			t.Errorf("a note is answered with %q, want %s", code, CodeReadOnly)
		}
		if _, err := r.engine.Done(ctx, "hanako", id, DoneOptions{Note: "something else"}); codeOf(err) != CodeReadOnly {
			t.Errorf("done with another note: %v, want %s", err, CodeReadOnly)
		}
		look(true)
		if _, err := r.engine.Done(ctx, "hanako", id, DoneOptions{Disposition: "sale", Note: "reached", Stop: true}); err != nil {
			t.Error(err)
		}
	})
}
