package dialer

import (
	"fmt"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// What must hold in a rig at any moment in which nothing moves.

// inspect compares where everybody is with where they should be. Nothing moves meanwhile.
func (r *rig) inspect() {
	bridges := r.asterisk.Bridges()
	where := map[string]string{}
	for _, id := range sortedKeys(bridges) {
		calls, legs := map[string]bool{}, 0
		for _, ch := range bridges[id] {
			if other, twice := where[ch]; twice {
				r.fault("%s is in %s and in %s", ch, other, id)
			}
			where[ch] = id
			if prefix, name := owner(ch); prefix == prefixCall {
				calls[name] = true
				legs++
			}
			if name, own := strings.CutPrefix(id, prefixOwn); own && !strings.HasPrefix(ch, prefixCall+name+".") {
				r.fault("%s is in another call's bridge, %s", ch, id)
			}
		}
		if strings.HasPrefix(id, prefixBooth) && len(calls) > 1 {
			r.fault("two calls in one booth: %s has %v", id, bridges[id])
		}
		for name := range calls {
			r.mu.Lock()
			connected := r.connected[name]
			r.mu.Unlock()
			if strings.HasPrefix(id, prefixBooth) && legs > 1 && !connected {
				r.fault("contact and target hear each other without a conference: %s has %v", id, bridges[id])
			}
		}
	}
	if !r.engine.nodes[0].connected() {
		return
	}
	for _, c := range r.engine.liveCalls() {
		r.inspectCall(c, where)
	}
	for _, id := range rigAgents {
		// Several requests in a row may go unanswered for five seconds each, and are tried again.
		for patience := 60; r.astray(r.engine.agents[id]) != ""; patience-- {
			if patience == 0 {
				r.fault("%s", r.astray(r.engine.agents[id]))
				break
			}
			time.Sleep(time.Second) // on its way home, behind digits that are still being sent, or a slow request
			synctest.Wait()
		}
	}
}

// on runs fn on an actor's goroutine.
func on(a *actor, fn func()) {
	done := make(chan struct{})
	if !a.post(func() { defer close(done); fn() }) {
		return
	}
	select {
	case <-done:
	case <-a.done:
	}
}

func (r *rig) inspectCall(c *callActor, where map[string]string) {
	on(&c.actor, func() {
		if !c.told || len(c.waiting) > 0 {
			return
		}
		layout, ok := call.LayoutOf(c.state)
		if !ok {
			return
		}
		check := func(what string, p *party, place call.Place) {
			if p == nil || p.leaving || p.phase < created || p.phase == gone {
				return
			}
			at := where[p.channel]
			if p.agent != nil && place != call.Booth && place != call.Waiting && place != call.Own {
				return // at home
			}
			if want := c.bridgeOf(place); want != "" && at != want {
				r.fault("call %s is %s: %s (%s) is in %q, want %q", c.id, c.state, what, p.channel, at, want)
			}
		}
		check("contact", c.contact, layout.Contact)
		check("target", c.target, layout.Target)
		for _, m := range c.members {
			check("member", m, layout.Members)
		}
	})
}

// astray says what is wrong with where an agent's phone is.
func (r *rig) astray(a *agentActor) string {
	var c *callActor
	var channel string
	on(&a.actor, func() {
		c = a.call
		if a.phone.state == agent.PhoneConnected {
			channel = a.phone.channel
		}
	})
	if channel == "" || !r.engine.nodes[0].connected() {
		return ""
	}
	if c != nil {
		joined := false
		on(&c.actor, func() { joined = c.partyOf(a) != nil || !c.told })
		if joined {
			return ""
		}
	}
	for id, members := range r.asterisk.Bridges() {
		if slices.Contains(members, channel) && id != boothBridge(a.id) {
			return fmt.Sprintf("%s is in no conversation, but its phone is in %q", a.id, id)
		}
	}
	return ""
}

// holdMusic is what a node has whether anybody is on hold or not.
func (r *rig) holdMusic() []string {
	return []string{"bridge:" + holdBridge("ast1"), "channel:" + listenerChannel("ast1")}
}

// left lists what Asterisk still has, except these.
func (r *rig) left(except ...string) []string {
	synctest.Wait()
	left := slices.DeleteFunc(r.asterisk.Left(), func(id string) bool { return slices.Contains(except, id) })
	slices.Sort(left)
	return left
}

// finish lets everybody be done and sign out; then nothing may be left.
