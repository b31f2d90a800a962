// Package config reads hasshin's configuration: one YAML file, or a folder of
// them. It is strict, and tells everything that is wrong at once.
//
// The settings themselves, their defaults and what is possible belong to the
// packages that use them; this one puts them together. The reference for people,
// docs/config.md, and the JSON Schema for editors, docs/config.schema.json, are
// generated from the structs and their comments.
package config

import (
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/redisconn"
)

//go:generate go run ./reference

// Config is all that hasshin is told.
type Config struct {
	// Log says what is written to standard error, and how.
	Log LogConfig `yaml:"log"`

	// HTTP is what people and programs connect to: the API, the event stream and the page.
	HTTP desk.Config `yaml:"http"`

	// Redis keeps what must last: calling lists, calls, callbacks. `embedded` is one inside of hasshin, to try things out: it loses everything when hasshin ends.
	Redis redisconn.Config `yaml:"redis"`

	// Dialer has the settings of the dialing engine: Asterisk nodes, trunks, agents, campaigns.
	Dialer dialer.Config `yaml:",inline"`

	// Audio says what agents hear at which event.
	Audio audio.Config `yaml:"audio"`
}

// LogConfig says what is logged, and how.
type LogConfig struct {
	// Level is the least important that is written: trace, debug, info, warn or error.
	Level string `yaml:"level" enum:"trace,debug,info,warn,error"`

	// Format is json (a line of JSON each), console (for people) or auto: console on a terminal, else json.
	Format string `yaml:"format" enum:"auto,json,console"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config {
	return Config{
		Log:    LogConfig{Level: "info", Format: "auto"},
		HTTP:   desk.Defaults(),
		Redis:  redisconn.Defaults(),
		Dialer: dialer.Defaults(),
		Audio:  audio.Defaults(),
	}
}

// ElementDefaults are what entries of maps begin with, as functions that return them.
func ElementDefaults() []any { return []any{agent.Defaults, campaign.Defaults} }

// Validate reports all that is impossible in c, as a [problem.List].
func (c Config) Validate() error {
	var p problem.List
	p.AddAt("http", c.HTTP.Validate())
	p.AddAt("redis", c.Redis.Validate())
	p.AddAt("", c.Dialer.Validate())
	p.AddAt("audio", c.Audio.Validate())
	return p.Err()
}
