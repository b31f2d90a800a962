//go:build integration

package desk_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/phone"
	"github.com/hasshin/hasshin/internal/secret"
	"github.com/hasshin/hasshin/scheduler"
)

// stage is the whole of hasshin on a real Asterisk: desk and engine in this process, the telephone network played by a test phone. People
// act on it through the client alone.
type stage struct {
	t       *testing.T
	network *phone.Phone
	url     string
}

const (
	outside = "+81355550007" // answers
	busy    = "+81355550008"
)

var voices = []phone.Voice{phone.VoiceAt(0), phone.VoiceAt(1), phone.VoiceAt(2), phone.VoiceAt(3)}

// contacts and targets speak with these.
const contactVoice, targetVoice, firstAgentVoice = 0, 1, 2

// openStage starts everything, with contacts waiting in the calling list.
func openStage(t *testing.T, contacts int) *stage {
	t.Helper()
	st := &stage{t: t}
	var err error
	st.network, err = phone.New(phone.Config{Voice: voices[contactVoice], Behave: func(c *phone.Call) phone.Behaviour {
		switch c.Number() {
		case outside:
			return phone.Answer().After(300 * time.Millisecond).Saying(voices[targetVoice])
		case busy:
			return phone.Refuse(486)
		}
		return phone.Answer()
	}})
	noError(t, err)
	t.Cleanup(func() { _ = st.network.Close() })
	ast := asterisktest.Start(t, append(steadyMusic(), asterisktest.WithTrunk(st.network.Addr().String()))...)
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	store := campaign.NewRedisStore(rdb)
	cfg := stageConfig(ast)
	var list strings.Builder
	list.WriteString("name,phone\n")
	for i := range contacts {
		fmt.Fprintf(&list, "Contact %d,+8135555%04d\n", i+1, 100+i)
	}
	_, err = campaign.Import(t.Context(), store, campaign.ImportRequest{
		Campaign: "spring", List: cfg.Campaigns["spring"].List, Path: "-", Stdin: strings.NewReader(list.String()),
		Rejects: filepath.Join(t.TempDir(), "rejects.csv"),
	})
	noError(t, err)
	st.serve(cfg, store, rdb)
	return st
}

// stageConfig has two agents who may do everything that agents may, and a trainee.
func stageConfig(ast *asterisktest.Container) dialer.Config {
	cfg := dialer.Defaults()
	node := dialer.NodeConfig{}.Defaults()
	node.Name, node.URL, node.Username, node.Password, node.SIP = "ast1", ast.URL(), ast.Username(), secret.New(ast.Password()), ast.SIPAddr()
	cfg.Asterisk = []dialer.NodeConfig{node}
	cfg.Trunks = map[string]dialer.TrunkConfig{"carrier": {Dial: "PJSIP/{number}@carrier", CallerID: "+81312345678"}}
	k := campaign.Defaults()
	k.Trunk, k.List.Region, k.List.Columns.Name = "carrier", "JP", "name"
	k.Hours.Profile = hours.ProfileUnrestricted
	k.Dispositions = []campaign.Disposition{{Code: "sale"}}
	k.Privileges = agent.Change{Remove: []agent.Privilege{agent.MuteParties}, Add: []agent.Privilege{agent.ReachInternational}}
	cfg.Campaigns = map[string]campaign.Config{"spring": k}
	cfg.Agents = map[string]agent.Config{}
	for _, id := range []string{"hanako", "jiro", "momoko"} {
		a := agent.Defaults()
		a.PasswordHash, a.Campaigns = cheapHash(), []string{"spring"}
		cfg.Agents[id] = a
	}
	trainee := cfg.Agents["momoko"]
	trainee.Privileges.Remove = []agent.Privilege{agent.HoldCalls, agent.Transfer, agent.SendDTMF, agent.ReachInternational}
	cfg.Agents["momoko"] = trainee
	cfg.Groups = map[string][]string{"sales": {"jiro"}}
	return cfg
}

func (st *stage) serve(cfg dialer.Config, store *campaign.RedisStore, rdb redis.UniversalClient) {
	t := st.t
	t.Helper()
	log := zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)
	var front *desk.Server
	alarms, err := scheduler.New(scheduler.Config{Redis: rdb, Name: "callbacks", Shards: 4})
	noError(t, err)
	engine, err := dialer.New(dialer.Options{
		Scheduler: dialer.NewScheduler(alarms), Config: cfg, Store: store, Logger: log, Notify: func(n dialer.Notice) { front.Notify(n) },
		Audio: audio.Config{AllowSame: true}, // no event has a tone: what is heard here are voices and hold music
	})
	noError(t, err)
	deskConfig := desk.Defaults()
	deskConfig.Listen = "127.0.0.1:0"
	front, err = desk.New(desk.Options{Config: deskConfig, Engine: engine, Redis: rdb, Agents: cfg.Agents, Privileges: cfg.Privileges, Logger: log})
	noError(t, err)
	noError(t, front.Listen())
	st.url = "http://" + front.Addr().String()
	for _, run := range []func(context.Context) error{engine.Run, front.Run} { // stopped in the reverse order
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	asterisktest.Eventually(t, 10*time.Second, func() bool { return engine.Available() == nil }, "the engine is connected")
}

