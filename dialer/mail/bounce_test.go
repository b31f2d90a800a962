package mail_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/outbox"
)

// notification is a delivery status notification as Postfix writes it.
func notification(to, action, status, diagnostic, messageID string) string {
	text := fmt.Sprintf(`Return-Path: <>
X-Original-To: %s
Delivered-To: %[1]s
Date: Mon, 23 Nov 2026 10:00:00 +0900 (JST)
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: %[1]s
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="A1B2C3.1764/mx.example.com"

This is a MIME-encapsulated message.

--A1B2C3.1764/mx.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.com.

--A1B2C3.1764/mx.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Sender: rfc822; %[1]s
Arrival-Date: Mon, 23 Nov 2026 09:59:58 +0900 (JST)

Final-Recipient: rfc822; taro@example.net
Original-Recipient: rfc822;Taro@example.net
Action: %[2]s
Status: %[3]s
Remote-MTA: dns; mail.example.net
Diagnostic-Code: %[4]s

--A1B2C3.1764/mx.example.com
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <%[1]s>
Message-ID: <%[5]s>
Subject: Your contract

--A1B2C3.1764/mx.example.com--
`, to, action, status, diagnostic, messageID)
	return strings.ReplaceAll(text, "\n", "\r\n")
}

const noSuchUser = "smtp; 550 5.1.1 <taro@example.net>: Recipient address rejected:\n    User unknown"

// A letter that the server has taken over comes back: it is failed, in the words of the server that did not want it, and so is the address.
func TestALetterThatComesBackIsShown(t *testing.T) {
	const bounces = "bounces@example.com"
	s := newServer(t)
	cfg := s.config(t)
	cfg.Bounces = bounces
	p := newProcess(t, miniredis.RunT(t).Addr(), mail.NewSender(cfg).Deliver)
	p.send(t, "m1", "Taro@example.net")
	if m := p.await(t, 1)[0]; m.State != outbox.Sent {
		t.Fatalf("%+v", m)
	}
	from := s.got()[0].from
	if from != "bounces+m1@example.com" {
		t.Errorf("the envelope is from %s", from)
	}
	b, err := mail.ReadBounce(strings.NewReader(notification(from, "failed", "5.1.1", noSuchUser, "else@where")), bounces)
	if err != nil || b.Letter != "m1" || b.Recipient != "taro@example.net" || !b.Failed() || !b.OfAddress() {
		t.Fatalf("%+v, %v", b, err)
	}
	for range 2 { // the notification may be delivered twice
		if m, err := p.box.CameBack(t.Context(), b.Letter, b.Text, b.OfAddress()); err != nil || m.Record != "r1" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	all, err := p.box.Of(t.Context(), "spring", "r1")
	if err != nil || len(all) != 1 || all[0].State != outbox.Failed || all[0].Problem != "550 5.1.1 <taro@example.net>: Recipient address rejected: User unknown" {
		t.Errorf("%+v, %v", all, err)
	}
	refused, err := p.box.Refused(t.Context(), []string{"taro@example.net"})
	if err != nil || !strings.Contains(refused["taro@example.net"], "User unknown") {
		t.Errorf("refused %v, %v", refused, err)
	}
	if _, err := p.box.CameBack(t.Context(), "m2", b.Text, true); !errors.Is(err, outbox.ErrUnknown) {
		t.Errorf("a letter that is not there: %v", err)
	}
}

// What has not been settled cannot come back: the notification has to wait.
func TestALetterOnItsWayDoesNotComeBack(t *testing.T) {
	p := newProcess(t, miniredis.RunT(t).Addr(), nil) // nobody delivers
	p.send(t, "m1", "taro@example.net")
	if _, err := p.box.CameBack(t.Context(), "m1", "550", true); !errors.Is(err, outbox.ErrOnItsWay) {
		t.Errorf("%v", err)
	}
	if refused, err := p.box.Refused(t.Context(), []string{"taro@example.net"}); err != nil || len(refused) > 0 {
		t.Errorf("refused %v, %v", refused, err)
	}
}

func TestReadBounce(t *testing.T) {
	ours, other := "bounces+m1@example.com", "sales@example.com"
	for _, row := range []struct {
		what, text, bounces string
		want                mail.Bounce
		ofAddress           bool
	}{
		{
			"by its Message-ID, without an address for bounces", notification(other, "failed", "5.2.2", "smtp; 552 mailbox full", "m2@example.com"), "",
			mail.Bounce{Letter: "m2", Recipient: "taro@example.net", Action: "failed", Status: "5.2.2", Text: "552 mailbox full"}, false,
		},
		{
			"late", notification(ours, "delayed", "4.4.1", "X-Postfix; connection timed out", "m1@example.com"), "Bounces@Example.com",
			mail.Bounce{Letter: "m1", Recipient: "taro@example.net", Action: "delayed", Status: "4.4.1", Text: "connection timed out"}, false,
		},
		{
			"with a comment behind the status", notification(ours, "Failed", "5.2.1 (disabled)", "smtp; 550 closed", ""), "bounces@example.com",
			mail.Bounce{Letter: "m1", Recipient: "taro@example.net", Action: "failed", Status: "5.2.1", Text: "550 closed"}, true,
		},
	} {
		got, err := mail.ReadBounce(strings.NewReader(row.text), row.bounces)
		if err != nil || got != row.want || got.OfAddress() != row.ofAddress {
			t.Errorf("%s: %+v, %v", row.what, got, err)
		}
	}
	whole := notification(ours, "failed", "5.1.1", noSuchUser, "")
	for what, text := range map[string]string{
		"nothing":              "",
		"no mail":              "\x00\x01",
		"an answer":            "From: taro@example.net\r\nTo: " + ours + "\r\nContent-Type: text/plain\r\n\r\nI am away.\r\n",
		"a receipt":            strings.Replace(whole, "report-type=delivery-status", "report-type=disposition-notification", 1),
		"about nothing":        strings.ReplaceAll(whole, ours, other),
		"without its status":   strings.Replace(whole, "message/delivery-status", "text/plain", 1),
		"cut off in its first": whole[:strings.Index(whole, "Content-Description: Delivery report")],
	} {
		if got, err := mail.ReadBounce(strings.NewReader(text), "bounces@example.com"); !errors.Is(err, mail.ErrNoBounce) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

func FuzzReadBounce(f *testing.F) {
	f.Add(notification("bounces+m1@example.com", "failed", "5.1.1", noSuchUser, "m1@example.com"))
	f.Fuzz(func(t *testing.T, text string) {
		if b, err := mail.ReadBounce(strings.NewReader(text), "bounces@example.com"); err == nil && (b.Letter == "" || b.Action == "") {
			t.Errorf("%+v of %q", b, text)
		}
	})
}
