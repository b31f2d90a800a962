package campaign

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/treatment"
)

// wantNotNow looks that an attempt is refused for a reason until a time, which is as long after now as given.
func wantNotNow(t testing.TB, err error, reason treatment.Reason, in time.Duration) {
	t.Helper()
	var notNow *NotNowError
	if !errors.As(err, &notNow) || notNow.Reason != reason || (time.Until(notNow.Until)-in).Abs() > time.Minute {
		t.Errorf("%v, want %s, for %s", err, reason, in)
	}
}

// Campaigns and processes have a cap together, and each attempt counts once.
func testAttemptCap(t *testing.T, rdb redis.UniversalClient) {
	spring, autumn := NewRedisStore(rdb).Attempts(), NewRedisStore(rdb).Attempts()
	limits := Limits{Caps: []treatment.Cap{{Attempts: 3, Within: time.Hour}, {Attempts: 5, Within: 24 * time.Hour}}, Keep: 24 * time.Hour}
	must(t, spring.Reserve(t.Context(), homeNumber, "spring/1", limits))
	must(t, autumn.Reserve(t.Context(), homeNumber, "autumn/1", limits))
	must(t, spring.Reserve(t.Context(), homeNumber, "spring/1", limits)) // asked again after a lost answer
	must(t, spring.Reserve(t.Context(), homeNumber, "spring/2", limits))
	wantNotNow(t, autumn.Reserve(t.Context(), homeNumber, "autumn/2", limits), treatment.AttemptCap, time.Hour)
	must(t, autumn.Reserve(t.Context(), workNumber, "autumn/2", limits))

	facts, err := autumn.Look(t.Context(), []string{homeNumber, workNumber, "+81300000000"})
	must(t, err)
	if home, work, other := facts[homeNumber].Dialed, facts[workNumber].Dialed, facts["+81300000000"].Dialed; len(home) != 3 || len(work) != 1 || len(other) != 0 {
		t.Errorf("dialed %v, %v and %v; want 3 times, once and never", home, work, other)
	}

	var wg sync.WaitGroup
	var noted atomic.Int64
	for i := range 40 {
		wg.Go(func() {
			err := []AttemptLog{spring, autumn}[i%2].Reserve(t.Context(), "+81311112222", fmt.Sprintf("c/%d", i), limits)
			var notNow *NotNowError
			if err == nil {
				noted.Add(1)
			} else if !errors.As(err, &notNow) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if noted.Load() != 3 {
		t.Errorf("%d of 40 attempts at the same time were allowed, want 3", noted.Load())
	}
}

func testLockout(t *testing.T, rdb redis.UniversalClient) {
	log := NewRedisStore(rdb).Attempts()
	must(t, log.Abandoned(t.Context(), homeNumber, time.Now()))
	must(t, log.Abandoned(t.Context(), homeNumber, time.Now().Add(-time.Hour))) // told late: the later one counts
	limits := Limits{Lockout: 72 * time.Hour, Keep: 72 * time.Hour}
	wantNotNow(t, log.Reserve(t.Context(), homeNumber, "c/1", limits), treatment.LockedOut, 72*time.Hour)
	must(t, log.Reserve(t.Context(), homeNumber, "c/2", Limits{Keep: 72 * time.Hour})) // an agent waits for the call
	must(t, log.Abandoned(t.Context(), workNumber, time.Now().Add(-73*time.Hour)))
	must(t, log.Reserve(t.Context(), workNumber, "c/3", limits))
}

// Of numbers that are not dialed any more nothing is kept.
func testAttemptsAreForgotten(t *testing.T, rdb redis.UniversalClient) {
	log := NewRedisStore(rdb).Attempts()
	limits := Limits{Caps: []treatment.Cap{{Attempts: 1, Within: time.Minute}}, Keep: 50 * time.Millisecond}
	must(t, log.Reserve(t.Context(), homeNumber, "c/1", limits))
	eventually(t, "the attempt is forgotten when another one is noted in the same shard", func() bool {
		other := sameShard(homeNumber)
		if err := log.Reserve(t.Context(), other, fmt.Sprintf("c/%d", time.Now().UnixNano()), Limits{Keep: limits.Keep}); err != nil {
			t.Fatal(err)
		}
		facts, err := log.Look(t.Context(), []string{homeNumber})
		must(t, err)
		return len(facts[homeNumber].Dialed) == 0
	})
}

// sameShard is another number whose attempts are kept beside those of a number.
func sameShard(number string) string {
	for i := 0; ; i++ {
		if other := fmt.Sprintf("+8131%07d", i); other != number && attemptKeys(other)[0] == attemptKeys(number)[0] {
			return other
		}
	}
}
