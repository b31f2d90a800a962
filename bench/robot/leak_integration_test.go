//go:build integration

package robot_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

// story is what happens in one call and what must come of it.
type story struct {
	contact  phone.Behaviour
	plan     robot.Plan
	rejected bool // the first agent gives the preview back
	result   call.Result
	byUs     bool
}

var contactVoice = robot.Voices()[1]

const (
	talk   = 250 * time.Millisecond
	giveUp = time.Second // the tone of the call before has ended by then, and ringing can be heard
)

// stories repeat every ten calls.
var stories = []story{
	{contact: phone.Answer(), plan: robot.Plan{Talk: talk}, result: call.Answered, byUs: true},
	{contact: phone.Refuse(486), plan: robot.Plan{Talk: talk}, result: call.Busy},
	{contact: phone.Answer().After(50 * time.Millisecond).HangingUpAfter(talk), plan: robot.Plan{Talk: time.Minute}, result: call.Answered},
	{contact: phone.Refuse(404), plan: robot.Plan{Talk: talk}, result: call.InvalidNumber},
	{contact: phone.Ring(), plan: robot.Plan{GiveUp: giveUp}, result: call.Cancelled, byUs: true},
	{contact: phone.Answer(), plan: robot.Plan{Talk: 0}, result: call.Answered, byUs: true}, // hangs up at once
	{contact: phone.Refuse(603), plan: robot.Plan{Talk: talk}, result: call.Rejected},
	{contact: phone.Answer(), plan: robot.Plan{Talk: talk}, rejected: true, result: call.Answered, byUs: true},
	{contact: phone.Answer().WithEarlyMedia(phone.Silence).After(50 * time.Millisecond), plan: robot.Plan{Talk: talk}, result: call.Answered, byUs: true},
	{contact: phone.Refuse(503), plan: robot.Plan{Talk: talk}, result: call.Congestion},
}

const (
	packet   = 20 * time.Millisecond
	calls    = 200
	warmedUp = 20 // after so many calls everything that stays is there
)

// Two hundred calls in a row, of every kind, leave nothing behind: no channel, no bridge, no goroutine, no key in Redis. Every attempt has
// one result, and every record is closed once.
func TestTwoHundredCallsLeaveNothingBehind(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	w := newWorld(ctx, t)

	var atWarm, atEnd leftovers
	first := w.robot(t, "robot", func(n int, s story) robot.Plan {
		switch n {
		case warmedUp:
			atWarm = w.leftovers(ctx, t)
		case calls - 1:
			atEnd = w.leftovers(ctx, t)
		}
		if s.rejected {
			return robot.Plan{Reject: true}
		}
		return s.plan
	})
	if err := first.Run(ctx); err != nil {
		t.Fatal(err)
	}
	atWarm.compare(t, atEnd)

	// What the first agent gave back is for a second one.
	second := w.robot(t, "relief", func(_ int, s story) robot.Plan { return s.plan })
	if err := second.Run(ctx); err != nil {
		t.Fatal(err)
	}
	w.checkReports(t)
	w.checkRecords(ctx, t)
	w.checkAsterisk(ctx, t, 0, "hs.hold.ast1")
	w.checkRedis(ctx, t, atWarm.keys)
	if left := w.contact.Calls(); len(left) > 0 {
		t.Errorf("%d calls are still up at the contact", len(left))
	}
}

// world is hasshin with its contacts.
type world struct {
	stack   *stack.Stack
	contact *phone.Phone
	ari     *ari.Client // looks at Asterisk, as an application of its own

	mu      sync.Mutex
	invites map[string]int // by number
	reports []robot.Report
}

