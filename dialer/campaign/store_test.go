package campaign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/dialer/call"
)

// TestMain lets the test binary be one of the processes that TestProcessesShareAList kills.
func TestMain(m *testing.M) {
	if setting := os.Getenv(dialingVariable); setting != "" {
		fmt.Fprintln(os.Stderr, runDialing(setting))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// newMiniredis is a Redis in this process.
func newMiniredis(t testing.TB) redis.UniversalClient {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	return rdb
}

func TestRedisStore(t *testing.T) { testStore(t, newMiniredis) }

// testStore is the suite that every Redis has to pass. Each test gets an empty one.
func testStore(t *testing.T, open func(testing.TB) redis.UniversalClient) {
	for name, test := range map[string]func(*testing.T, redis.UniversalClient){
		"hands out in the order of the list":             testOrder,
		"closes a record with all that happened":         testClose,
		"closing twice counts once":                      testCloseTwice,
		"a rejected record goes to another agent":        testReject,
		"a lone agent who refuses all begins anew":       testRefuseAll,
		"a released record goes straight back":           testRelease,
		"a lost lease bars its holder":                   testLostLease,
		"renewing keeps the lease":                       testRenew,
		"takers at the same time never share a record":   testConcurrentTakers,
		"a repeated request takes one record":            testRepeatedTake,
		"finds by id and number":                         testFind,
		"calls leave no key behind":                      testKeys,
		"campaigns do not mix":                           testCampaignsApart,
		"names of agents may be anything":                testOddAgents,
		"changes of fields add up":                       testFields,
		"do not call holds for everybody at once":        testDoNotCall,
		"do not call with nothing to do":                 testDoNotCallNothing,
		"do not call takes long lists":                   testDoNotCallMany,
		"do not call ends, and is for customers too":     testDoNotCallFor,
		"closes a record that is not to be dialed":       testUndialed,
		"caps hold for all campaigns together":           testAttemptCap,
		"an abandoned call locks its number out":         testLockout,
		"attempts are forgotten":                         testAttemptsAreForgotten,
		"a record waits until it is dialed again":        testWaitingRecord,
		"records of closed classes are not handed out":   testClassesOfRecords,
		"closed records begin anew":                      testRecycle,
		"a thousand leases that ran out at once go back": testSweepMany,
		"a promise is made with the closing":             testPromiseMade,
		"a personal callback waits for its owner":        testPersonal,
		"a refused callback goes round and then up":      testRefusedCallback,
		"a callback is moved, handed over and cancelled": testCallbackBook,
		"a callback's lease that ran out is offered on":  testCallbackLeaseLost,
		"a postponed callback waits for its new time":    testPostponed,
		"a later promise supersedes":                     testSuperseded,
		"a number is added to the chain with a promise":  testAddedNumber,
		"a campaign is started and stopped":              testSwitches,
		"a campaign's own rules for refusals hold":       testRefusalRules,
		"callbacks that agents are given soon are known": testAhead,
		"due callbacks come to a supervisor":             testEscalation,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

const demo = "demo"

// addRecords puts n records into the campaign, with ids c1… and Japanese mobile numbers.
func addRecords(t testing.TB, rdb redis.UniversalClient, campaign string, n int) {
	t.Helper()
	var csv strings.Builder
	csv.WriteString("id,phone,name,city\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&csv, "c%d,090-%04d-%04d,Contact %d,Osaka\n", i, 1234+i/10_000, i%10_000, i)
	}
	cfg := Defaults().List
	cfg.Region = "JP"
	cfg.Columns = Columns{ID: "id", Name: "name"}
	sum, err := Import(t.Context(), NewRedisStore(rdb), ImportRequest{
		Campaign: campaign, List: cfg, Path: "-", Stdin: strings.NewReader(csv.String()), Rejects: t.TempDir() + "/rejects.csv",
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Imported != int64(n) {
		t.Fatalf("imported %d of %d records: %+v", sum.Imported, n, sum)
	}
}

func take(t testing.TB, s Store, agent string) (*Record, Token) {
	t.Helper()
	r, token, err := s.Take(t.Context(), demo, agent, time.Minute)
	if err != nil {
		t.Fatalf("take for %s: %v", agent, err)
	}
	return r, token
}

func wantNoRecord(t testing.TB, s Store, agent string) {
	t.Helper()
	if r, _, err := s.Take(t.Context(), demo, agent, time.Minute); !errors.Is(err, ErrNoRecord) {
		t.Fatalf("take for %s: got record %v, error %v; want ErrNoRecord", agent, r, err)
	}
}

func wantCounts(t testing.TB, s Store, ready, out, closed int64) {
	t.Helper()
	c, err := s.Counts(t.Context(), demo)
	if err != nil {
		t.Fatal(err)
	}
	if c.Ready != ready || c.Out != out || c.Closed != closed || c.Total != ready+out+closed {
		t.Fatalf("counts are %+v; want ready %d, out %d, closed %d", c, ready, out, closed)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually asks again until ok holds; the condition depends on the clock of Redis.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within 10 s: %s", what)
		case <-tick.C:
		}
	}
}

func testOrder(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	wantNoRecord(t, s, "hanako")
	addRecords(t, rdb, demo, 12)
	wantCounts(t, s, 12, 0, 0)
	var last Token
	for i := 1; i <= 12; i++ {
		r, token := take(t, s, "hanako")
		if want := fmt.Sprintf("c%d", i); r.ID != want {
			t.Fatalf("record %d taken is %s, want %s", i, r.ID, want)
		}
		if token <= last {
			t.Fatalf("token %d after %d: not higher", token, last)
		}
		last = token
		if r.State != Out || r.Agent != "hanako" || time.Until(r.LeaseUntil) < 50*time.Second {
			t.Fatalf("taken record is %s by %q until %s", r.State, r.Agent, r.LeaseUntil)
		}
	}
	wantNoRecord(t, s, "hanako")
	wantCounts(t, s, 0, 12, 0)
}

func testClose(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	r, token := take(t, s, "hanako")
	dialed := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	outcome := Outcome{
		Attempts: []Attempt{
			{Number: r.Numbers[0].E164, Result: call.Busy, SIP: 486, Q850: 17, Agent: "hanako", Call: "k1", Dialed: dialed, Ended: dialed.Add(time.Second)},
			{Number: r.Numbers[0].E164, Result: call.Answered, Agent: "hanako", Call: "k1", Dialed: dialed, Answered: dialed.Add(time.Second), Ended: dialed.Add(time.Minute)},
		},
		Disposition: "sale", Notes: "said \"yes\"\nthen {\"token\":1,\"ending\":\"closed\",", Fields: map[string]string{"city": "Kobe", "plan": "B"},
	}
	must(t, s.Close(t.Context(), demo, r.ID, token, outcome))
	wantCounts(t, s, 0, 0, 1)

	got, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	if time.Since(got.ClosedAt).Abs() > time.Minute {
		t.Errorf("closed at %s", got.ClosedAt)
	}
	want := &Record{
		ID: "c1", Campaign: demo, Numbers: []Number{{E164: "+819012340001"}}, Name: "Contact 1",
		Fields: map[string]string{"city": "Kobe", "plan": "B"}, Source: Source{Import: 1, Line: 2},
		State: Closed, Agent: "hanako", Disposition: "sale", Notes: outcome.Notes, ClosedAt: got.ClosedAt,
		History: []Handling{{
			Token: token, Agent: "hanako", Ending: EndedClosed, At: got.ClosedAt,
			Attempts: outcome.Attempts, Disposition: "sale", Notes: outcome.Notes, Fields: outcome.Fields,
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("closed record (-want +got):\n%s", diff)
	}
	if len(got.Attempts()) != 2 {
		t.Errorf("%d attempts, want 2", len(got.Attempts()))
	}
	c, err := s.Counts(t.Context(), demo)
	must(t, err)
	if diff := cmp.Diff(map[string]int64{"busy": 1, "answered": 1}, c.Results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int64{"sale": 1}, c.Dispositions); diff != "" {
		t.Errorf("dispositions (-want +got):\n%s", diff)
	}
}

func testCloseTwice(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	r, token := take(t, s, "hanako")
	for range 3 { // as a retry after a lost reply does
		must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{Disposition: "sale"}))
	}
	c, err := s.Counts(t.Context(), demo)
	must(t, err)
	if c.Dispositions["sale"] != 1 {
		t.Errorf("closed three times under one token counts %d sales, want 1", c.Dispositions["sale"])
	}
	got, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	if len(got.History) != 1 {
		t.Errorf("history has %d entries, want 1", len(got.History))
	}
	if err := s.Close(t.Context(), demo, r.ID, token+1, Outcome{}); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("close under another token: %v, want ErrLeaseLost", err)
	}
	if err := s.Return(t.Context(), demo, r.ID, token, EndedReleased, ""); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("return after close: %v, want ErrLeaseLost", err)
	}
}

func testReject(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 2)
	r, token := take(t, s, "hanako")
	for range 2 {
		must(t, s.Return(t.Context(), demo, r.ID, token, EndedRejected, ""))
	}
	if err := s.Close(t.Context(), demo, r.ID, token, Outcome{}); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("close after return: %v, want ErrLeaseLost", err)
	}
	if got, _ := take(t, s, "hanako"); got.ID != "c2" {
		t.Errorf("after rejecting c1 its agent gets %s, want c2", got.ID)
	}
	wantNoRecord(t, s, "hanako")
	got, _ := take(t, s, "taro")
	if got.ID != "c1" {
		t.Errorf("the other agent gets %s, want the rejected c1", got.ID)
	}
	if len(got.History) != 1 || got.History[0].Ending != EndedRejected || got.History[0].Agent != "hanako" {
		t.Errorf("history of the rejected record: %+v", got.History)
	}
}

func testRefuseAll(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, shunLimit+10)
	for i := 1; i <= shunLimit; i++ {
		r, token := take(t, s, "hanako")
		if want := fmt.Sprintf("c%d", i); r.ID != want {
			t.Fatalf("refusal %d is of %s, want %s: refused records come up again too early", i, r.ID, want)
		}
		must(t, s.Return(t.Context(), demo, r.ID, token, EndedCancelled, ""))
	}
	if r, _ := take(t, s, "hanako"); r.ID != "c1" {
		t.Errorf("after refusing %d records the agent gets %s, want the one refused longest ago", shunLimit, r.ID)
	}
}

