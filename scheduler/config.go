package scheduler

import (
	"crypto/rand"
	"os"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/internal/problem"
)

// Config is what a Scheduler is made of. Redis and Name are required; the zero value of anything else means its default.
type Config struct {
	// Redis stays the caller's to close: single, Sentinel or Cluster.
	Redis redis.UniversalClient

	// Name keeps schedulers on one Redis apart: a to z, 0 to 9, - and _, at most 32.
	Name string

	// Shards is the number of sorted sets that the entries are spread over, the same for good in all processes. Default 64, at most 1024.
	Shards int

	// Lease is how long a claim lasts. Run renews it while the handler runs; a dead process's entries come back after it. Default 10 s.
	Lease time.Duration

	// Concurrency is how many jobs Run has in its handler at once; it never claims more. SetConcurrency changes it. Default 64.
	Concurrency int

	// PollInterval is how often every shard is looked at, should a message to wake up be lost. Default 250 ms.
	PollInterval time.Duration

	// Membership is after what silence a process counts as dead and its shards are another's; it makes itself heard four times as often.
	// Default 2 s, so that shards have moved within 3 s.
	Membership time.Duration

	// FreshEvery says which share of claims goes to what came due last while there is a backlog: one in so many. Default 8; 1 or less than 0
	// turns it off and the order is strict.
	FreshEvery int

	// Backoff is how long to wait after a handler's n-th error in a row, n from 1. Default 1 s, doubled each time, at most 5 min.
	Backoff func(n int) time.Duration

	// Drain is how long Run waits for handlers after its context has ended before it cancels theirs. Default 10 s.
	Drain time.Duration

	// Timeout is how long a command is tried when Redis does not answer or is between two masters, and the context has no earlier deadline.
	// Default 5 s.
	Timeout time.Duration

	// ConfirmTimeout is how long Create waits for the disk at most. With Redis's appendfsync everysec that is about a second; but while an earlier
	// fsync is still under way Redis puts its next write off, for up to two seconds, and the fsync after it takes its time, too (Redis documentation,
	// "Redis persistence" and "Diagnosing latency issues"). Default 5 s.
	ConfirmTimeout time.Duration

	// Replicas is on how many replicas' disks an entry has to be, besides the master's, before Create succeeds. Only with one or more does
	// an entry survive a failover for sure. Default 0.
	Replicas int

	// RequireDurable makes Create return ErrNotDurable where the server cannot confirm durability.
	RequireDurable bool

	// Process names this process in Redis and in logs. Default: the host's name and a random text.
	Process string

	// Logger takes what is worth knowing. Default: none.
	Logger zerolog.Logger

	// Registerer takes the metrics. Default: none.
	Registerer prometheus.Registerer
}

var namePattern = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

func (c Config) withDefaults() Config {
	orDuration := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	orInt := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	orInt(&c.Shards, 64)
	orInt(&c.Concurrency, 64)
	orInt(&c.FreshEvery, 8)
	orDuration(&c.Lease, 10*time.Second)
	orDuration(&c.PollInterval, 250*time.Millisecond)
	orDuration(&c.Membership, 2*time.Second)
	orDuration(&c.Drain, 10*time.Second)
	orDuration(&c.Timeout, 5*time.Second)
	orDuration(&c.ConfirmTimeout, 5*time.Second)
	if c.Backoff == nil {
		c.Backoff = backoff
	}
	if c.Process == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "unknown"
		}
		c.Process = host + "-" + rand.Text()[:10]
	}
	return c
}

// Validate reports all that is impossible in c, once its defaults are in.
func (c Config) Validate() error {
	c = c.withDefaults()
	var p problem.List
	if c.Redis == nil {
		p.Add("Redis", "is required")
	}
	if !namePattern.MatchString(c.Name) {
		p.Add("Name", "is %q; expected 1 to 32 of a-z, 0-9, - and _", c.Name)
	}
	if c.Shards < 1 || c.Shards > 1024 {
		p.Add("Shards", "is %d; expected 1 to 1024", c.Shards)
	}
	if c.Concurrency < 0 {
		p.Add("Concurrency", "is %d; expected 0 or more", c.Concurrency)
	}
	if c.Replicas < 0 {
		p.Add("Replicas", "is %d; expected 0 or more", c.Replicas)
	}
	for _, d := range []struct {
		name  string
		value time.Duration
		least time.Duration
	}{
		{"Lease", c.Lease, 100 * time.Millisecond}, {"PollInterval", c.PollInterval, 10 * time.Millisecond},
		{"Membership", c.Membership, 100 * time.Millisecond}, {"Drain", c.Drain, time.Millisecond},
		{"Timeout", c.Timeout, time.Millisecond}, {"ConfirmTimeout", c.ConfirmTimeout, time.Millisecond},
	} {
		if d.value < d.least {
			p.Add(d.name, "is %s; expected %s or more", d.value, d.least)
		}
	}
	return p.Err()
}

// backoff doubles from a second to five minutes.
func backoff(n int) time.Duration {
	const first, most = time.Second, 5 * time.Minute
	if n > 9 {
		return most
	}
	return min(first<<max(n-1, 0), most)
}
