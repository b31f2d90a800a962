//go:build integration

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/desk/passwd"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
	"github.com/hasshin/hasshin/internal/phone/holdmusic"
	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

const (
	password = "correct horse"
	listName = "spring"
	rows     = 20
	patience = 15 * time.Second
)

// killed is a whole hasshin in a process of its own, killed and started again on the same Asterisk and Redis.
type killed struct {
	t        *testing.T
	text     string // configuration
	asterisk *asterisktest.Container
	ari      *ari.Client
	process  *process
	network  *phone.Phone
	agent    *deskAgent
	mate     *deskAgent
	id       string // the call
	contact  *phone.Call
	endpoint string
	redis    string
	carried  []*phone.Call // that the network got
}

// deskAgent is an agent with an API client and a phone on the desk.
type deskAgent struct {
	api   *client.Client
	phone *phone.Phone
	leg   *phone.Call
}

func (k *killed) ctx() context.Context {
	ctx, cancel := context.WithTimeout(k.t.Context(), patience)
	k.t.Cleanup(cancel)
	return ctx
}

func (k *killed) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *killed) call(v dialer.CallView, err error) dialer.CallView {
	k.t.Helper()
	k.must(err)
	return v
}

// setting is what a test has of its own.
type setting struct {
	campaign string   // settings of the campaign
	sections string   // added to the configuration
	numbers  []string // the calling list
	behave   func(*phone.Call) phone.Behaviour
	asterisk []asterisktest.Option
}

// newKilled starts Asterisk, Redis and the network, and imports a list whose first number never answers. Sections are added to the configuration.
func newKilled(t *testing.T, sections string, opts ...asterisktest.Option) *killed {
	t.Helper()
	numbers := []string{"090-1234-9999"}
	for i := range rows {
		numbers = append(numbers, fmt.Sprintf("090-1234-%04d", i))
	}
	return newKilledWith(t, setting{sections: sections, numbers: numbers, asterisk: opts, behave: func(c *phone.Call) phone.Behaviour {
		if strings.HasSuffix(c.Number(), "99") {
			return phone.Ring()
		}
		return phone.Answer().Saying(phone.VoiceAt(1))
	}})
}

func newKilledWith(t *testing.T, s setting) *killed {
	t.Helper()
	k := &killed{t: t}
	var err error
	k.network, err = phone.New(phone.Config{Behave: s.behave})
	k.must(err)
	t.Cleanup(func() { _ = k.network.Close() })
	ast := asterisktest.Start(t, append(s.asterisk, asterisktest.WithTrunk(k.network.Addr().String()))...)
	k.asterisk, k.ari = ast, ast.StartClient(t, "onlooker")
	k.redis = redistest.Run(t)
	hash, err := passwd.Hash(password)
	k.must(err)
	k.endpoint = closedPort(t)
	k.text = fmt.Sprintf(`
log: {format: json}
http: {listen: %s}
redis: %s
asterisk: [{name: ast1, url: %q, username: %q, password: %q, sip: %q}]
trunks: {carrier: {dial: "PJSIP/{number}@carrier"}}
campaigns: {%s: {trunk: carrier, hours: {profile: unrestricted}, list: {region: JP}%s}}
agents:
  hanako: {password_hash: %q, campaigns: [%s]}
  taro: {password_hash: %q, campaigns: [%s]}
`, k.endpoint, k.redis, ast.URL(), ast.Username(), ast.Password(), ast.SIPAddr(), listName, s.campaign, hash, listName, hash, listName) + s.sections

	file := filepath.Join(t.TempDir(), "list.csv")
	k.must(os.WriteFile(file, []byte("phone\n"+strings.Join(s.numbers, "\n")+"\n"), 0o600))
	if got := hasshin(t, "", "import", "--config", configFile(t, k.text), "--campaign", listName, file); got.code != exitOK {
		t.Fatalf("import: %s", got.err)
	}
	k.start()
	k.agent, k.mate = k.arrive("hanako", phone.VoiceAt(0)), k.arrive("taro", phone.VoiceAt(3))
	return k
}

// start starts the process and waits until commands work. It answers how long that took.
func (k *killed) start() time.Duration {
	k.t.Helper()
	begin := time.Now()
	k.process = startServe(k.t, k.text)
	c, err := client.New(client.Options{URL: "http://" + k.endpoint})
	k.must(err)
	defer c.Close()
	asterisktest.Eventually(k.t, patience, func() bool {
		_, err := c.Readiness(k.ctx())
		return err == nil
	}, "hasshin is ready")
	return time.Since(begin)
}

