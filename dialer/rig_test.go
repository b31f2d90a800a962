package dialer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/secret"
)

// rig is an engine with an Asterisk in memory, in a bubble with a clock of its own: minutes of ringing take no time, and between two
// moments everything that can happen has happened. What must hold at any moment is watched all the time; what is wrong is collected.
type rig struct {
	asterisk *aritest.Server
	engine   *Engine
	ledger   *ledger
	log      *transcript
	stop     func()
	restart  func() // another process takes over from the engine

	waiting sync.WaitGroup // commands that nobody waits for yet
	pending atomic.Int32   // how many of them

	mu        sync.Mutex
	wrong     []string
	script    []string
	faulty    bool // Asterisk has misbehaved
	refusals  int  // requests that are still to be refused
	status    int  // with this
	delays    int  // requests that are still to be slow
	delay     time.Duration
	offended  string          // only requests with this in their path
	connected map[string]bool // calls whose parties have been in one conversation
}

const (
	rigCampaign = "spring"
	rigNumber   = "+815012345100" // answers after a second
)

var (
	rigAgents  = []string{"hanako", "taro", "jiro", "yuki"}
	rigNumbers = []string{"+815012345000", rigNumber, "+815012345110", "+815012345111", "+815012345101", "+815012345116"}
)

// transcript keeps what the engine logs, for a failure.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// play performs a story in a bubble and answers what was wrong with it, or nil. next says the next line of the script, "" ends it. With survives
// the engine keeps a journal, and can be restarted. The phones of the agents in perCall are rung at each call.
func play(t *testing.T, redisAddr string, survives bool, next func(r *rig) string, perCall ...string) (script []string, err error) {
	t.Helper()
	return playWith(t, redisAddr, survives, nil, next, perCall...)
}

// playWith plays with another configuration.
func playWith(t *testing.T, redisAddr string, survives bool, configure func(*Config), next func(r *rig) string, perCall ...string) (script []string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redisAddr, survives, configure, perCall...)
		for line := next(r); line != ""; line = next(r) {
			r.script = append(r.script, line)
			r.perform(line)
			synctest.Wait()
			r.inspect()
			if r.broken() {
				break
			}
		}
		r.finish()
		script = r.script
		if len(r.wrong) > 0 {
			err = fmt.Errorf("%s\n\nper call: %v\nscript:\n\t%s\n\nlog:\n%s", strings.Join(r.wrong, "\n"), perCall, strings.Join(r.script, "\n\t"), r.log)
		}
	})
	return script, err
}

// perCallOf takes the first line of a script that says whose phones are rung at each call.
func perCallOf(script []string) (perCall, rest []string) {
	if len(script) > 0 {
		if who, ok := strings.CutPrefix(script[0], "per-call "); ok {
			return strings.Fields(who), script[1:]
		}
	}
	return nil, script
}

// toneLengths are the sounds of the tones, as they are installed on an Asterisk.
func toneLengths() map[string]time.Duration {
	lengths := map[string]time.Duration{}
	for _, tone := range audio.Tones() {
		lengths["hasshin/"+tone.Name] = tone.Duration()
	}
	return lengths
}

func newRig(t *testing.T, redisAddr string, survives bool, perCall ...string) *rig {
	t.Helper()
	return newRigWith(t, redisAddr, survives, nil, perCall...)
}

// newRigWith lets configure change what the engine is told.
func newRigWith(t *testing.T, redisAddr string, survives bool, configure func(*Config), perCall ...string) *rig {
	t.Helper()
	return newRigOn(t, redisAddr, survives, func(o *Options) {
		if configure != nil {
			configure(&o.Config)
		}
	}, perCall...)
}

