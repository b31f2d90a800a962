package ari

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"
)

// BenchmarkPush decodes and dispatches the recorded events, one subscription a channel besides one to all. `make bench-ari`
// compares with a plain client.
func BenchmarkPush(b *testing.B) {
	messages := recording(b)
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("subscriptions=%d", n), func(b *testing.B) {
			feed := NewFeed(zerolog.Nop())
			all := feed.Subscribe(All())
			for i := range n - 1 {
				feed.Subscribe(ForChannel(fmt.Sprintf("another-channel-%d", i)))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				feed.Push(messages[i%len(messages)])
				all.TryNext()
			}
		})
	}
}
