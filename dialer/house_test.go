//go:build integration

package dialer_test

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/directory"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/internal/phone"
	"github.com/hasshin/hasshin/internal/phone/holdmusic"
	"github.com/hasshin/hasshin/internal/queue"
	"github.com/hasshin/hasshin/internal/secret"
)

const (
	hanako   = "hanako"
	spring   = "spring"
	patience = 10 * time.Second // for anything that takes real SIP
)

// Voices of the people in the stories.
var (
	agentVoice   = phone.VoiceAt(0)
	contactVoice = phone.VoiceAt(1)
	networkVoice = phone.VoiceAt(2)
)

var voiceOf = map[string]phone.Voice{hanako: agentVoice, taro: taroVoice}

// house is all there is: a real Asterisk, the telephone network played by a test phone, and an engine with a calling list.
type house struct {
	t       *testing.T
	ast     *asterisktest.Container
	ari     *ari.Client // looks at Asterisk, as an application of its own
	network *phone.Phone
	redis   *miniredis.Miniredis
	journal dialer.Journal // nil: stopping the engine ends the calls
	rdb     *redis.Client
	store   *campaign.RedisStore
	alarms  dialer.Scheduler // nil: no callbacks
	engine  *dialer.Engine
	notices *queue.Queue[dialer.Notice]
	stop    func()
	cfg     dialer.Config
	audio   audio.Config // zero: the defaults

	complaints complaints
	logLevel   zerolog.Level                     // of what the test's log has
	answers    map[string]phone.Behaviour        // by the last four digits
	behave     func(*phone.Call) phone.Behaviour // instead of answers
	figures    *prometheus.Registry              // of the present engine
	refer      func(*phone.Call, string) int     // what the network says to a REFER
}

// newHouse starts everything but the agents' phones. Each row of the calling list has one number of numbers, in that order.
func newHouse(t *testing.T, answers map[string]phone.Behaviour, configure ...func(*dialer.Config)) *house {
	t.Helper()
	return newHouseWith(t, nil, answers, configure...)
}

// newHouseWith adds files to Asterisk's configuration or, named with their whole path, anywhere else.
// Stories share nothing, and mostly listen: they are told side by side, as many as -parallel says.
func newHouseWith(t *testing.T, files map[string]string, answers map[string]phone.Behaviour, configure ...func(*dialer.Config)) *house {
	t.Helper()
	var opts []asterisktest.Option
	for name, content := range files {
		if path.IsAbs(name) {
			opts = append(opts, asterisktest.WithFile(name, []byte(content)))
			continue
		}
		opts = append(opts, asterisktest.WithConfig(name, content))
	}
	return newHouseOn(t, opts, answers, configure...)
}

