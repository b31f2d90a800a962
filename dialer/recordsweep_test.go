package dialer

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/recording"
)

// Recordings are deleted when the cron line says, day after day, and not before.
func TestRecordingsAreSweptWhenTheCronLineSays(t *testing.T) {
	addr, dir := newRedis(t), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true})
		defer rdb.Close()
		files, err := recording.OpenFiles(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		var k campaign.Config
		k.Recording.Keep = 24 * time.Hour
		cfg := Config{Recordings: recording.Defaults(), Campaigns: map[string]campaign.Config{"spring": k}}
		cfg.Recordings.Sweep = "30 3 * * *"
		keeps, err := newRecordings(&Engine{cfg: cfg, log: zerolog.Nop()}, recording.NewStore(rdb), files, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer keeps.close()
		y, m, d := time.Now().Local().Date()
		at := func(day, hour, minute, second int) time.Time {
			return time.Date(y, m, d+day, hour, minute, second, 0, time.Local)
		}
		put := func(id string, started time.Time) {
			if err := keeps.store.Put(t.Context(), recording.Meta{ID: id, Campaign: "spring", Record: "1", Channels: recording.Stereo, State: recording.Lost, Started: started}); err != nil {
				t.Fatal(err)
			}
		}
		put("first", at(0, 2, 0, 0))   // its time is over at 2:00 of the second day
		put("second", at(0, 3, 45, 0)) // and after that day's sweep
		put("third", at(2, 12, 0, 0))  // after all that is looked at
		gone := func(id string, want bool) {
			t.Helper()
			if _, err := keeps.store.Get(t.Context(), id); errors.Is(err, recording.ErrUnknown) != want || err != nil && !want {
				t.Errorf("at %s %s: %v, want it gone: %t", time.Now().Local().Format(time.DateTime), id, err, want)
			}
		}
		go keeps.sweepAlways(t.Context())
		until := func(when time.Time) {
			time.Sleep(time.Until(when))
			synctest.Wait()
		}
		until(at(1, 3, 29, 59))
		gone("first", false)
		until(at(1, 3, 30, 1))
		gone("first", true)
		gone("second", false)
		until(at(2, 3, 29, 59))
		gone("second", false)
		until(at(2, 3, 30, 1))
		gone("second", true)
		gone("third", false)
	})
}
