package dialer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
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

func newRecordings(e *Engine, store *recording.Store, files *recording.Files) (*recordings, error) {
	r := &recordings{e: e, store: store, files: files, log: e.log, slots: make(chan struct{}, collectAtOnce), held: map[string]bool{}}
	var err error
	if r.uploads, err = newUploads(r, e.cfg.Recordings.Upload); err != nil {
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
			select {
			case <-time.After(pause):
			case <-r.ctx.Done():
				return
			}
		}
	})
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
	for _, t := range m.Tracks {
		if err := n.ari.Recordings.DeleteStored(ctx, t.Name); err != nil && !errors.Is(err, ari.ErrNotFound) {
			r.log.Warn().Err(err).Str("recording", m.ID).Str("track", t.Name).Msg("what Asterisk recorded is kept, but cannot be deleted there")
		}
	}
	r.log.Info().Str("recording", m.ID).Str("state", string(done.State)).Str("file", done.File).Str("problem", done.Problem).Msg("recording kept")
	return nil
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

// shortBy is how much shorter than the conversation a file may be without somebody's being told.
const shortBy = 500 * time.Millisecond

// makeFile fetches the tracks and joins them. Without anything to join the recording is lost, which is told and no error.
func (r *recordings) makeFile(ctx context.Context, n *node, m *recording.Meta) error {
	first := time.Time{}
	for _, t := range m.Tracks {
		if !t.Started.IsZero() && (first.IsZero() || t.Started.Before(first)) {
			first = t.Started
		}
	}
	var samples []recording.Samples
	var temps []string
	defer func() {
		for _, temp := range temps {
			if err := r.files.Discard(temp); err != nil {
				r.log.Warn().Err(err).Str("file", temp).Msg("an unfinished file cannot be removed")
			}
		}
	}()
	there := false
	for i, t := range m.Tracks {
		temp := fmt.Sprintf("%s.%d", m.ID, i)
		temps = append(temps, temp)
		s := recording.Samples{Reader: strings.NewReader(""), Channel: t.Channel}
		switch err := r.fetch(ctx, n, t.Name, temp, &s); {
		case errors.Is(err, ari.ErrNotFound):
		case err != nil:
			return fmt.Errorf("fetch track %s: %w", t.Name, err)
		default:
			there = true
			defer s.Reader.(io.Closer).Close()
		}
		if !t.Started.IsZero() {
			s.Late = t.Started.Sub(first)
			s.Until(m.Ended.Sub(first))
		}
		samples = append(samples, s)
	}
	if !there {
		m.State = recording.Lost
		if m.Problem == "" {
			m.Problem = "Asterisk has nothing of it"
		}
		r.log.Error().Str("recording", m.ID).Str("call", m.Call).Str("problem", m.Problem).Msg("a recording is lost")
		return nil
	}
	temp := m.ID + ".wav"
	temps = append(temps, temp)
	if err := r.join(temp, samples, m); err != nil {
		return err
	}
	m.File = recording.FileName(r.e.cfg.Recordings.Name, m)
	err := r.files.Keep(temp, m.File)
	if errors.Is(err, fs.ErrExist) {
		m.File = strings.TrimSuffix(m.File, ".wav") + "-" + m.ID + ".wav"
		if err = r.files.Keep(temp, m.File); errors.Is(err, fs.ErrExist) {
			err = nil // made by a try whose end was not noted
		}
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", m.File, err)
	}
	m.State = recording.Stored
	if talked := m.Ended.Sub(first) - time.Duration(m.Millis)*time.Millisecond; talked > shortBy && m.Problem == "" {
		m.Problem = fmt.Sprintf("%s are missing at its end", talked.Round(10*time.Millisecond))
		r.log.Error().Str("recording", m.ID).Str("problem", m.Problem).Msg("a recording is not whole")
	}
	return nil
}

// fetch downloads what Asterisk recorded.
func (r *recordings) fetch(ctx context.Context, n *node, name, temp string, s *recording.Samples) error {
	in, err := n.ari.Recordings.StoredFile(ctx, name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := r.files.Temp(temp)
	if err != nil {
		return err
	}
	size, err := io.Copy(out, in)
	if err == nil {
		_, err = out.Seek(0, io.SeekStart)
	}
	if err != nil {
		return errors.Join(err, out.Close())
	}
	s.Reader, s.Size = out, size
	return nil
}

// join writes the WAV file and puts it on the disk.
func (r *recordings) join(temp string, samples []recording.Samples, m *recording.Meta) error {
	channels := 2
	if m.Channels == recording.Mono {
		channels = 1
	}
	out, err := r.files.Temp(temp)
	if err != nil {
		return err
	}
	plays, err := recording.Join(out, channels, samples)
	if err == nil {
		err = out.Sync()
	}
	if err == nil {
		m.Size, err = out.Seek(0, io.SeekEnd)
	}
	m.Millis = plays.Milliseconds()
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	return nil
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
	})
}

// remove deletes a recording: its file first, so that nothing is left that nobody knows of.
func (r *recordings) remove(ctx context.Context, m recording.Meta) error {
	if err := r.withdraw(ctx, m); err != nil {
		return &Error{Code: CodeStoreUnavailable, Message: "the recording's copy in the storage cannot be deleted now: " + err.Error(), Err: err}
	}
	if m.File != "" {
		if err := r.files.Delete(m.File); err != nil {
			return fmt.Errorf("delete %s: %w", m.File, err)
		}
	}
	if err := r.store.Forget(ctx, m); err != nil {
		return &Error{Code: CodeStoreUnavailable, Message: "the recording's file is deleted, but it is still listed; delete it again", Err: err}
	}
	return nil
}

// sweepAlways deletes recordings whose time is over, when the configuration says, until ctx ends.
func (r *recordings) sweepAlways(ctx context.Context) {
	when, err := cron.ParseStandard(r.e.cfg.Recordings.Sweep)
	if err != nil {
		r.log.Error().Err(err).Msg("recordings are never swept") // the configuration was checked
		return
	}
	for {
		select {
		case <-time.After(time.Until(when.Next(time.Now()))):
			if deleted, err := r.sweep(ctx, time.Now()); err != nil {
				r.log.Error().Err(err).Int("deleted", deleted).Msg("recordings whose time is over cannot all be deleted; it is tried again next time")
			} else {
				r.log.Info().Int("deleted", deleted).Msg("recordings whose time is over are deleted")
			}
			if left, err := r.leaveToStorage(ctx, time.Now()); err != nil {
				r.log.Error().Err(err).Int("left", left).Msg("uploaded files cannot all be deleted from the disk; it is tried again next time")
			}
		case <-ctx.Done():
			return
		}
	}
}

// sweep deletes what each campaign wants kept no longer than until now.
func (r *recordings) sweep(ctx context.Context, now time.Time) (deleted int, err error) {
	for id, cfg := range r.e.cfg.Campaigns {
		if cfg.Recording.Keep == 0 {
			continue
		}
		err := r.each(ctx, recording.Query{Campaign: id, Before: now.Add(-cfg.Recording.Keep)}, func(m recording.Meta) error {
			if m.State != recording.Stored && m.State != recording.Lost {
				return nil
			}
			if err := r.remove(ctx, m); err != nil {
				return err
			}
			deleted++
			return nil
		})
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// each does something with every recording that a query finds.
func (r *recordings) each(ctx context.Context, q recording.Query, do func(recording.Meta) error) error {
	q.Limit = 1000
	for {
		found, err := r.store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, m := range found {
			q.After = m.ID
			if err := do(m); err != nil {
				return err
			}
		}
		if len(found) < q.Limit {
			return nil
		}
	}
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
