// Package upload puts finished recordings into storage that is reached by the S3 protocol, and gets them from there.
package upload

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
)

// Config says where recordings are uploaded to. Left out, they stay on the disk.
type Config struct {
	// Endpoint is the address of a storage that speaks the S3 protocol, without the bucket. Left out, nothing is uploaded.
	Endpoint string `yaml:"endpoint" example:"https://s3.example.com"`

	// Bucket is the bucket that recordings are put into. It must be there.
	Bucket string `yaml:"bucket" example:"recordings"`

	// Prefix is put before the names of the files, which are those of recordings.name.
	Prefix string `yaml:"prefix" example:"hasshin/"`

	// Region is the region of the bucket, where the storage has regions. Default: us-east-1.
	Region string `yaml:"region"`

	// AccessKey is the id of the key. It needs the permissions to put, read and delete objects of the bucket.
	AccessKey string `yaml:"access_key"`

	// SecretKey is the key itself.
	SecretKey secret.String `yaml:"secret_key"`

	// KeepLocal is how long a file stays on the disk, too, once the storage has confirmed it; 0s is for as long as the recording is kept. It is
	// deleted when recordings.sweep says. Until it is confirmed it is never deleted.
	KeepLocal time.Duration `yaml:"keep_local" example:"168h"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config { return Config{Region: "us-east-1"} }

// Enabled tells whether anything is uploaded.
func (c Config) Enabled() bool { return c.Endpoint != "" }

// bucketName is what all storages take for a name (Amazon S3 user guide, general purpose bucket naming rules).
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// Validate reports all that is impossible in c. Whether the storage answers shows when something is uploaded.
func (c Config) Validate() error {
	var p problem.List
	if !c.Enabled() {
		for name, set := range map[string]bool{"bucket": c.Bucket != "", "prefix": c.Prefix != "", "access_key": c.AccessKey != "", "secret_key": !c.SecretKey.IsZero()} {
			if set {
				p.Add(name, "is said without endpoint; expected endpoint, too, for example https://s3.example.com")
			}
		}
		return p.Err()
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		p.Add("endpoint", "%q is no address of a storage; expected http:// or https:// and a host, without a bucket, for example https://s3.example.com", c.Endpoint)
	}
	if !bucketName.MatchString(c.Bucket) {
		p.Add("bucket", "%q is no name of a bucket; expected 3 to 63 small letters, digits, . and -", c.Bucket)
	}
	if c.Prefix != "" && (strings.HasPrefix(c.Prefix, "/") || path.Clean(c.Prefix) != strings.TrimSuffix(c.Prefix, "/") || strings.HasPrefix(c.Prefix, "..")) {
		p.Add("prefix", "%q is no beginning of a name; expected something like hasshin/", c.Prefix)
	}
	if c.AccessKey == "" {
		p.Add("access_key", "is required")
	}
	if c.SecretKey.IsZero() {
		p.Add("secret_key", "is required, best as ${env:S3_SECRET_KEY} or with secret_key_file")
	}
	if c.KeepLocal < 0 {
		p.Add("keep_local", "%s is negative; expected 0s for as long as the recording is kept, or how long", c.KeepLocal)
	}
	return p.Err()
}
