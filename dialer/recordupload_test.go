package dialer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/dialer/upload"
	"github.com/hasshin/hasshin/dialer/upload/s3test"
)

// tape is a process that keeps recordings and uploads them. Its disk and its Redis outlive it.
type tape struct {
	t     *testing.T
	dir   string
	redis *redis.Client
	cfg   Config
	keeps *recordings
	stop  func()
}

func newTape(t *testing.T, to upload.Config) *tape {
	p := &tape{t: t, dir: t.TempDir(), redis: redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})}
	t.Cleanup(func() { _ = p.redis.Close() })
	p.cfg.Recordings = recording.Defaults()
	p.cfg.Recordings.Upload = to
	p.cfg.Campaigns = map[string]campaign.Config{}
	p.start()
	t.Cleanup(func() { p.stop() })
	return p
}

// start lets another process take the place of the one that stopped.
func (p *tape) start() {
	p.t.Helper()
	files, err := recording.OpenFiles(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	e := &Engine{cfg: p.cfg, log: zerolog.Nop(), nodes: []*node{{cfg: NodeConfig{Name: "ast1"}}}}
	p.keeps, err = newRecordings(e, recording.NewStore(p.redis), files, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(p.t.Context())
	var run sync.WaitGroup
	run.Go(func() { p.keeps.uploads.run(ctx) })
	p.stop = sync.OnceFunc(func() {
		cancel()
		run.Wait()
		p.keeps.stop()
		_ = files.Close()
	})
}

// keep stores a recording as is done at the end of one.
func (p *tape) keep(id, content string) {
	p.t.Helper()
	out, err := p.keeps.files.Temp(id)
	if err == nil {
		_, err = io.WriteString(out, content)
		err = errors.Join(err, out.Close())
	}
	m := recording.Meta{ID: id, Campaign: "spring", Record: "1", Channels: recording.Mono, State: recording.Stored, Node: "ast1", Started: time.Now(), File: "spring/" + id + ".wav", Size: int64(len(content))}
	if err == nil {
		err = p.keeps.files.Keep(id, m.File)
	}
	p.keeps.uploads.begin(&m)
	if err == nil {
		err = p.keeps.store.Put(p.t.Context(), m)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.keeps.uploads.look()
}

// until waits until what is known of a recording is as wanted.
func (p *tape) until(id, what string, is func(recording.Meta) bool) recording.Meta {
	p.t.Helper()
	for begin := time.Now(); ; {
		m, err := p.keeps.store.Get(p.t.Context(), id)
		if err == nil && is(m) {
			return m
		}
		if time.Since(begin) > 20*time.Second {
			p.t.Fatalf("not so within 20 s: %s; %+v, %+v, %v", what, m, m.Upload, err)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func (p *tape) uploaded(id string) recording.Meta {
	p.t.Helper()
	return p.until(id, id+" is uploaded", func(m recording.Meta) bool {
		return m.Upload != nil && m.Upload.State == recording.Uploaded && !m.Upload.Confirmed.IsZero() && m.Upload.Problem == ""
	})
}

// holds tells what the storage has of a recording.
func (p *tape) holds(object string) (string, error) {
	o, err := p.keeps.uploads.storage.Open(p.t.Context(), object)
	if err != nil {
		return "", err
	}
	defer o.Close()
	text, err := io.ReadAll(o)
	return string(text), err
}

func (p *tape) hears(m recording.Meta) (string, error) {
	f, err := p.keeps.open(p.t.Context(), m)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	return string(text), err
}

// The storage is away for a while, and the process ends meanwhile: every recording is uploaded, and none is lost from the disk before.
func TestRecordingsAreUploadedOnceTheStorageIsThere(t *testing.T) {
	storage := s3test.New(t)
	p := newTape(t, storage.Config())
	p.keep("first", "first words")
	m := p.uploaded("first")
	if text, err := p.holds(m.Upload.Object); text != "first words" || m.Upload.Bucket != s3test.Bucket || m.Upload.Tries != 0 {
		t.Errorf("the storage has %q, %v of %+v", text, err, m.Upload)
	}

	storage.Stop()
	for i := range 3 {
		p.keep(fmt.Sprintf("late-%d", i), fmt.Sprintf("words %d", i))
	}
	m = p.until("late-1", "it has failed and says why", func(m recording.Meta) bool { return m.Upload.Tries > 0 && m.Upload.Problem != "" })
	if text, err := p.hears(m); text != "words 1" || m.Upload.State != recording.UploadWaiting {
		t.Errorf("while the storage is away %q is heard, %v; %+v", text, err, m.Upload)
	}
	p.stop()
	storage.Start()
	p.start()
	for i := range 3 {
		m := p.uploaded(fmt.Sprintf("late-%d", i))
		if text, err := p.holds(m.Upload.Object); text != fmt.Sprintf("words %d", i) {
			t.Errorf("%s: the storage has %q, %v", m.ID, text, err)
		}
	}
	if waiting, err := p.keeps.store.Waiting(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("%v still waits, %v", waiting, err)
	}
}

// An uploaded file leaves the disk when its time there is over, not before and not without being uploaded, and is heard all the same. With the
// recording its object goes, too.
func TestUploadedFilesLeaveTheDiskAndAreHeard(t *testing.T) {
	storage := s3test.New(t)
	cfg := storage.Config()
	cfg.KeepLocal = time.Hour
	p := newTape(t, cfg)
	p.keep("kept", "words")
	p.uploaded("kept")
	storage.Stop()
	p.keep("waiting", "others")
	p.until("waiting", "it has failed", func(m recording.Meta) bool { return m.Upload.Tries > 0 })
	storage.Start()
	leave := func(after time.Duration, want int) {
		t.Helper()
		if left, err := p.keeps.leaveToStorage(t.Context(), time.Now().Add(after)); left != want || err != nil {
			t.Errorf("after %s %d files left the disk, %v; want %d", after, left, err, want)
		}
	}
	p.uploaded("waiting")
	p.keep("newest", "more")
	p.uploaded("newest")
	leave(59*time.Minute, 0)
	leave(61*time.Minute, 3)
	leave(61*time.Minute, 0)
	m := p.until("kept", "the disk has it no more", func(m recording.Meta) bool { return m.Upload.Only })
	if _, err := p.keeps.files.Open(m.File); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file on the disk: %v", err)
	}
	if text, err := p.hears(m); text != "words" {
		t.Errorf("%q is heard, %v", text, err)
	}

	storage.Stop()
	if err := p.keeps.remove(t.Context(), m); codeOf(err) != CodeStoreUnavailable {
		t.Errorf("deleted while the storage is away: %v", err)
	}
	storage.Start()
	if err := p.keeps.remove(t.Context(), m); err != nil {
		t.Error(err)
	}
	if _, err := p.holds(m.Upload.Object); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the object of a deleted recording: %v", err)
	}
	if _, err := p.keeps.store.Get(t.Context(), m.ID); !errors.Is(err, recording.ErrUnknown) {
		t.Errorf("a deleted recording: %v", err)
	}
}

// Whoever deletes a recording while it is being uploaded leaves nothing in the storage.
func TestARecordingDeletedInItsUploadLeavesNothing(t *testing.T) {
	p := newTape(t, s3test.New(t).Config())
	p.keep("gone", "words")
	m := p.uploaded("gone")
	m.Upload = &recording.Upload{State: recording.UploadWaiting, Bucket: m.Upload.Bucket, Object: m.Upload.Object}
	if err := p.keeps.store.Forget(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := p.keeps.uploads.upload(t.Context(), m); err != nil {
		t.Error(err)
	}
	if _, err := p.holds(m.Upload.Object); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the object: %v", err)
	}
	if _, err := p.keeps.store.Get(t.Context(), m.ID); !errors.Is(err, recording.ErrUnknown) {
		t.Errorf("the deleted recording is back: %v", err)
	}
}

// Each campaign's recordings are deleted when their time is over, with file and object: no younger ones, none that is not finished, and none of a campaign
// that keeps them for ever.
func TestRecordingsWhoseTimeIsOverAreDeleted(t *testing.T) {
	storage := s3test.New(t)
	p := newTape(t, storage.Config())
	keep := func(id, campaignID string, age time.Duration, state recording.State) recording.Meta {
		t.Helper()
		p.keep(id, "words")
		m := p.uploaded(id)
		if err := p.keeps.store.Forget(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		m.Campaign, m.Started, m.State = campaignID, time.Now().Add(-age), state
		if err := p.keeps.store.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for id, days := range map[string]int{"spring": 30, "summer": 90, "ever": 0} {
		var k campaign.Config
		k.Recording.Keep = time.Duration(days) * 24 * time.Hour
		p.keeps.e.cfg.Campaigns[id] = k
	}
	const day = 24 * time.Hour
	over := []recording.Meta{keep("old", "spring", 31*day, recording.Stored), keep("lost", "spring", 40*day, recording.Lost), keep("summer-old", "summer", 91*day, recording.Stored)}
	left := []recording.Meta{
		keep("young", "spring", 29*day, recording.Stored), keep("summer-young", "summer", 31*day, recording.Stored),
		keep("ever", "ever", 4000*day, recording.Stored), keep("open", "spring", 31*day, recording.Collecting),
	}
	for range 2 { // the second finds nothing more to do
		if _, err := p.keeps.sweep(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range over {
		_, known := p.keeps.store.Get(t.Context(), m.ID)
		_, onDisk := p.keeps.files.Open(m.File)
		_, inStorage := p.holds(m.Upload.Object)
		if !errors.Is(known, recording.ErrUnknown) || !errors.Is(onDisk, fs.ErrNotExist) || !errors.Is(inStorage, fs.ErrNotExist) {
			t.Errorf("%s is not gone: %v, on the disk %v, in the storage %v", m.ID, known, onDisk, inStorage)
		}
	}
	for _, m := range left {
		if _, err := p.keeps.store.Get(t.Context(), m.ID); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		if text, err := p.hears(m); text != "words" {
			t.Errorf("%s: %q, %v", m.ID, text, err)
		}
	}
}