func testRelease(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 3)
	r, token := take(t, s, "hanako")
	attempt := Attempt{Number: r.Numbers[0].E164, Result: call.Cancelled, Dialed: time.Unix(1, 0), Ended: time.Unix(2, 0)}
	must(t, s.Return(t.Context(), demo, r.ID, token, EndedReleased, "", attempt))
	got, _ := take(t, s, "hanako")
	if got.ID != r.ID {
		t.Errorf("after a release the next record is %s, want the same %s", got.ID, r.ID)
	}
	if a := got.Attempts(); len(a) != 1 || a[0].Result != call.Cancelled {
		t.Errorf("attempts after a return: %+v", a)
	}
	if err := s.Return(t.Context(), demo, got.ID, token, EndedExpired, ""); err == nil || errors.Is(err, ErrLeaseLost) {
		t.Errorf("return as expired: %v, want a refusal of the reason", err)
	}
}

func testLostLease(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	r, dead, err := s.Take(t.Context(), demo, "hanako", 30*time.Millisecond)
	must(t, err)
	wantNoRecord(t, s, "taro")
	eventually(t, "the lease runs out", func() bool {
		ids, err := s.SweepExpired(t.Context(), demo)
		must(t, err)
		return slices.Equal(ids, []string{r.ID})
	})
	wantCounts(t, s, 1, 0, 0)
	got, token := take(t, s, "taro")
	if got.ID != r.ID || got.History[0].Ending != EndedExpired || got.History[0].Agent != "hanako" {
		t.Fatalf("taken after the sweep: %+v", got)
	}
	if err := s.Close(t.Context(), demo, r.ID, dead, Outcome{Disposition: "stale"}); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("close under the dead token: %v, want ErrLeaseLost", err)
	}
	if err := s.Return(t.Context(), demo, r.ID, dead, EndedRejected, ""); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("return under the dead token: %v, want ErrLeaseLost", err)
	}
	if _, err := s.Renew(t.Context(), demo, r.ID, dead, time.Minute); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("renew under the dead token: %v, want ErrLeaseLost", err)
	}
	must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{}))
	wantCounts(t, s, 0, 0, 1)
}

