package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/recording"
)

func pcm(samples ...int16) recording.Samples {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, samples) // a bytes.Buffer takes everything
	return recording.Samples{Reader: &b, Size: int64(2 * len(samples))}
}

func on(channel int, late time.Duration, s recording.Samples) recording.Samples {
	s.Channel, s.Late = channel, late
	return s
}

func TestTracksAreJoinedToTheSample(t *testing.T) {
	const sample = time.Second / 8000
	var wav bytes.Buffer
	plays, err := recording.Join(&wav, 2, []recording.Samples{
		on(0, 0, pcm(1, 2, 3, 4)), on(1, 2*sample, pcm(10, 20, 30000)), on(1, 3*sample, pcm(5, 30000, -7)),
	})
	if err != nil || plays != 6*sample {
		t.Fatalf("plays %s, %v; want %s", plays, err, 6*sample)
	}
	got := make([]int16, 12)
	if err := binary.Read(bytes.NewReader(wav.Bytes()[44:]), binary.LittleEndian, got); err != nil {
		t.Fatal(err)
	}
	if want := []int16{1, 0, 2, 0, 3, 10, 4, 25, 0, 32767, 0, -7}; !slices.Equal(got, want) {
		t.Errorf("samples %v, want %v", got, want)
	}
	head := "RIFF\x3c\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00data\x18\x00\x00\x00"
	if string(wav.Bytes()[:44]) != head {
		t.Errorf("header % x, want % x", wav.Bytes()[:44], head)
	}
	if _, err := recording.Join(io.Discard, 1, []recording.Samples{{Reader: strings.NewReader("abc"), Size: 8}}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a track shorter than it says: %v", err)
	}
}

func TestNoNameLeadsOutOfTheDirectory(t *testing.T) {
	at := time.Date(2026, 4, 1, 9, 30, 12, 0, time.Local)
	m := recording.Meta{ID: "id1", Campaign: "spring", Record: "../../etc/passwd", Call: "c1", Agent: "花子", Number: "+8190", Kind: recording.Conversation, Part: 2, Started: at}
	for template, want := range map[string]string{
		"{campaign}/{date}/{time}-{record}-{call}-{part}": "spring/2026-04-01/093012-_._.._etc_passwd-c1-2.wav",
		"{record}":               "_._.._etc_passwd.wav",
		"{agent}/{number}-{id}":  "__/+8190-id1.wav",
		"all/{kind}-{id}-{part}": "all/conversation-id1-2.wav",
	} {
		if got := recording.FileName(template, &m); got != want || !filepath.IsLocal(got) {
			t.Errorf("%s: %s, want %s", template, got, want)
		}
		c := recording.Defaults()
		c.Name = template
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", template, err)
		}
	}
	for _, wrong := range []string{"", "/abs/{id}", "../{id}", "a/../../{id}", "{what}", ".hidden/{id}", "a/.b/{id}", "a//{id}", "a b"} {
		c := recording.Defaults()
		c.Name = wrong
		if c.Validate() == nil {
			t.Errorf("%q is taken for a name", wrong)
		}
	}
	m.Record = strings.Repeat("x", 5000) + "\x00/"
	if got := recording.FileName("{record}", &m); len(got) > 100 {
		t.Errorf("a name of %d bytes", len(got))
	}
}

func TestFilesStayInTheirDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "recordings")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..", filepath.Join(root, "out")); err != nil {
		t.Fatal(err)
	}
	files, err := recording.OpenFiles(root)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for _, name := range []string{"../secret", "out/secret", filepath.Join(dir, "secret"), "a/../../secret"} {
		if f, err := files.Open(name); err == nil {
			f.Close()
			t.Errorf("%s was opened", name)
		}
		if err := files.Delete(name); err == nil && !exists(filepath.Join(dir, "secret")) {
			t.Errorf("%s was deleted", name)
		}
	}
	make := func(text string) {
		t.Helper()
		f, err := files.Temp("t1")
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	make("first")
	if err := files.Keep("t1", "spring/a.wav"); err != nil {
		t.Fatal(err)
	}
	make("second")
	if err := files.Keep("t1", "spring/a.wav"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a kept file is replaced: %v", err)
	}
	if kept, err := os.ReadFile(filepath.Join(root, "spring/a.wav")); err != nil || string(kept) != "first" {
		t.Errorf("kept %q, %v", kept, err)
	}
	if err := files.Keep("t1", "out/b.wav"); err == nil || exists(filepath.Join(dir, "b.wav")) {
		t.Errorf("a link led out: %v", err)
	}
	if err := errors.Join(files.Discard("t1"), files.Discard("t1"), files.Delete("spring/a.wav"), files.Delete("spring/a.wav")); err != nil {
		t.Error(err)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func TestRecordingsAreListedByPages(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer rdb.Close()
	s, ctx := recording.NewStore(rdb), t.Context()
	noon := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	const count = 300
	for i := range count {
		m := recording.Meta{
			ID: "r" + string(rune('a'+i/26/26)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26)), Campaign: "spring", Record: "x" + string(rune('0'+i%2)),
			Channels: recording.Mono, State: recording.Stored, Started: noon.Add(time.Duration(i/4) * time.Second),
		}
		if i == 7 {
			m.State = recording.Collecting
		}
		if err := s.Put(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	for record, want := range map[string]int{"": count, "x1": count / 2} {
		q := recording.Query{Campaign: "spring", Record: record, Limit: 17}
		seen := map[string]bool{}
		for {
			page, err := s.List(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, m := range page {
				if seen[m.ID] {
					t.Fatalf("%s is listed twice", m.ID)
				}
				seen[m.ID], q.After = true, m.ID
			}
		}
		if len(seen) != want {
			t.Errorf("record %q has %d, want %d", record, len(seen), want)
		}
	}
	open, err := s.Open(ctx)
	if err != nil || len(open) != 1 || open[0].ID != "raah" {
		t.Errorf("open: %+v, %v", open, err)
	}
	if err := s.Forget(ctx, open[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "raah"); !errors.Is(err, recording.ErrUnknown) {
		t.Errorf("a forgotten one: %v", err)
	}
	found, err := s.List(ctx, recording.Query{From: noon.Add(time.Second), Before: noon.Add(2 * time.Second), Allow: func(m recording.Meta) bool { return m.Record == "x0" }})
	if err != nil || len(found) != 2 {
		t.Errorf("a second of x0: %+v, %v", found, err)
	}
}

func TestWhatComesAfterTheEndIsCutOff(t *testing.T) {
	for _, c := range []struct {
		late, end  time.Duration
		size, want int64
	}{
		{0, time.Second, 20_000, 16_000},
		{250 * time.Millisecond, time.Second, 20_000, 12_000},
		{0, time.Second, 8_000, 8_000},
		{2 * time.Second, time.Second, 8_000, 0},
	} {
		s := recording.Samples{Size: c.size, Late: c.late}
		if s.Until(c.end); s.Size != c.want {
			t.Errorf("%d bytes, %v late, until %v: %d are left, want %d", c.size, c.late, c.end, s.Size, c.want)
		}
	}
}
