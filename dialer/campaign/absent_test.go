package campaign

import (
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/callback"
)

// What becomes of a callback whose owner is absent, by the rule that was chosen: where it waits, how it is woken again, and what the ledger says.
func TestACallbackOfAnAbsentOwnerGoesByItsRule(t *testing.T) {
	shift := time.Now().Add(14 * time.Hour).Truncate(time.Millisecond)
	for _, c := range []struct {
		name   string
		absent callback.Absence
		shift  time.Time
		state  callback.State
		queue  callback.Queue
		next   time.Time
		ledger []string
	}{
		{"pool", callback.Absence{Then: callback.ToPool}, shift, callback.Due, pool, time.Time{}, []string{"made", "due", "owner-absent"}},
		{"group", callback.Absence{Then: callback.ToGroup, Group: "sales"}, shift, callback.Due, callback.QueueOfGroup("sales"), time.Time{},
			[]string{"made", "due", "owner-absent"}},
		{"supervisor", callback.Absence{Then: callback.ToSupervisor}, shift, callback.Due, callback.QueueSupervisor, time.Time{},
			[]string{"made", "due", "owner-absent"}},
		{"next shift", callback.Absence{Then: callback.ToNextShift}, shift, callback.Waiting, "", shift, []string{"made", "due", "next-shift"}},
		{"next shift that never comes", callback.Absence{Then: callback.ToNextShift}, time.Time{}, callback.Due, pool, time.Time{},
			[]string{"made", "due", "owner-absent"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
			t.Cleanup(func() { must(t, rdb.Close()) })
			s := NewRedisStore(rdb)
			addRecords(t, rdb, demo, 1)
			promise(t, s, "p1", callback.Promise{Kind: callback.Personal, Due: time.Now().Add(-time.Second), Absent: c.absent})
			if there := wake(t, s, "p1", Wake{NextShift: c.shift}); there.Queue != callback.QueueOf("hanako") {
				t.Fatalf("when it comes due it waits in %q, want its owner's queue", there.Queue)
			}
			woken := wake(t, s, "p1", Wake{NextShift: c.shift})
			if woken.State != c.state || woken.Queue != c.queue || !woken.Next.Equal(c.next) {
				t.Errorf("woken %+v; want %s in %q, next at %v", woken, c.state, c.queue, c.next)
			}
			p, kinds := ledgerOf(t, s, "p1")
			if !slices.Equal(kinds, c.ledger) || p.State != c.state {
				t.Errorf("%s with the ledger %v; want %s and %v", p.State, kinds, c.state, c.ledger)
			}
			if c.state == callback.Waiting && !p.Due.Equal(shift) {
				t.Errorf("due %v, want %v", p.Due, shift)
			}
		})
	}
}