func testRenew(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 2)
	r, token, err := s.Take(t.Context(), demo, "hanako", time.Millisecond)
	must(t, err)
	kept, err := s.Renew(t.Context(), demo, r.ID, token, time.Hour)
	must(t, err)
	if in := time.Until(kept); in < 50*time.Minute || in > 70*time.Minute {
		t.Errorf("renewed for an hour, the lease ends in %s", in)
	}
	short, _, err := s.Take(t.Context(), demo, "hanako", time.Millisecond)
	must(t, err)
	eventually(t, "the short lease runs out", func() bool {
		ids, err := s.SweepExpired(t.Context(), demo)
		must(t, err)
		if slices.Contains(ids, r.ID) {
			t.Fatal("the renewed lease was swept")
		}
		return slices.Contains(ids, short.ID)
	})
	got, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	if got.State != Out || !got.LeaseUntil.Equal(kept) {
		t.Errorf("renewed record is %s until %s, want out until %s", got.State, got.LeaseUntil, kept)
	}
}

func testConcurrentTakers(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	const records, takers = 400, 16
	addRecords(t, rdb, demo, records)
	var mu sync.Mutex
	owner := map[string]string{}
	var wg sync.WaitGroup
	for n := range takers {
		agent := fmt.Sprintf("agent%d", n)
		wg.Go(func() {
			for {
				r, token, err := s.Take(t.Context(), demo, agent, time.Minute)
				if errors.Is(err, ErrNoRecord) {
					return
				}
				if err != nil {
					t.Errorf("%s: %v", agent, err)
					return
				}
				mu.Lock()
				if other, twice := owner[r.ID]; twice {
					t.Errorf("%s went to %s and to %s", r.ID, other, agent)
				}
				owner[r.ID] = agent
				mu.Unlock()
				if err := s.Close(t.Context(), demo, r.ID, token, Outcome{Disposition: "done"}); err != nil {
					t.Errorf("%s: %v", agent, err)
				}
			}
		})
	}
	wg.Wait()
	if len(owner) != records {
		t.Errorf("%d of %d records were handed out", len(owner), records)
	}
	wantCounts(t, s, 0, 0, records)
}

