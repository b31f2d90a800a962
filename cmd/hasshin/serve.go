package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/directory"
	"github.com/hasshin/hasshin/dialer/floor"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/imports"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/outbox"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/dialer/webhook"
	"github.com/hasshin/hasshin/internal/redisconn"
	"github.com/hasshin/hasshin/scheduler"
	"github.com/hasshin/hasshin/scheduler/calendar"
)

var serveCommand = command{
	name:    "serve",
	summary: "run the server",
	about: `
Runs the server until SIGINT or SIGTERM. Then it takes no more commands, ends the
calls and gives their records back, and ends with 0; a second signal ends it at
once. While Asterisk or Redis cannot be reached it waits and says so.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		lists := importFlag(flags)
		return func(ctx context.Context, std streams, _ []string) error {
			cfg, err := config.Load(*path)
			if err != nil {
				return counted(err)
			}
			return serve(ctx, cfg, newLogger(cfg.Log, std.err), *lists...)
		}
	},
}

// serve puts the parts together and lets them run until ctx ends. They end in the
// reverse order: the desk first, so that no command comes any more, then the
// engine, which still needs Redis to give records back, then Redis.
func serve(ctx context.Context, cfg *config.Config, logger zerolog.Logger, lists ...listFile) (err error) {
	logger.Info().Str("version", versionText()).Msg("hasshin starts")
	spareProcessor()

	if err := installConfigured(cfg.Audio, logger); err != nil {
		return err
	}
	rdb, err := redisconn.Open(ctx, cfg.Redis, logger)
	if errors.Is(err, context.Canceled) {
		logger.Info().Msg("told to stop while waiting for redis")
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	if err := importFirst(ctx, rdb, cfg, lists, logger); err != nil {
		return err
	}

	figures := prometheus.NewRegistry()
	figures.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	alarms, err := scheduler.New(scheduler.Config{Redis: rdb, Name: "callbacks", Logger: logger, Registerer: figures})
	if err != nil {
		return err
	}
	var front *desk.Server
	messages, err := newOutbox(cfg.Dialer, rdb, figures, logger)
	if err != nil {
		return err
	}
	store := campaign.NewRedisStore(rdb).For(cfg.Dialer.Campaigns)
	engine, err := dialer.New(dialer.Options{
		Config: cfg.Dialer,
		Audio:  cfg.Audio,
		Store:  store,
		// Calls and agents survive this process, unless Redis goes with it.
		Journal:   journal(rdb),
		Scheduler: dialer.NewScheduler(alarms),
		Notify:    func(n dialer.Notice) { front.Notify(n) }, // the engine has nothing to tell before Run
		Targets:   directory.NewRedisMemory(rdb),
		Audit:     audit.NewRedis(rdb),
		Floor:     floor.New(rdb, logger),

		TrunkRedis: rdb,

		Calendar: func(works []calendar.Work) (*calendar.Calendar, error) {
			return calendar.New(calendar.Config{Redis: rdb, Name: "calendar", Works: works, Logger: logger, Registerer: figures})
		},
		Registerer: figures,
		History:    history.NewStore(rdb),

		Imports:    imports.New(imports.Options{Config: cfg.Dialer.Imports, Redis: rdb, Store: store, Logger: logger}),
		Recordings: recording.NewStore(rdb),
		Outbox:     messages,
		Logger:     logger,
	})
	if err != nil {
		return err
	}
	front, err = desk.New(desk.Options{
		Config:     cfg.HTTP,
		Engine:     engine,
		Redis:      rdb,
		Agents:     cfg.Dialer.Agents,
		Audio:      cfg.Audio,
		Privileges: cfg.Dialer.Privileges,
		Logger:     logger,
		Registry:   figures,
		Version:    versionText(),
	})
	if err != nil {
		return fmt.Errorf("http: %w", err)
	}
	if err := front.Listen(); err != nil {
		return fmt.Errorf("http: %w", err)
	}
	sending, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	var sent sync.WaitGroup
	sent.Go(func() {
		if err := messages.Run(sending); err != nil {
			logger.Error().Err(err).Msg("messages are no longer sent")
		}
	})
	defer func() { stopSending(); sent.Wait() }()
	return runBoth(ctx, front.Run, engine.Run, logger)
}

// sendAtOnce is how many messages are on their way at once: mail servers have limits of their own.
const sendAtOnce = 4

// newOutbox is what sends messages to contacts.
func newOutbox(cfg dialer.Config, rdb redis.UniversalClient, figures prometheus.Registerer, logger zerolog.Logger) (*outbox.Outbox, error) {
	hooks := webhook.Sender{Find: cfg.Webhook}
	deliver := map[outbox.Kind]outbox.Deliver{outbox.KindWebhook: hooks.Deliver}
	if cfg.Mail.Possible() {
		deliver[outbox.KindEmail] = mail.NewSender(cfg.Mail).Deliver
	}
	times, err := scheduler.New(scheduler.Config{
		Redis: rdb, Name: "outbox", Shards: 8, Concurrency: sendAtOnce, Backoff: outbox.Backoff, PollInterval: time.Second, Logger: logger, Registerer: figures,
	})
	if err != nil {
		return nil, err
	}
	return outbox.New(outbox.Options{
		Redis: rdb, Scheduler: times, GiveUp: cfg.Mail.GiveUp, Keep: cfg.Mail.Keep, Logger: logger, Deliver: deliver,
	}), nil
}

// installConfigured brings the tones of the configuration to the Asterisk that shares a folder with hasshin. Agents who hear
// nothing, or other tones than the configuration says, are not found out later: it is refused to start.
func installConfigured(cfg audio.Config, logger zerolog.Logger) error {
	if cfg.Install == "" {
		return nil
	}
	dir, written, err := installTones(cfg.Files(), cfg.Install)
	if err != nil {
		return fmt.Errorf("audio.install: the tones cannot be installed: %w", err)
	}
	logger.Info().Str("folder", dir).Int("changed", written).Msg("tones installed")
	return nil
}

func journal(rdb *redisconn.Conn) dialer.Journal {
	if rdb.Embedded() {
		return nil
	}
	return dialer.NewRedisJournal(rdb)
}

// runBoth runs the desk until ctx ends, and the engine until the desk has ended.
// When one of them fails the other is stopped, too.
func runBoth(ctx context.Context, runDesk, runEngine func(context.Context) error, logger zerolog.Logger) error {
	deskCtx, stopDesk := context.WithCancel(ctx)
	defer stopDesk()
	engineCtx, stopEngine := context.WithCancel(context.WithoutCancel(ctx))
	defer stopEngine()

	engineEnd := make(chan error, 1)
	go func() {
		defer stopDesk()
		engineEnd <- runEngine(engineCtx)
	}()
	said := make(chan struct{})
	unheard := context.AfterFunc(ctx, func() {
		defer close(said)
		logger.Info().Msg("told to stop; a second signal ends it at once")
	})
	deskErr := runDesk(deskCtx)
	if !unheard() {
		<-said
	}
	stopEngine()
	err := errors.Join(deskErr, <-engineEnd)
	logger.Info().Err(err).Msg("hasshin ends")
	return err
}

// newLogger writes as the configuration says.
func newLogger(cfg config.LogConfig, w io.Writer) zerolog.Logger {
	level, err := zerolog.ParseLevel(cfg.Level)
	if err != nil {
		level = zerolog.InfoLevel // the configuration admits only levels that parse
	}
	if cfg.Format == "console" || cfg.Format == "auto" && isTerminal(w) {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: "15:04:05.000", NoColor: !isTerminal(w)}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}