// kill is kill -9.
func (k *killed) kill() {
	k.t.Helper()
	k.must(k.process.cmd.Process.Signal(syscall.SIGKILL))
	k.process.drain()
	_ = k.process.cmd.Wait()
}

func (k *killed) arrive(id string, voice phone.Voice) *deskAgent {
	k.t.Helper()
	c, err := client.New(client.Options{URL: "http://" + k.endpoint})
	k.must(err)
	k.t.Cleanup(c.Close)
	_, err = c.SignIn(k.ctx(), id, password)
	k.must(err)
	cred, err := c.PhoneCredentials(k.ctx())
	k.must(err)
	p, err := phone.New(phone.Config{User: cred.Username, Password: cred.Password, Server: cred.Registrar, Voice: voice})
	k.must(err)
	k.t.Cleanup(func() { _ = p.Close() })
	k.must(p.Register(k.ctx()))
	_, err = c.ConnectPhone(k.ctx())
	k.must(err)
	leg, err := p.NextCall(k.ctx())
	k.must(err)
	_, err = c.Ready(k.ctx())
	k.must(err)
	return &deskAgent{c, p, leg}
}

// await polls the call of an agent until it is in the state.
func (k *killed) await(a *deskAgent, state string) {
	k.t.Helper()
	var last string
	asterisktest.Eventually(k.t, patience, func() bool {
		v, err := a.api.Call(k.ctx(), k.id)
		last = fmt.Sprint(v.State, " ", err)
		return err == nil && v.State == state
	}, "the call is "+state)
	if !strings.HasPrefix(last, state) {
		k.t.Fatalf("the call is %s, want %s", last, state)
	}
}

// ringsOut waits until an agent has heard a tone to its end.
func (k *killed) ringsOut(a *deskAgent, since time.Time) {
	k.t.Helper()
	_, err := a.leg.Ear().WaitOver(k.ctx(), phone.Music, since)
	k.must(err)
}

func (k *killed) preview() {
	k.t.Helper()
	k.id = k.call(k.agent.api.GetRecord(k.ctx(), listName)).ID
}

func (k *killed) talk() {
	k.t.Helper()
	k.preview()
	k.call(k.agent.api.Accept(k.ctx(), k.id, ""))
	var err error
	k.contact, err = k.network.NextCall(k.ctx())
	k.must(err)
	k.await(k.agent, "talking")
}

func (k *killed) consult() {
	k.t.Helper()
	k.talk()
	k.call(k.agent.api.StartConsultation(k.ctx(), k.id, client.ToAgent("taro")))
}

func (k *killed) consulted() {
	k.t.Helper()
	k.consult()
	k.await(k.mate, "offered")
	k.call(k.mate.api.Accept(k.ctx(), k.id, ""))
}

