package dialer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/recording"
)

// recordings makes files of what Asterisk recorded, keeps them, and deletes those whose time is over.
type recordings struct {
	e     *Engine
	store *recording.Store
	files *recording.Files
	log   zerolog.Logger

	uploads *uploads // nil: they stay on the disk
	metrics *recordingMetrics

	slots chan struct{} // files made at the same time
	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup

	writing sync.Mutex // what goes on is not noted over what is over
	mu      sync.Mutex
	held    map[string]bool // seen to by this process; false when it is over and its file is being made
}

// collectAtOnce is how many files are made at the same time.
const collectAtOnce = 4

func newRecordings(e *Engine, store *recording.Store, files *recording.Files, registry prometheus.Registerer) (*recordings, error) {
	r := &recordings{e: e, store: store, files: files, log: e.log, slots: make(chan struct{}, collectAtOnce), held: map[string]bool{}}
	var err error
	if r.uploads, err = newUploads(r, e.cfg.Recordings.Upload); err != nil {
		return nil, err
	}
	if r.metrics, err = newRecordingMetrics(r, registry); err != nil {
		return nil, err
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r, nil
}

// hold claims a recording for this process; it answers false if that has it already.
func (r *recordings) hold(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, has := r.held[id]; has {
		return false
	}
	r.held[id] = true
	return true
}

func (r *recordings) release(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.held, id)
}

// note writes what has changed of a recording that goes on. It is written again at its end.
func (r *recordings) note(m recording.Meta) {
	r.e.aside(func() {
		ctx, cancel := context.WithTimeout(r.ctx, storeTimeout)
		defer cancel()
		r.writing.Lock()
		defer r.writing.Unlock()
		r.mu.Lock()
		goesOn := r.held[m.ID]
		r.mu.Unlock()
		if !goesOn {
			return
		}
		if err := r.store.Put(ctx, m); err != nil {
			r.log.Warn().Err(err).Str("recording", m.ID).Msg("what is known of a recording cannot be written")
		}
	})
}

// A recording that cannot be fetched is tried again after collectPause, which doubles up to collectLimit.
const (
	collectPause = time.Second
	collectLimit = time.Minute
)

// collect makes the file of a recording that is over. It goes on until the file is there, or Asterisk has nothing to make it of; what is not made
// when the process ends the next one makes.
func (r *recordings) collect(n *node, m recording.Meta) {
	r.mu.Lock()
	r.held[m.ID] = false
	r.mu.Unlock()
	r.work.Go(func() {
		for pause := collectPause; ; pause = min(2*pause, collectLimit) {
			err := r.collectOnce(n, &m)
			if err == nil {
				r.release(m.ID)
				return
			}
			if r.ctx.Err() != nil {
				return
			}
			r.log.Error().Err(err).Str("recording", m.ID).Dur("retry_in", pause).Msg("a recording's file cannot be made; Asterisk keeps what it recorded")
			r.unmade(m, err)
			select {
			case <-time.After(pause):
			case <-r.ctx.Done():
				return
			}
		}
	})
}

// unmade notes why the file of a recording is not there yet.
func (r *recordings) unmade(m recording.Meta, why error) {
	ctx, cancel := context.WithTimeout(r.ctx, storeTimeout)
	defer cancel()
	m.Add("its file cannot be made yet: " + why.Error())
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.store.Put(ctx, m); err != nil {
		r.log.Warn().Err(err).Str("recording", m.ID).Msg("why a recording has no file yet cannot be written")
	}
}

// collectTime bounds the making of one file.
const collectTime = 10 * time.Minute

func (r *recordings) collectOnce(n *node, m *recording.Meta) error {
	if err := r.endTracks(n, m); err != nil { // at once: what is said after the call is nobody's business
		return err
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	ctx, cancel := context.WithTimeout(r.ctx, collectTime)
	defer cancel()
	switch kept, err := r.store.Get(ctx, m.ID); {
	case err == nil && kept.State == recording.Stored:
		r.deleteTracks(ctx, n, m.TrackNames())
		return nil // by the last process, which ended before it could say so
	case err != nil && !errors.Is(err, recording.ErrUnknown):
		return err
	}
	r.writing.Lock()
	err := r.store.Put(ctx, *m)
	r.writing.Unlock()
	if err != nil {
		return err
	}
	done := *m
	if err := r.makeFile(ctx, n, &done); err != nil {
		return err
	}
	done.Tracks = nil
	r.uploads.begin(&done)
	if err := r.store.Put(ctx, done); err != nil {
		return err
	}
	r.uploads.look()
	r.metrics.done(&done)
	r.deleteTracks(ctx, n, m.TrackNames())
	r.log.Info().Str("recording", m.ID).Str("state", string(done.State)).Str("file", done.File).Str("problem", done.Problem).Msg("recording kept")
	return nil
}

// deleteTracks deletes at Asterisk what is in the recording's own file by now. What stays there is deleted at the next connection.
func (r *recordings) deleteTracks(ctx context.Context, n *node, names []string) {
	for _, name := range names {
		if err := n.ari.Recordings.DeleteStored(ctx, name); err != nil && !errors.Is(err, ari.ErrNotFound) {
			r.log.Warn().Err(err).Str("track", name).Msg("what Asterisk recorded is kept, but cannot be deleted there")
		}
	}
}

// endTracks ends all tracks of a recording, at the same time.
func (r *recordings) endTracks(n *node, m *recording.Meta) error {
	ctx, cancel := context.WithTimeout(r.ctx, 2*requestTimeout)
	defer cancel()
	ends := make(chan error, len(m.Tracks))
	for _, t := range m.Tracks {
		go func() {
			err := n.endTrack(ctx, t.Name)
			if err != nil {
				err = fmt.Errorf("end track %s: %w", t.Name, err)
			}
			ends <- err
		}()
	}
	var all error
	for range m.Tracks {
		all = errors.Join(all, <-ends)
	}
	return all
}

// endTrack ends a track and waits until Asterisk has stored it.
func (n *node) endTrack(ctx context.Context, name string) error {
	if err := n.ari.Recordings.StopLive(ctx, name); err != nil && !errors.Is(err, ari.ErrNotFound) {
		return err
	}
	if err := n.hangUp(name); err != nil {
		return err
	}
	for {
		_, err := n.ari.Recordings.GetLive(ctx, name)
		if errors.Is(err, ari.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// takeUp sees to recordings that no call of this process has: it ended while they were made.
func (r *recordings) takeUp(n *node) {
	r.work.Go(func() {
		ctx, cancel := context.WithTimeout(r.ctx, storeTimeout)
		defer cancel()
		open, err := r.store.Open(ctx)
		if err != nil {
			r.log.Error().Err(err).Msg("open recordings cannot be read; they are seen to at the next connection")
			return
		}
		for _, m := range open {
			if m.Node != n.cfg.Name || !r.hold(m.ID) {
				continue
			}
			if m.Ended.IsZero() {
				m.Ended = time.Now()
				m.Problem = "the call ended while nobody saw to the recording"
			}
			m.State = recording.Collecting
			r.collect(n, m)
		}
		if err := r.clearTracks(ctx, n); err != nil {
			r.log.Error().Err(err).Msg("whether Asterisk still has files of recordings cannot be seen; it is looked for at the next connection")
		}
	})
}

// close waits for files that are being made, or leaves them to the next process.
func (r *recordings) close() {
	over := make(chan struct{})
	go func() { r.work.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(drainTimeout):
	}
	r.stop()
	<-over
}
