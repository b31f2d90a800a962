package redisconn

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
)

// Config says where Redis is. It is written as a mapping, as host:port, or as
// the word embedded for a Redis inside of hasshin, to try things out: it keeps
// everything in memory and loses it at the end.
type Config struct {
	// Embedded is a Redis inside of this process. Written as `redis: embedded`.
	Embedded bool `yaml:"-"`

	// Addr is the host:port of a single Redis.
	Addr string `yaml:"addr" example:"127.0.0.1:6379"`

	// Addrs are the host:port of several: of the sentinels when sentinel_master is given, of some nodes of the cluster when cluster is.
	Addrs []string `yaml:"addrs" example:"[10.0.0.1:26379, 10.0.0.2:26379]"`

	// Username of a Redis user (ACL). Left out, the user is `default`.
	Username string `yaml:"username"`

	// Password of the Redis user, or the one of requirepass.
	Password secret.String `yaml:"password" example:"${env:REDIS_PASSWORD}"`

	// DB is the number of the database. A cluster has only 0.
	DB int `yaml:"db" minimum:"0" maximum:"15"`

	// SentinelMaster is the name of the master that the sentinels watch. With it addrs are those of the sentinels.
	SentinelMaster string `yaml:"sentinel_master" example:"mymaster"`

	// SentinelUsername is the user at the sentinels, when they ask for one.
	SentinelUsername string `yaml:"sentinel_username"`

	// SentinelPassword is the password at the sentinels, when they ask for one.
	SentinelPassword secret.String `yaml:"sentinel_password"`

	// Cluster says that the addresses are those of a Redis Cluster.
	Cluster bool `yaml:"cluster"`

	// TLS encrypts the connections.
	TLS TLSConfig `yaml:"tls"`

	// PoolSize is the number of connections to each Redis server at most. 0 means ten for each processor.
	PoolSize int `yaml:"pool_size" minimum:"0" maximum:"10000"`

	// Timeout is how long one command may take, when whoever sends it has no deadline of its own.
	Timeout time.Duration `yaml:"timeout" minimum:"100ms" maximum:"1m" example:"3s"`
}

// TLSConfig says how connections are encrypted and who may be at the other end.
type TLSConfig struct {
	// Enabled turns TLS on.
	Enabled bool `yaml:"enabled"`

	// CAFile is a PEM file with the authorities that sign Redis's certificate. Left out, those of the system are trusted.
	CAFile string `yaml:"ca_file" example:"/etc/hasshin/redis-ca.pem"`

	// CertFile is a PEM file with the certificate that hasshin shows. Needs key_file.
	CertFile string `yaml:"cert_file"`

	// KeyFile is a PEM file with the private key of cert_file.
	KeyFile string `yaml:"key_file"`

	// ServerName is the name expected in Redis's certificate. Left out, it is the host of the address.
	ServerName string `yaml:"server_name"`
}

// DefaultAddr is where Redis is when nothing is said.
const DefaultAddr = "127.0.0.1:6379"

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config {
	return Config{Timeout: 3 * time.Second}
}

// UnmarshalText takes the short forms: embedded, or host:port.
func (c *Config) UnmarshalText(text []byte) error {
	word := string(text)
	if word == "embedded" {
		c.Embedded = true
		return nil
	}
	if err := checkAddr(word); err != nil {
		return fmt.Errorf("%q is neither embedded nor an address; expected embedded, host:port like %s, or a mapping", word, DefaultAddr)
	}
	c.Addr = word
	return nil
}

// TextForms tells, for the generated reference, what UnmarshalText takes.
func (Config) TextForms() []string { return []string{"embedded", DefaultAddr} }

// addrs are the addresses to connect to.
func (c Config) addrs() []string {
	switch {
	case len(c.Addrs) > 0:
		return c.Addrs
	case c.Addr != "":
		return []string{c.Addr}
	}
	return []string{DefaultAddr}
}

// Where names the Redis in messages: without user and password.
func (c Config) Where() string {
	where := strings.Join(c.addrs(), ",")
	switch {
	case c.Embedded:
		return "embedded"
	case c.SentinelMaster != "":
		return c.SentinelMaster + " by the sentinels " + where
	case c.Cluster:
		return "cluster " + where
	}
	return where
}

// Validate reports all that is impossible in c, including TLS files that cannot be read.
func (c Config) Validate() error {
	if c.Embedded {
		return nil
	}
	var p problem.List
	if c.Addr != "" && len(c.Addrs) > 0 {
		p.Add("addrs", "is given besides addr; leave one of the two")
	}
	if c.Addr != "" {
		if err := checkAddr(c.Addr); err != nil {
			p.Add("addr", "%s", err)
		}
	}
	for i, addr := range c.Addrs {
		if err := checkAddr(addr); err != nil {
			p.Add(problem.Index("addrs", i), "%s", err)
		}
	}
	switch several := len(c.Addrs) > 1; {
	case c.Cluster && c.SentinelMaster != "":
		p.Add("cluster", "contradicts sentinel_master: a cluster has no sentinels")
	case several && !c.Cluster && c.SentinelMaster == "":
		p.Add("addrs", "has several addresses; say cluster: true, or sentinel_master when they are sentinels")
	}
	if c.Cluster && c.DB != 0 {
		p.Add("db", "must be 0 in a cluster, which has no other")
	}
	if c.SentinelMaster == "" && (c.SentinelUsername != "" || !c.SentinelPassword.IsZero()) {
		p.Add("sentinel_master", "is required with sentinel_username or sentinel_password")
	}
	p.AddAt("tls", c.TLS.validate())
	return p.Err()
}

func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return fmt.Errorf("%q is not an address; expected host:port like %s", addr, DefaultAddr)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("%q has no valid port; expected host:port like %s", addr, DefaultAddr)
	}
	return nil
}

func (t TLSConfig) validate() error {
	var p problem.List
	if !t.Enabled {
		for _, f := range []struct{ path, value string }{
			{"ca_file", t.CAFile}, {"cert_file", t.CertFile}, {"key_file", t.KeyFile}, {"server_name", t.ServerName},
		} {
			if f.value != "" {
				p.Add(f.path, "has no effect without enabled: true")
			}
		}
		return p.Err()
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		p.Add("cert_file", "needs key_file, and the other way round")
		return p.Err()
	}
	if _, err := t.authorities(); err != nil {
		p.Add("ca_file", "%s", err)
	}
	if _, err := t.certificates(); err != nil {
		p.Add("cert_file", "%s", err)
	}
	return p.Err()
}

func (t TLSConfig) authorities() (*x509.CertPool, error) {
	if t.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate in PEM form", t.CAFile)
	}
	return pool, nil
}

func (t TLSConfig) certificates() ([]tls.Certificate, error) {
	if t.CertFile == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, err
	}
	return []tls.Certificate{pair}, nil
}

// client is the configuration for crypto/tls, nil when TLS is off.
func (t TLSConfig) client() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	authorities, err := t.authorities()
	if err != nil {
		return nil, err
	}
	certificates, err := t.certificates()
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authorities, Certificates: certificates, ServerName: t.ServerName}, nil
}

// ShortForm is the text that UnmarshalText takes, when the section is written as one.
func (c Config) ShortForm() (text string, ok bool) { return "embedded", c.Embedded }
