package dialer

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hasshin/hasshin/ari"
)

// thirdMark makes of an ear's id the one of its third: hs.ear.<agent>.third-<serial>. As a suffix it would not do: Asterisk takes an id for one that is
// already there if a channel's id only begins with it.
const thirdMark = "third-"

// thirdOf names the third one in the booth of an agent who is listened to: a channel that is silent, and only there so that Asterisk mixes.
//
// While two are alone in a bridge, Asterisk hands the packets of the one to the other, and a snoop channel at the other hears them through a decoder
// that stays with the leg. Debian's Asterisk (22.10.1, the patch for Opus' concealment of lost packets) remembers in every decoder the sequence
// number of the last packet, and drops whatever seems to be up to 32,768 packets late: eleven minutes. Sequence numbers begin at random (RFC 3550,
// section 5.1). So when another one comes into the agent's booth than was there before, as in a consultation, in every second case the snoop
// channel hears nothing of that one, and nothing whispered is heard, although the conversation itself is well. What three hear is mixed,
// has no sequence numbers, and needs no decoder. (Seen with a debugger: ast_translate() returns NULL at its very beginning. The same was reported for
// calls that are transcoded: github.com/traud/asterisk-opus, issue 13.)
func thirdOf(ear string) string {
	serial := strings.LastIndexByte(ear, '.') + 1
	return ear[:serial] + thirdMark + ear[serial:]
}

// isThird tells whether a channel is the third of some ear.
func isThird(channel string) bool {
	kind, _ := owner(channel)
	return kind == prefixEar && strings.HasPrefix(channel[strings.LastIndexByte(channel, '.')+1:], thirdMark)
}

// makeThird makes the third one of an ear. Without it the ear hears a conversation with the contact all the same.
func (n *node) makeThird(ctx context.Context, ear string) {
	_, err := n.ari.Channels.ExternalMedia(ctx, ari.ExternalMedia{
		ChannelID: thirdOf(ear), App: n.cfg.App, ExternalHost: discard, Format: "ulaw",
	})
	if err != nil {
		n.log.Warn().Err(err).Str("ear", ear).Msg("the channel that lets Asterisk mix was not made (is chan_rtp loaded?); consultations may be heard in part only")
	}
}

// thirdPlace is where the third one of an ear is.
type thirdPlace int

const (
	thirdUnmade thirdPlace = iota
	thirdWaits             // it is there, in no bridge
	thirdSeated            // in the agent's booth
)

// onThird takes what Asterisk reports of a third one of these ears.
func (s *supervision) onThird(l leg) {
	if l.kind != legCreated {
		return
	}
	for _, e := range []*ear{s.ear, s.next} {
		if e != nil && thirdOf(e.id) == l.channel.ID {
			e.third = thirdWaits
		}
	}
	s.seatThirds()
}

// seatThirds puts third ones into the agent's booth, once it may matter. As long as the contact is the only one whom the agent has heard it does not,
// and coming in then would cost both some 60 ms of each other's voice: Asterisk changes to mixing.
func (s *supervision) seatThirds() {
	if s == nil || s.subject == nil {
		return
	}
	if c := s.a.e.callOf(s.subject.call); c == nil || !c.varied.Load() {
		return
	}
	n, booth := s.a.phone.node, boothBridge(s.subject.agent)
	for _, e := range []*ear{s.ear, s.next} {
		if e == nil || e.third != thirdWaits {
			continue
		}
		e.third = thirdSeated
		n.aside(func(ctx context.Context) {
			err := n.ari.Bridges.AddChannel(ctx, booth, ari.AddChannel{Channels: []string{thirdOf(e.id)}})
			if err != nil && !errors.Is(err, ari.ErrNotFound) && !errors.Is(err, ari.ErrBadRequest) { // it, or the booth, has just gone
				n.log.Warn().Err(err).Str("ear", e.id).Msg("the channel that lets Asterisk mix is not in the agent's booth; consultations may be heard in part only")
			}
		})
	}
}

// has tells whether a channel is one of these ears, or the third of one.
func (s *supervision) has(channel string) bool {
	if s == nil {
		return false
	}
	return slices.ContainsFunc([]*ear{s.ear, s.next}, func(e *ear) bool { return e != nil && (e.id == channel || thirdOf(e.id) == channel) })
}

// hangUpEar hangs an ear up, and its third.
func (n *node) hangUpEar(ear string) error {
	return errors.Join(n.hangUp(ear), n.hangUp(thirdOf(ear)))
}
