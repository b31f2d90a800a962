package dialer

import (
	"context"
	"errors"
	"strings"

	"github.com/hasshin/hasshin/dialer/recording"
)

// recordingOf is the recording that a track in Asterisk belongs to.
func recordingOf(track string) (id string, ok bool) {
	if prefix, _ := owner(track); prefix != prefixRecord {
		return "", false
	}
	id, _, ok = strings.Cut(track[strings.LastIndexByte(track, '.')+1:], "-")
	return id, ok
}

// clearTracks deletes what Asterisk still has of recordings whose file is made: a process was killed, or Asterisk refused, before that was deleted there.
// What nobody knows of is left alone: it may be all that there is of it.
func (r *recordings) clearTracks(ctx context.Context, n *node) error {
	tracks, err := n.ari.Recordings.ListStored(ctx)
	if err != nil {
		return err
	}
	for _, t := range tracks {
		id, ours := recordingOf(t.Name)
		if !ours || !r.hold(id) {
			continue
		}
		m, err := r.store.Get(ctx, id)
		if err == nil && m.State == recording.Stored {
			r.deleteTracks(ctx, n, []string{t.Name})
			r.log.Info().Str("recording", id).Str("track", t.Name).Msg("deleted what Asterisk still had of a recording")
		}
		r.release(id)
		if err != nil && !errors.Is(err, recording.ErrUnknown) {
			return err
		}
	}
	return nil
}
