package dialer

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callerid"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/directory"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/imports"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/pacing/decisionlog"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/dialer/treatment"
	"github.com/hasshin/hasshin/dialer/trunk"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
)

// Config is everything the engine is told.
type Config struct {
	// Asterisk lists the Asterisk nodes to control. At least one.
	Asterisk []NodeConfig `yaml:"asterisk"`

	// Trunks are the ways to the telephone network, by name.
	Trunks map[string]TrunkConfig `yaml:"trunks"`

	// CallerIDs are groups of numbers that campaigns show their contacts in turn (`caller_id_group`), by name.
	CallerIDs map[string]callerid.Group `yaml:"caller_ids"`

	// Privileges changes what the roles agent, supervisor and admin may do. docs/api.md lists the privileges and what each role comes with.
	Privileges agent.Bundles `yaml:"privileges"`

	// Agents are the people who sign in, by id. An id is made of letters, digits, - and _.
	Agents map[string]agent.Config `yaml:"agents"`

	// Campaigns are the campaigns, by id. An id is made of letters, digits, - and _.
	Campaigns map[string]campaign.Config `yaml:"campaigns"`

	// NotReadyReasons are the reasons an agent can choose from when not ready. Default: break, lunch, meeting, training, other.
	NotReadyReasons []string `yaml:"not_ready_reasons"`

	// Groups are groups of agents that can be consulted or transferred to: the longest-idle ready one gets the offer.
	Groups map[string][]string `yaml:"groups"`

	// Queues are places in the dialplan that a contact can be transferred to, by name.
	Queues map[string]QueueConfig `yaml:"queues"`

	// Directory lists outside numbers by name, and says which outside numbers agents may dial.
	Directory directory.Config `yaml:"directory"`

	// DTMF says what becomes of digits in the case data.
	DTMF DTMFConfig `yaml:"dtmf"`

	// Recordings says where recordings of calls are kept. What is recorded the campaigns say.
	Recordings recording.Config `yaml:"recordings"`

	// Mail says which mail server takes the e-mails that agents send to contacts. Which they send, the campaigns say (`email`).
	Mail mail.Config `yaml:"mail"`

	// History says how long the history of calls is kept.
	History history.Config `yaml:"history"`

	// DecisionLog says where the decisions of campaigns that dial by themselves are logged.
	DecisionLog decisionlog.Config `yaml:"decision_log"`

	// Imports says how imports through the API are kept.
	Imports imports.Config `yaml:"imports"`

	// ConferenceLimit is the most parties of a conference, agent and contact included. Default: 8.
	ConferenceLimit int `yaml:"conference_limit"`

	// OfferTimeout is how long a colleague may take to answer an offer. Default: 20s.
	OfferTimeout time.Duration `yaml:"offer_timeout"`

	// CallbackOfferTimeout is how long an agent may take to accept a callback; then another one is offered it, and the agent is not ready; 0s is
	// for ever. Default: 30s.
	CallbackOfferTimeout time.Duration `yaml:"callback_offer_timeout"`

	// OfferCountdown lets agents see how long they may still take to answer what is put to them: a callback, a preview with a limit, a colleague's
	// offer. Default: true.
	OfferCountdown bool `yaml:"offer_countdown"`

	// CommandTimeout is how long a command may take until Asterisk confirms it. Default: 10s.
	CommandTimeout time.Duration `yaml:"command_timeout"`

	// RescueTimeout is how long a contact waits with music after the agent's phone dropped in a call, while the phone is rung again.
	// Default: 30s.
	RescueTimeout time.Duration `yaml:"rescue_timeout"`

	// HoldReminder is how often an agent hears the tone hold-reminder while the contact is on hold; 0s is never. Default: 0s.
	HoldReminder time.Duration `yaml:"hold_reminder"`

	// UndoTime is how long an agent can take back a done or a cancel that asks for it, and do not call. So long what done and cancel say is kept in the
	// journal, and the calling list hears of it afterwards; 0s is not at all. Default: 5s.
	UndoTime time.Duration `yaml:"undo_time"`

	// AttemptCaps bound how often a number is dialed, by all campaigns together, for example [{attempts: 4, within: 5h}].
	AttemptCaps []treatment.Cap `yaml:"attempt_caps"`

	// RecordLease is how long a record stays with a process that no longer gives a sign of life; then another may hand it out.
	// Default: 1m.
	RecordLease time.Duration `yaml:"record_lease"`
}