// TestKillMinusNineInEveryState: whatever a call is doing when the process dies, the phones hear what they heard, and when the process is back
// every command works again.
func TestKillMinusNineInEveryState(t *testing.T) {
	k := newKilled(t, "", holdmusic.Chord()...)
	alone := func() phone.WhoHears { return phone.WhoHears{k.agent.leg: {}, k.mate.leg: {}} }
	together := func() phone.WhoHears {
		return phone.WhoHears{k.agent.leg: {k.contact}, k.contact: {k.agent.leg}, k.mate.leg: {}}
	}
	waits := func() phone.WhoHears { return phone.WhoHears{k.agent.leg: {}, k.mate.leg: {}} }
	table := []struct {
		state string
		bring func()
		hears func() phone.WhoHears
		music bool   // the contact hears music
		next  func() // a command that proves that the call can be worked on
		then  string // the state after it
	}{
		{"ringing", func() { // the first of the list is never answered
			k.preview()
			k.call(k.agent.api.Accept(k.ctx(), k.id, ""))
			k.await(k.agent, "ringing")
		}, nil, false, func() {
			k.call(k.agent.api.End(k.ctx(), k.id))
			_, err := k.network.NextCall(k.ctx())
			k.must(err)
		}, "wrap-up"},
		{"previewing", k.preview, alone, false, func() { k.call(k.agent.api.Cancel(k.ctx(), k.id)) }, ""},
		{"talking", k.talk, together, false, func() { k.call(k.agent.api.Hold(k.ctx(), k.id)) }, "held"},
		{"held", func() { k.talk(); k.call(k.agent.api.Hold(k.ctx(), k.id)) }, waits, true, func() { k.call(k.agent.api.Resume(k.ctx(), k.id)) }, "talking"},
		{"consult-ringing", k.consult, waits, true, func() { k.call(k.mate.api.Accept(k.ctx(), k.id, "")) }, "consulting"},
		{"consulting", k.consulted, func() phone.WhoHears {
			return phone.WhoHears{k.agent.leg: {k.mate.leg}, k.mate.leg: {k.agent.leg}}
		}, true, func() { k.call(k.agent.api.Swap(k.ctx(), k.id)) }, "alternated"},
		{"alternated", func() { k.consulted(); k.call(k.agent.api.Swap(k.ctx(), k.id)) }, func() phone.WhoHears {
			return phone.WhoHears{k.agent.leg: {k.contact}, k.contact: {k.agent.leg}}
		}, false, func() { k.call(k.agent.api.Merge(k.ctx(), k.id)) }, "conference"},
		{"conference", func() { k.consulted(); k.call(k.agent.api.Merge(k.ctx(), k.id)) }, func() phone.WhoHears {
			return phone.WhoHears{
				k.agent.leg: {k.contact, k.mate.leg}, k.contact: {k.agent.leg, k.mate.leg}, k.mate.leg: {k.agent.leg, k.contact},
			}
		}, false, func() { k.call(k.mate.api.Leave(k.ctx(), k.id)) }, "talking"},
		{"transferring", func() { k.talk(); k.call(k.agent.api.TransferTo(k.ctx(), k.id, client.ToAgent("taro"))) }, waits, true,
			func() { k.call(k.agent.api.Retrieve(k.ctx(), k.id)) }, "talking"},
		{"wrap-up", func() {
			k.talk()
			ending := time.Now()
			k.call(k.agent.api.End(k.ctx(), k.id))
			k.ringsOut(k.agent, ending)
		}, alone, false, func() {}, "wrap-up"},
	}
	for _, r := range table {
		hear := func(when string) {
			t.Helper()
			if r.state == "ringing" { // which has pauses
				if err := k.agent.leg.Ear().WaitHears(k.ctx(), phone.Ringback); err != nil {
					t.Fatalf("%s, %s: %v", r.state, when, err)
				}
				return
			}
			if err := phone.CheckHears(t.Context(), r.hears(), phone.Within(5*time.Second)); err != nil {
				t.Fatalf("%s, %s: %v", r.state, when, err)
			}
			if !r.music {
				return
			}
			if now := k.contact.Ear().Now(); now.Share[phone.Music] < 0.9 {
				t.Fatalf("%s, %s: the contact hears %v, want music", r.state, when, now)
			}
		}
		r.bring()
		hear("before")
		k.kill()
		hear("while nobody steers")
		took := k.start()
		hear("afterwards")
		if took > 2*time.Second {
			t.Errorf("%s: commands work again %s after the start, want within 2 s", r.state, took)
		}
		t.Logf("%-16s commands work again %4d ms after the start", r.state, took.Milliseconds())
		r.next()
		if r.then != "" {
			k.await(k.agent, r.then)
			k.finish()
		}
	}
	for _, a := range []*deskAgent{k.agent, k.mate} {
		k.must(a.api.SignOut(k.ctx()))
	}
	asterisktest.Eventually(t, 2*time.Second, func() bool {
		channels, err := k.ari.Channels.List(k.ctx())
		k.must(err)
		return len(channels) == 1 && channels[0].ID == "hs.hold.ast1.listener"
	}, "no channel is left but the one that keeps hold music playing")
	if code := k.process.end(t, syscall.SIGTERM); code != exitOK {
		t.Errorf("it ended with %d", code)
	}
}

// finish ends the call, whatever its state, and closes it.
func (k *killed) finish() {
	k.t.Helper()
	k.call(k.agent.api.Done(k.ctx(), k.id, client.Done{Stop: true}))
	asterisktest.Eventually(k.t, patience, func() bool {
		v, err := k.mate.api.Agent(k.ctx())
		k.must(err)
		return v.State == "ready"
	}, "taro is ready again")
}
