package floor

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// Lease is after what silence a process counts as dead.
const Lease = 3 * time.Second

const (
	signEvery = Lease / 4
	// tellAllEvery is how often everything is said again, should Redis have forgotten it.
	tellAllEvery = 10 * time.Second
	// retryAfter is the pause after an error.
	retryAfter = 200 * time.Millisecond
	// askTimeout bounds one question to Redis.
	askTimeout = 2 * time.Second
)

//go:embed lua/*.lua
var luaFiles embed.FS

func script(name string) *redis.Script {
	text, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(fmt.Sprintf("floor: embedded script %s: %v", name, err)) // a slip of ours, seen at the first start
	}
	return redis.NewScript(string(text))
}

var setScript, readyScript, findScript, liveScript = script("set"), script("ready"), script("find"), script("live")

// Seat is what a process says of one of its agents.
type Seat struct {
	Gone      bool      // no longer at this process
	There     bool      // ready, or in a call
	Idle      time.Time // since when the agent is ready and has nothing to do; zero for not
	Campaigns []string  // that the agent works in
}

// Place is where an agent is.
type Place struct {
	Agent   string
	Process string
	There   bool      // ready, or in a call
	Idle    time.Time // since when ready, zero for not
}

// Word is what one process tells another.
type Word struct {
	Kind     string   `json:"kind"`
	Campaign string   `json:"campaign,omitempty"`
	Callback string   `json:"callback,omitempty"`
	Agent    string   `json:"agent,omitempty"`
	Tried    []string `json:"tried,omitempty"` // agents whom it was put to already
}

// Floor is one process's view of the agents of all. It is safe for concurrent use.
type Floor struct {
	rdb     redis.UniversalClient
	process string
	log     zerolog.Logger

	mu    sync.Mutex
	seats map[string]Seat
	dirty map[string]bool
	wake  chan struct{}
}

