package outbox

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/internal/redisconn"
	"github.com/hasshin/hasshin/scheduler"
)

//go:embed lua/*.lua
var luaFiles embed.FS

var (
	putScript    = load("put")
	beginScript  = load("begin")
	handScript   = load("hand")
	settleScript = load("settle")
	returnScript = load("return")
)

func load(name string) *redis.Script {
	text, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(fmt.Sprintf("outbox: embedded script: %v", err))
	}
	return redis.NewScript(string(text))
}

// Deliver sends a message. It calls handOver just before the moment from which the other side may have it, and gives up when that fails. It returns
// nil when the other side has taken it over, a *[Refusal] when it has said no, and any other error when it could not be asked or did not answer.
type Deliver func(ctx context.Context, m Message, handOver func() error) error

// Options is what an [Outbox] is made of.
type Options struct {
	Redis redis.UniversalClient
	// Scheduler has the times; nobody else uses it.
	Scheduler *scheduler.Scheduler
	// Deliver has who delivers the messages of each kind.
	Deliver map[Kind]Deliver
	// GiveUp is after what time a message that cannot be delivered fails. Default: 24 h.
	GiveUp time.Duration
	// Keep is for how long a message is kept once it is sent or failed. Default: 90 days.
	Keep   time.Duration
	Logger zerolog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Outbox keeps and delivers messages. Make it with [New].
type Outbox struct{ Options }

// New makes an outbox. It delivers nothing before [Outbox.Run].
func New(o Options) *Outbox {
	if o.GiveUp == 0 {
		o.GiveUp = 24 * time.Hour
	}
	if o.Keep == 0 {
		o.Keep = 90 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Outbox{o}
}

// Backoff is how long to wait after the n-th try in a row that came to nothing: a second at first, doubled each time, at most a quarter of an hour.
func Backoff(n int) time.Duration { return min(time.Second<<min(n-1, 12), 15*time.Minute) }

func key(id string) string { return "hs:outbox:{" + id + "}" }

func keyOf(campaign, record string) string { return "hs:outbox:of:" + campaign + ":" + record }

func keyRefused(to string) string { return "hs:outbox:refused:" + strings.ToLower(to) }

// durableWithin is how long Redis may take to have a message on its disk; with appendfsync everysec it is a second at most.
const durableWithin = 2 * time.Second

// Add puts a message in and returns when it is durable. The same message can be put in again: it is delivered once. After an error it may be in or not.
//
// Errors: [ErrDifferent], [redisconn.ErrUnconfirmed], [scheduler.ErrUnconfirmed], or why Redis could not be asked.
func (o *Outbox) Add(ctx context.Context, m Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode message %s: %w", m.ID, err)
	}
	// The time first: a message without one would never be sent, a time without a message is taken away by who comes for it.
	if err := o.Scheduler.Create(ctx, scheduler.Entry{ID: m.ID, Due: m.Queued}); err != nil && !errors.Is(err, scheduler.ErrExists) {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	contact := keyOf(m.Campaign, m.Record)
	_, err = o.Redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZAdd(ctx, contact, redis.Z{Score: float64(m.Queued.UnixMilli()), Member: m.ID})
		p.ZRemRangeByScore(ctx, contact, "-inf", strconv.FormatInt(o.Now().Add(-o.Keep-o.GiveUp).UnixMilli(), 10))
		p.PExpire(ctx, contact, o.Keep+2*o.GiveUp)
		return nil
	})
	if err != nil {
		return fmt.Errorf("write message %s: %w", m.ID, err)
	}
	server, err := redisconn.Server(ctx, o.Redis, key(m.ID))
	if err != nil {
		return err
	}
	conn := server.Conn()
	defer conn.Close()
	var disk redisconn.Confirmation
	var put *redis.Cmd
	_, failed := conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		put = putScript.Eval(ctx, p, []string{key(m.ID)}, text, o.Now().UnixMilli())
		disk = redisconn.Confirm(ctx, p, 0, durableWithin)
		return nil
	})
	if err := disk.Err(); err != nil && !errors.Is(err, redisconn.ErrCannotConfirm) {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	same, err := put.Int()
	switch {
	case err != nil:
		return fmt.Errorf("write message %s: %w", m.ID, errors.Join(err, failed))
	case same == 0:
		return o.repeated(ctx, m)
	}
	return nil
}

