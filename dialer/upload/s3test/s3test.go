// Package s3test starts a storage that speaks the S3 protocol, for tests: the server of `rclone serve s3`, which checks signatures, in this process; or
// versitygw, which keeps objects as files, when the environment variable HASSHIN_S3_SERVER names its binary (make recordings-upload).
package s3test

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"github.com/hasshin/hasshin/dialer/upload"
	"github.com/hasshin/hasshin/internal/secret"
)

// The bucket that a storage has, and the key to it.
const (
	Bucket    = "recordings"
	accessKey = "hasshin"
	secretKey = "a key for tests only"
)

// Storage is a storage that can go away and come back, with its objects.
type Storage struct {
	t       testing.TB
	address string
	objects *s3mem.Backend
	folder  string // of versitygw's objects

	mu   sync.Mutex
	stop func()
}

// New starts a storage, which ends with the test.
func New(t testing.TB) *Storage {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Storage{t: t, address: l.Addr().String(), objects: s3mem.New()}
	if err := errors.Join(l.Close(), s.objects.CreateBucket(t.Context(), Bucket)); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("HASSHIN_S3_SERVER") != "" {
		s.folder = t.TempDir()
		if err := os.Mkdir(s.folder+"/"+Bucket, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Config is how the storage is reached.
func (s *Storage) Config() upload.Config {
	c := upload.Defaults()
	c.Endpoint, c.Bucket, c.AccessKey, c.SecretKey = "http://"+s.address, Bucket, accessKey, secret.New(secretKey)
	return c
}

// Start lets the storage be there again.
func (s *Storage) Start() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		return
	}
	if binary := os.Getenv("HASSHIN_S3_SERVER"); binary != "" {
		s.stop = s.startProcess(binary)
		return
	}
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	server := http.Server{Handler: gofakes3.New(s.objects, gofakes3.WithV4Auth(map[string]string{accessKey: secretKey})).Server()}
	over := make(chan struct{})
	go func() { defer close(over); _ = server.Serve(l) }()
	s.stop = func() { _ = server.Close(); <-over }
}

// Stop lets the storage be away: its port is closed. Its objects stay.
func (s *Storage) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// startLimit is longer than versitygw takes to start.
const startLimit = 10 * time.Second

func (s *Storage) startProcess(binary string) (stop func()) {
	s.t.Helper()
	cmd := exec.Command(binary, "--access", accessKey, "--secret", secretKey, "--port", s.address, "--quiet", "posix", s.folder)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	for begin := time.Now(); ; {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = c.Close()
			return stop
		}
		if time.Since(begin) > startLimit {
			stop()
			s.t.Fatalf("%s does not listen on %s: %v", binary, s.address, err)
		}
		<-time.After(20 * time.Millisecond)
	}
}
