package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/hasshin/hasshin/dialer/outbox"
)

// Content is an e-mail as it waits in the outbox.
type Content struct {
	From      string `json:"from"`
	ReplyTo   string `json:"reply_to,omitempty"`
	MessageID string `json:"message_id"` // without angle brackets; the same at every try, so that a second copy can be told
	Letter
}

// Sender hands e-mails to a mail server, each over a connection of its own.
type Sender struct{ cfg Config }

// NewSender makes a sender for a configuration that is valid.
func NewSender(cfg Config) *Sender { return &Sender{cfg} }

// Deliver implements [outbox.Deliver]. What the server says to the sender, the recipient or the letter is a refusal, for good if it is 5yz (RFC 5321,
// section 4.2.1). That it cannot be reached, does not let us in or has no certificate to be believed is not: it is tried again.
func (s *Sender) Deliver(ctx context.Context, m outbox.Message, handOver func() error) error {
	var c Content
	if err := json.Unmarshal(m.Content, &c); err != nil {
		return &outbox.Refusal{Final: true, Text: "the e-mail cannot be read: " + err.Error()}
	}
	msg, err := c.message(m.To, m.Queued)
	if err != nil {
		return &outbox.Refusal{Final: true, Text: err.Error()}
	}
	from, err := msg.GetSender(false)
	if err != nil {
		return &outbox.Refusal{Final: true, Text: err.Error()}
	}
	if s.cfg.Bounces != "" {
		from = ReturnAddress(s.cfg.Bounces, m.ID)
	}
	to, err := msg.GetRecipients()
	if err != nil {
		return &outbox.Refusal{Final: true, Text: err.Error()}
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	// Until the final dot is sent, closing the connection means that nothing was sent (RFC 5321, section 4.1.1.4).
	defer func() { _ = conn.Close() }() // it is over either way
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.Mail(from); err != nil {
		return refusal(err, false)
	}
	if err := conn.Rcpt(to[0]); err != nil {
		return refusal(err, true)
	}
	return s.data(conn, msg, handOver)
}

func (s *Sender) data(conn *smtp.Client, msg *gomail.Msg, handOver func() error) error {
	w, err := conn.Data()
	if err != nil {
		return refusal(err, false)
	}
	if _, err := msg.WriteTo(w); err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	if err := handOver(); err != nil {
		return err
	}
	if err := conn.UpdateDeadline(s.cfg.Timeout); err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	if err := w.Close(); err != nil { // sends the final dot and waits for the answer
		return refusal(err, false)
	}
	// The server has it, whatever becomes of the goodbye.
	_ = conn.Quit()
	return nil
}

// client is a new client for each e-mail: the library's own keeps state between them.
func (s *Sender) client() (*gomail.Client, error) {
	opts := []gomail.Option{gomail.WithTimeout(s.cfg.Timeout), gomail.WithoutSMTPUTF8()}
	trust := &tls.Config{ServerName: s.cfg.Host, MinVersion: tls.VersionTLS12}
	if !s.cfg.CA.IsZero() {
		trust.RootCAs = x509.NewCertPool()
		trust.RootCAs.AppendCertsFromPEM([]byte(s.cfg.CA.Text))
	}
	port := s.cfg.Port
	switch s.cfg.TLS {
	case ImplicitTLS:
		opts = append(opts, gomail.WithSSL(), gomail.WithTLSConfig(trust))
		if port == 0 {
			port = 465
		}
	case NoTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(trust))
	}
	if port == 0 {
		port = 587
	}
	opts = append(opts, gomail.WithPort(port))
	if s.cfg.Username != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.cfg.Username), gomail.WithPassword(s.cfg.Password.Reveal()))
	}
	client, err := gomail.NewClient(s.cfg.Host, opts...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return client, nil
}

// message is the e-mail (RFC 5322) to one address.
func (c Content) message(to string, date time.Time) (*gomail.Msg, error) {
	if _, err := Address(to); err != nil {
		return nil, fmt.Errorf("%q %w", to, err)
	}
	msg := gomail.NewMsg()
	if err := msg.From(c.From); err != nil {
		return nil, err
	}
	if err := msg.To(to); err != nil {
		return nil, err
	}
	if c.ReplyTo != "" {
		if err := msg.ReplyTo(c.ReplyTo); err != nil {
			return nil, err
		}
	}
	msg.SetMessageIDWithValue(c.MessageID)
	msg.SetDateWithValue(date)
	msg.SetUserAgent("hasshin")
	msg.Subject(c.Subject)
	msg.SetBodyString(gomail.TypeTextPlain, c.Text)
	if c.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, c.HTML)
	}
	return msg, nil
}

// refusal makes of what the server said a refusal; of anything else, an error to be tried again. Whether it is the address that is refused is known from
// the command that it answers.
func refusal(err error, address bool) error {
	var said *textproto.Error
	if !errors.As(err, &said) || said.Code/100 != 4 && said.Code/100 != 5 || said.Code == 421 {
		return fmt.Errorf("mail server: %w", err) // 421: the server goes away, and has said nothing about the e-mail
	}
	final := said.Code/100 == 5
	return &outbox.Refusal{Final: final, Address: final && address, Text: said.Error()}
}