// repeated tells whether a message that is there already is the same, put in at another moment.
func (o *Outbox) repeated(ctx context.Context, m Message) error {
	there, ok, err := o.Get(ctx, m.ID)
	if err != nil {
		return err
	}
	there.Queued = m.Queued
	if !ok || !reflect.DeepEqual(there.Message, m) {
		return ErrDifferent
	}
	return nil
}

// Of lists the messages to a contact, the oldest first.
func (o *Outbox) Of(ctx context.Context, campaign, record string) ([]Status, error) {
	ids, err := o.Redis.ZRange(ctx, keyOf(campaign, record), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	found := []Status{}
	for _, id := range ids {
		s, ok, err := o.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, s)
		}
	}
	return found, nil
}

// Get reads a message; it is not ok when there is none, or none any more.
func (o *Outbox) Get(ctx context.Context, id string) (s Status, ok bool, err error) {
	fields, err := o.Redis.HGetAll(ctx, key(id)).Result()
	if err != nil {
		return s, false, fmt.Errorf("read message %s: %w", id, err)
	}
	if fields["message"] == "" {
		return s, false, nil
	}
	if err := json.Unmarshal([]byte(fields["message"]), &s.Message); err != nil {
		return s, false, fmt.Errorf("read message %s: %w", id, err)
	}
	at, err := strconv.ParseInt(fields["at"], 10, 64)
	if err != nil {
		return s, false, fmt.Errorf("read message %s: %w", id, err)
	}
	s.State, s.At, s.Problem, s.Twice, s.Unsure = State(fields["state"]), time.UnixMilli(at).UTC(), fields["problem"], fields["twice"] == "1", fields["unsure"] == "1"
	if s.Attempts, err = strconv.Atoi(fields["attempts"]); err != nil {
		return s, false, fmt.Errorf("read message %s: %w", id, err)
	}
	return s, true, nil
}

// CameBack notes that a message which the other side had taken over did not reach its address after all, and what was said; ofAddress, that no
// message will. It answers whose message it was.
//
// Errors: [ErrUnknown], [ErrOnItsWay], or why Redis could not be asked.
func (o *Outbox) CameBack(ctx context.Context, id, said string, ofAddress bool) (Message, error) {
	text, err := returnScript.Run(ctx, o.Redis, []string{key(id)}, o.Now().UnixMilli(), said).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return Message{}, ErrUnknown
	case err != nil:
		return Message{}, fmt.Errorf("write that message %s came back: %w", id, err)
	case text == "":
		return Message{}, ErrOnItsWay
	}
	var m Message
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("read message %s: %w", id, err)
	}
	if ofAddress {
		if err := o.refuses(ctx, m.To, said); err != nil {
			return m, err
		}
	}
	return m, nil
}

// refuses notes that an address takes no messages.
func (o *Outbox) refuses(ctx context.Context, to, said string) error {
	if err := o.Redis.Set(ctx, keyRefused(to), said, o.Keep).Err(); err != nil {
		return fmt.Errorf("note refused address: %w", err)
	}
	return nil
}

// Refused tells which of the addresses were refused for good lately, and what was said.
func (o *Outbox) Refused(ctx context.Context, addresses []string) (map[string]string, error) {
	refused := map[string]string{}
	for _, to := range addresses {
		switch text, err := o.Redis.Get(ctx, keyRefused(to)).Result(); {
		case errors.Is(err, redis.Nil):
		case err != nil:
			return nil, fmt.Errorf("read refused addresses: %w", err)
		default:
			refused[to] = text
		}
	}
	return refused, nil
}
