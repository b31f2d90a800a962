package ari_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/aritest"
)

// A call is followed from its making to its end. The Asterisk here is one in memory.
func Example() {
	asterisk, err := aritest.New(aritest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer asterisk.Close()
	asterisk.Endpoint("PJSIP/1001", aritest.AnswerFor(0, 10*time.Millisecond)) // answers, then hangs up

	client, err := ari.New(ari.Config{
		URL: asterisk.URL(), Username: asterisk.Username(), Password: asterisk.Password(), App: "example",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := client.Connect(ctx); err != nil {
		log.Fatal(err)
	}

	call := client.Subscribe(ari.ForChannel("call-1"))
	_, err = client.Channels.Originate(ctx, ari.Originate{
		Endpoint: "PJSIP/1001", App: "example", AppArgs: []string{"hello"}, ChannelID: "call-1", Timeout: 30 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	for ev := range call.All(ctx) {
		switch ev := ev.(type) {
		case *ari.StasisStart:
			fmt.Println("answered, in the application with", ev.Args)
		case *ari.ChannelDestroyed:
			fmt.Println("over, cause", ev.Cause)
			return
		}
	}
	// Output:
	// answered, in the application with [hello]
	// over, cause 16
}

// An error has Asterisk's own words and answers to its kind.
func ExampleError() {
	asterisk, err := aritest.New(aritest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer asterisk.Close()
	client, err := ari.New(ari.Config{
		URL: asterisk.URL(), Username: asterisk.Username(), Password: asterisk.Password(), App: "example",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	err = client.Channels.Answer(context.Background(), "nobody")
	fmt.Println(err)
	fmt.Println("gone:", errors.Is(err, ari.ErrNotFound))
	// Output:
	// ari: POST /channels/nobody/answer: 404 Channel not found
	// gone: true
}

// Recorded messages are replayed through a feed, without an Asterisk.
func ExampleFeed() {
	feed := ari.NewFeed(zerolog.Nop())
	calls := feed.Subscribe(ari.OfType("StasisStart", "ChannelDestroyed"))

	feed.Push([]byte(`{"type":"StasisStart","args":["in"],"channel":{"id":"c1","caller":{"number":"+81312345678"}}}`))
	feed.Push([]byte(`{"type":"ChannelVarset","variable":"X","value":"1","channel":{"id":"c1"}}`))
	feed.Push([]byte(`{"type":"ChannelDestroyed","cause":17,"cause_txt":"User busy","channel":{"id":"c1"}}`))
	feed.Close()

	for ev := range calls.All(context.Background()) {
		switch ev := ev.(type) {
		case *ari.StasisStart:
			fmt.Println(ev.Channel.Caller.Number, "came with", ev.Args)
		case *ari.ChannelDestroyed:
			fmt.Println("over:", ev.CauseText)
		}
	}
	// Output:
	// +81312345678 came with [in]
	// over: User busy
}
