//go:build integration

package asterisktest_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
)

// A call to a piece of dialplan enters the application when it is answered.
func ExampleRun() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	asterisk, err := asterisktest.Run(ctx,
		asterisktest.WithConfig("extensions.d/lab.conf", "[lab]\nexten => 100,1,Answer()\n same => n,Echo()\n"),
		asterisktest.WithApp("example"),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		if err := asterisk.Terminate(ctx); err != nil {
			log.Print(err)
		}
	}()
	client, err := asterisk.Client(ctx, "")
	if err != nil {
		log.Print(err)
		return
	}
	defer client.Close()

	events := client.Subscribe(ari.ForChannel("first-call"))
	defer events.Close()
	if _, err := client.Channels.Originate(ctx, ari.Originate{
		Endpoint: "Local/100@lab", ChannelID: "first-call", App: "example", AppArgs: []string{"hello"},
	}); err != nil {
		log.Print(err)
		return
	}
	for event := range events.All(ctx) {
		if start, ok := event.(*ari.StasisStart); ok {
			fmt.Println(start.Channel.ID, "is", start.Channel.State, "with", start.Args)
			break
		}
	}
	// Output: first-call is Up with [hello]
}
