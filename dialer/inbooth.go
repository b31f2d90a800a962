package dialer

import (
	"slices"
	"strings"
	"sync"

	"github.com/hasshin/hasshin/ari"
)

// booths knows who is in the agents' booths of a node from what Asterisk tells of them, so that nobody has to ask it for that.
type booths struct {
	mu sync.Mutex
	in map[string][]string // booth → channels
}

func newBooths() *booths { return &booths{in: map[string][]string{}} }

// entered takes a channel as there: one that is, and one that is about to be. It answers whether that is new.
func (b *booths) entered(bridge, channel string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.HasPrefix(bridge, prefixBooth) || slices.Contains(b.in[bridge], channel) {
		return false
	}
	b.in[bridge] = append(b.in[bridge], channel)
	return true
}

func (b *booths) left(bridge, channel string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(bridge, channel)
}

// gone takes the end of a channel: one that was about to enter never will.
func (b *booths) gone(channel string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for bridge := range b.in {
		b.remove(bridge, channel)
	}
}

func (b *booths) remove(bridge, channel string) {
	b.in[bridge] = slices.DeleteFunc(b.in[bridge], func(c string) bool { return c == channel })
	if len(b.in[bridge]) == 0 {
		delete(b.in, bridge)
	}
}

// alone tells whether an agent's leg is in the agent's booth and nobody else is, but for who only listens.
func (b *booths) alone(agentID, leg string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	there := slices.DeleteFunc(slices.Clone(b.in[boothBridge(agentID)]), isThird)
	return len(there) == 1 && there[0] == leg
}

// reconcile begins anew with what there is.
func (b *booths) reconcile(bridges []ari.Bridge) {
	b.mu.Lock()
	b.in = map[string][]string{}
	b.mu.Unlock()
	for _, bridge := range bridges {
		for _, channel := range bridge.Channels {
			b.entered(bridge.ID, channel)
		}
	}
}
