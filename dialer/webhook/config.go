// Package webhook tells other programs, of an SMS provider or a CRM, about a contact: by a signed request that hasshin sends, or by a link that the
// agent opens.
package webhook

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
)

// Config is a message that agents can have sent to another program, as an HTTP POST with JSON (docs/messages.md).
type Config struct {
	// ID of the webhook: letters, digits, - and _.
	ID string `yaml:"id"`

	// Name is what the agent reads. Default: the id.
	Name string `yaml:"name"`

	// URL to post to, with places for what is known of the contact behind the host, like {{contact.number}}. http or https.
	URL string `yaml:"url" example:"https://sms.example.com/send"`

	// Secret signs the requests (HMAC-SHA256), so that the receiver knows whose they are. At least 16 characters.
	Secret secret.String `yaml:"secret"`

	// Text is sent along as `text`, filled in: that of an SMS, for example.
	Text string `yaml:"text" example:"Your appointment is on {{date}}"`

	// Fields are sent along as `fields`: names as in texts, with their values.
	Fields []string `yaml:"fields" example:"[contact.name, contract]"`

	// AllowPrivate lets the host be in a private network or on this machine.
	AllowPrivate bool `yaml:"allow_private"`

	// Timeout is how long the receiver may take to answer. Default: 10s.
	Timeout time.Duration `yaml:"timeout"`
}

// Defaults returns the webhook about which nothing is said.
func (Config) Defaults() Config { return Config{Timeout: 10 * time.Second} }

// Link is an address that the agent can open, with what is known of the contact in it: the contact's page in a CRM.
type Link struct {
	// Name is what the agent reads.
	Name string `yaml:"name"`

	// URL with places for what is known of the contact behind the host. http or https.
	URL string `yaml:"url" example:"https://crm.example.com/contacts/{{contact.id}}"`
}

// Shown is what the agent reads.
func (c Config) Shown() string { return cmp.Or(c.Name, c.ID) }

// Message is the text that is sent along, filled in.
func (c Config) Message(values fill.Values) string {
	text, _ := fill.Parse("", c.Text, nil) // it was checked
	return text.Fill(values, nil)
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// minSecret is how many bytes a secret has at least: 128 bits.
const minSecret = 16

// Validate reports all that is impossible in c, with the names that can be filled in.
func (c Config) Validate(names []string) error {
	var p problem.List
	if !idPattern.MatchString(c.ID) {
		p.Add("id", "%q is not an id; expected 1 to 64 letters, digits, - and _", c.ID)
	}
	checkURL(&p, c.URL, names)
	if len(c.Secret.Reveal()) < minSecret {
		p.Add("secret", "is required, with at least %d characters, best as ${env:SMS_SECRET} or with secret_file", minSecret)
	}
	_, wrong := fill.Parse("", c.Text, names)
	for _, w := range wrong {
		p.Add("text", "%s", w.Message)
	}
	for i, name := range c.Fields {
		if what := fill.Unknown(name, names); what != "" {
			p.Add(problem.Index("fields", i), "%s", what)
		}
	}
	if c.Timeout < time.Second || c.Timeout > time.Minute {
		p.Add("timeout", "%s is out of range; expected 1s to 1m", c.Timeout)
	}
	return p.Err()
}

// Validate reports all that is impossible in l, with the names that can be filled in.
func (l Link) Validate(names []string) error {
	var p problem.List
	if strings.TrimSpace(l.Name) == "" || utf8.RuneCountInString(l.Name) > 64 {
		p.Add("name", "is required: 1 to 64 characters")
	}
	checkURL(&p, l.URL, names)
	return p.Err()
}

// checkURL sees to it that what is filled in cannot change where an address leads to.
func checkURL(p *problem.List, text string, names []string) {
	_, wrong := fill.Parse("", text, names)
	for _, w := range wrong {
		p.Add("url", "%s", w.Message)
	}
	fixed, _, filled := strings.Cut(text, "{{")
	u, err := url.Parse(fixed)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		p.Add("url", "%q is no address; expected http:// or https:// and a host, like https://crm.example.com/contacts/{{contact.id}}", text)
	case u.User != nil:
		p.Add("url", "has a user or password in it; expected none: requests are signed")
	case filled && u.Path == "" && u.RawQuery == "":
		p.Add("url", "is filled in within its host; expected places behind it, like https://%s/{{contact.id}}", u.Host)
	}
}

// Address is an address with the values in it. A value is a part of the address without a meaning of its own.
func Address(text string, values fill.Values) (string, error) {
	t, _ := fill.Parse("", text, nil)
	address := t.Fill(values, func(v string) string {
		v = strings.ReplaceAll(url.QueryEscape(v), "+", "%20")
		if v == "." || v == ".." { // else they would lead out of the path
			v = strings.ReplaceAll(v, ".", "%2E")
		}
		return v
	})
	if _, err := url.Parse(address); err != nil {
		return "", fmt.Errorf("address of a webhook: %w", err)
	}
	return address, nil
}
