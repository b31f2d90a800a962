package desk

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// load reads the certificate; nil if there is none.
func (c TLSConfig) load() (*tls.Config, error) {
	if !c.Enabled() {
		return nil, nil
	}
	cert := &certificate{files: c}
	if err := cert.reload(time.Now()); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get}, nil
}

// certificate is read again when its file changes: certificates are renewed every few weeks, the process should not be restarted for it.
type certificate struct {
	files TLSConfig

	mu       sync.Mutex
	current  *tls.Certificate
	modified time.Time
	checked  time.Time
}

// checkEvery is how often at most the file is looked at.
const checkEvery = 30 * time.Second

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.checked) >= checkEvery {
		// While a renewal is half written the old certificate serves on; the next look finds the new one whole.
		_ = c.reloadLocked(now)
	}
	return c.current, nil
}

func (c *certificate) reload(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reloadLocked(now)
}

func (c *certificate) reloadLocked(now time.Time) error {
	c.checked = now
	info, err := os.Stat(c.files.CertFile)
	if err != nil {
		return fmt.Errorf("tls.cert_file: %w", err)
	}
	if c.current != nil && info.ModTime().Equal(c.modified) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.files.CertFile, c.files.KeyFile)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	c.current, c.modified = &pair, info.ModTime()
	return nil
}
