package ari_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
)

// events are one of each way to name a channel or another thing.
var events = map[string]string{
	"start":     `{"type":"StasisStart","channel":{"id":"c1"},"replace_channel":{"id":"c2"}}`,
	"dial":      `{"type":"Dial","caller":{"id":"c3"},"peer":{"id":"c1"},"dialstatus":""}`,
	"entered":   `{"type":"ChannelEnteredBridge","bridge":{"id":"b1","channels":["c1","c4"]},"channel":{"id":"c4"}}`,
	"played":    `{"type":"PlaybackFinished","playback":{"id":"p1","target_uri":"channel:c1"}}`,
	"announced": `{"type":"PlaybackStarted","playback":{"id":"p2","target_uri":"bridge:b1"}}`,
	"recorded":  `{"type":"RecordingFinished","recording":{"name":"r1","target_uri":"bridge:b1"}}`,
	"transfer":  `{"type":"ChannelTransfer","refer_to":{"destination_channel":{"id":"c1"},"bridge":{"id":"b2"}},"referred_by":{"source_channel":{"id":"c5"}}}`,
	"attended":  `{"type":"BridgeAttendedTransfer","transferer_first_leg":{"id":"c5"},"transferer_second_leg":{"id":"c6"},"destination_bridge":"b3"}`,
	"video":     `{"type":"BridgeVideoSourceChanged","bridge":{"id":"b4"},"old_video_source_id":"c7"}`,
	"endpoint":  `{"type":"EndpointStateChange","endpoint":{"technology":"PJSIP","resource":"1","channel_ids":["c8"]}}`,
	"user":      `{"type":"ChannelUserevent","eventname":"e","bridge":{"id":"b5"},"userevent":{}}`,
	"unknown":   `{"type":"ChannelTeleported","channel":{"id":"c1"}}`,
	"bad":       `{"type":`,
}

