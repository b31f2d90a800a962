package campaign

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/dialer/treatment"
	"github.com/hasshin/hasshin/dialer/webhook"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/textfile"
)

// Config is one campaign: a calling list and how to dial it. The key in the
// `campaigns` map is its id, which also names its keys in Redis.
type Config struct {
	// Name is shown to agents and in reports. Default: the id.
	Name string `yaml:"name"`

	// Mode says who decides when to dial. preview: an agent sees the record first and starts the call. The others call the contact first and give the
	// one who answers to a ready agent: progressive places one call for each ready agent; predictive also for agents who will be ready when people
	// answer, as far as the abandon limit allows; power a fixed number for each ready agent. agentless plays an announcement to the one who answers.
	Mode Mode `yaml:"mode"`

	// Trunk is the id of the trunk that carries the calls, one of `trunks`.
	Trunk string `yaml:"trunk"`

	// CallerID is shown to the contact: a number, or a name and a number like "Example Ltd <+81312345678>". Left out, the trunk's own is used.
	CallerID string `yaml:"caller_id" example:"+81312345678"`

	// CallerIDGroup is the id of a group of `caller_ids`, from which each contact is shown a number. `caller_id` is then what others see whom agents reach in
	// its calls. Left out: all see `caller_id`.
	CallerIDGroup string `yaml:"caller_id_group"`

	// SetupTimeout is how long it may take from the dialing until a number rings, or the network is heard; then the attempt ends as no-answer. Default: 20s.
	SetupTimeout time.Duration `yaml:"setup_timeout" example:"20s"`

	// RingTimeout is how long a number may ring before the attempt ends as no-answer, counted from its first ringing. Where calls are placed before an agent
	// is there it is not less than the profile of the calling hours allows to give up after. Default: 30s.
	RingTimeout time.Duration `yaml:"ring_timeout" example:"30s"`

	// PreviewTimeout is how long an agent may take to accept or reject the preview of a record; then the record goes back to the list, and the agent is
	// not ready. 0s is for ever. Callbacks have a time of their own, `callback_offer_timeout`. Default: 0s.
	PreviewTimeout time.Duration `yaml:"preview_timeout" example:"45s"`

	// RefusedFor is how long an agent who has rejected or cancelled a record is not handed it again, as long as there are others. Default: 10m.
	RefusedFor time.Duration `yaml:"refused_for" example:"10m"`

	// Privileges gives everybody more in the calls of this campaign, or less, whatever their role.
	Privileges agent.Change `yaml:"privileges"`

	// Hours says when contacts may be called, by the wall clock where they are.
	Hours hours.Config `yaml:"hours"`

	// Calendar says when the campaign is started and stopped by itself.
	Calendar CalendarConfig `yaml:"calendar"`
	// Dialing says how the modes progressive, predictive and power place calls.
	Dialing DialingConfig `yaml:"dialing"`

	// Agentless says what the mode agentless does.
	Agentless AgentlessConfig `yaml:"agentless"`

	// Machines says how answering machines are told from people, and what becomes of them.
	Machines MachinesConfig `yaml:"machines"`

	// Staffing says how agents of several campaigns are shared out among those that dial by themselves.
	Staffing StaffingConfig `yaml:"staffing"`

	// Treatment says what becomes of a record after an attempt: when, on which number and how often it is dialed again.
	Treatment treatment.Config `yaml:"treatment"`

	// AttemptCaps bound how often a number is dialed, by all campaigns together, for example [{attempts: 4, within: 5h}]. They hold in addition to the
	// `attempt_caps` for all campaigns.
	AttemptCaps []treatment.Cap `yaml:"attempt_caps"`

	// CustomerField is the field of the records that says which customer it is, for the do-not-call lists. Left out: the record's id, where the list
	// has a column for it (`list.columns.id`).
	CustomerField string `yaml:"customer_field"`

	// Filter leaves out records that do not meet all of its conditions. They stay in the list; when the filter is changed they are looked at again.
	Filter Conditions `yaml:"filter"`

	// Sort says which records are handed out first: by the first key, then the second, then the order of the list. It holds for records that
	// are imported or dialed from then on; `hasshin recycle --arrange` puts the whole list into a new order.
	Sort Sort `yaml:"sort"`

	// Callback says which callbacks agents can promise.
	Callback callback.Config `yaml:"callback"`

	// Recording says what is recorded of the campaign's calls.
	Recording recording.Policy `yaml:"recording"`

	// List says how a file of contacts is read by `hasshin import`.
	List ListConfig `yaml:"list"`

	// Fields says how business fields are shown to agents, and which of them agents may change. Fields that are not named are shown after these, by
	// their own name, and cannot be changed.
	Fields []FieldConfig `yaml:"fields"`

	// Script names a Markdown file with what agents say to the contact, its steps and the answers between them (docs/scripts.md). A relative name
	// starts at the folder of this file.
	Script textfile.File `yaml:"script" example:"scripts/spring.md"`

	// Email says which e-mails agents send to the contacts.
	Email mail.CampaignConfig `yaml:"email"`

	// Webhooks are requests to other programs, of an SMS provider or a CRM, that agents can have sent.
	Webhooks []webhook.Config `yaml:"webhooks"`

	// Links are addresses that agents can open, with what is known of the contact in them.
	Links []webhook.Link `yaml:"links"`

	// Dispositions are the outcomes an agent chooses from at the end of a call, as a tree: groups with children, or single codes. Empty: agents
	// choose none.
	Dispositions []Disposition `yaml:"dispositions"`

	// DispositionRequired refuses done without a disposition once the contact was dialed. Default: true when there are dispositions to choose from.
	DispositionRequired *bool `yaml:"disposition_required"`

	// ReadOnlyAfter makes note and business fields of a call read-only once its agent has left it alone for so long in wrap-up; a disposition can
	// still be chosen, a callback promised, and the call be done. 0s is never. Default: 0s.
	ReadOnlyAfter time.Duration `yaml:"read_only_after" example:"2m"`
}