// newHouseOn starts Asterisk with some options more.
func newHouseOn(t *testing.T, more []asterisktest.Option, answers map[string]phone.Behaviour, configure ...func(*dialer.Config)) *house {
	t.Helper()
	t.Parallel()
	h := &house{t: t, answers: answers, logLevel: zerolog.InfoLevel, refer: func(*phone.Call, string) int { return 202 }, notices: queue.New[dialer.Notice]()}
	var err error
	h.network, err = phone.New(phone.Config{Voice: contactVoice, Behave: func(c *phone.Call) phone.Behaviour {
		if h.behave != nil {
			return h.behave(c)
		}
		return h.answers[c.Number()[len(c.Number())-4:]]
	}, Refer: func(c *phone.Call, target string) int { return h.refer(c, target) }})
	must(t, err)
	h.stop = func() {}
	t.Cleanup(func() { _ = h.network.Close() })
	opts := append(holdmusic.Chord(), echoQueue(), asterisktest.WithTrunk(h.network.Addr().String()))
	opts = append(opts, more...)
	h.ast = asterisktest.Start(t, opts...)
	h.ari = h.ast.StartClient(t, "onlooker")

	h.redis = miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: h.redis.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	h.store, h.rdb = campaign.NewRedisStore(rdb), rdb

	h.cfg = dialer.Defaults()
	node := dialer.NodeConfig{}.Defaults()
	node.Name, node.URL, node.Username, node.Password = "ast1", h.ast.URL(), h.ast.Username(), secret.New(h.ast.Password())
	node.SIP = h.ast.SIPAddr()
	h.cfg.Asterisk = []dialer.NodeConfig{node}
	h.cfg.Trunks = map[string]dialer.TrunkConfig{"carrier": {Dial: "PJSIP/{number}@carrier", CallerID: "Example Ltd <+81312345678>"}}
	k := campaign.Defaults()
	k.Trunk, k.RingTimeout = "carrier", 20*time.Second
	k.Dispositions = []campaign.Disposition{{Code: "sale"}, {Code: "no-interest"}}
	k.List.Region = "JP"
	k.List.Columns.Name = "name"
	k.Hours.Profile = hours.ProfileUnrestricted // the tests run at any time of the day
	h.cfg.Campaigns = map[string]campaign.Config{spring: k}
	a := agent.Defaults()
	a.PasswordHash = secret.New("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA")
	a.Campaigns = []string{spring}
	h.cfg.Agents = map[string]agent.Config{hanako: a}
	for _, change := range configure {
		change(&h.cfg)
	}
	t.Cleanup(func() { h.stop() }) // before all that it needs
	return h
}

// open starts the engine on a list of these numbers.
func (h *house) open(numbers ...string) {
	h.t.Helper()
	h.fill(numbers...)
	h.start()
}

// start starts an engine on what is there.
func (h *house) start() {
	h.t.Helper()
	var err error
	h.figures = prometheus.NewRegistry()
	h.engine, err = dialer.New(dialer.Options{
		Registerer: h.figures,
		Config:     h.cfg, Audio: h.audio, Store: h.store, Journal: h.journal, Scheduler: h.alarms, Targets: directory.NewRedisMemory(h.rdb), Audit: audit.NewRedis(h.rdb), TrunkRedis: h.rdb, Recordings: recording.NewStore(h.rdb), Notify: func(n dialer.Notice) { h.notices.Put(n) },
		Logger: zerolog.New(zerolog.NewTestWriter(h.t)).Level(h.logLevel).Hook(&h.complaints),
	})
	must(h.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.engine.Run(ctx) }()
	h.stop = func() {
		cancel()
		select {
		case err := <-ended:
			must(h.t, err)
		case <-time.After(30 * time.Second):
			h.t.Fatal("the engine does not stop")
		}
		h.stop = func() {}
	}
	asterisktest.Eventually(h.t, patience, func() bool { return h.engine.Available() == nil }, "the engine is connected")
}

func (h *house) fill(numbers ...string) {
	h.t.Helper()
	var list strings.Builder
	list.WriteString("name,phone\n")
	for i, n := range numbers {
		fmt.Fprintf(&list, "Contact %d,%s\n", i+1, n)
	}
	importList(h.t, h.store, h.cfg.Campaigns[spring].List, list.String())
}

// human is an agent with a phone on the desk.
type human struct {
	h     *house
	id    string
	phone *phone.Phone
	leg   *phone.Call // into the booth
}

// arrive signs the agent in, connects the phone and goes ready.
func (h *house) arrive(id string) *human {
	h.t.Helper()
	ctx := h.ctx()
	_, err := h.engine.SignIn(ctx, id)
	must(h.t, err)
	cred, err := h.engine.PhoneCredentials(ctx, id)
	must(h.t, err)
	p, err := phone.New(phone.Config{User: cred.Username, Password: cred.Password, Server: cred.Registrar, Voice: voiceOf[id], Behave: firstAtOnce()})
	must(h.t, err)
	h.t.Cleanup(func() { _ = p.Close() })
	must(h.t, p.Register(ctx))
	who := &human{h: h, id: id, phone: p}
	v, err := h.engine.ConnectPhone(ctx, id)
	must(h.t, err)
	if v.Phone.State != "connected" {
		h.t.Fatalf("the phone is %s, want connected", v.Phone.State)
	}
	who.leg, err = p.NextCall(ctx)
	must(h.t, err)
	_, err = h.engine.SetReady(ctx, id)
	must(h.t, err)
	return who
}

