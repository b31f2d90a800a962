package dialer

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/recording"
)

// A contact who was called before there was an agent is told of the recording like any other.
func TestTheRecordingOfAPlacedCallIsAnnounced(t *testing.T) {
	t.Parallel()
	addr := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true})
		r := newRigOn(t, addr, false, func(o *Options) {
			dialsBy(campaign.ModeProgressive)(&o.Config)
			o.Recordings, o.Config.Recordings.Directory = recording.NewStore(rdb), t.TempDir()
			k := o.Config.Campaigns[rigCampaign]
			k.Recording = recording.Policy{When: recording.Always, Channels: recording.Stereo, Announcement: "hello-world"}
			o.Config.Campaigns[rigCampaign] = k
		})
		defer r.stop()
		r.arrive("hanako")
		v := r.hasCall(t, "hanako", 30*time.Second)
		time.Sleep(time.Second)
		synctest.Wait()
		v, err := r.engine.Call(t.Context(), "hanako", v.ID)
		if err != nil || v.Recording == nil || v.Recording.State != "recording" {
			t.Errorf("the call is %+v, %v; want it recorded", v, err)
		}
		if played := strings.Count(r.log.String(), "-announcement-"); played == 0 {
			t.Errorf("nobody was told of it\n%s", r.log)
		}
	})
}
