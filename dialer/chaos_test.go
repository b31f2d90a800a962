package dialer

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/floor"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/treatment"
	"github.com/hasshin/hasshin/internal/secret"
	"github.com/hasshin/hasshin/scheduler"
)

// chaos kills a process that has callbacks to keep, over and over, at moments that nobody chose: its engine, its scheduler and its agents are in a
// process of their own; Asterisk and Redis are not.
type chaos struct {
	Promises, Kills int
	Agents          int
	Spread          time.Duration // over which the promises made beforehand come due

	ARI, Username, Password, Redis string

	Node string   // the Asterisk that the process has; "" for ast1
	Here []string // the agents at the process, who are ready and do nothing else; nil for all agents, at their chaos
}

const (
	chaosVariable = "HASSHIN_CHAOS" // makes the test binary the process that is killed
	chaosPromised = "promised "     // what it says when a callback was promised, with the id of the call
)

// TestMain lets the test binary be the process that TestKillsLoseNoCallback kills.
func TestMain(m *testing.M) {
	if setting := os.Getenv(chaosVariable); setting != "" {
		fmt.Fprintln(os.Stderr, runChaos(setting))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestKillsLoseNoCallback(t *testing.T) {
	if testing.Short() {
		t.Skip("real processes and leases of ten seconds: left to make test")
	}
	t.Parallel()
	playChaos(t, miniredis.RunT(t).Addr(), chaos{Promises: 60, Kills: 12, Agents: 6, Spread: 6 * time.Second})
}

func chaosConfig(w chaos) Config {
	cfg := Defaults()
	node := NodeConfig{}.Defaults()
	node.Name, node.URL, node.Username, node.Password = cmp.Or(w.Node, "ast1"), w.ARI, w.Username, secret.New(w.Password)
	cfg.Asterisk = []NodeConfig{node}
	cfg.Trunks = map[string]TrunkConfig{"carrier": {Dial: "PJSIP/{number}@carrier"}}
	k := campaign.Defaults()
	k.Trunk, k.List.Region, k.Hours.Profile = "carrier", "JP", hours.ProfileUnrestricted
	k.Treatment.Results = map[call.Result]treatment.Rule{} // whatever came of an attempt, its record does not come back
	for _, result := range call.Results() {
		k.Treatment.Results[result] = treatment.Rule{PerNumber: 1, Then: treatment.ThenClose}
	}
	cfg.Campaigns = map[string]campaign.Config{rigCampaign: k}
	cfg.RecordLease = 10 * time.Second
	cfg.Agents = map[string]agent.Config{}
	for i := range w.Agents {
		a := agent.Defaults()
		a.PasswordHash = secret.New("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA")
		a.Campaigns = []string{rigCampaign}
		a.Phone.Kind, a.Phone.Endpoint = agent.PhoneEndpoint, "PJSIP/"+chaosAgent(i)
		cfg.Agents[chaosAgent(i)] = a
	}
	return cfg
}

func chaosAgent(i int) string { return fmt.Sprintf("agent%d", i) }

// runChaos is the process that is killed. It ends on an error only.
func runChaos(setting string) error {
	var w chaos
	if err := json.Unmarshal([]byte(setting), &w); err != nil {
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: w.Redis})
	log := zerolog.New(os.Stderr).Level(zerolog.ErrorLevel)
	engine, err := newChaosEngine(w, rdb, log)
	if err != nil {
		return err
	}
	for _, id := range w.Here {
		go func() {
			for {
				if a, err := engine.Agent(context.Background(), id); err != nil || a.CallID != "" || chaosStep(engine, id) != nil {
					time.Sleep(20 * time.Millisecond)
				}
			}
		}()
	}
	if w.Here != nil {
		return engine.Run(context.Background())
	}
	for i := range w.Agents {
		go func() {
			resting := chaosRest{id: chaosAgent(i)}
			for {
				err := chaosStep(engine, chaosAgent(i))
				if err != nil {
					time.Sleep(20 * time.Millisecond)
				}
				resting.look(engine, err)
			}
		}()
	}
	return engine.Run(context.Background())
}

func newChaosEngine(w chaos, rdb *redis.Client, log zerolog.Logger) (*Engine, error) {
	alarms, err := scheduler.New(scheduler.Config{Redis: rdb, Name: "callbacks", Shards: 8, Lease: 2 * time.Second, Logger: log})
	if err != nil {
		return nil, err
	}
	return New(Options{
		Config: chaosConfig(w), Store: campaign.NewRedisStore(rdb), Journal: NewRedisJournal(rdb), Scheduler: NewScheduler(alarms), Logger: log,
		Floor: floor.New(rdb, log),
	})
}

// chaosRest notices an agent with whom nothing happens any more, and says so once.
type chaosRest struct {
	id, last string
	since    time.Time
	said     bool
}

func (r *chaosRest) look(e *Engine, refused error) {
	a, err := e.Agent(context.Background(), r.id)
	if err != nil {
		return
	}
	now := fmt.Sprintf("%s, phone %s, call %q", a.State, a.Phone.State, a.CallID)
	if a.CallID != "" {
		if v, err := e.Call(context.Background(), r.id, a.CallID); err == nil {
			now += ", which is " + v.State
		}
	}
	if now != r.last {
		r.last, r.since, r.said = now, time.Now(), false
		return
	}
	if time.Since(r.since) > 15*time.Second && !r.said {
		r.said = true
		fmt.Fprintf(os.Stderr, "%s has been %s for 15 s; the last command was answered with %v\n", r.id, now, refused)
	}
}

// chaosStep does one thing that an agent may do.
func chaosStep(e *Engine, id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	a, err := e.Agent(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case a.State == string(agent.SignedOut):
		_, err = e.SignIn(ctx, id)
		return err
	case a.CallID != "":
		return chaosCall(ctx, e, id, a.CallID)
	case a.Phone.State != "connected":
		_, err = e.ConnectPhone(ctx, id)
		return err
	case a.State == string(agent.NotReady):
		_, err = e.SetReady(ctx, id)
		return err
	}
	time.Sleep(2 * time.Millisecond)
	return nil
}

func chaosCall(ctx context.Context, e *Engine, id, callID string) error {
	v, err := e.Call(ctx, id, callID)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"previewing", "talking", "wrap-up"}, v.State) {
		time.Sleep(time.Millisecond)
		return nil
	}
	switch chance := rand.IntN(100); {
	case v.State == "previewing" && chance < 10:
		_, err = e.Reject(ctx, id, callID, "chaos")
		return err
	case v.Callback == nil && chance < 25:
		kind := callback.Kinds()[rand.IntN(2)]
		_, err = e.SetCallback(ctx, id, callID, in(time.Second, kind))
		return err
	case v.State == "previewing" && v.Callback == nil:
		_, err = e.Accept(ctx, id, callID, "")
		return err
	}
	drafted := v.Callback != nil
	_, err = e.Done(ctx, id, callID, DoneOptions{Stop: true})
	var refused *Error
	switch {
	case err == nil && drafted:
		fmt.Println(chaosPromised + callID)
	case errors.As(err, &refused) && refused.Code == CodeInvalidCallback: // its time went by
		_, err = e.ClearCallback(ctx, id, callID)
	}
	return err
}

