package dialer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/dialer/upload"
)

// uploads brings finished recordings to the configured storage, and tries until it has confirmed each. Which ones wait is in Redis, and their files are
// on the disk until then: so neither the storage's absence nor the end of this process loses any.
type uploads struct {
	r       *recordings
	storage *upload.Storage
	wake    chan struct{}
	due     map[string]time.Time // when one that failed is tried again
	pause   map[string]time.Duration
}

// An upload that fails is tried again after uploadPause, which doubles up to uploadLimit. uploadTime bounds one try; every uploadLook is
// looked for those that another process left behind.
const (
	uploadPause = time.Second
	uploadLimit = 5 * time.Minute
	uploadTime  = 10 * time.Minute
	uploadLook  = time.Minute
)

func newUploads(r *recordings, cfg upload.Config) (*uploads, error) {
	if !cfg.Enabled() {
		return nil, nil
	}
	storage, err := upload.Open(cfg)
	if err != nil {
		return nil, fmt.Errorf("recordings.upload: %w", err)
	}
	return &uploads{r: r, storage: storage, wake: make(chan struct{}, 1), due: map[string]time.Time{}, pause: map[string]time.Duration{}}, nil
}

// begin lets a recording that has just been stored wait for its upload.
func (u *uploads) begin(m *recording.Meta) {
	if u != nil && m.State == recording.Stored {
		m.Upload = &recording.Upload{State: recording.UploadWaiting, Bucket: u.storage.Bucket(), Object: u.storage.Object(m.File)}
	}
}

// look lets run look for what waits.
func (u *uploads) look() {
	if u == nil {
		return
	}
	select {
	case u.wake <- struct{}{}:
	default: // it will
	}
}

// run uploads until ctx ends.
func (u *uploads) run(ctx context.Context) {
	for {
		next := u.round(ctx)
		select {
		case <-u.wake:
		case <-time.After(next):
		case <-ctx.Done():
			return
		}
	}
}

// round uploads what waits and is due, and answers when the next is.
func (u *uploads) round(ctx context.Context) (next time.Duration) {
	waiting, err := u.r.store.Waiting(ctx)
	if err != nil {
		if ctx.Err() == nil {
			u.r.log.Warn().Err(err).Msg("which recordings wait for their upload cannot be read now; they wait")
		}
		return uploadPause
	}
	next = uploadLook
	for _, m := range waiting {
		if ctx.Err() != nil || !u.ours(m) {
			continue
		}
		if wait := time.Until(u.due[m.ID]); wait > 0 {
			next = min(next, wait)
			continue
		}
		if err := u.upload(ctx, m); err == nil || ctx.Err() != nil {
			delete(u.due, m.ID)
			delete(u.pause, m.ID)
			continue
		}
		pause := max(u.pause[m.ID], uploadPause)
		u.due[m.ID], u.pause[m.ID] = time.Now().Add(pause), min(2*pause, uploadLimit)
		next = min(next, pause)
	}
	return next
}

// ours tells whether the file of a recording is on this process's disk: that of the process whose node recorded it.
func (u *uploads) ours(m recording.Meta) bool {
	for _, n := range u.r.e.nodes {
		if n.cfg.Name == m.Node {
			return true
		}
	}
	return false
}

// upload tries it once, and notes what came of it.
func (u *uploads) upload(ctx context.Context, m recording.Meta) error {
	up := *m.Upload
	m.Upload = &up
	tried := u.try(ctx, m)
	if tried != nil {
		if ctx.Err() != nil {
			return tried
		}
		up.Tries++
		up.Problem = tried.Error()
		u.r.log.Error().Err(tried).Str("recording", m.ID).Int("tries", up.Tries).Msg("a recording is not uploaded; its file is kept, and it is tried again")
	} else {
		up.State, up.Confirmed, up.Problem = recording.Uploaded, time.Now(), ""
	}
	err := u.r.store.Replace(ctx, m)
	switch {
	case errors.Is(err, recording.ErrUnknown): // deleted meanwhile
		return u.storage.Delete(ctx, up.Object)
	case err != nil && tried == nil:
		u.r.log.Warn().Err(err).Str("recording", m.ID).Msg("that a recording is uploaded cannot be written; it is uploaded again")
		return err
	case err == nil && tried == nil:
		u.r.log.Info().Str("recording", m.ID).Str("bucket", up.Bucket).Str("object", up.Object).Msg("recording uploaded")
	}
	return tried
}

func (u *uploads) try(ctx context.Context, m recording.Meta) error {
	ctx, cancel := context.WithTimeout(ctx, uploadTime)
	defer cancel()
	file, err := u.r.files.Open(m.File)
	if err != nil {
		return err
	}
	defer file.Close()
	return u.storage.Put(ctx, m.Upload.Object, file, m.Size)
}

// open opens the file of a recording, from the storage if the disk has it no more; ctx must last as long as it is read.
func (r *recordings) open(ctx context.Context, m recording.Meta) (io.ReadSeekCloser, error) {
	file, err := r.files.Open(m.File)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || r.uploads == nil || m.Upload == nil || m.Upload.State != recording.Uploaded {
		return file, err
	}
	return r.uploads.storage.Open(ctx, m.Upload.Object)
}

// withdraw deletes a recording's object from the storage.
func (r *recordings) withdraw(ctx context.Context, m recording.Meta) error {
	switch {
	case m.Upload == nil || m.Upload.State != recording.Uploaded: // if it is being uploaded now, that sees that it is deleted
		return nil
	case r.uploads == nil:
		return errors.New("it was uploaded, and recordings.upload is not configured any more")
	}
	return r.uploads.storage.Delete(ctx, m.Upload.Object)
}

// leaveToStorage deletes files from the disk that the storage has confirmed long enough ago, as of now.
func (r *recordings) leaveToStorage(ctx context.Context, now time.Time) (left int, err error) {
	keep := r.e.cfg.Recordings.Upload.KeepLocal
	if r.uploads == nil || keep == 0 {
		return 0, nil
	}
	err = r.each(ctx, recording.Query{Before: now.Add(-keep)}, func(m recording.Meta) error {
		if up := m.Upload; up == nil || up.State != recording.Uploaded || up.Only || up.Confirmed.After(now.Add(-keep)) || !r.uploads.ours(m) {
			return nil
		}
		if err := r.files.Delete(m.File); err != nil {
			return fmt.Errorf("delete %s from the disk: %w", m.File, err)
		}
		m.Upload.Only = true
		if err := r.store.Replace(ctx, m); err != nil && !errors.Is(err, recording.ErrUnknown) {
			return err
		}
		left++
		return nil
	})
	return left, err
}