// firstAtOnce answers the first call at once and others after a second, as a phone does that was put down by mistake.
func firstAtOnce() func(*phone.Call) phone.Behaviour {
	var calls atomic.Int32
	return func(*phone.Call) phone.Behaviour {
		if calls.Add(1) == 1 {
			return phone.Answer()
		}
		return phone.Answer().After(time.Second)
	}
}

// record gets the next record of the campaign.
func (w *human) record() dialer.CallView {
	w.h.t.Helper()
	v, err := w.h.engine.GetRecord(w.h.ctx(), w.id, spring)
	must(w.h.t, err)
	if v.State != "previewing" {
		w.h.t.Fatalf("the call is %s, want previewing", v.State)
	}
	return v
}

func (w *human) accept(id string) dialer.CallView {
	w.h.t.Helper()
	v, err := w.h.engine.Accept(w.h.ctx(), w.id, id, "")
	must(w.h.t, err)
	return v
}

// contact waits for the contact's end of the call.
func (h *house) contact() *phone.Call {
	h.t.Helper()
	c, err := h.network.NextCall(h.ctx())
	must(h.t, err)
	return c
}

// call waits until the call is in one of the states.
func (w *human) await(id string, states ...string) dialer.CallView {
	w.h.t.Helper()
	return w.h.notice("call "+id+" "+strings.Join(states, " or "), func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && v.ID == id && slices.Contains(states, v.State)
	})
}

// notice takes notices until one fits.
func (h *house) notice(what string, fits func(dialer.Notice) (dialer.CallView, bool)) dialer.CallView {
	h.t.Helper()
	ctx := h.ctx()
	for {
		n, err := h.notices.Next(ctx)
		if err != nil {
			h.t.Fatalf("waiting for %s: %v", what, err)
		}
		if v, ok := fits(n); ok {
			return v
		}
	}
}

func (h *house) ctx() context.Context {
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	h.t.Cleanup(cancel)
	return ctx
}

// nothingLeft asserts through ARI that within a second no channel and no bridge of ours is there but those named.
func (h *house) nothingLeft(except ...string) {
	h.t.Helper()
	var left []string
	asterisktest.Eventually(h.t, time.Second, func() bool {
		left = h.ours()
		left = slices.DeleteFunc(left, func(id string) bool {
			return slices.ContainsFunc(except, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
		})
		return len(left) == 0
	}, "nothing is left over in Asterisk")
	if len(left) > 0 {
		h.t.Errorf("left over: %v", left)
	}
}

// ours lists the ids of all channels, and of bridges with our names, that Asterisk has.
func (h *house) ours() []string {
	h.t.Helper()
	var ids []string
	channels, err := h.ari.Channels.List(h.ctx())
	must(h.t, err)
	for _, c := range channels {
		if h.engine == nil || !h.engine.GivenUp(c.ID) {
			ids = append(ids, c.ID)
		}
	}
	bridges, err := h.ari.Bridges.List(h.ctx())
	must(h.t, err)
	for _, b := range bridges {
		ids = append(ids, b.ID)
	}
	return ids
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// importList fills the calling list as `hasshin import` does.
func importList(t *testing.T, store *campaign.RedisStore, list campaign.ListConfig, rows string) {
	t.Helper()
	sum, err := campaign.Import(t.Context(), store, campaign.ImportRequest{
		Campaign: spring, List: list, Path: "-", Stdin: strings.NewReader(rows), Rejects: filepath.Join(t.TempDir(), "rejects.csv"),
	})
	must(t, err)
	if len(sum.Rejected) > 0 {
		t.Fatalf("the list was not imported whole: %+v", sum)
	}
}