func TestEachSubscriptionGetsWhatItAskedForOnce(t *testing.T) {
	var log bytes.Buffer
	feed := ari.NewFeed(zerolog.New(&log))
	defer feed.Close()
	names := make([]string, 0, len(events))
	for name := range events {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, test := range []struct {
		filters []ari.Filter
		want    string
	}{
		{[]ari.Filter{ari.All()}, strings.Join(names, " ")},
		{[]ari.Filter{ari.All(), ari.ForChannel("c1"), ari.OfType("Dial"), ari.All()}, strings.Join(names, " ")},
		{nil, ""},
		{[]ari.Filter{ari.ForChannel("c1")}, "dial entered played start transfer"},
		{[]ari.Filter{ari.ForChannel("c2")}, "start"},
		{[]ari.Filter{ari.ForChannel("c3", "c4")}, "dial entered"},
		{[]ari.Filter{ari.ForChannel("c5")}, "attended transfer"},
		{[]ari.Filter{ari.ForChannel("c7"), ari.ForChannel("c8")}, "endpoint video"},
		{[]ari.Filter{ari.ForChannel("c1", "c2", "c1"), ari.ForBridge("b1")}, "announced dial entered played recorded start transfer"},
		{[]ari.Filter{ari.ForBridge("b1")}, "announced entered recorded"},
		{[]ari.Filter{ari.ForBridge("b2", "b3", "b4", "b5")}, "attended transfer user video"},
		{[]ari.Filter{ari.ForBridge("c1")}, ""},
		{[]ari.Filter{ari.ForPlayback("p1")}, "played"},
		{[]ari.Filter{ari.ForRecording("r1")}, "recorded"},
		{[]ari.Filter{ari.OfType("Dial", "ChannelTeleported")}, "dial unknown"},
	} {
		sub := feed.Subscribe(test.filters...)
		var got []string
		for _, name := range names {
			pushed := feed.Push([]byte(events[name]))
			for ev, ok := sub.TryNext(); ok; ev, ok = sub.TryNext() {
				if ev != pushed {
					t.Errorf("%v: got %v, pushed %v", test.filters, ev, pushed)
				}
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v: got %v, want %s", test.filters, got, test.want)
		}
		sub.Close()
	}
	stats := feed.Stats()
	if n := uint64(15); stats.Events != n*uint64(len(events)) || stats.Unknown != n || stats.Malformed != n || stats.Subscriptions != 0 {
		t.Errorf("stats: %+v", stats)
	}
	if !strings.Contains(log.String(), `"message":"{\"type\":"`) {
		t.Errorf("the unreadable message is not in the log: %s", log.String())
	}
}

func TestASubscriptionCanBeWidenedAndNarrowed(t *testing.T) {
	feed := ari.NewFeed(zerolog.Nop())
	sub := feed.Subscribe(ari.ForChannel("c1"))
	other := feed.Subscribe(ari.ForChannel("c1"))
	push := func(id string) { feed.Push(fmt.Appendf(nil, `{"type":"StasisEnd","channel":{"id":"%s"}}`, id)) }
	push("c2")
	sub.Add(ari.ForChannel("c2"))
	push("c2")
	push("c1")
	sub.Remove(ari.ForChannel("c1", "c9"))
	push("c1")
	push("c2")
	sub.Close()
	sub.Close()
	sub.Add(ari.ForChannel("c2")) // too late, and harmless
	push("c2")
	var got []string
	for ev := range sub.All(t.Context()) {
		got = append(got, ev.(*ari.StasisEnd).Channel.ID)
	}
	if !slices.Equal(got, []string{"c2", "c1", "c2"}) || !sub.Closed() {
		t.Errorf("got %v, closed %v", got, sub.Closed())
	}
	if other.Waiting() != 2 || other.Closed() {
		t.Errorf("the other one has %d events, closed %v", other.Waiting(), other.Closed())
	}
	feed.Close()
	if !other.Closed() {
		t.Error("the feed is closed and its subscription open")
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sub := ari.NewFeed(zerolog.Nop()).Subscribe(ari.All())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := sub.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}

// A subscriber that works 1 ms on each event while 300 calls come at once gets every event, in order.
func TestASlowSubscriberLosesNothingOfABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		feed := ari.NewFeed(zerolog.New(&log))
		sub := feed.Subscribe(ari.All())
		var pushed []ari.Event
		done := make(chan []ari.Event)
		go func() {
			var got []ari.Event
			for ev := range sub.All(context.Background()) {
				time.Sleep(time.Millisecond) // of work, by the bubble's clock
				got = append(got, ev)
			}
			done <- got
		}()
		for range 2 {
			for _, message := range recorded(t) {
				pushed = append(pushed, feed.Push(message))
			}
		}
		feed.Close()
		if got := <-done; !slices.Equal(got, pushed) {
			t.Errorf("%d events of %d arrived, or in another order", len(got), len(pushed))
		}
		if n := sub.HighWater(); n < 6000 || feed.Stats().HighWater != n {
			t.Errorf("the high water mark is %d, in the feed's stats %d", n, feed.Stats().HighWater)
		}
		if n := strings.Count(log.String(), "lags behind"); n != 1 {
			t.Errorf("%d lines about the lag, want one (it is limited):\n%s", n, log.String())
		}
	})
}

// A subscriber that pauses 50 ms in a burst of 1,000 over a real connection gets every event, in order.
func TestAPausingSubscriberLosesNothing(t *testing.T) {
	s := newServer(t, nil)
	_, all := connect(t, s)
	const burst = 1000
	messages := make([]string, burst)
	for i := range messages {
		messages[i] = fmt.Sprintf(`{"type":"ChannelVarset","variable":"n","value":"%d"}`, i)
	}
	s.send(t, messages...)
	for i := range burst {
		if i == 10 {
			<-time.After(50 * time.Millisecond) // this is the pause that the test is about
		}
		if got := expect[*ari.ChannelVarset](t, all); got.Value != fmt.Sprint(i) {
			t.Fatalf("event %d is %s", i, got.Value)
		}
	}
}

func TestReadyServesASelectLoop(t *testing.T) {
	feed := ari.NewFeed(zerolog.Nop())
	sub := feed.Subscribe(ari.All())
	go func() {
		for range 100 {
			feed.Push([]byte(events["dial"]))
		}
		feed.Close()
	}()
	got := 0
	for !sub.Closed() || sub.Waiting() > 0 {
		select {
		case <-sub.Ready():
			for _, ok := sub.TryNext(); ok; _, ok = sub.TryNext() {
				got++
			}
		case <-t.Context().Done():
			t.Fatal("the test ended first")
		}
	}
	if got != 100 {
		t.Errorf("got %d events, want 100", got)
	}
}
