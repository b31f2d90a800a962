package dialer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/recording"
)

// mute lets a part be silent, or not. It is repeated until it is as is wanted.
func (r *recorder) mute(want bool) {
	p, c := r.part, r.c
	if p.muted == want || p.muting || !p.begun() {
		return
	}
	p.muting = true
	at, tracks := time.Now(), slices.Clone(p.meta.Tracks)
	c.hand.atOnce(requestTimeout, func(ctx context.Context) {
		var failed error
		for _, t := range tracks {
			err := c.node.ari.Recordings.UnmuteLive(ctx, t.Name)
			if want {
				err = c.node.ari.Recordings.MuteLive(ctx, t.Name)
			}
			if err != nil && !errors.Is(err, ari.ErrNotFound) {
				failed = err
			}
		}
		c.post(func() { r.wasMuted(p, want, at, failed) })
	})
}

func (r *recorder) wasMuted(p *recorded, want bool, at time.Time, err error) {
	if r.part != p {
		return
	}
	p.muting = false
	if err != nil && want {
		r.fail(p, err) // rather nothing than what must not be in it
		return
	}
	if err != nil {
		r.c.log.Error().Err(err).Str("recording", p.meta.ID).Msg("a recording cannot be let go on; it is begun anew")
		r.finish(describe(err))
		r.settle()
		return
	}
	p.muted = want
	if want {
		p.meta.Pauses = append(p.meta.Pauses, recording.Pause{From: at})
	} else if n := len(p.meta.Pauses); n > 0 {
		p.meta.Pauses[n-1].To = time.Now()
	}
	r.c.e.recordings.note(p.shown())
	r.settle()
	r.c.changed()
}
