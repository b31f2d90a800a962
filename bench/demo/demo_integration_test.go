//go:build integration

package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/bench/stack"
)

// contacts have each outcome of the simulated carrier once, the quickest way.
var contacts = []stack.Contact{
	{ID: "talks", Number: "+442079460100"},
	{ID: "echoes", Number: "+442079460002"},
	{ID: "busy", Number: "+442079460010"},
	{ID: "no-answer", Number: "+442079460011"},
	{ID: "rejects", Number: "+442079460012"},
	{ID: "unknown", Number: "+442079460013"},
	{ID: "congested", Number: "+442079460014"},
	{ID: "voicemail", Number: "+442079460015"},
	{ID: "announced", Number: "+442079460216"},
	{ID: "announced-unknown", Number: "+442079460017"},
	{ID: "late", Number: "+442079460018"},
	{ID: "hangs-up", Number: "+442079460101"},
}

// The demo tells each outcome of the carrier as it is, and can be run again.
func TestTheDemoShowsEachOutcome(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	carrier := asterisktest.Start(t, asterisktest.WithCarrierRole())
	s, err := stack.Start(ctx, stack.Options{
		Trunk: carrier.SIPAddr(), Agents: []string{"robot"}, Dispositions: slices.Sorted(maps.Values(rules)), RingTimeout: 8 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Close(closing); err != nil {
			t.Error(err)
		}
	})
	if err := s.Import(ctx, contacts); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	opts := options{url: s.URL(), agent: "robot", password: stack.Password, campaign: stack.Campaign, talk: 2 * time.Second}
	err = run(ctx, opts, newScreen(&out, false))
	t.Log(out.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"dialed", "ringing", "answered", "talked", "busy", "no answer", "rejected", "invalid number", "congestion", "machine", "hung up early",
		"[its own voice]", "[1000 Hz]", "[announcement, 600 Hz]", "[announcement, speech]", "[beep]", "12 of 12 calls",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not show %q", want)
		}
	}

	if err := run(ctx, opts, newScreen(&out, false)); err == nil || !strings.Contains(err.Error(), "no contact") {
		t.Errorf("a demo with a worked off list ends with %v, want that there is no contact to call", err)
	}
	if err := freshList(ctx, s.RedisAddr, stack.Campaign); err != nil {
		t.Fatal(err)
	}
	if err := s.Import(ctx, contacts); err != nil {
		t.Errorf("the list cannot be imported again: %v", err)
	}
	if _, _, err := s.Store.Take(ctx, stack.Campaign, "hanako", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := freshList(ctx, s.RedisAddr, stack.Campaign); err == nil || !strings.Contains(err.Error(), "1 contacts of campaign") {
		t.Errorf("emptying a list that somebody works on ends with %v", err)
	}
}
