package desk

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/passwd"
	"github.com/hasshin/hasshin/dialer/agent"
)

// signIns checks passwords, at a bounded cost: few at a time, ever slower for those who guess, and with the same work whether the agent
// exists or not.
type signIns struct {
	agents  map[string]agent.Config
	decoy   string        // the hash that stands in for agents who do not exist
	turns   chan struct{} // one token for each password being checked
	maxWait time.Duration

	byAgent   *limiter // by agent and address
	byAddress *limiter // by address alone, against trying one password on many agents
}

func newSignIns(cfg SignInConfig, agents map[string]agent.Config, now func() time.Time) (*signIns, error) {
	parallel := cfg.Parallel
	if parallel == 0 {
		parallel = max(1, runtime.GOMAXPROCS(0)/2)
	}
	usual, err := usualParams(agents)
	if err != nil {
		return nil, err
	}
	return &signIns{
		agents: agents, decoy: passwd.Decoy(usual), turns: make(chan struct{}, parallel), maxWait: cfg.MaxWait,
		byAgent:   newLimiter(cfg.Attempts, cfg.MaxDelay, now),
		byAddress: newLimiter(cfg.AddressAttempts, cfg.MaxDelay, now),
	}, nil
}

// usualParams are those of most agents' hashes.
func usualParams(agents map[string]agent.Config) (passwd.Params, error) {
	counts := map[passwd.Params]int{}
	usual := passwd.Recommended
	for id, a := range agents {
		p, err := passwd.Parse(a.PasswordHash.Reveal())
		if err != nil {
			return usual, fmt.Errorf("agent %s: password_hash: %w", id, err)
		}
		counts[p]++
		if counts[p] > counts[usual] {
			usual = p
		}
	}
	return usual, nil
}

// check tells whether the password is the agent's: nil, or the problem to answer with.
func (s *signIns) check(ctx context.Context, log zerolog.Logger, from netip.Addr, agentID, password string) error {
	address := addressKey(from)
	both := agentID + "\n" + address
	if wait := s.byAgent.begin(both); wait > 0 {
		return tooMany(wait)
	}
	if wait := s.byAddress.waits(address); wait > 0 {
		s.byAgent.undo(both)
		return tooMany(wait)
	}
	cfg, known := s.agents[agentID]
	hash := s.decoy
	if known {
		hash = cfg.PasswordHash.Reveal()
	}
	turn, stop := context.WithTimeout(ctx, s.maxWait)
	defer stop()
	select {
	case s.turns <- struct{}{}:
	case <-turn.Done():
		s.byAgent.undo(both)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return api.NewProblem(api.CodeBusy, "no password could be checked within "+s.maxWait.String())
	}
	defer func() { <-s.turns }()
	// Of an address only those count whose passwords are being checked: a shift that begins behind one address waits for its turns, and is not refused.
	if wait := s.byAddress.begin(address); wait > 0 {
		s.byAgent.undo(both)
		return tooMany(wait)
	}
	ok, err := passwd.Verify(password, hash)
	switch {
	case err != nil:
		s.byAgent.undo(both)
		s.byAddress.undo(address)
		return fmt.Errorf("agent %s: password_hash: %w", agentID, err)
	case !ok || !known:
		log.Warn().Str("from", from.String()).Bool("known", known).Msg("sign-in refused")
		return api.NewProblem(api.CodeBadCredentials, "")
	}
	s.byAgent.succeeded(both)
	s.byAddress.undo(address)
	return nil
}

// addressKey counts a whole IPv6 /64 as one address: whoever has one address of it has all.
func addressKey(addr netip.Addr) string {
	addr = addr.Unmap()
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}

func tooMany(wait time.Duration) *api.Problem {
	p := api.NewProblem(api.CodeRateLimited, "")
	p.Retry = int(math.Ceil(wait.Seconds()))
	p.Detail = fmt.Sprintf("try again in %d s", p.Retry)
	return p
}
