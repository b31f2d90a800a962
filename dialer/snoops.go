package dialer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// snoops knows the snoop channels at agents' legs: tones, supervisors' ears and what records. Those of one call must be gone before the first one of the
// next call comes.
//
// As long as any is there, Asterisk keeps the decoder through which all of them hear what the leg is sent. With Debian's patch for lost packets
// (thirdOf tells more) that decoder drops what another contact says in every second case, as late, and what is whispered into it is not heard
// either. The leg is the same from call to call, so the decoder of the last call becomes that of the next one when snoop channels follow each other
// without a moment between them. That a channel has left Stasis does not tell that Asterisk has taken it off the leg; that it is not there any
// more does.
type snoops struct {
	mu sync.Mutex
	at map[string]snooped // by channel

	there func(ctx context.Context, channel string) (bool, error) // asks Asterisk
}

// snooped is where a snoop channel is.
type snooped struct {
	leg, call string
	ended     time.Time // its time in Stasis; zero while that lasts
}

func newSnoops(there func(context.Context, string) (bool, error)) *snoops {
	return &snoops{at: map[string]snooped{}, there: there}
}

// Snoop channels of an earlier call are looked for every snoopPause, until snoopLimit: rather half of what can be heard than nothing. After
// snoopLimit one that has left Stasis is gone.
const (
	snoopPause = 10 * time.Millisecond
	snoopLimit = time.Second
)

var errSnoopStays = errors.New("a snoop channel of the call before does not go; what the contact says may not be heard by the new one")

// enter notes a channel that is about to be made at a leg for a call, once none of another call is there any more. With an error it is noted, too.
func (s *snoops) enter(ctx context.Context, leg, callID, channel string) error {
	limit := time.NewTimer(snoopLimit)
	defer limit.Stop()
	for {
		others := s.others(leg, callID, channel, false)
		if len(others) == 0 {
			return nil
		}
		gone := 0
		for _, other := range others {
			there, err := s.there(ctx, other)
			if err != nil {
				s.others(leg, callID, channel, true)
				return err
			}
			if !there {
				s.forget(other)
				gone++
			}
		}
		if gone == len(others) {
			continue
		}
		select {
		case <-time.After(snoopPause):
		case <-limit.C:
			s.others(leg, callID, channel, true)
			return errSnoopStays
		case <-ctx.Done():
			s.others(leg, callID, channel, true)
			return ctx.Err()
		}
	}
}

// others lists the channels of other calls at a leg. With none, or anyway, the new one is noted.
func (s *snoops) others(leg, callID, channel string, anyway bool) (others []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, other := range s.at {
		switch {
		case !other.ended.IsZero() && time.Since(other.ended) >= snoopLimit:
			delete(s.at, id)
		case other.leg == leg && other.call != callID:
			others = append(others, id)
		}
	}
	if len(others) == 0 || anyway {
		s.at[channel] = snooped{leg: leg, call: callID}
	}
	return others
}

func (s *snoops) forget(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, channel)
}

// ended takes the end of a channel's time in Stasis.
func (s *snoops) ended(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.at[channel]; ok {
		at.ended = time.Now()
		s.at[channel] = at
	}
}

// legGone forgets what was at a leg that is gone.
func (s *snoops) legGone(leg string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range s.at {
		if at.leg == leg {
			delete(s.at, id)
		}
	}
}

// snoop makes a snoop channel at an agent's leg for a call, "" for none, when those of the call before are gone.
func (n *node) snoop(ctx context.Context, leg, callID string, request ari.Snoop) error {
	if err := n.snoops.enter(ctx, leg, callID, request.SnoopID); err != nil {
		n.log.Warn().Err(err).Str("leg", leg).Str("channel", request.SnoopID).Msg("snoop channels of two calls are at one leg")
	}
	_, err := n.ari.Channels.Snoop(ctx, leg, request)
	if err != nil {
		n.snoops.forget(request.SnoopID)
	}
	return err
}

// snoopThere tells whether Asterisk has a channel still. A tone of the call before is not waited for: it is ended.
func (n *node) snoopThere(ctx context.Context, channel string) (bool, error) {
	if prefix, _ := owner(channel); prefix == prefixTone {
		n.tone.end(ctx, channel)
	}
	_, err := n.ari.Channels.Get(ctx, channel)
	if errors.Is(err, ari.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