// New makes the floor of a process. It does not speak to Redis yet; rdb stays the caller's to close.
func New(rdb redis.UniversalClient, log zerolog.Logger) *Floor {
	return &Floor{rdb: rdb, process: rand.Text(), log: log, seats: map[string]Seat{}, dirty: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// Process is the name of this process.
func (f *Floor) Process() string { return f.process }

const prefix = "hs:{floor}:"

func readyKey(campaign string) string { return prefix + "ready:" + campaign }

// Set notes what an agent of this process is doing. It never blocks; the others know a moment later.
func (f *Floor) Set(agent string, seat Seat) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seats[agent], f.dirty[agent] = seat, true
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run tells the others of this process's agents, and hears words, until ctx ends; then this process's agents are gone. told is called when the others
// can find an agent who is ready. Neither function may block.
func (f *Floor) Run(ctx context.Context, told func(agent string), hear func(Word)) {
	var running sync.WaitGroup
	running.Go(func() { f.keepAlive(ctx) })
	running.Go(func() { f.keepTelling(ctx, told) })
	running.Go(func() { f.listen(ctx, hear) })
	running.Wait()
	f.leave()
}

func (f *Floor) keepAlive(ctx context.Context) {
	tick := time.NewTicker(signEvery)
	defer tick.Stop()
	failing := false
	for {
		err := f.sign(ctx, Lease)
		if err != nil && !failing && ctx.Err() == nil {
			f.log.Warn().Err(err).Msg("other processes cannot be told of the agents here; it is tried again")
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (f *Floor) sign(ctx context.Context, lease time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return liveScript.Run(ctx, f.rdb, []string{prefix + "processes"}, f.process, lease.Milliseconds()).Err()
}

func (f *Floor) keepTelling(ctx context.Context, told func(string)) {
	all := time.NewTicker(tellAllEvery)
	defer all.Stop()
	for {
		select {
		case <-f.wake:
		case <-all.C:
			f.mu.Lock()
			for agent := range f.seats {
				f.dirty[agent] = true
			}
			f.mu.Unlock()
		case <-ctx.Done():
			return
		}
		if err := f.tell(ctx, told); err != nil {
			select {
			case <-time.After(retryAfter):
				f.again()
			case <-ctx.Done():
				return
			}
		}
	}
}

func (f *Floor) again() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// tell writes what has changed. What cannot be written stays changed.
func (f *Floor) tell(ctx context.Context, told func(string)) error {
	f.mu.Lock()
	changed := map[string]Seat{}
	for agent := range f.dirty {
		changed[agent] = f.seats[agent]
	}
	clear(f.dirty)
	f.mu.Unlock()
	var failed error
	for agent, seat := range changed {
		if failed == nil {
			failed = f.write(ctx, agent, seat)
		}
		if failed == nil && !seat.Idle.IsZero() {
			told(agent)
		}
		if failed != nil {
			f.mu.Lock()
			f.dirty[agent] = true
			f.mu.Unlock()
		}
	}
	return failed
}

func (f *Floor) write(ctx context.Context, agent string, seat Seat) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	keys, there, idle := []string{prefix + "agents"}, "0", int64(0)
	if seat.Gone {
		there = ""
	} else if seat.There {
		there = "1"
	}
	if !seat.Idle.IsZero() {
		idle = seat.Idle.UnixMilli()
	}
	for _, campaign := range seat.Campaigns {
		keys = append(keys, readyKey(campaign))
	}
	return setScript.Run(ctx, f.rdb, keys, agent, f.process, there, idle).Err()
}

// leave takes this process and its agents off the floor.
func (f *Floor) leave() {
	if err := f.sign(context.Background(), 0); err != nil {
		f.log.Warn().Err(err).Msg("other processes cannot be told that this one has ended; they find out by its silence")
	}
}

// Find tells where agents are, of all processes that live.
func (f *Floor) Find(ctx context.Context, agents ...string) (map[string]Place, error) {
	if len(agents) == 0 {
		return nil, nil
	}
	args := make([]any, len(agents))
	for i, agent := range agents {
		args[i] = agent
	}
	reply, err := findScript.Run(ctx, f.rdb, []string{prefix + "agents", prefix + "processes"}, args...).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("find agents: %w", err)
	}
	found := map[string]Place{}
	for _, p := range places(reply) {
		found[p.Agent] = p
	}
	return found, nil
}

// Ready lists the agents of a campaign who are ready, of all processes that live, the longest-idle first.
func (f *Floor) Ready(ctx context.Context, campaign string, most int) ([]Place, error) {
	reply, err := readyScript.Run(ctx, f.rdb, []string{readyKey(campaign), prefix + "agents", prefix + "processes"}, most).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("find the ready agents of campaign %s: %w", campaign, err)
	}
	return places(reply), nil
}

func places(reply []string) []Place {
	var all []Place
	for ; len(reply) >= 4; reply = reply[4:] {
		p := Place{Agent: reply[0], Process: reply[1], There: reply[2] == "1"}
		if ms, err := strconv.ParseInt(reply[3], 10, 64); err == nil && ms > 0 {
			p.Idle = time.UnixMilli(ms)
		}
		all = append(all, p)
	}
	return all
}

// Send sends word to one process, or with "" to all others. It may be lost.
func (f *Floor) Send(ctx context.Context, process string, w Word) error {
	text, err := json.Marshal(sent{f.process, w})
	if err != nil {
		return err
	}
	channel := prefix + "words"
	if process != "" {
		channel += ":" + process
	}
	if err := f.rdb.Publish(ctx, channel, text).Err(); err != nil {
		return fmt.Errorf("send word to another process: %w", err)
	}
	return nil
}

// sent is a word on its way.
type sent struct {
	From string `json:"from"`
	Word
}

// listen hears words until ctx ends. The client library subscribes again when the connection is lost.
func (f *Floor) listen(ctx context.Context, hear func(Word)) {
	sub := f.rdb.Subscribe(ctx, prefix+"words", prefix+"words:"+f.process)
	defer sub.Close()
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case m, open := <-messages:
			if !open {
				return
			}
			var s sent
			if err := json.Unmarshal([]byte(m.Payload), &s); err != nil {
				f.log.Warn().Err(err).Msg("a word of another process makes no sense")
				continue
			}
			if s.From != f.process {
				hear(s.Word)
			}
		}
	}
}
