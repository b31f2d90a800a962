package desk

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
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
	for _, f := range []struct {
		address, contentType string
		content              []byte
	}{
		{"/openapi.json", "application/openapi+json", asJSON},
		{"/openapi.yaml", "application/openapi+yaml", asYAML},
		{pathDocs, "text/html; charset=utf-8", page.Bytes()},
		{pathDocs + "/docs.css", "text/css; charset=utf-8", docsCSS},
		{pathDocs + "/docs.js", "text/javascript; charset=utf-8", docsJS},
	} {
		if err := s.file(f.address, file{f.contentType, f.content, docsPolicy, cacheRevalidate}); err != nil {
			return fmt.Errorf("%s: %w", f.address, err)
		}
	}
	return nil
}