// newRigOn lets change say more of what the engine is told.
func newRigOn(t *testing.T, redisAddr string, survives bool, change func(*Options), perCall ...string) *rig {
	t.Helper()
	r := &rig{log: &transcript{}, connected: map[string]bool{}}
	lines := aritest.NewPipeListener()
	var err error
	r.asterisk, err = aritest.New(aritest.Options{Listener: lines, Sounds: toneLengths(), Latency: r.latency, Refuse: r.refuse, Logf: r.write})
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: redisAddr, Protocol: 2, DisableIdentity: true})
	r.ledger = newLedger(campaign.NewRedisStore(rdb))
	for _, id := range rigAgents {
		r.asterisk.Endpoint("PJSIP/"+id, aritest.Answer(0))
	}
	opts := Options{
		Config: rigConfig(r.asterisk, perCall), Store: r.ledger, Dial: lines.Dial, Notify: r.note, History: history.NewStore(rdb), TrunkRedis: rdb, Logger: zerolog.New(r.log).Level(zerolog.DebugLevel),
	}
	if survives {
		opts.Journal = NewRedisJournal(rdb)
	}
	change(&opts)
	fillRig(t, rdb, opts.Config.Campaigns[rigCampaign].List)
	end := r.start(t, opts)
	r.restart = func() {
		end()
		r.mu.Lock()
		r.faulty = true
		r.mu.Unlock()
		end = r.start(t, opts)
		synctest.Wait()
	}
	r.stop = func() {
		end()
		kept := r.holdMusic()
		if !survives {
			kept = nil // nobody will take it up
		}
		if left := r.left(kept...); len(left) > 0 {
			r.fault("left over in Asterisk after the engine's end: %v", left)
		}
		if err := r.asterisk.Close(); err != nil {
			r.fault("requests that Asterisk does not understand: %v", err)
		}
		if err := rdb.Close(); err != nil {
			r.fault("redis: %v", err)
		}
	}
	synctest.Wait()
	return r
}

// start runs an engine and answers what ends it.
func (r *rig) start(t *testing.T, opts Options) (end func()) {
	e, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	r.engine = e
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := e.Run(ctx); err != nil {
			r.fault("the engine ended with %v", err)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

func rigConfig(asterisk *aritest.Server, perCall []string) Config {
	cfg := Defaults()
	node := NodeConfig{}.Defaults()
	node.Name, node.URL, node.Username, node.Password = "ast1", asterisk.URL(), asterisk.Username(), secret.New(asterisk.Password())
	cfg.Asterisk = []NodeConfig{node}
	cfg.Trunks = map[string]TrunkConfig{"carrier": {Dial: "PJSIP/{number}@carrier"}}
	k := campaign.Defaults()
	k.Trunk, k.RingTimeout = "carrier", 20*time.Second
	k.Dispositions = []campaign.Disposition{{Code: "sale"}}
	k.List.Region, k.List.Columns.Name, k.Hours.Profile = "JP", "name", hours.ProfileUnrestricted
	cfg.Campaigns = map[string]campaign.Config{rigCampaign: k}
	cfg.Agents = map[string]agent.Config{}
	for _, id := range rigAgents {
		a := agent.Defaults()
		a.PasswordHash = secret.New("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA")
		a.Campaigns = []string{rigCampaign}
		a.Phone.Kind, a.Phone.Endpoint = agent.PhoneEndpoint, "PJSIP/"+id
		if slices.Contains(perCall, id) {
			a.Phone.Leg = agent.LegPerCall
		}
		cfg.Agents[id] = a
	}
	cfg.Groups = map[string][]string{"sales": rigAgents[1:]}
	cfg.Queues = map[string]QueueConfig{"help": {Context: "queues", Extension: "s"}}
	cfg.ConferenceLimit = 5
	return cfg
}

func fillRig(t *testing.T, rdb *redis.Client, list campaign.ListConfig) {
	t.Helper()
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	rows := "name,phone\n"
	for i, last := range []string{"100", "000", "100", "101", "100", "110", "111", "100", "116", "115", "100", "113"} {
		rows += fmt.Sprintf("Contact %d,+819012%03d%s\n", i+1, i+1, last)
	}
	sum, err := campaign.Import(t.Context(), campaign.NewRedisStore(rdb), campaign.ImportRequest{
		Campaign: rigCampaign, List: list, Path: "-", Stdin: strings.NewReader(rows), Rejects: filepath.Join(t.TempDir(), "rejects.csv"),
	})
	if err != nil || len(sum.Rejected) > 0 {
		t.Fatalf("the list was not imported: %+v %v", sum, err)
	}
}

// What Asterisk does wrong.

func (r *rig) latency(string, string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.delays == 0 {
		return 0
	}
	r.delays--
	return r.delay
}

func (r *rig) refuse(method, path string) (int, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refusals == 0 || method == "GET" || !strings.Contains(path, r.offended) {
		return 0, ""
	}
	r.refusals--
	return r.status, "as the test wants it"
}

// What must hold.

func (r *rig) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

func (r *rig) broken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.wrong) > 0
}

func (r *rig) misbehaved() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faulty
}

// note takes the engine's notices.
func (r *rig) note(n Notice) {
	v, ok := n.Data.(CallView)
	if !ok {
		return
	}
	if s := call.State(v.State); s == call.Conference || s == call.Inviting {
		r.mu.Lock()
		r.connected[v.ID] = true
		r.mu.Unlock()
	}
}

