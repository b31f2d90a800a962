package asterisktest

import (
	"crypto/rand"
	"fmt"
	"maps"
	"path"
	"testing"
	"time"
)

// Option changes how [Run] starts Asterisk.
type Option func(*options) error

type options struct {
	image    string
	rtpPorts int
	username string
	password string
	app      string
	trunk    string
	carrier  bool
	env      map[string]string
	files    map[string]string // path in the container → content
	folders  []string          // host path:path in the container
	small    map[string]string // path in the container → mount options of a disk in memory
	shares   int64             // 0 is the engine's default
	logf     func(format string, args ...any)
	startup  time.Duration
	reserve  func(rtp int) (*portBlock, error)
}

// WithImage uses an image that is already there, or can be pulled, instead of building one. It must understand the same environment
// as the image in deploy/asterisk. The environment variable ASTERISKTEST_IMAGE does the same for all containers of a test run.
func WithImage(name string) Option {
	return func(o *options) error {
		o.image = name
		return nil
	}
}

// WithConfig adds a file below /etc/asterisk before Asterisk starts, e.g. "pjsip.d/phones.conf" or "extensions.d/lab.conf".
func WithConfig(name, content string) Option {
	return func(o *options) error {
		clean := path.Clean("/" + name)
		if clean == "/" {
			return fmt.Errorf("config file needs a name")
		}
		o.files["/etc/asterisk"+clean] = content
		return nil
	}
}

// WithFile adds a file at an absolute path of the container before Asterisk starts, e.g. a sound.
func WithFile(name string, content []byte) Option {
	return func(o *options) error {
		if !path.IsAbs(name) {
			return fmt.Errorf("file %q: want an absolute path", name)
		}
		o.files[name] = string(content)
		return nil
	}
}

// WithFolder lets the container have a folder of this machine, as the compose file shares the one for tones: what is written there later
// is there for Asterisk, too, and Asterisk finds it again when restarted. Asterisk runs as another user and needs the right to read it.
func WithFolder(host, name string) Option {
	return func(o *options) error {
		if !path.IsAbs(host) || !path.IsAbs(name) {
			return fmt.Errorf("folder %q as %q: want absolute paths", host, name)
		}
		o.folders = append(o.folders, host+":"+name)
		return nil
	}
}

// WithSmallDisk mounts a disk of so many bytes at a path of the container, in memory: one that can be filled. It is empty again after
// [Container.Stop] and [Container.Kill]. Whole pages count, and a size that is not a multiple of them is rounded up.
func WithSmallDisk(name string, bytes int) Option {
	return func(o *options) error {
		if !path.IsAbs(name) || bytes <= 0 {
			return fmt.Errorf("disk of %d bytes at %q: want a size and an absolute path", bytes, name)
		}
		o.small[name] = fmt.Sprintf("rw,size=%d", bytes)
		return nil
	}
}

// WithEnv adds environment variables for the image's entrypoint. Those that this package sets itself (ports, ARI user) win.
func WithEnv(env map[string]string) Option {
	return func(o *options) error {
		maps.Copy(o.env, env)
		return nil
	}
}

// WithCredentials sets the ARI user instead of "asterisktest" with a random password.
func WithCredentials(username, password string) Option {
	return func(o *options) error {
		if username == "" || password == "" {
			return fmt.Errorf("credentials need a username and a password")
		}
		o.username, o.password = username, password
		return nil
	}
}

// WithApp sets the Stasis application that [Container.Client] uses when called with an empty name. The default is "asterisktest".
func WithApp(name string) Option {
	return func(o *options) error {
		o.app = name
		return nil
	}
}

// WithTrunk sets where the endpoint "carrier" sends calls: "host:port" of a SIP peer, e.g. [Container.SIPAddr] of another container
// started [WithCarrierRole].
func WithTrunk(hostport string) Option {
	return func(o *options) error {
		o.trunk = hostport
		return nil
	}
}

// WithCarrierRole makes this Asterisk a simulated carrier: it takes calls from anyone, and the dialed number decides what becomes
// of them. deploy/README.md has the table of numbers.
func WithCarrierRole() Option {
	return func(o *options) error {
		o.carrier = true
		return nil
	}
}

// WithRTPPorts sets how many RTP ports the container gets at least; a call leg needs two. The default is 396.
func WithRTPPorts(n int) Option {
	return func(o *options) error {
		o.rtpPorts = n
		return nil
	}
}

// WithCPUShares gives the container so many shares of the processors when there are not enough for all; others have 1024.
func WithCPUShares(n int64) Option {
	return func(o *options) error {
		if n < 2 || n > 1<<18 {
			return fmt.Errorf("%d CPU shares: want 2 to %d, where 1024 is as much as everybody has", n, 1<<18)
		}
		o.shares = n
		return nil
	}
}

// WithStartupTimeout bounds the time from the container's start to Asterisk being ready, not the building of an image. The default is
// 60 s.
func WithStartupTimeout(d time.Duration) Option {
	return func(o *options) error {
		o.startup = d
		return nil
	}
}

// WithLogger writes what this package does (and, while building, what the engine says) to the test's log.
func WithLogger(tb testing.TB) Option {
	return func(o *options) error {
		o.logf = tb.Logf
		return nil
	}
}

func newOptions(opts []Option) (*options, error) {
	o := &options{
		image:    imageFromEnv(),
		rtpPorts: 396,
		username: "asterisktest",
		app:      "asterisktest",
		env:      map[string]string{},
		files:    map[string]string{},
		small:    map[string]string{},
		logf:     func(string, ...any) {},
		startup:  time.Minute,
		reserve:  reservePorts,
	}
	for _, opt := range opts {
		if err := opt(o); err != nil {
			return nil, err
		}
	}
	if o.password == "" {
		o.password = rand.Text()
	}
	return o, nil
}