// actor is an agent with a phone and a page.
type actor struct {
	st     *stage
	id     string
	client *client.Client
	stream *client.Stream
	leg    *phone.Call
}

// enter signs an agent in, as a page and a phone do it, and goes ready.
func (st *stage) enter(id string, voice int) *actor {
	t := st.t
	t.Helper()
	ctx := st.ctx()
	c, err := client.New(client.Options{URL: st.url})
	noError(t, err)
	t.Cleanup(c.Close)
	_, err = c.SignIn(ctx, id, password)
	noError(t, err)
	cred, err := c.PhoneCredentials(ctx)
	noError(t, err)
	p, err := phone.New(phone.Config{User: cred.Username, Password: cred.Password, Server: cred.Registrar, Voice: voices[voice]})
	noError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	noError(t, p.Register(ctx))
	a := &actor{st: st, id: id, client: c}
	a.stream, err = c.Events(context.Background())
	noError(t, err)
	t.Cleanup(a.stream.Close)
	_, err = c.ConnectPhone(ctx)
	noError(t, err)
	a.leg, err = p.NextCall(ctx)
	noError(t, err)
	_, err = c.Ready(ctx)
	noError(t, err)
	return a
}

// talking takes the next record and talks to its contact.
func (a *actor) talking() (id string, contact *phone.Call) {
	t := a.st.t
	t.Helper()
	preview, err := a.client.GetRecord(a.st.ctx(), "spring")
	noError(t, err)
	_, err = a.client.Accept(a.st.ctx(), preview.ID, "")
	noError(t, err)
	contact, err = a.st.network.CallTo(a.st.ctx(), preview.Record.Numbers[0].Number)
	noError(t, err)
	a.sees(preview.ID, "talking")
	phone.AssertHears(t, phone.WhoHears{a.leg: {contact}, contact: {a.leg}})
	return preview.ID, contact
}

// sees waits until the agent's event stream shows the call in a state.
func (a *actor) sees(id, state string) dialer.CallView {
	a.st.t.Helper()
	return a.seesCall(id+" "+state, func(v dialer.CallView) bool { return v.ID == id && v.State == state })
}

func (a *actor) seesCall(what string, fits func(dialer.CallView) bool) dialer.CallView {
	a.st.t.Helper()
	ctx := a.st.ctx()
	for {
		e, err := a.stream.Next(ctx)
		if err != nil {
			a.st.t.Fatalf("%s waits for %s: %v", a.id, what, err)
		}
		value, err := e.Value()
		noError(a.st.t, err)
		if v, ok := value.(*dialer.CallView); ok && fits(*v) {
			return *v
		}
	}
}

// does checks what a command answers, and waits until the event stream has told it, so that what it tells next is what came after.
func (a *actor) does(v dialer.CallView, err error) func(state string, allowed ...string) dialer.CallView {
	a.st.t.Helper()
	return func(state string, allowed ...string) dialer.CallView {
		a.st.t.Helper()
		noError(a.st.t, err)
		if v.State != state || len(allowed) > 0 && !slices.Equal(v.Allowed, allowed) {
			a.st.t.Fatalf("the call is %s and allows %v, want %s and %v", v.State, v.Allowed, state, allowed)
		}
		a.sees(v.ID, state)
		return v
	}
}

// done closes the call; the agent is ready for the next.
func (a *actor) done(id string) {
	a.st.t.Helper()
	_, err := a.client.Done(a.st.ctx(), id, client.Done{Disposition: "sale", Stop: true})
	noError(a.st.t, err)
	a.sees(id, "closed")
}

func (st *stage) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	st.t.Cleanup(cancel)
	return ctx
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// steadyMusic replaces the pieces of hold music by a chord that an ear takes for nobody's voice.
func steadyMusic() []asterisktest.Option {
	const rate, seconds = 8000, 10
	var raw []byte
	for i := range rate * seconds {
		sample := 0.0
		for _, f := range []float64{700, 900, 1100} {
			sample += 2500 * math.Sin(2*math.Pi*f*float64(i)/rate)
		}
		raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(sample)))
	}
	var opts []asterisktest.Option
	for _, piece := range []string{"macroform-robot_dity", "reno_project-system", "manolo_camp-morning_coffee", "macroform-cold_day"} {
		opts = append(opts, asterisktest.WithFile("/usr/share/asterisk/moh/hasshin/"+piece+".sln", raw))
	}
	return opts
}