func testRepeatedTake(t *testing.T, rdb redis.UniversalClient) {
	addRecords(t, rdb, demo, 2)
	k := keysOf(demo)
	request := func(nonce string) []string {
		t.Helper()
		reply, err := takeScript.Run(t.Context(), rdb,
			[]string{k.ready(), k.out(), k.lease(), k.seq(), k.shun(), k.asked(), k.rec(), k.hist()},
			"hanako", 60_000, nonce, shunLimit, k.prefix, -1, dueAtOnce).StringSlice()
		must(t, err)
		return reply
	}
	first, again, other := request("A"), request("A"), request("B")
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same request got another answer (-first +again):\n%s", diff)
	}
	if first[0] != "c1" || other[0] != "c2" {
		t.Errorf("first request got %s and another %s, want c1 and c2", first[0], other[0])
	}
}

func testFind(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 3)
	r, err := s.FindByNumber(t.Context(), demo, "+819012340002")
	must(t, err)
	if r.ID != "c2" || r.State != Ready || r.Fields["city"] != "Osaka" {
		t.Errorf("found %+v", r)
	}
	if _, err := s.FindByNumber(t.Context(), demo, "+819012349999"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown number: %v, want ErrNotFound", err)
	}
	if _, err := s.Get(t.Context(), demo, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown id: %v, want ErrNotFound", err)
	}
}

func testKeys(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 250)
	calls := func(n int) {
		for i := range n {
			r, token := take(t, s, "hanako")
			if i%10 == 9 {
				must(t, s.Return(t.Context(), demo, r.ID, token, EndedReleased, ""))
				r, token = take(t, s, "taro")
			}
			must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{Disposition: "sale"}))
		}
	}
	allKeys := func() []string {
		keys, err := rdb.Keys(t.Context(), "*").Result()
		must(t, err)
		slices.Sort(keys)
		return keys
	}
	calls(20)
	before := allKeys()
	calls(200)
	if diff := cmp.Diff(before, allKeys()); diff != "" {
		t.Errorf("200 calls changed the keys (-before +after):\n%s", diff)
	}
	for _, key := range before {
		if !strings.HasPrefix(key, "hs:{c:demo}:") {
			t.Errorf("key %q is outside the campaign's hash tag", key)
		}
	}
	for _, key := range []string{"hs:{c:demo}:lease", "hs:{c:demo}:out"} {
		if slices.Contains(before, key) {
			t.Errorf("%s is there, and nothing is out", key)
		}
	}
}

func testCampaignsApart(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	addRecords(t, rdb, "other", 2)
	take(t, s, "hanako")
	wantNoRecord(t, s, "hanako")
	c, err := s.Counts(t.Context(), "other")
	must(t, err)
	if c.Ready != 2 || c.Out != 0 {
		t.Errorf("the other campaign has %+v", c)
	}
}

func testOddAgents(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 4)
	for _, agent := range []string{`a "b" \c`, "田中 花子", "x\ny", "-"} {
		r, token := take(t, s, agent)
		got, err := s.Get(t.Context(), demo, r.ID)
		must(t, err)
		if got.Agent != agent {
			t.Errorf("record is with %q, want %q", got.Agent, agent)
		}
		must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{}))
		got, err = s.Get(t.Context(), demo, r.ID)
		must(t, err)
		if got.Agent != agent {
			t.Errorf("record was closed by %q, want %q", got.Agent, agent)
		}
	}
}

func testFields(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	r, token := take(t, s, "hanako")
	must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{Fields: map[string]string{"city": "", "plan": "A"}}))
	got, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	if diff := cmp.Diff(map[string]string{"plan": "A"}, got.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func testSweepMany(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	const n = 1000
	addRecords(t, rdb, demo, n)
	for range n {
		if _, _, err := s.Take(t.Context(), demo, "hanako", time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	var swept int
	eventually(t, "all leases run out", func() bool {
		ids, err := s.SweepExpired(t.Context(), demo)
		must(t, err)
		swept += len(ids)
		return swept == n
	})
	wantCounts(t, s, n, 0, 0)
	if r, _ := take(t, s, "taro"); r.ID != "c1" {
		t.Errorf("first after the sweep is %s, want c1: places were lost", r.ID)
	}
}
