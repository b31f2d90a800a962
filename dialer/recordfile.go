package dialer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/recording"
)

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
	there, whole := false, newWholeness(m)
	for i, t := range m.Tracks {
		temp := fmt.Sprintf("%s.%d", m.ID, i)
		temps = append(temps, temp)
		s := recording.Samples{Reader: strings.NewReader(""), Channel: t.Channel}
		size := int64(0)
		switch err := r.fetch(ctx, n, t.Name, temp, &s); {
		case errors.Is(err, ari.ErrNotFound):
		case err != nil:
			return fmt.Errorf("fetch track %s: %w", t.Name, err)
		default:
			there, size = true, s.Size
			defer s.Reader.(io.Closer).Close()
		}
		if !t.Started.IsZero() {
			s.Late = t.Started.Sub(first)
			s.Until(m.Ended.Sub(first))
		}
		whole.track(t, s.Size)
		if track, ok := s.Reader.(io.ReaderAt); ok {
			if err := whole.written(t, track, size, s.Size); err != nil {
				return fmt.Errorf("read track %s: %w", t.Name, err)
			}
		}
		samples = append(samples, s)
	}
	if !there {
		m.State = recording.Lost
		m.Add("Asterisk has nothing of it")
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
	whole.judge()
	m.Ended = whole.end(first)
	if m.Problem != "" {
		r.log.Error().Str("recording", m.ID).Str("call", m.Call).Str("problem", m.Problem).Msg("a recording is not whole")
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