// NodeConfig is one Asterisk.
type NodeConfig struct {
	// Name of the node, made of letters, digits, - and _. It is part of ids in Asterisk and must not change while calls are up.
	Name string `yaml:"name"`

	// URL of the Asterisk REST Interface, for example http://127.0.0.1:8088/ari
	URL string `yaml:"url"`

	// Username of the ARI user.
	Username string `yaml:"username"`

	// Password of the ARI user. Best taken from the environment: ${env:ARI_PASSWORD}
	Password secret.String `yaml:"password"`

	// App is the name of the Stasis application. One hasshin at a time uses it on a node. Default: hasshin.
	App string `yaml:"app"`

	// Connections is the size of the pool of HTTP connections to this node. Default: 16.
	Connections int `yaml:"connections"`

	// SIP is the host:port where agents' SIP phones register over UDP; told to phones that ask. Default: the URL's host, port 5060.
	SIP string `yaml:"sip"`

	// WebSocket is the URL of SIP over WebSocket, told to phones in the page. Default: /ws beside the ARI URL.
	WebSocket string `yaml:"websocket"`

	// MixAlways lets Asterisk mix what is said also while only two are talking, not only among three and more. An agent hears the contact up to
	// 20 ms later then (10 ms on average). On Debian's Asterisk 22.10 it makes sure that nobody is left unheard in a conference that somebody leaves and
	// comes back to: see docs/asterisk.md. Default: false.
	MixAlways bool `yaml:"mix_always"`
}

// Defaults returns a node about which nothing is said.
func (NodeConfig) Defaults() NodeConfig {
	return NodeConfig{App: "hasshin", Connections: 16}
}

// Registrar is where SIP phones register.
func (n NodeConfig) Registrar() string {
	if n.SIP != "" {
		return n.SIP
	}
	u, err := url.Parse(n.URL)
	if err != nil {
		return ""
	}
	return u.Hostname() + ":5060"
}

// SIPWebSocket is where phones in the page connect.
func (n NodeConfig) SIPWebSocket() string {
	if n.WebSocket != "" {
		return n.WebSocket
	}
	u, err := url.Parse(n.URL)
	if err != nil {
		return ""
	}
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	u.Path = "/ws"
	return u.String()
}

// TrunkConfig is one way to the telephone network.
type TrunkConfig struct {
	// Dial is the dial string of Asterisk, in which {number} stands for the E.164 number with its plus sign and {digits} for the same
	// without it, for example PJSIP/{number}@carrier
	Dial string `yaml:"dial"`

	// CallerID is the number shown to contacts when the campaign has none of its own.
	CallerID string `yaml:"caller_id"`

	// Refer is the host:port of the network's SIP server that takes contacts over by SIP REFER (RFC 3515) at an instant transfer to a
	// number. Left out, or when it refuses, contact and target are put into a bridge of their own.
	Refer string `yaml:"refer"`

	// Limits are what the trunk takes, counted over all processes that share the Redis.
	Limits trunk.Limits `yaml:"limits"`
}

// Defaults returns a trunk about which nothing is said.
func (TrunkConfig) Defaults() TrunkConfig { return TrunkConfig{Limits: trunk.Defaults()} }

// QueueConfig is a place in the dialplan.
type QueueConfig struct {
	// Context of the dialplan.
	Context string `yaml:"context"`

	// Extension in it. Default: s.
	Extension string `yaml:"extension"`
}

// Defaults returns a queue about which nothing is said.
func (QueueConfig) Defaults() QueueConfig { return QueueConfig{Extension: "s"} }

// DTMFConfig says what becomes of digits in the case data.
type DTMFConfig struct {
	// SentKey is the field that keeps the digits an agent sends; "" keeps none. Default: dtmf_sent.
	SentKey string `yaml:"sent_key"`

	// ReceivedKey is the field that keeps the digits the contact presses; "" keeps none. Default: dtmf_received.
	ReceivedKey string `yaml:"received_key"`

	// Mask keeps an asterisk for each digit instead of the digit.
	Mask bool `yaml:"mask"`
}