// Mode says who decides when to dial.
type Mode string

// ModePreview lets the agent see each record before it is dialed.
const ModePreview Mode = "preview"

// Modes lists the valid modes.
func Modes() []Mode {
	return []Mode{ModePreview, ModeProgressive, ModePredictive, ModePower, ModeAgentless}
}

// UnmarshalText refuses an unknown mode.
func (m *Mode) UnmarshalText(text []byte) error {
	if !slices.Contains(Modes(), Mode(text)) {
		return fmt.Errorf("%q is not a mode; expected %s", text, oneOf(Modes()))
	}
	*m = Mode(text)
	return nil
}

// Disposition is what an agent says became of a call: a code that can be
// chosen, or a group of them.
type Disposition struct {
	// Code is stored with the record and used in reports; never shown, never to be changed. Letters, digits, - and _.
	Code string `yaml:"code"`

	// Name is what the agent reads. Default: the code.
	Name string `yaml:"name"`

	// Contacted says that the right person was spoken to.
	Contacted bool `yaml:"contacted"`

	// Final says that the record is finished: it is never dialed again by this campaign.
	Final bool `yaml:"final"`

	// DoNotCall says that the contact wants no more calls.
	DoNotCall bool `yaml:"do_not_call"`

	// Callback says that a callback has to be promised with it.
	Callback bool `yaml:"callback"`

	// Children makes this a group, which itself cannot be chosen.
	Children []Disposition `yaml:"children"`
}

// Defaults returns the configuration of a campaign about which nothing is said.
func Defaults() Config {
	return Config{
		Mode:         ModePreview,
		SetupTimeout: 20 * time.Second, RingTimeout: 30 * time.Second,
		RefusedFor: 10 * time.Minute,
		Hours:      hours.Defaults(),
		Calendar:   CalendarConfig{Day: defaultDay},
		Dialing:    dialingDefaults(),
		Agentless:  agentlessDefaults(),
		Machines:   machinesDefaults(),
		Staffing:   staffingDefaults(),
		Treatment:  treatment.Defaults(),
		Callback:   callback.Defaults(),
		Recording:  recording.DefaultPolicy(),
		List: ListConfig{
			Encoding:     EncodingUTF8,
			Delimiter:    ",",
			OtherColumns: OtherColumnsKeep,
		},
	}
}

