package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
)

//go:embed idempotency_claim.lua
var claimSource string

//go:embed idempotency_finish.lua
var finishSource string

var (
	claimScript  = redis.NewScript(claimSource)
	finishScript = redis.NewScript(finishSource)
)

// A command that is being worked on keeps its key for claimTTL, prolonged while it lasts. When its process dies, the key is free again
// after that.
const (
	claimTTL   = 15 * time.Second
	claimRenew = 5 * time.Second
)

// commandLimit is the longest a command may take: the longest ring_timeout of an agent's phone, and a minute.
const commandLimit = 6 * time.Minute

// idempotency answers a repeated command with the answer of the first, as draft-ietf-httpapi-idempotency-key-header says. Answers are in
// Redis, so a client that lost its connection may repeat its command at another process:
//
//	hs:idem:HASH  hash, expires; HASH is the SHA-256 of agent and key, hex. Fields: print (of the request), owner (while it is worked
//	              on), status, type and body (of the answer).
//
// The same is in the process's memory while a command is worked on, so that a repetition here waits for the answer, even while Redis is
// away.
type idempotency struct {
	redis redis.UniversalClient
	ttl   time.Duration
	log   zerolog.Logger

	mu      sync.Mutex
	working map[string]*work // by Redis key
}

type work struct {
	print  string
	done   chan struct{}
	answer *answer // once done; nil if it is not to be repeated
}

// answer is a response that can be given again.
type answer struct {
	status      int
	contentType string
	body        []byte
	header      http.Header // of the first answer only; of later ones the client has no need
}

func newIdempotency(client redis.UniversalClient, ttl time.Duration, log zerolog.Logger) *idempotency {
	return &idempotency{redis: client, ttl: ttl, log: log, working: map[string]*work{}}
}

// parseIdempotencyKey reads the header: a string of RFC 8941 as the draft says, or the bare key that many clients send.
func parseIdempotencyKey(header string) (string, error) {
	key := header
	if strings.HasPrefix(header, `"`) {
		inner, ok := strings.CutSuffix(header[1:], `"`)
		if !ok || strings.ContainsAny(strings.NewReplacer(`\\`, "", `\"`, "").Replace(inner), `"\`) {
			return "", fmt.Errorf("%s is not a quoted string", header)
		}
		key = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(inner)
	}
	if len(key) < 1 || len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		return "", fmt.Errorf("expected 1 to 255 printable ASCII characters, best a UUID")
	}
	return key, nil
}

// fingerprint tells requests apart.
func fingerprint(r *http.Request, body []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.Method, r.URL.RequestURI())
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// do answers the request named by agent and key: with what serve answers, or with what it answered before. serve is called at most once
// among all who come with the key at the same time. replayed tells that the answer is an earlier one.
func (i *idempotency) do(ctx context.Context, agentID, key, print string, serve func() *answer) (a *answer, replayed bool, err error) {
	sum := sha256.Sum256([]byte(agentID + "\n" + key))
	name := "hs:idem:" + hex.EncodeToString(sum[:])

	i.mu.Lock()
	if other, ok := i.working[name]; ok {
		i.mu.Unlock()
		return i.await(ctx, other, print)
	}
	mine := &work{print: print, done: make(chan struct{})}
	i.working[name] = mine
	i.mu.Unlock()
	defer func() {
		i.mu.Lock()
		delete(i.working, name)
		i.mu.Unlock()
		close(mine.done)
	}()

	owner := rand.Text()
	earlier, err := i.claim(ctx, name, print, owner)
	switch {
	case err != nil:
		return nil, false, err
	case earlier != nil:
		mine.answer = earlier
		return earlier, true, nil
	}
	a = i.run(name, serve)
	if repeatable(a.status) {
		mine.answer = a
	}
	i.finish(name, owner, mine.answer)
	return a, false, nil
}

// await waits for the same command, which this process is working on already.
func (i *idempotency) await(ctx context.Context, other *work, print string) (*answer, bool, error) {
	if other.print != print {
		return nil, false, api.NewProblem(api.CodeIdempotencyConflict, "")
	}
	select {
	case <-other.done:
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
	if other.answer == nil {
		return nil, false, api.NewProblem(api.CodeIdempotencyInFlight, "the first request ended without an answer that can be repeated")
	}
	return other.answer, true, nil
}

// claim reserves the key, or finds the earlier answer. While Redis is away, the key guards within this process alone.
func (i *idempotency) claim(ctx context.Context, name, print, owner string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	got, err := claimScript.Run(ctx, i.redis, []string{name}, print, owner, claimTTL.Milliseconds()).StringSlice()
	if err != nil {
		i.log.Warn().Err(err).Msg("Redis is away; an idempotency key holds in this process only")
		return nil, nil
	}
	if len(got) == 0 {
		return nil, nil
	}
	if len(got) != 4 {
		return nil, fmt.Errorf("idempotency key: %d fields from Redis, expected 4", len(got))
	}
	if got[0] != print {
		return nil, api.NewProblem(api.CodeIdempotencyConflict, "")
	}
	if got[1] == "" {
		return nil, api.NewProblem(api.CodeIdempotencyInFlight, "another process is working on it")
	}
	status, err := strconv.Atoi(got[1])
	if err != nil {
		return nil, fmt.Errorf("idempotency key: status %q from Redis", got[1])
	}
	return &answer{status: status, contentType: got[2], body: []byte(got[3])}, nil
}

// run calls serve and prolongs the claim as long as it lasts.
func (i *idempotency) run(name string, serve func() *answer) *answer {
	ctx, cancel := context.WithCancel(context.Background())
	var renewing sync.WaitGroup
	renewing.Go(func() {
		every := time.NewTicker(claimRenew)
		defer every.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-every.C:
			}
			if err := i.redis.PExpire(ctx, name, claimTTL).Err(); err != nil && ctx.Err() == nil {
				i.log.Warn().Err(err).Msg("an idempotency key could not be prolonged")
			}
		}
	})
	defer renewing.Wait()
	defer cancel()
	return serve()
}

// finish keeps the answer, or with nil lets the key be used again.
func (i *idempotency) finish(name, owner string, a *answer) {
	// The command is over: its answer is kept even if who asked has gone.
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	args := []any{owner, i.ttl.Milliseconds()}
	if a != nil {
		args = append(args, a.status, a.contentType, a.body)
	}
	if err := finishScript.Run(ctx, i.redis, []string{name}, args...).Err(); err != nil {
		i.log.Warn().Err(err).Msg("the answer to a command could not be kept for its idempotency key")
	}
}

// repeatable tells whether an answer is the command's outcome. Answers that mean that nothing was done, or that nobody knows, are not
// kept: the same key may try again.
func repeatable(status int) bool {
	return status < 500 && status != http.StatusUnauthorized && status != http.StatusTooManyRequests
}
