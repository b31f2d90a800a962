package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/textproto"
	"strings"
)

// Bounce is what a mail server says later of a letter that it had taken over: a delivery status notification (RFC 3464).
type Bounce struct {
	Letter    string // id of the message in the outbox
	Recipient string // who it did not reach
	Action    string // failed, delayed, delivered, relayed or expanded, in lower case
	Status    string // an enhanced status code (RFC 3463), like 5.1.1
	Text      string // for people: what the last server said, or else the status
}

// Failed reports whether the letter did not reach the recipient and is not tried any more.
func (b Bounce) Failed() bool { return b.Action == "failed" }

// OfAddress reports whether it is the address that no letter reaches: there is no such mailbox or domain, it has moved, or it is closed (RFC 3463, sections
// 3.2 and 3.3). A full mailbox, a letter too large, or one that is not wanted says nothing about the next letter.
func (b Bounce) OfAddress() bool {
	return strings.HasPrefix(b.Status, "5.1.") || b.Status == "5.2.1" || b.Status == "5.4.4"
}

// ErrNoBounce is what [ReadBounce] says of a message that is no notification about a letter.
var ErrNoBounce = errors.New("this is no delivery status notification (RFC 3464) about a letter of hasshin")

// longestBounce is how much of a message is read: notifications have the headers of the letter, and some the letter.
const longestBounce = 1 << 20

// ReadBounce reads a message as a mail server delivers it. bounces is the address that letters come back to, "" for that of their sender: with one the
// recipient of the notification says which letter it is about, otherwise the letter's Message-ID does, if it comes along.
func ReadBounce(r io.Reader, bounces string) (Bounce, error) {
	head := textproto.NewReader(bufio.NewReader(io.LimitReader(r, longestBounce)))
	header, err := head.ReadMIMEHeader()
	if err != nil && len(header) == 0 {
		return Bounce{}, fmt.Errorf("%w: it has no header", ErrNoBounce)
	}
	b := Bounce{Letter: letterOf(header, bounces)}
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["boundary"] == "" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return Bounce{}, ErrNoBounce
	}
	parts := multipart.NewReader(head.R, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			break // the end, or it is cut off: what was read is what there is
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch kind {
		case "message/delivery-status":
			b.read(part)
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			sent, _ := textproto.NewReader(bufio.NewReader(part)).ReadMIMEHeader() // as much of it as came back
			if b.Letter == "" {
				b.Letter, _, _ = strings.Cut(strings.Trim(strings.TrimSpace(sent.Get("Message-Id")), "<>"), "@")
			}
		}
	}
	if b.Action == "" || !idPattern.MatchString(b.Letter) {
		return Bounce{}, ErrNoBounce
	}
	return b, nil
}

// read reads the status of the letter's only recipient: the second block of fields, behind those of the message (RFC 3464, section 2.1).
func (b *Bounce) read(part io.Reader) {
	text, _ := io.ReadAll(part)
	for block := range bytes.SplitSeq(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n\n")) {
		fields, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(append(block, "\n\n"...)))).ReadMIMEHeader()
		if fields.Get("Action") == "" {
			continue
		}
		b.Action = strings.ToLower(strings.TrimSpace(fields.Get("Action")))
		b.Status, _, _ = strings.Cut(strings.TrimSpace(fields.Get("Status")), " ")
		b.Recipient = typed(fields.Get("Final-Recipient"))
		if b.Text = typed(fields.Get("Diagnostic-Code")); b.Text == "" {
			b.Text = b.Status
		}
		return
	}
}

// typed is the value of a field that begins with a type: rfc822; taro@example.com
func typed(field string) string {
	if _, value, ok := strings.Cut(field, ";"); ok {
		field = value
	}
	return strings.Join(strings.Fields(field), " ")
}

// ReturnAddress is where a letter comes back to that cannot be delivered: the address for that with the letter's id in it.
func ReturnAddress(bounces, letter string) string {
	mailbox, domain, _ := strings.Cut(bounces, "@")
	return mailbox + "+" + letter + "@" + domain
}

// letterOf finds a letter's id in the addresses that a notification was delivered to.
func letterOf(header textproto.MIMEHeader, bounces string) string {
	mailbox, domain, ok := strings.Cut(bounces, "@")
	if !ok {
		return ""
	}
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "To"} {
		for _, value := range header.Values(name) {
			address, err := netmail.ParseAddress(value)
			if err != nil {
				continue
			}
			local, at, _ := strings.Cut(address.Address, "@")
			if len(local) > len(mailbox)+1 && strings.EqualFold(local[:len(mailbox)+1], mailbox+"+") && strings.EqualFold(at, domain) {
				return local[len(mailbox)+1:]
			}
		}
	}
	return ""
}
