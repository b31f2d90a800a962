// Package mail writes e-mails to contacts from a campaign's templates, and hands them to a mail server.
package mail

import (
	"crypto/x509"
	"net"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
	"github.com/hasshin/hasshin/internal/textfile"
)

// Config says which mail server takes the e-mails that agents send.
type Config struct {
	// Host is the mail server's name (SMTP submission, RFC 6409). Left out: no e-mails are sent.
	Host string `yaml:"host" example:"smtp.example.com"`

	// Port is where it listens; 0 is 587, or with tls: implicit 465.
	Port int `yaml:"port"`

	// TLS says how the connection is encrypted. starttls: it begins in the clear and is refused unless it is encrypted before anything is said
	// (RFC 3207); implicit: from the first byte on (RFC 8314); none: not at all, for a server on this machine only. Default: starttls.
	TLS string `yaml:"tls" enum:"starttls,implicit,none"`

	// CA names a file with the certificates (PEM) of the authorities that may vouch for the server. Left out: those of the system.
	CA textfile.File `yaml:"ca" example:"certs/mail-ca.pem"`

	// Username to authenticate with. Left out: without.
	Username string `yaml:"username"`

	// Password to authenticate with. Best taken from the environment: ${env:SMTP_PASSWORD}
	Password secret.String `yaml:"password"`

	// Bounces is where letters come back to that could be taken over and not be delivered: their envelope is from this address, with a plus sign and
	// the letter's id before the @. Its mail is to be handed to `hasshin bounce`, which shows what came back (docs/messages.md). Left out: it comes back
	// to the campaign's `from`.
	Bounces string `yaml:"bounces" example:"bounces@example.com"`

	// Timeout is how long the server may take to answer. Default: 1m.
	Timeout time.Duration `yaml:"timeout"`

	// GiveUp is after what time an e-mail that the server cannot be given fails, or a webhook that nobody takes. Default: 24h.
	GiveUp time.Duration `yaml:"give_up"`

	// Keep is for how long what was sent to a contact is kept, with its text. Default: 2160h.
	Keep time.Duration `yaml:"keep"`
}

// How connections are encrypted.
const (
	StartTLS    = "starttls"
	ImplicitTLS = "implicit"
	NoTLS       = "none"
)

// Defaults returns the configuration about which nothing is said.
func Defaults() Config {
	return Config{TLS: StartTLS, Timeout: time.Minute, GiveUp: 24 * time.Hour, Keep: 90 * 24 * time.Hour}
}

// Possible reports whether e-mails can be sent.
func (c Config) Possible() bool { return c.Host != "" }

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	if c.Port < 0 || c.Port > 65535 {
		p.Add("port", "%d is no port; expected 1 to 65535", c.Port)
	}
	if ip := net.ParseIP(c.Host); c.TLS == NoTLS && c.Host != "" && c.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		p.Add("tls", "is none, and %s may be another machine: passwords and letters would be in the clear; expected starttls or implicit", c.Host)
	}
	if c.Bounces != "" {
		if _, err := Address(c.Bounces); err != nil {
			p.Add("bounces", "%q %s", c.Bounces, err)
		}
	}
	if (c.Username == "") != c.Password.IsZero() {
		p.Add("username", "and password belong together; expected both or none")
	}
	if !c.CA.IsZero() && !x509.NewCertPool().AppendCertsFromPEM([]byte(c.CA.Text)) {
		p.Add("ca", "%s has no certificate; expected PEM: -----BEGIN CERTIFICATE-----", c.CA.Name)
	}
	for _, d := range []struct {
		key      string
		is       time.Duration
		min, max time.Duration
	}{{"timeout", c.Timeout, time.Second, 10 * time.Minute}, {"give_up", c.GiveUp, time.Minute, 7 * 24 * time.Hour}, {"keep", c.Keep, time.Hour, 10 * 365 * 24 * time.Hour}} {
		if d.is < d.min || d.is > d.max {
			p.Add(d.key, "%s is out of range; expected %s to %s", d.is, d.min, d.max)
		}
	}
	return p.Err()
}

// CampaignConfig says which e-mails agents send to a campaign's contacts.
type CampaignConfig struct {
	// From is who the e-mails are from. Left out: agents send none.
	From string `yaml:"from" example:"Example Ltd <sales@example.com>"`

	// ReplyTo is where answers go, if elsewhere.
	ReplyTo string `yaml:"reply_to" example:"service@example.com"`

	// Fields are the fields of the records that have e-mail addresses of the contact, the best first.
	Fields []string `yaml:"fields" example:"[email]"`

	// Templates are the letters to choose from.
	Templates []TemplateConfig `yaml:"templates"`
}

// TemplateConfig is a letter with places for what is known of the contact, like {{contact.name}} (docs/messages.md).
type TemplateConfig struct {
	// ID of the letter: letters, digits, - and _.
	ID string `yaml:"id"`

	// Name is what the agent reads. Default: the id.
	Name string `yaml:"name"`

	// Subject of the e-mail.
	Subject string `yaml:"subject" example:"Your contract {{contract}}"`

	// Text names a file with the letter as plain text. Agents can change it before they send it.
	Text textfile.File `yaml:"text" example:"mails/offer.txt"`

	// HTML names a file with the letter as HTML. {{body}} in it is the text as the agent sends it, in paragraphs; without it, agents cannot change the
	// letter. Left out: the e-mail is plain text.
	HTML textfile.File `yaml:"html" example:"mails/offer.html"`
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Validate reports all that is impossible in c, with the names that can be filled in.
func (c CampaignConfig) Validate(names []string) error {
	var p problem.List
	if c.From == "" {
		if len(c.Fields) > 0 || len(c.Templates) > 0 || c.ReplyTo != "" {
			p.Add("from", "is required: whom e-mails are from, for example Example Ltd <sales@example.com>")
		}
		return p.Err()
	}
	for key, address := range map[string]string{"from": c.From, "reply_to": c.ReplyTo} {
		if _, err := netmail.ParseAddress(address); err != nil && address != "" {
			p.Add(key, "%q is no address; expected for example Example Ltd <sales@example.com>", address)
		}
	}
	if len(c.Fields) == 0 {
		p.Add("fields", "is required: fields of the records that have e-mail addresses, for example [email]")
	}
	for i, name := range c.Fields {
		if what := fill.Unknown(name, names); what != "" {
			p.Add(problem.Index("fields", i), "%s", what)
		}
	}
	if len(c.Templates) == 0 {
		p.Add("templates", "is required: at least one letter")
	}
	seen := map[string]bool{}
	for i, t := range c.Templates {
		at := problem.Index("templates", i)
		switch {
		case !idPattern.MatchString(t.ID):
			p.Add(problem.Join(at, "id"), "%q is not an id; expected 1 to 64 letters, digits, - and _", t.ID)
		case seen[t.ID]:
			p.Add(problem.Join(at, "id"), "%q is the id of another letter already", t.ID)
		}
		seen[t.ID] = true
		_, err := t.Read(names)
		p.AddAt(at, err)
	}
	return p.Err()
}

// Address is an address as it is written in a record, or an error that says what is wrong: an address alone, without a name, of ASCII.
func Address(text string) (string, error) {
	text = strings.TrimSpace(text)
	a, err := netmail.ParseAddress(text)
	if err != nil || a.Address != text || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", errAddress
	}
	return a.Address, nil
}