// DialString is the endpoint for a number in E.164.
func (t TrunkConfig) DialString(e164 string) string {
	return strings.NewReplacer("{number}", e164, "{digits}", strings.TrimPrefix(e164, "+")).Replace(t.Dial)
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config {
	return Config{
		NotReadyReasons:      []string{"break", "lunch", "meeting", "training", "other"},
		Directory:            directory.Defaults(),
		Recordings:           recording.Defaults(),
		Mail:                 mail.Defaults(),
		History:              history.Defaults(),
		DecisionLog:          decisionlog.Defaults(),
		Imports:              imports.Defaults(),
		DTMF:                 DTMFConfig{SentKey: "dtmf_sent", ReceivedKey: "dtmf_received"},
		ConferenceLimit:      8,
		OfferTimeout:         20 * time.Second,
		CallbackOfferTimeout: 30 * time.Second,
		OfferCountdown:       true,
		CommandTimeout:       10 * time.Second,
		RescueTimeout:        30 * time.Second,
		UndoTime:             5 * time.Second,
		RecordLease:          time.Minute,
	}
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	if len(c.Asterisk) == 0 {
		p.Add("asterisk", "names no node; at least one is needed, for example [{name: ast1, url: http://127.0.0.1:8088/ari, …}]")
	}
	for i, n := range c.Asterisk {
		p.AddAt(problem.Index("asterisk", i), n.Validate())
		same := func(o NodeConfig) bool { return o.Name == n.Name }
		if first := slices.IndexFunc(c.Asterisk, same); n.Name != "" && first < i {
			p.Add(problem.Index("asterisk", i)+".name", "%q is the name of node %d already", n.Name, first+1)
		}
	}
	for name, t := range c.Trunks {
		at := problem.Key("trunks", name)
		switch {
		case t.Dial == "":
			p.Add(at+".dial", "is required, for example PJSIP/{number}@%s", name)
		case !strings.Contains(t.Dial, "{number}") && !strings.Contains(t.Dial, "{digits}"):
			p.Add(at+".dial", "%q has no place for the number; expected {number} or {digits} in it, for example PJSIP/{number}@%s", t.Dial, name)
		case !strings.Contains(t.Dial, "/"):
			p.Add(at+".dial", "%q is not a dial string; expected TECHNOLOGY/NAME, for example PJSIP/{number}@%s", t.Dial, name)
		}
		p.AddAt(at+".limits", t.Limits.Validate())
	}
	for name, g := range c.CallerIDs {
		at := problem.Key("caller_ids", name)
		checkID(&p, at, name)
		p.AddAt(at, g.Validate())
	}
	for role, change := range c.Privileges {
		p.AddAt(problem.Key("privileges", string(role)), change.Validate())
	}
	for id, a := range c.Agents {
		at := problem.Key("agents", id)
		checkID(&p, at, id)
		p.AddAt(at, a.Validate())
		for i, name := range a.Supervises {
			if _, ok := c.Groups[name]; !ok {
				p.Add(problem.Index(at+".supervises", i), "there is no group %q; expected %s", name, oneOf(c.Groups, "none is configured"))
			}
		}
		for i, name := range a.Campaigns {
			if _, ok := c.Campaigns[name]; !ok {
				p.Add(problem.Index(at+".campaigns", i), "there is no campaign %q; expected %s", name, oneOf(c.Campaigns, "none is configured"))
			}
			if mode := c.Campaigns[name].Mode; a.Phone.Leg == agent.LegPerCall && mode != campaign.ModePreview && mode != "" {
				p.Add(at+".phone.leg", "per-call is too slow for campaign %s: its mode is %s, which has contacts on the line before an agent; expected nailed-up", name, mode)
			}
		}
	}
	for id, k := range c.Campaigns {
		at := problem.Key("campaigns", id)
		checkID(&p, at, id)
		p.AddAt(at, k.Validate())
		if _, ok := c.Trunks[k.Trunk]; !ok && k.Trunk != "" {
			p.Add(at+".trunk", "there is no trunk %q; expected %s", k.Trunk, oneOf(c.Trunks, "none is configured"))
		}
		if _, ok := c.CallerIDs[k.CallerIDGroup]; !ok && k.CallerIDGroup != "" {
			p.Add(at+".caller_id_group", "there is no group of caller ids %q; expected %s", k.CallerIDGroup, oneOf(c.CallerIDs, "none is configured (caller_ids)"))
		}
		if k.Recording.Possible() && c.Recordings.Directory == "" {
			p.Add(at+".recording.when", "is %s, but there is no place for recordings; expected recordings.directory, or never", k.Recording.When)
		}
		if k.Email.From != "" && !c.Mail.Possible() {
			p.Add(at+".email", "has letters, but there is no mail server to take them; expected mail.host")
		}
		if _, ok := c.Groups[k.Callback.Absent.Group]; !ok && k.Callback.Absent.Group != "" {
			p.Add(at+".callback.absent.group", "there is no group %q; expected %s", k.Callback.Absent.Group, oneOf(c.Groups, "none is configured"))
		}
	}
	for name, ids := range c.Groups {
		at := problem.Key("groups", name)
		checkID(&p, at, name)
		for i, id := range ids {
			if _, ok := c.Agents[id]; !ok {
				p.Add(problem.Index(at, i), "there is no agent %q; expected %s", id, oneOf(c.Agents, "none is configured"))
			}
		}
	}
	for name, q := range c.Queues {
		at := problem.Key("queues", name)
		checkID(&p, at, name)
		if q.Context == "" {
			p.Add(at+".context", "is required: a context of the dialplan")
		}
	}
	p.AddAt("directory", c.Directory.Validate())
	p.AddAt("recordings", c.Recordings.Validate())
	p.AddAt("mail", c.Mail.Validate())
	p.AddAt("history", c.History.Validate())
	p.AddAt("decision_log", c.DecisionLog.Validate())
	p.AddAt("imports", c.Imports.Validate())
	for id, k := range c.Campaigns {
		for i, f := range k.Fields {
			if f.Editable && (f.Name == c.DTMF.SentKey || f.Name == c.DTMF.ReceivedKey) {
				p.Add(problem.Index(problem.Key("campaigns", id)+".fields", i)+".editable", "%q keeps DTMF digits (dtmf), so agents cannot change it", f.Name)
			}
		}
	}
	if c.ConferenceLimit < 3 || c.ConferenceLimit > 100 {
		p.Add("conference_limit", "%d is out of range; expected 3 to 100", c.ConferenceLimit)
	}
	if c.OfferTimeout < time.Second || c.OfferTimeout > 5*time.Minute {
		p.Add("offer_timeout", "%s is out of range; expected 1s to 5m", c.OfferTimeout)
	}
	if c.CallbackOfferTimeout != 0 && (c.CallbackOfferTimeout < time.Second || c.CallbackOfferTimeout > 10*time.Minute) {
		p.Add("callback_offer_timeout", "%s is out of range; expected 0s for no limit, or 1s to 10m", c.CallbackOfferTimeout)
	}
	if c.CommandTimeout < time.Second || c.CommandTimeout > time.Minute {
		p.Add("command_timeout", "%s is out of range; expected 1s to 1m", c.CommandTimeout)
	}
	if c.RescueTimeout < 0 || c.RescueTimeout > 10*time.Minute {
		p.Add("rescue_timeout", "%s is out of range; expected 0s to 10m", c.RescueTimeout)
	}
	if c.HoldReminder != 0 && (c.HoldReminder < time.Second || c.HoldReminder > time.Hour) {
		p.Add("hold_reminder", "%s is out of range; expected 0s for never, or 1s to 1h", c.HoldReminder)
	}
	if c.UndoTime < 0 || c.UndoTime > time.Minute {
		p.Add("undo_time", "%s is out of range; expected 0s (never) to 1m", c.UndoTime)
	}
	p.AddAt("attempt_caps", treatment.ValidateCaps(c.AttemptCaps))
	if c.RecordLease < 10*time.Second || c.RecordLease > time.Hour {
		p.Add("record_lease", "%s is out of range; expected 10s to 1h", c.RecordLease)
	}
	return p.Err()
}

// Validate reports all that is impossible in n.
func (n NodeConfig) Validate() error {
	var p problem.List
	switch {
	case n.Name == "":
		p.Add("name", "is required, for example ast1")
	case !idPattern.MatchString(n.Name):
		p.Add("name", "%q has characters that an id cannot have; expected letters, digits, - and _", n.Name)
	}
	if u, err := url.Parse(n.URL); n.URL == "" {
		p.Add("url", "is required, for example http://127.0.0.1:8088/ari")
	} else if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		p.Add("url", "%q is not the address of an ARI; expected something like http://127.0.0.1:8088/ari", n.URL)
	}
	if n.Username == "" {
		p.Add("username", "is required: the name of a user in Asterisk's ari.conf")
	}
	if n.Password.IsZero() {
		p.Add("password", "is required, best as ${env:ARI_PASSWORD} or with password_file")
	}
	if !idPattern.MatchString(n.App) {
		p.Add("app", "%q is not a name for a Stasis application; expected letters, digits, - and _", n.App)
	}
	if n.Connections < 1 || n.Connections > 256 {
		p.Add("connections", "%d is out of range; expected 1 to 256", n.Connections)
	}
	return p.Err()
}

func checkID(p *problem.List, at, id string) {
	if !idPattern.MatchString(id) {
		p.Add(at, "%q is not an id; expected 1 to 64 letters, digits, - and _", id)
	}
}

// oneOf lists the keys of m for an error message.
func oneOf[V any](m map[string]V, none string) string {
	if len(m) == 0 {
		return none
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) > 8 {
		return fmt.Sprintf("one of %s and %d more", strings.Join(names[:8], ", "), len(names)-8)
	}
	return "one of " + strings.Join(names, ", ")
}
