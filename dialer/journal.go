package dialer

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// Journal keeps what a process would have to know to go on where another one stopped: the intent of each call and agent. What Asterisk has
// is asked of Asterisk.
type Journal interface {
	// Load reads everything of a node: calls and agents by their ids.
	Load(ctx context.Context, node string) (calls, agents map[string][]byte, err error)
	// Write stores (a nil value deletes) entries of a node.
	Write(ctx context.Context, node string, calls, agents map[string][]byte) error
}

// RedisJournal is the Journal in Redis: two hashes a node, `hs:{n:NODE}:calls` and `hs:{n:NODE}:agents`, from id to JSON.
type RedisJournal struct{ rdb redis.UniversalClient }

// NewRedisJournal keeps the journal in rdb, which stays the caller's to close.
func NewRedisJournal(rdb redis.UniversalClient) *RedisJournal { return &RedisJournal{rdb} }

func journalKeys(node string) (calls, agents string) {
	return "hs:{n:" + node + "}:calls", "hs:{n:" + node + "}:agents"
}

// Load implements Journal.
func (j *RedisJournal) Load(ctx context.Context, node string) (calls, agents map[string][]byte, err error) {
	callKey, agentKey := journalKeys(node)
	read := func(key string) (map[string][]byte, error) {
		all, err := j.rdb.HGetAll(ctx, key).Result()
		if err != nil {
			return nil, fmt.Errorf("read journal %s: %w", key, err)
		}
		out := make(map[string][]byte, len(all))
		for id, v := range all {
			out[id] = []byte(v)
		}
		return out, nil
	}
	if calls, err = read(callKey); err != nil {
		return nil, nil, err
	}
	agents, err = read(agentKey)
	return calls, agents, err
}

// Write implements Journal.
func (j *RedisJournal) Write(ctx context.Context, node string, calls, agents map[string][]byte) error {
	callKey, agentKey := journalKeys(node)
	var cmds [][]any
	for key, entries := range map[string]map[string][]byte{callKey: calls, agentKey: agents} {
		set, del := []any{"hset", key}, []any{"hdel", key}
		for id, v := range entries {
			if v == nil {
				del = append(del, id)
			} else {
				set = append(set, id, v)
			}
		}
		for _, cmd := range [][]any{set, del} {
			if len(cmd) > 2 {
				cmds = append(cmds, cmd)
			}
		}
	}
	var err error
	switch len(cmds) {
	case 0:
	case 1: // is all or nothing by itself
		err = j.rdb.Do(ctx, cmds[0]...).Err()
	default:
		_, err = j.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for _, cmd := range cmds {
				p.Do(ctx, cmd...)
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("write journal of node %s: %w", node, err)
	}
	return nil
}

// scribe writes the journal for the actors. They never wait for it: of several changes of one entry only the newest is written, and while
// Redis is away entries are kept.
type scribe struct {
	journal Journal
	log     zerolog.Logger
	wake    chan struct{}

	mu      sync.Mutex
	pending map[string]*page // by node
	readers []chan struct{}  // of those who wait until what they noted is written
}

type page struct{ calls, agents map[string][]byte }

func newScribe(j Journal, log zerolog.Logger) *scribe {
	return &scribe{journal: j, log: log, wake: make(chan struct{}, 1), pending: map[string]*page{}}
}

func (s *scribe) page(node string) *page {
	p := s.pending[node]
	if p == nil {
		p = &page{map[string][]byte{}, map[string][]byte{}}
		s.pending[node] = p
	}
	return p
}

// note hands an entry over. A nil snapshot deletes it.
func (s *scribe) note(node, kind, id string, snapshot any) {
	if s.journal == nil || node == "" {
		return
	}
	var text []byte
	if snapshot != nil {
		var err error
		if text, err = json.Marshal(snapshot); err != nil {
			s.log.Error().Err(err).Str(kind, id).Msg("journal entry cannot be written")
			return
		}
	}
	s.mu.Lock()
	if kind == entryCall {
		s.page(node).calls[id] = text
	} else {
		s.page(node).agents[id] = text
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// written is closed once everything that was noted so far is in the journal; at once where there is none.
func (s *scribe) written() <-chan struct{} {
	done := make(chan struct{})
	if s.journal == nil {
		close(done)
		return done
	}
	s.mu.Lock()
	s.readers = append(s.readers, done)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return done
}

const (
	entryCall  = "call"
	entryAgent = "agent"
)

// run writes until ctx ends, and then what is left.
func (s *scribe) run(ctx context.Context) {
	for {
		select {
		case <-s.wake:
			s.flush(context.WithoutCancel(ctx), ctx.Done())
		case <-ctx.Done():
			s.flush(context.WithoutCancel(ctx), ctx.Done())
			return
		}
	}
}

// journalRetry is how long a failed write waits before it is tried again.
const journalRetry = 500 * time.Millisecond

func (s *scribe) flush(ctx context.Context, stop <-chan struct{}) {
	for {
		s.mu.Lock()
		batch, readers := s.pending, s.readers
		s.pending, s.readers = map[string]*page{}, nil
		s.mu.Unlock()
		failed := false
		for node, p := range batch {
			if err := s.write(ctx, node, p); err != nil {
				failed = true
				s.log.Error().Err(err).Msg("the journal cannot be written; it is tried again")
				s.putBack(node, p)
			}
		}
		if !failed {
			for _, r := range readers {
				close(r)
			}
			if len(batch) == 0 {
				return
			}
			continue
		}
		s.mu.Lock()
		s.readers = append(readers, s.readers...)
		s.mu.Unlock()
		select {
		case <-stop:
			return
		case <-time.After(journalRetry):
		}
	}
}

func (s *scribe) write(ctx context.Context, node string, p *page) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return s.journal.Write(ctx, node, p.calls, p.agents)
}

// putBack keeps entries for the next try, unless newer ones have come.
func (s *scribe) putBack(node string, p *page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.page(node)
	for id, v := range p.calls {
		if _, newer := now.calls[id]; !newer {
			now.calls[id] = v
		}
	}
	for id, v := range p.agents {
		if _, newer := now.agents[id]; !newer {
			now.agents[id] = v
		}
	}
}
