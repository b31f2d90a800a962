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

// serveDocs serves the OpenAPI document and the page that shows it. They are made when somebody wants them first.
func (s *Server) serveDocs() {
	page := func() ([]byte, error) {
		var b bytes.Buffer
		if err := docsTemplate.Execute(&b, docsPage(s.api.OpenAPI(), s.order)); err != nil {
			return nil, fmt.Errorf("render docs page: %w", err)
		}
		return b.Bytes(), nil
	}
	as := func(content []byte) func() ([]byte, error) { return func() ([]byte, error) { return content, nil } }
	for _, f := range []struct {
		address, contentType string
		content              func() ([]byte, error)
	}{
		{"/openapi.json", "application/openapi+json", func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) }},
		{"/openapi.yaml", "application/openapi+yaml", s.api.OpenAPI().YAML},
		{pathDocs, "text/html; charset=utf-8", page},
		{pathDocs + "/docs.css", "text/css; charset=utf-8", as(docsCSS)},
		{pathDocs + "/docs.js", "text/javascript; charset=utf-8", as(docsJS)},
	} {
		s.file(f.address, file{f.contentType, f.content, docsPolicy, cacheRevalidate})
	}
}
