//go:build integration

package campaign

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

// Four processes dial one list and are killed in turns: no record is with two of them at once, none is lost, none is closed twice. HASSHIN_KILLS says how
// often one is killed (`make chaos-records`).
func TestProcessesShareAList(t *testing.T) {
	kills, records := 5, 400
	if more, err := strconv.Atoi(os.Getenv("HASSHIN_KILLS")); err == nil {
		kills, records = more, more*100
	}
	addr := redistest.Run(t)
	rdb := connect(t, addr, 0)
	addRecords(t, rdb, demo, records)
	store := NewRedisStore(rdb)
	x := openExchange(t)
	began := time.Now()
	processes := make([]*dialingProcess, 4)
	for i := range processes {
		processes[i] = startDialing(t, dialing{
			Name: fmt.Sprintf("p%d", i), Redis: addr, Exchange: x.line.Addr().String(), Clients: 4, Lease: time.Second,
		})
	}
	deadline := time.Now().Add(time.Minute + time.Duration(records)*20*time.Millisecond)
	closed := func(n int) {
		for ; ; time.Sleep(5 * time.Millisecond) {
			counts, err := store.Counts(t.Context(), demo)
			must(t, err)
			if counts.Closed >= int64(n) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d of %d records are closed", counts.Closed, records)
			}
		}
	}
	for n := range kills {
		closed((n + 1) * records / (kills + 2)) // in the middle, however fast the machine is
		p := rand.IntN(len(processes))
		processes[p].kill()
		processes[p] = startDialing(t, processes[p].dialing)
	}
	closed(records)
	for _, p := range processes {
		p.kill()
	}
	expired := x.check(store, records)
	t.Logf("%d records were dialed %d times each by %d processes in %v, %d kills; %d leases ran out, of %d takings",
		records, dialings, len(processes), time.Since(began).Round(time.Millisecond), kills, expired, x.heard)
	if expired == 0 {
		t.Error("no lease ran out: nothing was shown")
	}
}

// exchange sees who dials whom.
type exchange struct {
	t    *testing.T
	line net.Listener

	mu    sync.Mutex
	held  map[string]map[Token]*holding // by record
	heard int                           // dialings
}

// holding is one time that a client had a record.
type holding struct {
	who         string
	from, until time.Time
	over        bool   // hung up
	put         string // how it was given back, as far as it was told
}

func openExchange(t *testing.T) *exchange {
	line, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	x := &exchange{t: t, line: line, held: map[string]map[Token]*holding{}}
	var listening sync.WaitGroup
	listening.Go(func() {
		for {
			conn, err := line.Accept()
			if err != nil {
				return
			}
			listening.Go(func() { x.listen(conn) })
		}
	})
	t.Cleanup(func() { line.Close(); listening.Wait() })
	return x
}

// listen hears one client until it is killed. What it said before that counts: it was so.
func (x *exchange) listen(conn net.Conn) {
	defer conn.Close()
	who := ""
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		var s said
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return // it was killed in the middle of a word
		}
		if who == "" {
			who = s.What
		} else {
			x.hear(who, s)
		}
		if _, err := conn.Write([]byte("heard\n")); err != nil {
			return
		}
	}
}

func (x *exchange) hear(who string, s said) {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := x.held[s.Record]
	if all == nil {
		all = map[Token]*holding{}
		x.held[s.Record] = all
	}
	switch h := all[s.Token]; {
	case s.What != "dial" && h == nil:
		x.t.Errorf("%s says %s of record %s, and never dialed under token %d", who, s.What, s.Record, s.Token)
	case s.What == "dial" && h != nil:
		x.t.Errorf("%s and %s have record %s under the same token %d", h.who, who, s.Record, s.Token)
	case s.What == "dial":
		x.heard++
		for token, other := range all {
			first, second := other, &holding{who: who, from: s.From, until: s.Until}
			if token > s.Token {
				first, second = second, first
			}
			if !first.over && second.from.Before(first.until) {
				x.t.Errorf("record %s is dialed twice at once: %s has it until %v, %s from %v", s.Record, first.who, first.until, second.who, second.from)
			}
		}
		all[s.Token] = &holding{who: who, from: s.From, until: s.Until}
	case s.What == "keep":
		h.until = s.Until
	case s.What == "hang":
		h.over = true
	default:
		h.put = s.What
	}
}

// check compares what clients said with what was written, and answers how many leases ran out.
func (x *exchange) check(store Store, records int) (expired int) {
	t := x.t
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := 1; i <= records; i++ {
		id := "c" + strconv.Itoa(i)
		r, err := store.Get(t.Context(), demo, id)
		must(t, err)
		endings, last := map[Token]Ending{}, Token(0)
		for _, h := range r.History {
			if h.Token <= last {
				t.Errorf("record %s: token %d after %d", id, h.Token, last)
			}
			last, endings[h.Token] = h.Token, h.Ending
			for _, a := range h.Attempts {
				if a.Call != fmt.Sprint(h.Token) {
					t.Errorf("record %s: token %d wrote an attempt of token %s", id, h.Token, a.Call)
				}
			}
			if h.Ending == EndedExpired {
				expired++
			}
		}
		if r.State != Closed || len(r.Attempts()) != dialings {
			t.Errorf("record %s is %s after %d attempts; want closed after %d: %+v", id, r.State, len(r.Attempts()), dialings, r.History)
		}
		for token, h := range x.held[id] {
			want := map[string]Ending{"closed": EndedClosed, "returned": EndedReleased}[h.put]
			if want != "" && endings[token] != want || h.put == "lost" && endings[token] != EndedExpired || h.put == "filed" && endings[token] != "" {
				t.Errorf("record %s: %s was told that token %d is %s; it is written as %q", id, h.who, token, h.put, endings[token])
			}
		}
	}
	return expired
}

// dialingProcess is one that is killed.
type dialingProcess struct {
	dialing
	t    *testing.T
	cmd  *exec.Cmd
	errs strings.Builder
}

func startDialing(t *testing.T, d dialing) *dialingProcess {
	t.Helper()
	setting, err := json.Marshal(d)
	must(t, err)
	p := &dialingProcess{dialing: d, t: t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), dialingVariable+"="+string(setting))
	p.cmd.Stderr = &p.errs
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil { // the test ended before it was killed
			p.kill()
		}
	})
	return p
}

// kill is kill -9.
func (p *dialingProcess) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Errorf("process %s: %v", p.Name, err)
	}
	_ = p.cmd.Wait() // it says that it was killed
	if p.errs.Len() > 0 {
		p.t.Errorf("process %s ended by itself: %s", p.Name, p.errs.String())
	}
}
