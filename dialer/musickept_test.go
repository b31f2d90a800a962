package dialer

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// However the channel that keeps hold music playing ends, there is another one soon, and music for it.
func TestHoldMusicIsKeptPlaying(t *testing.T) {
	const started = "POST /bridges/{bridgeId}/moh"
	redis := newRedis(t)
	for name, lose := range map[string]func(r *rig){
		"nothing happens": func(*rig) {},
		"it is hung up":   func(r *rig) { r.loseMusic() },
		"it is hung up while Asterisk refuses the next": func(r *rig) {
			r.perform("refuse 4 500 externalMedia")
			r.loseMusic()
		},
		"it is hung up while Asterisk refuses the music": func(r *rig) {
			r.perform("refuse 4 500 moh")
			r.loseMusic()
		},
		"it cannot be put into the bridge": func(r *rig) {
			r.perform("refuse 6 422 addChannel")
			r.loseMusic()
		},
		"the bridge is destroyed": func(r *rig) {
			if err := r.engine.nodes[0].ari.Bridges.Destroy(context.Background(), holdBridge("ast1")); err != nil {
				t.Error(err)
			}
		},
		"the connection is lost": func(r *rig) { r.perform("drop") },
		"Asterisk restarts":      func(r *rig) { r.asterisk.Restart() },
		"the process restarts":   func(r *rig) { r.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, redis, true)
				defer func() {
					r.stop()
					for _, w := range r.wrong {
						t.Error(w)
					}
				}()
				time.Sleep(time.Second)
				begun := r.asterisk.Requests(started)
				if begun == 0 || !r.musicKept() {
					t.Fatalf("the music does not play: %v", r.asterisk.Bridges())
				}
				lose(r)
				time.Sleep(30 * time.Second)
				if !r.musicKept() {
					t.Errorf("nothing listens to the music: %v\n%s", r.asterisk.Bridges(), r.log)
				}
				if again := r.asterisk.Requests(started) > begun; again != (name != "nothing happens") {
					t.Errorf("the music was started again: %t\n%s", again, r.log)
				}
			})
		})
	}
}

func (r *rig) musicKept() bool {
	return slices.Contains(r.asterisk.Bridges()[holdBridge("ast1")], listenerChannel("ast1"))
}

func (r *rig) loseMusic() {
	if err := r.asterisk.HangUp(listenerChannel("ast1"), 16); err != nil {
		r.fault("%v", err)
	}
}

// A process that hands its calls to nobody leaves no music behind: rig.stop looks at what is left.
func TestHoldMusicEndsWithTheLastProcess(t *testing.T) {
	redis := newRedis(t)
	if _, err := play(t, redis, false, read(nil)); err != nil {
		t.Error(err)
	}
}
