package desk

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// pagePolicy lets the page use its own scripts and styles, speak to its own server, and hear and play sound; nothing comes from elsewhere,
// nothing is inline, and no other page may frame it.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self' blob:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// pagePermissions are the browser's faculties that the page uses; all others are off.
const pagePermissions = "microphone=(self), speaker-selection=(self), camera=(), geolocation=(), payment=(), usb=()"

// Files named by their content never change; all others are asked for each time.
const (
	cacheForever    = "public, max-age=31536000, immutable"
	cacheRevalidate = "no-cache"
)

// contentTypes are those of the page's files, by their endings.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// servePage serves the agents' page: index.html at the root, and the files that it needs.
func (s *Server) servePage(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contentType, ok := contentTypes[path.Ext(name)]
		if !ok {
			return fmt.Errorf("page: %s has an ending that no content type is known for", name)
		}
		read := func() ([]byte, error) { return fs.ReadFile(files, name) }
		f := file{contentType: contentType, content: read, policy: pagePolicy, cache: cacheRevalidate}
		address := "/" + name
		switch {
		case name == "index.html":
			address = "/{$}"
		case strings.HasPrefix(name, "assets/"):
			f.cache = cacheForever
		}
		s.file(address, f)
		return nil
	})
}

// file is something that never changes while the process lives.
type file struct {
	contentType   string
	content       func() ([]byte, error) // asked for once, when somebody wants it
	policy, cache string
}

// servedFile is a file ready to be sent.
type servedFile struct {
	content, packed []byte
	tag             string
}

func (f file) prepare() (servedFile, error) {
	content, err := f.content()
	if err != nil {
		return servedFile{}, err
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return servedFile{}, err
	}
	if _, err := zip.Write(content); err != nil {
		return servedFile{}, err
	}
	if err := zip.Close(); err != nil {
		return servedFile{}, err
	}
	sum := sha256.Sum256(content)
	return servedFile{content, packed.Bytes(), `"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}

// file serves f at an address, compressed for those who take it so.
func (s *Server) file(address string, f file) {
	prepare := sync.OnceValues(f.prepare)
	s.handle("GET "+address, everyone, func(w http.ResponseWriter, r *http.Request) {
		ready, err := prepare()
		if err != nil {
			writeProblem(w, r, fmt.Errorf("%s: %w", address, err))
			return
		}
		h := w.Header()
		h.Set("Cache-Control", f.cache)
		h.Set("Content-Security-Policy", f.policy)
		h.Set("Permissions-Policy", pagePermissions)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("ETag", ready.tag)
		h.Set("Vary", "Accept-Encoding")
		if r.Header.Get("If-None-Match") == ready.tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", f.contentType)
		content := ready.content
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			content = ready.packed
		}
		// An error here is the client's going away.
		_, _ = w.Write(content)
	})
}

// takesGzip tells whether a client accepts a compressed answer (RFC 9110, section 12.5.3).
func takesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}
