package desk_test

import (
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"
)

var asset = regexp.MustCompile(`/assets/[A-Za-z0-9_.-]+`)

func TestThePageIsServedWithAStrictPolicy(t *testing.T) {
	h := open(t)
	page := h.send("GET", "/", "")
	if page.status != 200 || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", page.status, page.header.Get("Content-Type"))
	}
	policy := page.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s: %s", part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("the policy is too lenient: %s", policy)
	}
	if got := page.header.Get("Permissions-Policy"); !strings.Contains(got, "microphone=(self)") {
		t.Errorf("the page may not listen: %q", got)
	}
	if got := page.header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("the page is cached: %q", got)
	}
	if again := h.send("GET", "/", "", "If-None-Match", page.header.Get("ETag")); again.status != 304 || again.body != "" {
		t.Errorf("asked again: %d", again.status)
	}
	assets := asset.FindAllString(page.body, -1)
	if len(assets) < 2 {
		t.Fatalf("the page needs %v; expected a script and a style", assets)
	}
	for _, address := range assets {
		file := h.send("GET", address, "")
		if file.status != 200 || !strings.Contains(file.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, %s", address, file.status, file.header.Get("Cache-Control"))
		}
		packed := h.send("GET", address, "", "Accept-Encoding", "br, gzip;q=0.8")
		if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(file.body) {
			t.Errorf("%s: %q, %d bytes of %d", address, packed.header.Get("Content-Encoding"), len(packed.body), len(file.body))
			continue
		}
		unzip, err := gzip.NewReader(strings.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := io.ReadAll(unzip); err != nil || string(whole) != file.body {
			t.Errorf("%s: what was compressed is another thing (%v)", address, err)
		}
		if plain := h.send("GET", address, "", "Accept-Encoding", "gzip;q=0"); plain.header.Get("Content-Encoding") != "" {
			t.Errorf("%s is compressed for one who does not want it", address)
		}
	}
	if gone := h.send("GET", "/assets/index-00000000.js", ""); gone.status != 404 {
		t.Errorf("a file of an earlier page: %d", gone.status)
	}
}