func newWorld(ctx context.Context, t *testing.T) *world {
	w := &world{invites: map[string]int{}}
	t.Cleanup(func() { // the last of all
		asterisktest.Eventually(t, 5*time.Second, func() bool { return len(goroutines()) == 0 }, "nothing of hasshin runs any more")
	})
	var err error
	w.contact, err = phone.New(phone.Config{User: "contact", Voice: contactVoice, Behave: func(c *phone.Call) phone.Behaviour {
		w.mu.Lock()
		w.invites[c.Number()]++
		w.mu.Unlock()
		return storyOf(c.Number()).contact
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.contact.Close(); err != nil {
			t.Error(err)
		}
	})
	w.stack, err = stack.Start(ctx, stack.Options{Trunk: w.contact.Addr().String(), Agents: []string{"robot", "relief"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := w.stack.Close(closing); err != nil {
			t.Error(err)
		}
	})
	w.ari = w.stack.Asterisk.StartClient(t, "onlooker")
	contacts := make([]stack.Contact, calls)
	for i := range contacts {
		contacts[i] = stack.Contact{ID: fmt.Sprintf("c%03d", i), Number: number(i)}
	}
	if err := w.stack.Import(ctx, contacts); err != nil {
		t.Fatal(err)
	}
	return w
}

func number(i int) string { return fmt.Sprintf("+442079460%03d", i) }

func storyOf(number string) story { return stories[number[len(number)-1]-'0'] }

// robot makes a robot whose plan is asked with the number of its preview, from 0.
func (w *world) robot(t *testing.T, agent string, plan func(n int, s story) robot.Plan) *robot.Robot {
	t.Helper()
	n := 0
	r, err := robot.New(robot.Config{
		URL: w.stack.URL(), Agent: agent, Password: stack.Password, Campaign: stack.Campaign,
		Act: func(v dialer.CallView) robot.Plan {
			n++
			return plan(n-1, storyOf(v.Record.Numbers[0].Number))
		},
		Report: func(r robot.Report) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.reports = append(w.reports, r)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkReports holds what the robots saw and heard against the stories.
func (w *world) checkReports(t *testing.T) {
	t.Helper()
	seen := map[string]bool{}
	dialed, rejected := 0, 0
	for _, r := range w.reports {
		if seen[r.Call] {
			t.Errorf("call %s was reported twice", r.Call)
		}
		seen[r.Call] = true
		if r.Rejected {
			rejected++
			continue
		}
		dialed++
		s := storyOf(r.Number)
		if r.Result != string(s.result) || r.ByUs != s.byUs {
			t.Errorf("call to %s: result %s, ended by us %v; want %s, %v (the network said %s)", r.Number, r.Result, r.ByUs, s.result, s.byUs, r.Cause)
		}
		switch {
		case s.result == call.Answered && s.plan.Talk > 0 && r.Heard.For(contactVoice, r.Answered, r.Ended) < 3*packet:
			t.Errorf("call to %s, answered %s, ended %s: the agent did not hear the contact, but %v", r.Number,
				r.Answered.Format("05.000"), r.Ended.Format("05.000"), r.Heard)
		case s.plan.GiveUp > 0 && !r.HeardRinging():
			t.Errorf("call to %s: the agent heard no ringing", r.Number)
		}
	}
	if dialed != calls || rejected != calls/len(stories) {
		t.Errorf("%d calls and %d rejected previews were reported, want %d and %d", dialed, rejected, calls, calls/len(stories))
	}
	for i := range calls {
		if n := w.invites[number(i)]; n != 1 {
			t.Errorf("%s was dialed %d times", number(i), n)
		}
	}
}

// checkRecords holds the calling list against the stories: one attempt with one result each, closed once.
func (w *world) checkRecords(ctx context.Context, t *testing.T) {
	t.Helper()
	counts, err := w.stack.Store.Counts(ctx, stack.Campaign)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Closed != calls || counts.Ready != 0 || counts.Out != 0 {
		t.Errorf("closed %d, ready %d, out %d; want all %d closed", counts.Closed, counts.Ready, counts.Out, calls)
	}
	tally := map[string]int64{}
	for i := range calls {
		s := storyOf(number(i))
		tally[string(s.result)]++
		record, err := w.stack.Store.Get(ctx, stack.Campaign, fmt.Sprintf("c%03d", i))
		if err != nil {
			t.Fatal(err)
		}
		var endings []campaign.Ending
		for _, h := range record.History {
			endings = append(endings, h.Ending)
		}
		want := []campaign.Ending{campaign.EndedClosed}
		if s.rejected {
			want = []campaign.Ending{campaign.EndedRejected, campaign.EndedClosed}
		}
		if !slices.Equal(endings, want) {
			t.Errorf("record %s ended %v, want %v", record.ID, endings, want)
		}
		attempts := record.Attempts()
		if len(attempts) != 1 || attempts[0].Result != s.result || attempts[0].Ended.IsZero() {
			t.Errorf("record %s has attempts %+v, want one with result %s", record.ID, attempts, s.result)
		}
	}
	if !maps.Equal(counts.Results, tally) {
		t.Errorf("results are tallied as %v, want %v", counts.Results, tally)
	}
}

// holdMusic is the channel that keeps hold music playing on a node, whether anybody is on hold or not.
const holdMusic = "hs.hold.ast1.listener"

// checkAsterisk waits until Asterisk has so many channels beside the one for hold music, and these bridges and no others.
func (w *world) checkAsterisk(ctx context.Context, t *testing.T, channels int, bridges ...string) {
	t.Helper()
	var has string
	asterisktest.Eventually(t, 5*time.Second, func() bool {
		chs, err := w.ari.Channels.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		brs, err := w.ari.Bridges.List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		chs = slices.DeleteFunc(chs, func(ch ari.Channel) bool { return ch.ID == holdMusic })
		var ids []string
		for _, b := range brs {
			ids = append(ids, b.ID)
		}
		slices.Sort(ids)
		has = fmt.Sprintf("%d channels, bridges %v", len(chs), ids)
		return len(chs) == channels && slices.Equal(ids, bridges)
	}, fmt.Sprintf("Asterisk has %d channels and bridges %v", channels, bridges))
	t.Log("Asterisk has", has)
}

// leftovers is what is there while a preview is shown and nothing else goes on.
type leftovers struct {
	goroutines map[string]int // hasshin's, by who started them
	keys       []string       // in Redis
}

// leftovers waits for quiet and takes stock.
func (w *world) leftovers(ctx context.Context, t *testing.T) leftovers {
	t.Helper()
	w.checkAsterisk(ctx, t, 1, "hs.booth.robot", "hs.hold.ast1") // the robot's phone in its booth
	l := leftovers{goroutines: goroutines()}
	quiet := 0
	asterisktest.Eventually(t, 10*time.Second, func() bool {
		now := goroutines()
		if !maps.Equal(now, l.goroutines) {
			l.goroutines, quiet = now, 0
		}
		quiet++
		return quiet == 15
	}, "the goroutines are the same for a while")
	l.keys = w.keys(ctx, t)
	return l
}

func (w *world) keys(ctx context.Context, t *testing.T) []string {
	t.Helper()
	keys, err := w.stack.Redis.Keys(ctx, "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}

// compare says what is there at the end that was not there when everything was warm.
func (l leftovers) compare(t *testing.T, end leftovers) {
	t.Helper()
	for who, n := range end.goroutines {
		if n > l.goroutines[who] {
			t.Errorf("%d goroutines started by %s after %d calls, %d after %d", n, who, calls-1, l.goroutines[who], warmedUp)
		}
	}
	if grown := lasting(end.keys, l.keys); len(grown) > 0 {
		t.Errorf("keys in Redis that were not there after %d calls: %v", warmedUp, grown)
	}
}

// passing are keys that come with commands, sign-ins and records that were called, and go by themselves.
var passing = regexp.MustCompile(`^hs:((idem|session|sessions):|\{c:` + stack.Campaign + `\}:callsof:)`)

// lasting are the keys that are not in before, without the passing ones.
func lasting(keys, before []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return passing.MatchString(k) || slices.Contains(before, k) })
}

// checkRedis makes sure that nothing but calling lists is there to stay, and nobody is signed in.
func (w *world) checkRedis(ctx context.Context, t *testing.T, before []string) {
	t.Helper()
	keys := w.keys(ctx, t)
	if grown := lasting(keys, before); len(grown) > 0 {
		t.Errorf("keys in Redis that were not there after %d calls: %v", warmedUp, grown)
	}
	for _, k := range keys {
		switch {
		case strings.HasPrefix(k, "hs:session:"):
			t.Errorf("session %s outlasts its sign-out", k)
		case passing.MatchString(k):
			if left := w.stack.Redis.TTL(ctx, k).Val(); left <= 0 {
				t.Errorf("key %s does not expire", k)
			}
		case strings.HasPrefix(k, "hs:{c:"+stack.Campaign+"}:"):
		case k == "hs:{t:"+stack.Trunk+"}:flow": // when the trunk may be used next; its legs would be a channel that nobody gives back
		default:
			t.Errorf("nobody knows what key %s is for", k)
		}
	}
}

var startedBy = regexp.MustCompile(`(?m)^created by (\S+)`)

// goroutines counts those that hasshin's own packages started, by the function that did.
func goroutines() map[string]int {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	count := map[string]int{}
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		by := startedBy.FindStringSubmatch(stack)
		if by == nil || !strings.Contains(stack, "github.com/hasshin/hasshin/") || strings.Contains(by[1], "testing.") {
			continue
		}
		// sync.WaitGroup.Go starts many kinds: tell them apart by what they run.
		who := by[1]
		for line := range strings.Lines(stack) {
			if strings.HasPrefix(line, "github.com/hasshin/hasshin/") {
				name, _, _ := strings.Cut(line, "(0x")
				who = strings.TrimSpace(strings.TrimPrefix(name, "github.com/hasshin/hasshin/"))
			}
		}
		count[who]++
	}
	return count
}
