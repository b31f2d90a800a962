package desk

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// serveDocs serves the OpenAPI document and its page.
func (s *Server) serveDocs() error {
	asJSON, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode OpenAPI document: %w", err)
	}
	asYAML, err := s.api.OpenAPI().YAML()
	if err != nil {
		return fmt.Errorf("encode OpenAPI document: %w", err)
	}
	s.static("/openapi.json", "application/openapi+json", asJSON)
	s.static("/openapi.yaml", "application/openapi+yaml", asYAML)
	s.handle("GET /{$}", everyone, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, pathDocs, http.StatusFound)
	})
	return nil
}

// static serves what never changes while the process lives.
func (s *Server) static(path, contentType string, content []byte) {
	s.handle("GET "+path, everyone, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		// An error here is the client's going away.
		_, _ = w.Write(content)
	})
}
