package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/agent"
)

// errNoSession means that a token belongs to no session, or to none any more.
var errNoSession = errors.New("no such session")

// session is one sign-in. Redis has it under the hash of its token, so a copy of Redis lets nobody in.
type session struct {
	Agent   string    `json:"agent"`
	Created time.Time `json:"created"`
	Ends    time.Time `json:"ends"`     // its appointed end, however much it is used
	Seal    string    `json:"password"` // fingerprint of the password's hash: a new password ends old sessions

	id      string    // hash of the token
	expires time.Time // when it ends unless it is used before
}

// sessions keeps sign-ins in Redis:
//
//	hs:session:HASH    string, JSON of session; expires when idle or at its end. HASH is the SHA-256 of the token, hex.
//	hs:sessions:AGENT  set of the HASHes of an agent's sessions, some of which may have expired
//
// What it has seen lately it also remembers itself: while Redis is away, people who are signed in go on handling their calls.
type sessions struct {
	redis redis.UniversalClient
	cfg   SessionConfig
	now   func() time.Time
	log   zerolog.Logger

	mu   sync.Mutex
	seen map[string]session // by id
}

// storeTimeout is how long a request waits for Redis before it goes on without, or is refused.
const storeTimeout = time.Second

// maxSeen bounds what is remembered for the time that Redis is away.
const maxSeen = 20_000

func newSessions(client redis.UniversalClient, cfg SessionConfig, now func() time.Time, log zerolog.Logger) *sessions {
	return &sessions{redis: client, cfg: cfg, now: now, log: log, seen: map[string]session{}}
}

func sessionKey(id string) string      { return "hs:session:" + id }
func agentSessionsKey(a string) string { return "hs:sessions:" + a }
func sessionID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
func passwordSeal(a agent.Config) string {
	sum := sha256.Sum256([]byte(a.PasswordHash.Reveal()))
	return hex.EncodeToString(sum[:8])
}

// open makes a session and its token, 256 bits of chance.
func (s *sessions) open(ctx context.Context, agentID string, cfg agent.Config) (token string, sess session, err error) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand)
	token = base64.RawURLEncoding.EncodeToString(random[:])
	now := s.now().UTC()
	sess = session{Agent: agentID, Created: now, Ends: now.Add(s.cfg.Lifetime), Seal: passwordSeal(cfg), id: sessionID(token)}
	sess.expires = s.expiry(sess)
	value, err := json.Marshal(sess)
	if err != nil {
		return "", session{}, fmt.Errorf("encode session: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, sessionKey(sess.id), value, sess.expires.Sub(now))
		p.SAdd(ctx, agentSessionsKey(agentID), sess.id)
		p.Expire(ctx, agentSessionsKey(agentID), s.cfg.Lifetime)
		return nil
	})
	if err != nil {
		return "", session{}, fmt.Errorf("store session: %w", err)
	}
	s.remember(sess)
	return token, sess, nil
}

// find looks a token up and prolongs its session. It answers errNoSession, or, while Redis is away, what it has seen lately.
func (s *sessions) find(ctx context.Context, token string) (session, error) {
	return s.use(ctx, sessionID(token))
}

// use looks a session up by its id and prolongs it.
func (s *sessions) use(ctx context.Context, id string) (session, error) {
	lookup, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	var value *redis.StringCmd
	var left *redis.DurationCmd
	_, err := s.redis.Pipelined(lookup, func(p redis.Pipeliner) error {
		value, left = p.Get(lookup, sessionKey(id)), p.PTTL(lookup, sessionKey(id))
		return nil
	})
	switch {
	case errors.Is(err, redis.Nil):
		s.forget(id)
		return session{}, errNoSession
	case err != nil && ctx.Err() != nil:
		return session{}, context.Cause(ctx)
	case err != nil:
		if sess, ok := s.remembered(id); ok {
			s.log.Warn().Err(err).Str("agent", sess.Agent).Msg("Redis is away; a session is taken from memory")
			return sess, nil
		}
		return session{}, fmt.Errorf("look session up: %w", err)
	}
	sess := session{id: id}
	if err := json.Unmarshal([]byte(value.Val()), &sess); err != nil {
		return session{}, fmt.Errorf("decode session: %w", err)
	}
	now := s.now()
	if !now.Before(sess.Ends) {
		return session{}, errNoSession
	}
	sess.expires = now.Add(left.Val())
	// Prolonging at every request would double the traffic with Redis; a twentieth of the time is near enough.
	if wanted := s.expiry(sess); wanted.Sub(sess.expires) > s.cfg.Idle/20 {
		if err := s.redis.PExpire(lookup, sessionKey(id), wanted.Sub(now)).Err(); err != nil {
			s.log.Warn().Err(err).Str("agent", sess.Agent).Msg("session could not be prolonged")
		} else {
			sess.expires = wanted
		}
	}
	s.remember(sess)
	return sess, nil
}

// closeAll ends all sessions of an agent.
func (s *sessions) closeAll(ctx context.Context, agentID string) error {
	lookup, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	ids, err := s.redis.SMembers(lookup, agentSessionsKey(agentID)).Result()
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	return s.remove(ctx, agentID, ids...)
}

// close ends one session.
func (s *sessions) close(ctx context.Context, sess session) error {
	return s.remove(ctx, sess.Agent, sess.id)
}

func (s *sessions) remove(ctx context.Context, agentID string, ids ...string) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range ids {
			p.Del(ctx, sessionKey(id))
			p.SRem(ctx, agentSessionsKey(agentID), id)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remove sessions: %w", err)
	}
	for _, id := range ids {
		s.forget(id)
	}
	return nil
}

// expiry is when a session that is used now ends without further use.
func (s *sessions) expiry(sess session) time.Time {
	idle := s.now().Add(s.cfg.Idle)
	if idle.After(sess.Ends) {
		return sess.Ends
	}
	return idle
}

func (s *sessions) remember(sess session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) >= maxSeen {
		now := s.now()
		for id, old := range s.seen {
			if now.After(old.expires) {
				delete(s.seen, id)
			}
		}
		if len(s.seen) >= maxSeen {
			return
		}
	}
	s.seen[sess.id] = sess
}

func (s *sessions) remembered(id string) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sess, ok := s.seen[id]
	return sess, ok && s.now().Before(sess.expires)
}

func (s *sessions) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, id)
}