var eventPattern = regexp.MustCompile(`"type":"\w+"|"id":"hs\.[^"]*"|"dialstatus":"\w*"|"cause":\d+`)

// write notes requests and events as Asterisk has them.
func (r *rig) write(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if event, ok := strings.CutPrefix(line, "aritest: event "); ok {
		line = "  < " + strings.Join(eventPattern.FindAllString(event, -1), " ")
	}
	fmt.Fprintln(r.log, time.Now().Format("05.000"), line)
}

// judge ends a story, and reports what was wrong in it.
func (r *rig) judge(t *testing.T) {
	t.Helper()
	r.finish()
	for _, w := range r.wrong {
		t.Error(w)
	}
	if t.Failed() {
		t.Log(r.log)
	}
}

func (r *rig) finish() {
	defer r.stop()
	r.heal()
	r.waiting.Wait()
	if r.broken() {
		return
	}
	for _, id := range rigAgents {
		r.goHome(id)
	}
	for _, ch := range r.callLegs() { // those who were put together and talk on
		_ = r.asterisk.HangUp(ch, 16) // it may have gone with the one before
	}
	time.Sleep(40 * time.Second)
	for _, c := range r.engine.liveCalls() {
		on(&c.actor, func() {
			r.fault("call %s is left: %s, closed %t, %d parts, parties %+v, %d parting", c.id, c.state, c.closed, len(c.parts), c.parties(), len(c.parting))
		})
	}
	r.inspectDialing()
	if left := r.left(r.holdMusic()...); len(left) > 0 {
		r.fault("left over in Asterisk: %v", left)
	}
	if !r.musicKept() {
		r.fault("nothing keeps hold music playing")
	}
	if err := r.engine.Available(); err != nil {
		r.fault("although Asterisk is well again: %v", err)
	}
	r.ledger.audit(r.fault)
	r.auditHistory()
}

// heal ends all faults and lets their consequences pass.
func (r *rig) heal() {
	r.mu.Lock()
	r.refusals, r.delays = 0, 0
	r.mu.Unlock()
	for _, id := range rigAgents {
		r.asterisk.Endpoint("PJSIP/"+id, aritest.Answer(0))
	}
}

// goHome brings an agent's call to its end and signs the agent out.
func (r *rig) goHome(id string) {
	ctx, last := context.Background(), ""
	deadline := time.Now().Add(2 * time.Minute)
	for ; time.Now().Before(deadline); time.Sleep(500 * time.Millisecond) {
		a, err := r.engine.Agent(ctx, id)
		if err != nil {
			r.fault("%s: %v", id, err)
			return
		}
		if len(r.engine.pacers) > 0 && a.State != string(agent.SignedOut) {
			if _, err := r.engine.SetNotReady(ctx, id, ""); err != nil {
				r.fault("%s cannot go not ready: %v", id, err)
			}
		}
		if a.CallID == "" {
			if err = r.engine.SignOut(ctx, id); err == nil {
				return
			}
			last = fmt.Sprintf("%s: sign-out: %v", a.State, err)
			continue
		}
		v, err := r.engine.Call(ctx, id, a.CallID)
		if err != nil {
			last = fmt.Sprintf("%s: call %s: %v", a.State, a.CallID, err)
			continue
		}
		switch call.State(v.State) {
		case call.Previewing:
			_, err = r.engine.Cancel(ctx, id, v.ID)
		case call.State(roleOffered):
			_, err = r.engine.Reject(ctx, id, v.ID, "")
		case call.State(roleJoined):
			_, err = r.engine.Leave(ctx, id, v.ID)
		default:
			_, err = r.engine.Done(ctx, id, v.ID, DoneOptions{Disposition: "sale", Stop: true})
		}
		last = fmt.Sprintf("%s: call %s: %v", a.State, v.State, err)
	}
	r.fault("%s cannot go home: %s", id, last)
}

// callLegs are the channels of calls that Asterisk has.
func (r *rig) callLegs() []string {
	var legs []string
	for _, id := range r.asterisk.Left() {
		if ch, ok := strings.CutPrefix(id, "channel:"); ok && strings.HasPrefix(ch, prefixCall) {
			legs = append(legs, ch)
		}
	}
	slices.Sort(legs)
	return legs
}

func newRedis(t *testing.T) string { return miniredis.RunT(t).Addr() }

func codeOf(err error) Code {
	var refused *Error
	if errors.As(err, &refused) {
		return cmp.Or(refused.Code, "none")
	}
	return ""
}
