package redisconn_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/redisconn"
	"github.com/hasshin/hasshin/internal/secret"
)

func TestShortForms(t *testing.T) {
	tests := []struct {
		text string
		want redisconn.Config
		err  string
	}{
		{text: "embedded", want: redisconn.Config{Embedded: true}},
		{text: "redis:6379", want: redisconn.Config{Addr: "redis:6379"}},
		{text: "[::1]:6380", want: redisconn.Config{Addr: "[::1]:6380"}},
		{text: "embeded", err: `"embeded" is neither embedded nor an address; expected embedded, host:port like 127.0.0.1:6379, or a mapping`},
		{text: "redis:99999", err: `"redis:99999" is neither embedded nor an address; expected embedded, host:port like 127.0.0.1:6379, or a mapping`},
		{text: "", err: `"" is neither embedded nor an address; expected embedded, host:port like 127.0.0.1:6379, or a mapping`},
	}
	for _, tt := range tests {
		var got redisconn.Config
		errText := ""
		if err := got.UnmarshalText([]byte(tt.text)); err != nil {
			errText = err.Error()
		}
		if diff := cmp.Diff(tt.err, errText); diff != "" {
			t.Errorf("error of %q (-want +got):\n%s", tt.text, diff)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestImpossibleConfigs(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		cfg  redisconn.Config
		want []string // paths
	}{
		{"nothing said", redisconn.Config{}, nil},
		{"embedded needs nothing else", redisconn.Config{Embedded: true, Addr: "x"}, nil},
		{"two ways to say where", redisconn.Config{Addr: "a:1", Addrs: []string{"b:1"}}, []string{"addrs"}},
		{"no port", redisconn.Config{Addr: "localhost"}, []string{"addr"}},
		{"bad ports", redisconn.Config{Addrs: []string{"a:x", "b:70000"}, Cluster: true}, []string{"addrs[0]", "addrs[1]"}},
		{"several of what", redisconn.Config{Addrs: []string{"a:1", "b:1"}}, []string{"addrs"}},
		{"sentinels", redisconn.Config{Addrs: []string{"a:1", "b:1"}, SentinelMaster: "m", SentinelPassword: secret.New("p")}, nil},
		{"sentinels of a cluster", redisconn.Config{Addr: "a:1", Cluster: true, SentinelMaster: "m"}, []string{"cluster"}},
		{"database of a cluster", redisconn.Config{Addr: "a:1", Cluster: true, DB: 1}, []string{"db"}},
		{"sentinel password alone", redisconn.Config{SentinelPassword: secret.New("p")}, []string{"sentinel_master"}},
		{"tls without tls", redisconn.Config{TLS: redisconn.TLSConfig{CAFile: "x", ServerName: "y"}}, []string{"tls.ca_file", "tls.server_name"}},
		{"half a key pair", redisconn.Config{TLS: redisconn.TLSConfig{Enabled: true, CertFile: "x"}}, []string{"tls.cert_file"}},
		{"files that are not", redisconn.Config{TLS: redisconn.TLSConfig{Enabled: true, CAFile: notPEM, CertFile: "no", KeyFile: "no"}}, []string{"tls.ca_file", "tls.cert_file"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range problem.Of(tt.cfg.Validate()) {
				got = append(got, p.Path)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("paths of the problems (-want +got):\n%s", diff)
			}
		})
	}
}
