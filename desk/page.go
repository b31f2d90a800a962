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
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		f := file{contentType: contentType, content: content, policy: pagePolicy, cache: cacheRevalidate}
		address := "/" + name
		switch {
		case name == "index.html":
			address = "/{$}"
		case strings.HasPrefix(name, "assets/"):
			f.cache = cacheForever
		}
		return s.file(address, f)
	})
}

// file is something that never changes while the process lives.
type file struct {
	contentType   string
	content       []byte
	policy, cache string
}

// file serves f at an address, compressed for those who take it so.
func (s *Server) file(address string, f file) error {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zip.Write(f.content); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	sum := sha256.Sum256(f.content)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	s.handle("GET "+address, everyone, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", f.cache)
		h.Set("Content-Security-Policy", f.policy)
		h.Set("Permissions-Policy", pagePermissions)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("ETag", tag)
		h.Set("Vary", "Accept-Encoding")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", f.contentType)
		content := f.content
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			content = packed.Bytes()
		}
		// An error here is the client's going away.
		_, _ = w.Write(content)
	})
	return nil
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