// RequiresDisposition reports whether done is refused without a disposition.
func (c Config) RequiresDisposition() bool {
	if c.DispositionRequired != nil {
		return *c.DispositionRequired
	}
	return len(c.Dispositions) > 0
}

// CallingHours is when contacts of the campaign may be called. An error is that of Validate.
func (c Config) CallingHours() (*hours.Table, error) { return c.Hours.Table(c.List.Region) }

// AgentZone is where the campaign's agents are: the callback's time zone, else that of the list, else UTC.
func (c Config) AgentZone() *time.Location {
	for _, name := range []string{c.Callback.TimeZone, c.List.TimeZone} {
		if zone, err := hours.Zone(name); err == nil {
			return zone
		}
	}
	return time.UTC
}

// Choice is a disposition that can be chosen, with the names of the groups it is in.
type Choice struct {
	Disposition
	Groups []string // outermost first
}

// Choices lists the dispositions that can be chosen (the leaves of the tree) in their order.
func (c Config) Choices() []Choice {
	return choices(nil, c.Dispositions, nil)
}

func choices(all []Choice, from []Disposition, groups []string) []Choice {
	for _, d := range from {
		if d.Name == "" {
			d.Name = d.Code
		}
		if len(d.Children) == 0 {
			all = append(all, Choice{Disposition: d, Groups: slices.Clone(groups)})
			continue
		}
		all = choices(all, d.Children, append(groups, d.Name))
	}
	return all
}

// codes are those of all dispositions that can be chosen.
func (c Config) codes() []string {
	var codes []string
	for _, choice := range c.Choices() {
		codes = append(codes, choice.Code)
	}
	return codes
}

// Choice finds the disposition that can be chosen by its code.
func (c Config) Choice(code string) (Choice, bool) {
	for _, choice := range c.Choices() {
		if choice.Code == code {
			return choice, true
		}
	}
	return Choice{}, false
}

// idPattern keeps ids fit for keys in Redis, URLs and file names.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ValidID reports whether id can name a campaign: 1 to 64 letters, digits, - and _.
func ValidID(id string) bool { return idPattern.MatchString(id) }

// callerIDPattern is a number, or a name followed by a number in angle brackets.
var callerIDPattern = regexp.MustCompile(`^(?:[^<>"\x00-\x1f]*<\+?[0-9*#]{2,32}>|\+?[0-9*#]{2,32})$`)

// Limits of RingTimeout. RFC 3261 lets a proxy end a ringing INVITE after 3 minutes (timer C).
const (
	minRingTimeout = time.Second
	maxRingTimeout = 3 * time.Minute
)

// Limits of SetupTimeout. ITU-T E.721 (table 2) asks of networks that 95 % of international calls ring within 11 s.
const (
	minSetupTimeout = 5 * time.Second
	maxSetupTimeout = time.Minute
)

// LongestUnanswered is how long after its dialing an unanswered number is given up at the latest: the network was heard (183) at the last moment, and then,
// at the last moment again, the number rang (180).
func (c Config) LongestUnanswered() time.Duration { return c.SetupTimeout + 2*c.RingTimeout }