// playChaos makes promises, lets them be kept by a process that is killed again and again, and reads the ledger in the end.
func playChaos(t *testing.T, redisAddr string, w chaos) {
	t.Helper()
	asterisk, err := aritest.New(aritest.Options{Second: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer asterisk.Close()
	w.ARI, w.Username, w.Password, w.Redis = asterisk.URL(), asterisk.Username(), asterisk.Password(), redisAddr
	for i := range w.Agents {
		asterisk.Endpoint("PJSIP/"+chaosAgent(i), aritest.Answer(0))
	}
	rdb := redis.NewClient(&redis.Options{Addr: redisAddr})
	defer rdb.Close()
	store := campaign.NewRedisStore(rdb)
	seedChaos(t, store, w)
	began := time.Now()

	child := &victim{t: t, promised: map[string]bool{}}
	setting, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	for n := range w.Kills {
		if n > 0 && n%100 == 0 {
			t.Logf("killed %d times in %v", n, time.Since(began).Round(time.Second))
		}
		child.start(string(setting))
		time.Sleep(200*time.Millisecond + time.Duration(rand.IntN(600))*time.Millisecond)
		child.kill()
	}
	child.start(string(setting))
	deadline := time.Now().Add(w.Spread + 2*time.Minute)
	for left := -1; left != 0; time.Sleep(50 * time.Millisecond) {
		open, err := store.Promises().List(t.Context(), rigCampaign, campaign.Filter{Limit: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		open = slices.DeleteFunc(open, func(p *callback.Promise) bool { return p.Queue == callback.QueueSupervisor })
		left = len(open)
		if time.Now().After(deadline) {
			t.Fatalf("%d callbacks are still open, the first of them %+v\n%s", left, open[0], child.said())
		}
	}
	child.kill()
	if said := child.said(); said != "" {
		t.Logf("the processes said last:\n%s", said)
	}
	checkChaos(t, store, w, child.promised, time.Since(began))
}

// seedChaos makes the first promises: each of a record of its own.
func seedChaos(t *testing.T, store *campaign.RedisStore, w chaos) {
	t.Helper()
	importChaos(t, store, w)
	var seeding sync.WaitGroup
	begin := time.Now().Add(time.Second + time.Duration(w.Promises)*10*time.Millisecond)
	turns := make(chan struct{}, 64) // a real Redis has each on its disk before the next one of the same sower
	for i := range w.Promises {
		turns <- struct{}{}
		seeding.Go(func() {
			defer func() { <-turns }()
			if err := seedPromise(t.Context(), store, w, i, begin.Add(time.Duration(i)*w.Spread/time.Duration(w.Promises))); err != nil {
				t.Error(err)
			}
		})
	}
	seeding.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// importChaos fills the list.
func importChaos(t *testing.T, store *campaign.RedisStore, w chaos) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("phone\n")
	for i := range w.Promises {
		fmt.Fprintf(&rows, "+8190%05d000\n", 10000+i)
	}
	list := chaosConfig(w).Campaigns[rigCampaign].List
	if _, err := campaign.Import(t.Context(), store, campaign.ImportRequest{
		Campaign: rigCampaign, List: list, Path: "-", Stdin: strings.NewReader(rows.String()), Rejects: filepath.Join(t.TempDir(), "rejects.csv"),
	}); err != nil {
		t.Fatal(err)
	}
}

func seedPromise(ctx context.Context, store *campaign.RedisStore, w chaos, i int, due time.Time) error {
	r, token, err := store.Take(ctx, rigCampaign, fmt.Sprintf("sower%d", i), time.Minute)
	if err != nil {
		return err
	}
	p := callback.Promise{
		ID: fmt.Sprintf("seed%d", i), Number: r.Numbers[0].E164, Kind: callback.Pool, Holder: "agent0", Zone: "UTC", Made: time.Now(), Due: due,
	}
	if i%3 == 0 {
		p.Kind, p.Owner, p.Absent = callback.Personal, chaosAgent(i%w.Agents), callback.Absence{Then: callback.ToPool}
		p.Holder = p.Owner
	}
	return store.Close(ctx, rigCampaign, r.ID, token, campaign.Outcome{Promise: &p})
}

// checkChaos reads the ledger: nothing lost, everything ended once, nothing with two agents at once.
func checkChaos(t *testing.T, store *campaign.RedisStore, w chaos, promised map[string]bool, took time.Duration) {
	t.Helper()
	var all []*callback.Promise
	for _, ended := range []bool{false, true} {
		list, err := store.Promises().List(t.Context(), rigCampaign, campaign.Filter{Ended: ended, Limit: 1_000_000})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	states, seeds := map[callback.State]int{}, 0
	for _, p := range all {
		p, err := store.Promises().Get(t.Context(), rigCampaign, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		delete(promised, p.Call)
		if strings.HasPrefix(p.ID, "seed") {
			seeds++
		}
		states[p.State]++
		checkLedger(t, p)
	}
	if seeds != w.Promises {
		t.Errorf("%d of the %d promises made beforehand are in the ledger", seeds, w.Promises)
	}
	for call := range promised {
		t.Errorf("call %s was done with a promise that is not in the ledger", call)
	}
	counts, err := store.Counts(t.Context(), rigCampaign)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Ready > 0 || counts.Waiting > 0 || counts.Out > 0 {
		t.Errorf("%d records are back in the list, %d are to be dialed later, and %d are with agents", counts.Ready, counts.Waiting, counts.Out)
	}
	t.Logf("%d kills in %v; %d callbacks, of them %d made meanwhile: %v", w.Kills, took.Round(time.Second), len(all), len(all)-seeds, states)
}

func checkLedger(t *testing.T, p *callback.Promise) {
	t.Helper()
	with, ends := "", 0
	for _, ev := range p.Events {
		switch state := callback.State(ev.Kind); {
		case ends > 0:
			t.Errorf("callback %s: %s after its end: %+v", p.ID, ev.Kind, p.Events)
		case ev.Kind == string(callback.Offered) && with != "":
			t.Errorf("callback %s is offered to %s while %s has it", p.ID, ev.By, with)
		case ev.Kind == string(callback.Offered):
			if ev.At.Before(p.Due) {
				t.Errorf("callback %s is offered %v too early", p.ID, p.Due.Sub(ev.At))
			}
			with = ev.By
		case state.Final() && state != callback.Cancelled:
			ends++
		case slices.Contains([]string{"rejected", "cancelled", "unanswered", "released", "lease-expired", "postponed"}, ev.Kind):
			with = ""
		}
	}
	if p.State.Final() != (ends == 1) {
		t.Errorf("callback %s is %s after %d ends: %+v", p.ID, p.State, ends, p.Events)
	}
}

// victim is the process that is killed.
type victim struct {
	t    *testing.T
	cmd  *exec.Cmd
	read sync.WaitGroup

	mu       sync.Mutex
	promised map[string]bool
	log      []string
}

func (v *victim) start(setting string) {
	v.t.Helper()
	v.cmd = exec.Command(os.Args[0])
	v.cmd.Env = append(os.Environ(), chaosVariable+"="+setting)
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	errs, err := v.cmd.StderrPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.read.Go(func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			if call, ok := strings.CutPrefix(s.Text(), chaosPromised); ok {
				v.mu.Lock()
				v.promised[call] = true
				v.mu.Unlock()
			}
		}
	})
	v.read.Go(func() {
		for s := bufio.NewScanner(errs); s.Scan(); {
			v.mu.Lock()
			v.log = append(v.log, s.Text())
			v.mu.Unlock()
		}
	})
}

// kill is kill -9.
func (v *victim) kill() {
	v.t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Fatalf("the process ended by itself: %v\n%s", err, v.said())
	}
	v.read.Wait()
	_ = v.cmd.Wait() // it says that it was killed
}

func (v *victim) said() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.log[max(0, len(v.log)-30):], "\n")
}
