package desk

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
)

var (
	//go:embed docs.html
	docsHTML string
	//go:embed docs.css
	docsCSS []byte
	//go:embed docs.js
	docsJS []byte
)

var docsTemplate = template.Must(template.New("docs").Parse(docsHTML))

// docsPolicy lets the page use its own style and script and nothing else, from nowhere else.
const docsPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// serveDocs serves the OpenAPI document and the page that shows it.
func (s *Server) serveDocs() error {
	asJSON, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return fmt.Errorf("encode OpenAPI document: %w", err)
	}
	asYAML, err := s.api.OpenAPI().YAML()
	if err != nil {
		return fmt.Errorf("encode OpenAPI document: %w", err)
	}
	var page bytes.Buffer
	if err := docsTemplate.Execute(&page, docsPage(s.api.OpenAPI(), s.order)); err != nil {
		return fmt.Errorf("render docs page: %w", err)
	}
	s.static("/openapi.json", "application/openapi+json", asJSON)
	s.static("/openapi.yaml", "application/openapi+yaml", asYAML)
	s.static(pathDocs, "text/html; charset=utf-8", page.Bytes())
	s.static(pathDocs+"/docs.css", "text/css; charset=utf-8", docsCSS)
	s.static(pathDocs+"/docs.js", "text/javascript; charset=utf-8", docsJS)
	s.handle("GET /{$}", everyone, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, pathDocs, http.StatusFound)
	})
	return nil
}

// static serves what never changes while the process lives.
func (s *Server) static(path, contentType string, content []byte) {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	s.handle("GET "+path, everyone, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", docsPolicy)
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", contentType)
		// An error here is the client's going away.
		_, _ = w.Write(content)
	})
}