// Validate reports all that is impossible in c. Whether the trunk exists is for the caller to check.
func (c Config) Validate() error {
	var p problem.List
	if !slices.Contains(Modes(), c.Mode) {
		p.Add("mode", "%q is not a mode; expected %s", c.Mode, oneOf(Modes()))
	}
	if c.Trunk == "" {
		p.Add("trunk", "is required: the id of one of the trunks")
	}
	if c.CallerID != "" && !callerIDPattern.MatchString(c.CallerID) {
		p.Add("caller_id", `%q is not a caller id; expected a number like +81312345678, or "Example Ltd <+81312345678>"`, c.CallerID)
	}
	if c.SetupTimeout < minSetupTimeout || c.SetupTimeout > maxSetupTimeout {
		p.Add("setup_timeout", "%s is out of range; expected %s to %s", c.SetupTimeout, minSetupTimeout, maxSetupTimeout)
	}
	if c.RingTimeout < minRingTimeout || c.RingTimeout > maxRingTimeout {
		p.Add("ring_timeout", "%s is out of range; expected %s to %s", c.RingTimeout, minRingTimeout, maxRingTimeout)
	}
	if c.PreviewTimeout != 0 && (c.PreviewTimeout < time.Second || c.PreviewTimeout > time.Hour) {
		p.Add("preview_timeout", "%s is out of range; expected 0s for no limit, or 1s to 1h", c.PreviewTimeout)
	}
	if c.RefusedFor < 0 || c.RefusedFor > 24*time.Hour {
		p.Add("refused_for", "%s is out of range; expected 0s to 24h", c.RefusedFor)
	}
	p.AddAt("privileges", c.Privileges.ValidateForCampaign())
	p.AddAt("hours", c.Hours.Validate())
	p.AddAt("calendar", c.Calendar.validate(c.codes()))
	c.validateDialing(&p)
	c.validateAgentless(&p)
	c.validateMachines(&p)
	c.Staffing.validate(&p)
	p.AddAt("treatment", c.Treatment.Validate(c.List.types(), c.codes()))
	p.AddAt("attempt_caps", treatment.ValidateCaps(c.AttemptCaps))
	p.AddAt("filter", c.Filter.validate())
	p.AddAt("sort", c.Sort.validate())
	p.AddAt("callback", c.Callback.Validate())
	p.AddAt("recording", c.Recording.Validate())
	p.AddAt("list", c.List.Validate())
	validateFields(&p, "fields", c.Fields)
	validateDispositions(&p, "dispositions", c.Dispositions, map[string]string{})
	script, err := c.ReadScript()
	p.AddAt("script", err)
	names := c.fillNames(script)
	p.AddAt("email", c.Email.Validate(names))
	for i, w := range c.Webhooks {
		at := problem.Index("webhooks", i)
		p.AddAt(at, w.Validate(names))
		if first := slices.IndexFunc(c.Webhooks, func(o webhook.Config) bool { return o.ID == w.ID }); first < i {
			p.Add(problem.Join(at, "id"), "%q is the id of webhook %d already", w.ID, first+1)
		}
	}
	for i, l := range c.Links {
		p.AddAt(problem.Index("links", i), l.Validate(names))
	}
	if c.ReadOnlyAfter != 0 && (c.ReadOnlyAfter < time.Second || c.ReadOnlyAfter > 24*time.Hour) {
		p.Add("read_only_after", "%s is out of range; expected 0s for never, or 1s to 24h", c.ReadOnlyAfter)
	}
	if c.DispositionRequired != nil && *c.DispositionRequired && len(c.Dispositions) == 0 {
		p.Add("disposition_required", "is set, but there are no dispositions to choose from")
	}
	return p.Err()
}

func validateDispositions(p *problem.List, path string, ds []Disposition, seen map[string]string) {
	for i, d := range ds {
		at := problem.Index(path, i)
		switch first, twice := seen[d.Code]; {
		case d.Code == "":
			p.Add(problem.Join(at, "code"), "is required")
		case !ValidID(d.Code):
			p.Add(problem.Join(at, "code"), "%q is not a code; expected letters, digits, - and _", d.Code)
		case twice:
			p.Add(problem.Join(at, "code"), "%q is already the code of %s", d.Code, first)
		default:
			seen[d.Code] = at
		}
		if len(d.Children) == 0 {
			if d.Callback && d.DoNotCall {
				p.Add(problem.Join(at, "callback"), "contradicts do_not_call")
			}
			continue
		}
		if d.Contacted || d.Final || d.DoNotCall || d.Callback {
			p.Add(at, "is a group (it has children), so contacted, final, do_not_call and callback belong to its children")
		}
		validateDispositions(p, problem.Join(at, "children"), d.Children, seen)
	}
}

// oneOf lists names for an error message.
func oneOf[T ~string](names []T) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = string(n)
	}
	return strings.Join(parts, ", ")
}
