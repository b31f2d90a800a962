package upload_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/upload"
	"github.com/hasshin/hasshin/dialer/upload/s3test"
	"github.com/hasshin/hasshin/internal/secret"
)

func storage(t *testing.T, cfg upload.Config) *upload.Storage {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	s, err := upload.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noise is content of so many bytes that compresses to nothing shorter.
func noise(size int) []byte {
	b := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(b) // never fails
	return b
}

func TestObjectsAreThereWholeAndReadInPieces(t *testing.T) {
	cfg := s3test.New(t).Config()
	cfg.Prefix = "hasshin/"
	s, ctx := storage(t, cfg), t.Context()
	for name, size := range map[string]int{"spring/2026-04-01/093012-+8190-1.wav": 100_000, "empty.wav": 0, "in parts.wav": 20 << 20} {
		content, object := noise(size), s.Object(name)
		if object != "hasshin/"+name {
			t.Errorf("%s is put into object %s", name, object)
		}
		if err := s.Put(ctx, object, bytes.NewReader(content), int64(size)); err != nil {
			t.Fatal(err)
		}
		if err := s.Put(ctx, object, bytes.NewReader(content), int64(size)); err != nil { // a try whose end was not noted
			t.Fatal(err)
		}
		o, err := s.Open(ctx, object)
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		if got, err := io.ReadAll(o); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes of %d came back, or others: %v", name, len(got), size, err)
		}
		if size == 0 {
			continue
		}
		piece := make([]byte, 1000)
		if at, err := o.Seek(-1000, io.SeekEnd); err != nil || at != int64(size-1000) {
			t.Errorf("sought to %d, %v", at, err)
		}
		if _, err := io.ReadFull(o, piece); err != nil || !bytes.Equal(piece, content[size-1000:]) {
			t.Errorf("%s: its end is another: %v", name, err)
		}
		for range 2 { // what is not there needs no deleting
			if err := s.Delete(ctx, object); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Open(ctx, object); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a deleted object: %v", err)
		}
	}
}

func TestWhatIsNotConfirmedIsAnError(t *testing.T) {
	server := s3test.New(t)
	put := func(cfg upload.Config, size int64) error {
		return storage(t, cfg).Put(t.Context(), "a.wav", strings.NewReader("0123456789"), size)
	}
	wrongKey, wrongBucket := server.Config(), server.Config()
	wrongKey.SecretKey = secret.New("another")
	wrongBucket.Bucket = "nowhere"
	for what, err := range map[string]error{
		"a wrong key": put(wrongKey, 10), "no such bucket": put(wrongBucket, 10), "less than was said": put(server.Config(), 11),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	server.Stop()
	begin := time.Now()
	if err := put(server.Config(), 10); err == nil || time.Since(begin) > 5*time.Second {
		t.Errorf("with the storage away: %v after %s", err, time.Since(begin))
	}
	server.Start()
	if err := put(server.Config(), 10); err != nil {
		t.Errorf("with the storage back: %v", err)
	}
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	good := upload.Config{Endpoint: "https://s3.example.com", Bucket: "recordings", AccessKey: "a", SecretKey: secret.New("b")}
	for _, c := range []upload.Config{{}, good} {
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	}
	for at, change := range map[string]func(*upload.Config){
		"endpoint":   func(c *upload.Config) { c.Endpoint = "s3.example.com" },
		"bucket":     func(c *upload.Config) { c.Bucket = "Record/ings" },
		"prefix":     func(c *upload.Config) { c.Prefix = "../" },
		"access_key": func(c *upload.Config) { c.AccessKey = "" },
		"secret_key": func(c *upload.Config) { c.SecretKey = secret.String{} },
		"keep_local": func(c *upload.Config) { c.KeepLocal = -1 },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), at) {
			t.Errorf("%s: %v", at, err)
		}
	}
	if err := (upload.Config{Bucket: "recordings"}).Validate(); err == nil || !strings.Contains(err.Error(), "endpoint") {
		t.Errorf("a bucket alone: %v", err)
	}
}
