package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

const cameBack = `Delivered-To: bounces+letter1@example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; taro@example.net
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b--
`

// A mail server hands over what came back, and goes by how the command ends.
func TestBounceCommand(t *testing.T) {
	server := miniredis.RunT(t)
	file := importHouse(t, server.Addr())
	house, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(house, "mail: {host: localhost, tls: none, bounces: bounces@example.com}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	bounce := func(text string) said { return hasshin(t, text, "bounce", "--config", file) }

	wantSaid(t, bounce(cameBack), exitOK, "letter1", "thrown away", "no such message")
	wantSaid(t, bounce("Subject: hello\n\nI am away.\n"), exitOK, "thrown away", "RFC 3464")
	wantSaid(t, bounce(strings.Replace(cameBack, "Action: failed", "Action: delayed", 1)), exitOK, "delayed")

	key := "hs:outbox:{letter1}"
	at := time.Now().UTC().Format(time.RFC3339)
	server.HSet(key, "message", `{"id": "letter1", "kind": "email", "campaign": "demo", "record": "a", "to": "taro@example.net", "queued": "`+at+`"}`, "state", "sending", "at", "0", "attempts", "1")
	wantSaid(t, bounce(cameBack), exitTryAgain, "on its way")
	server.HSet(key, "state", "sent")
	wantSaid(t, bounce(cameBack), exitOK, "campaign demo", "record a", "did not reach taro@example.net", "no such user")
	if state, problem := server.HGet(key, "state"), server.HGet(key, "problem"); state != "failed" || problem != "550 5.1.1 no such user" {
		t.Errorf("the letter is %s: %s", state, problem)
	}
	if got, err := server.Get("hs:outbox:refused:taro@example.net"); err != nil || got != "550 5.1.1 no such user" {
		t.Errorf("the address is refused with %q, %v", got, err)
	}
	wantSaid(t, hasshin(t, cameBack, "bounce", "--config", "nowhere.yaml"), exitTryAgain, "nowhere.yaml")
	wantSaid(t, hasshin(t, "", "bounce", "extra"), exitUsage, "extra")
}
