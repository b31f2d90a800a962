// Package recording has what concerns recordings of calls apart from the calls: what is to be recorded, how files are named and made of what
// Asterisk recorded, where they are kept and for how long.
//
// Asterisk records the leg to the agent's phone through snoop channels, as raw samples on its own disk: what the agent says, and what the agent
// hears. When a part of a call is over, hasshin fetches the files through the Asterisk REST Interface, makes one WAV file of them, and only then
// deletes them on Asterisk. So no disk is shared, and Asterisk may be on another machine.
package recording

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/hasshin/hasshin/dialer/upload"
	"github.com/hasshin/hasshin/internal/problem"
)

// Config says where recordings are kept.
type Config struct {
	// Directory is where recordings are kept. It must be there, and hasshin must be able to write in it. Left out, nothing can be recorded.
	Directory string `yaml:"directory" example:"/var/lib/hasshin/recordings"`

	// Name is how files are named, with folders, without the ending .wav. {campaign}, {record}, {call}, {agent}, {number}, {kind}, {date}, {time},
	// {part} (1, 2 … of the call) and {id} stand for what they say; characters that are unusual in file names become _.
	// Default: {campaign}/{date}/{time}-{record}-{call}-{part}.
	Name string `yaml:"name"`

	// Sweep is when recordings are deleted whose time is over, as a cron line (minute, hour, day, month, weekday) in the server's time zone.
	// Default: 30 3 * * *.
	Sweep string `yaml:"sweep"`

	// Upload says where recordings are uploaded to, too.
	Upload upload.Config `yaml:"upload"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config {
	return Config{Name: "{campaign}/{date}/{time}-{record}-{call}-{part}", Sweep: "30 3 * * *", Upload: upload.Defaults()}
}

// Validate reports all that is impossible in c. Whether the directory is there shows when it is opened.
func (c Config) Validate() error {
	var p problem.List
	if err := checkTemplate(c.Name); err != nil {
		p.Add("name", "%s", err)
	}
	if _, err := cron.ParseStandard(c.Sweep); err != nil {
		p.Add("sweep", "%q is no cron line: %s; expected five fields, for example 30 3 * * *", c.Sweep, err)
	}
	p.AddAt("upload", c.Upload.Validate())
	return p.Err()
}

// When says which calls are recorded.
type When string

// The choices.
const (
	Never    When = "never"
	OnDemand When = "on-demand" // when the agent says so
	Share    When = "share"     // a share of the calls, by chance; others when the agent says so
	Always   When = "always"    // all, and agents cannot stop it
)

// UnmarshalText refuses what is no choice.
func (w *When) UnmarshalText(text []byte) error {
	if !slices.Contains([]When{Never, OnDemand, Share, Always}, When(text)) {
		return fmt.Errorf("%q is not when to record; expected never, on-demand, share or always", text)
	}
	*w = When(text)
	return nil
}

// Channels says what a file's channels are.
type Channels string

// The choices.
const (
	Stereo Channels = "stereo" // left the agent, right what the agent hears
	Mono   Channels = "mono"   // both together
)

// UnmarshalText refuses what is no choice.
func (c *Channels) UnmarshalText(text []byte) error {
	if !slices.Contains([]Channels{Stereo, Mono}, Channels(text)) {
		return fmt.Errorf("%q is no choice of channels; expected stereo or mono", text)
	}
	*c = Channels(text)
	return nil
}

// Policy says what is recorded of a campaign's calls.
type Policy struct {
	// When says which calls are recorded: never, on-demand (when the agent says so), share (a share of them by chance, others when the agent says
	// so) or always (all; agents cannot stop it, but pause it). Default: never.
	When When `yaml:"when"`

	// Share is how many calls of a hundred are recorded when it says share.
	Share int `yaml:"share"`

	// Channels is stereo (left the agent, right what the agent hears) or mono. Default: stereo.
	Channels Channels `yaml:"channels"`

	// Consultations records consultations, too, each as a part of its own. The contact on hold is in none of them. Default: false.
	Consultations bool `yaml:"consultations"`

	// Announcement is a sound of Asterisk that everybody on the call hears, over the conversation, when its recording begins and when the agent
	// begins it anew, for example beep. Default: none.
	Announcement string `yaml:"announcement" example:"beep"`

	// Keep is how long recordings are kept; 0s is for ever. Default: 0s.
	Keep time.Duration `yaml:"keep" example:"2160h"`
}

// DefaultPolicy is what is recorded where nothing is said.
func DefaultPolicy() Policy { return Policy{When: Never, Channels: Stereo} }

// Validate reports all that is impossible in p.
func (p Policy) Validate() error {
	var list problem.List
	switch {
	case p.When == Share && (p.Share < 1 || p.Share > 100):
		list.Add("share", "%d is out of range; expected 1 to 100", p.Share)
	case p.When != Share && p.Share != 0:
		list.Add("share", "is only for when: share, not %s", p.When)
	}
	if strings.ContainsAny(p.Announcement, ",&:?# ") || strings.Contains(p.Announcement, "..") || strings.HasPrefix(p.Announcement, "/") {
		list.Add("announcement", "%q is no name of a sound; expected something like beep or custom/recorded", p.Announcement)
	}
	if p.Keep < 0 {
		list.Add("keep", "%s is negative; expected 0s for ever, or how long", p.Keep)
	}
	return list.Err()
}

// Possible tells whether calls can be recorded at all.
func (p Policy) Possible() bool { return p.When != Never && p.When != "" }

// Draw tells whether a call is recorded without anybody's asking. Of one call it always tells the same, whichever process asks.
func (p Policy) Draw(call string) bool {
	digest := sha256.Sum256([]byte(call)) // ids of one moment are alike, their digests are not
	return p.When == Always || p.When == Share && binary.BigEndian.Uint64(digest[:])%100 < uint64(p.Share)
}
