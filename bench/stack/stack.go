// Package stack runs hasshin for measurements and for tests of the whole: the desk and the engine in this process, on an Asterisk and a
// Redis of their own in containers. Contacts are whatever SIP peer the trunk leads to, most often a test phone of the same process.
package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/passwd"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/redisconn"
	"github.com/hasshin/hasshin/internal/secret"
)

// Campaign is the id of the one campaign, and Password that of every agent.
const (
	Campaign = "bench"
	Trunk    = "carrier"
	Password = "bench"
)

// Options says what to start.
type Options struct {
	// Trunk is host:port of the SIP peer that takes all calls to contacts.
	Trunk string
	// Agents are the ids of the agents, each with a SIP phone and working in [Campaign].
	Agents []string
	// Dispositions are the campaign's; none is required.
	Dispositions []string
	// RingTimeout of the campaign. Default: 30 s.
	RingTimeout time.Duration
	// Journal lets the engine keep its state in Redis, as in production.
	Journal bool
	// Configure changes the engine's configuration. Optional.
	Configure func(*dialer.Config)
	// Asterisk are further options of the container.
	Asterisk []asterisktest.Option
	// Logger gets what the desk and the engine say. The zero value discards it.
	Logger zerolog.Logger
}

// Stack is a running hasshin. End it with [Stack.Close].
type Stack struct {
	Asterisk  *asterisktest.Container
	Redis     *redisconn.Conn
	RedisAddr string // host:port
	Store     *campaign.RedisStore
	Engine    *dialer.Engine
	Desk      *desk.Server

	list    campaign.ListConfig
	imports int
	serving sync.WaitGroup
	failed  chan error
	closers []func(context.Context) error // what was started, in that order
}

// cheap is an argon2id hash that takes no time worth measuring; its passwords guard nothing.
var cheap = passwd.Params{Memory: 8, Time: 1, Threads: 1}

// Start starts everything and returns when calls can be made. What was started is ended again if the rest does not start.
func Start(ctx context.Context, opts Options) (_ *Stack, err error) {
	s := &Stack{failed: make(chan error, 2)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close(context.WithoutCancel(ctx)))
		}
	}()
	if s.RedisAddr, err = s.startRedis(ctx); err != nil {
		return s, fmt.Errorf("start redis: %w", err)
	}
	redisConfig := redisconn.Defaults()
	redisConfig.Addr = s.RedisAddr
	if s.Redis, err = redisconn.Open(ctx, redisConfig, opts.Logger); err != nil {
		return s, err
	}
	s.closers = append(s.closers, func(context.Context) error { return s.Redis.Close() })
	s.Store = campaign.NewRedisStore(s.Redis)

	options := []asterisktest.Option{
		asterisktest.WithTrunk(opts.Trunk),
		asterisktest.WithEnv(map[string]string{"TONE_COUNTRY": "us"}), // the ringing that test phones know
	}
	options = append(options, opts.Asterisk...)
	if s.Asterisk, err = asterisktest.Run(ctx, options...); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.Asterisk.Terminate)
	return s, s.serve(ctx, opts)
}

// serve makes engine and desk and lets them run.
func (s *Stack) serve(ctx context.Context, opts Options) error {
	hash, err := passwd.HashWith(cheap, Password)
	if err != nil {
		return err
	}
	cfg := s.config(opts, secret.New(hash))
	s.list = cfg.Campaigns[Campaign].List
	var journal dialer.Journal
	if opts.Journal {
		journal = dialer.NewRedisJournal(s.Redis)
	}
	if s.Engine, err = dialer.New(dialer.Options{
		Config: cfg, Store: s.Store, Journal: journal, TrunkRedis: s.Redis, History: history.NewStore(s.Redis), Logger: opts.Logger, Notify: func(n dialer.Notice) { s.Desk.Notify(n) },
	}); err != nil {
		return err
	}
	deskConfig := desk.Defaults()
	deskConfig.Listen = "127.0.0.1:0"
	if s.Desk, err = desk.New(desk.Options{
		Config: deskConfig, Engine: s.Engine, Redis: s.Redis, Agents: cfg.Agents, Logger: opts.Logger,
	}); err != nil {
		return err
	}
	if err := s.Desk.Listen(); err != nil {
		return err
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.serving.Go(func() { s.failed <- s.Engine.Run(life) })
	s.serving.Go(func() { s.failed <- s.Desk.Run(life) })
	s.closers = append(s.closers, func(context.Context) error {
		stop()
		s.serving.Wait()
		return errors.Join(<-s.failed, <-s.failed)
	})
	return s.available(ctx)
}

// available waits until the engine has its Asterisk.
func (s *Stack) available(ctx context.Context) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		err := s.Engine.Available()
		if err == nil {
			return nil
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

func (s *Stack) config(opts Options, hash secret.String) dialer.Config {
	node := dialer.NodeConfig{}.Defaults()
	node.Name, node.URL, node.SIP = "ast1", s.Asterisk.URL(), s.Asterisk.SIPAddr()
	node.Username, node.Password = s.Asterisk.Username(), secret.New(s.Asterisk.Password())

	calling := campaign.Defaults()
	calling.Trunk = Trunk
	calling.List.Region = "GB"
	calling.Hours.Profile = hours.ProfileUnrestricted // it is measured at any time of the day
	calling.Treatment.MaxAttempts = 1                 // each contact is called once
	calling.List.Columns = campaign.Columns{ID: "id", Name: "name"}
	if opts.RingTimeout > 0 {
		calling.RingTimeout = opts.RingTimeout
	}
	for _, code := range opts.Dispositions {
		calling.Dispositions = append(calling.Dispositions, campaign.Disposition{Code: code})
	}
	optional := false
	calling.DispositionRequired = &optional

	cfg := dialer.Defaults()
	cfg.Asterisk = []dialer.NodeConfig{node}
	cfg.Trunks = map[string]dialer.TrunkConfig{Trunk: {Dial: "PJSIP/{number}@carrier", CallerID: "+442079460999"}}
	cfg.Campaigns = map[string]campaign.Config{Campaign: calling}
	cfg.Agents = map[string]agent.Config{}
	for _, id := range opts.Agents {
		a := agent.Defaults()
		a.PasswordHash, a.Campaigns = hash, []string{Campaign}
		cfg.Agents[id] = a
	}
	if opts.Configure != nil {
		opts.Configure(&cfg)
	}
	return cfg
}

// URL is the desk's address.
func (s *Stack) URL() string { return "http://" + s.Desk.Addr().String() }

// Contact is a row of a calling list.
type Contact struct{ ID, Number string }

// Import puts contacts into the calling list, in that order.
func (s *Stack) Import(ctx context.Context, contacts []Contact) (err error) {
	dir, err := os.MkdirTemp("", "hasshin-list")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var rows strings.Builder
	rows.WriteString("id,name,phone\n")
	for _, c := range contacts {
		fmt.Fprintf(&rows, "%s,%s,%s\n", c.ID, c.ID, c.Number)
	}
	s.imports++
	file := filepath.Join(dir, fmt.Sprintf("list-%d.csv", s.imports))
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		return err
	}
	sum, err := campaign.Import(ctx, s.Store, campaign.ImportRequest{Campaign: Campaign, List: s.list, Path: file})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if sum.Imported != int64(len(contacts)) {
		return fmt.Errorf("import: %d of %d contacts are in the list: %+v", sum.Imported, len(contacts), sum)
	}
	return nil
}

// Close ends everything, newest first, and waits for it.
func (s *Stack) Close(ctx context.Context) error {
	var err error
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i](ctx))
	}
	s.closers = nil
	return err
}
