package campaign

import (
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

const (
	homeNumber = "+81312345678"
	workNumber = "+819012345678"
)

// blockedBy tells who added each of the numbers that are on the list.
func blockedBy(t testing.TB, list DoNotCall, numbers ...string) map[string]string {
	t.Helper()
	blocked, err := list.Check(t.Context(), numbers)
	must(t, err)
	by := map[string]string{}
	for number, b := range blocked {
		by[number] = b.By + ": " + b.Why
		if time.Since(b.At).Abs() > time.Minute {
			t.Errorf("%s was added at %s", number, b.At)
		}
	}
	return by
}

func wantBlocked(t testing.TB, got, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on the do-not-call list (-want +got):\n%s", diff)
	}
}

func testDoNotCall(t *testing.T, rdb redis.UniversalClient) {
	ours, theirs := NewRedisStore(rdb).DoNotCall(), NewRedisStore(rdb).DoNotCall()
	wantBlocked(t, blockedBy(t, ours, homeNumber, workNumber), map[string]string{})

	const why = `said "never again"` + "\nand hung up: もう結構です"
	added, err := ours.Add(t.Context(), []string{homeNumber}, "hanako", why)
	must(t, err)
	if added != 1 {
		t.Errorf("%d added, want 1", added)
	}
	wantBlocked(t, blockedBy(t, theirs, homeNumber, workNumber, homeNumber), map[string]string{homeNumber: "hanako: " + why})

	added, err = theirs.Add(t.Context(), []string{homeNumber, workNumber}, "taro", "asked again")
	must(t, err)
	if added != 1 {
		t.Errorf("%d added of one old and one new, want 1", added)
	}
	wantBlocked(t, blockedBy(t, ours, homeNumber, workNumber), map[string]string{homeNumber: "hanako: " + why, workNumber: "taro: asked again"})

	removed, err := ours.Remove(t.Context(), []string{homeNumber, "+81300000000"})
	must(t, err)
	if removed != 1 {
		t.Errorf("%d removed, want 1", removed)
	}
	wantBlocked(t, blockedBy(t, theirs, homeNumber, workNumber), map[string]string{workNumber: "taro: asked again"})
}

func testDoNotCallNothing(t *testing.T, rdb redis.UniversalClient) {
	list := NewRedisStore(rdb).DoNotCall()
	added, err := list.Add(t.Context(), nil, "hanako", "")
	must(t, err)
	removed, err := list.Remove(t.Context(), nil)
	must(t, err)
	if added != 0 || removed != 0 {
		t.Errorf("nothing: %d added, %d removed", added, removed)
	}
	wantBlocked(t, blockedBy(t, list), map[string]string{})
}

// Entries of one campaign, of customers and for a time.
func testDoNotCallFor(t *testing.T, rdb redis.UniversalClient) {
	list := NewRedisStore(rdb).DoNotCall()
	put := func(l Listing) int {
		added, err := list.Put(t.Context(), l)
		must(t, err)
		return added
	}
	look := func(campaign string) Blocks {
		b, err := list.Look(t.Context(), campaign, "4711", []string{homeNumber, workNumber})
		must(t, err)
		return b
	}
	later := time.Now().Add(time.Hour)
	put(Listing{Campaign: "spring", Customers: []string{"4711"}, By: "crm", Why: "complaint"})
	put(Listing{Numbers: []string{homeNumber}, Until: later, By: "crm", Why: "on holiday"})
	put(Listing{Campaign: "spring", Numbers: []string{workNumber}, Until: later})
	if b := look("spring"); b.Customer == nil || b.Customer.Why != "complaint" || !b.Customer.Until.IsZero() || len(b.Numbers) != 2 || b.Numbers[homeNumber].Until.UnixMilli() != later.UnixMilli() {
		t.Errorf("campaign spring: %+v, want the customer for good and both numbers for a time", b)
	}
	if b := look("autumn"); b.Customer != nil || len(b.Numbers) != 1 || b.Numbers[homeNumber].Why != "on holiday" {
		t.Errorf("campaign autumn: %+v, want the number of all campaigns alone", b)
	}
	put(Listing{Numbers: []string{workNumber}, Until: time.Now().Add(30 * time.Millisecond)})
	eventually(t, "what is for a time is over", func() bool { return len(look("autumn").Numbers) == 1 })
	if n, err := list.Size(t.Context(), ""); err != nil || n != 1 {
		t.Errorf("%d entries on the list of all campaigns, %v; want what is over to be forgotten", n, err)
	}

	if added := put(Listing{Campaign: "spring", Numbers: []string{workNumber}, Until: time.Now().Add(time.Minute)}); added != 0 || look("spring").Numbers[workNumber].Until.UnixMilli() != later.UnixMilli() {
		t.Errorf("%d added, until %s; want the longer entry to stay", added, look("spring").Numbers[workNumber].Until)
	}
	put(Listing{Campaign: "spring", Numbers: []string{workNumber}})
	if b := look("spring").Numbers[workNumber]; !b.Until.IsZero() {
		t.Errorf("until %s, want for good", b.Until)
	}
	removed, err := list.Drop(t.Context(), Listing{Campaign: "spring", Customers: []string{"4711", "4712"}})
	must(t, err)
	if removed != 1 || look("spring").Customer != nil {
		t.Errorf("%d removed, want 1, the customer", removed)
	}
}

// More numbers than a script's stack takes at once.
func testDoNotCallMany(t *testing.T, rdb redis.UniversalClient) {
	list := NewRedisStore(rdb).DoNotCall()
	numbers := make([]string, 20_000)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("+8190%08d", i)
	}
	added, err := list.Add(t.Context(), numbers, "import", "national list")
	must(t, err)
	blocked, err := list.Check(t.Context(), append([]string{homeNumber}, numbers...))
	must(t, err)
	removed, errRemove := list.Remove(t.Context(), numbers)
	must(t, errRemove)
	if added != len(numbers) || len(blocked) != len(numbers) || removed != len(numbers) {
		t.Errorf("%d added, %d found, %d removed; want %d each", added, len(blocked), removed, len(numbers))
	}
	if _, found := blocked[homeNumber]; found {
		t.Errorf("%s is not on the list", homeNumber)
	}
}

func testUndialed(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 2)
	r, token := take(t, s, "hanako")
	must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{Undialed: UndialedDoNotCall}))
	got, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	if got.State != Closed || got.Undialed != UndialedDoNotCall || len(got.Attempts()) != 0 {
		t.Errorf("record is %s, undialed because of %q, with %d attempts; want closed, do-not-call, none", got.State, got.Undialed, len(got.Attempts()))
	}
	c, err := s.Counts(t.Context(), demo)
	must(t, err)
	if diff := cmp.Diff(map[Undialed]int64{UndialedDoNotCall: 1}, c.Undialed); diff != "" {
		t.Errorf("counted as undialed (-want +got):\n%s", diff)
	}
	if len(c.Dispositions) != 0 || len(c.Results) != 0 {
		t.Errorf("counted as more than undialed: %+v", c)
	}
}

func TestDoNotCallWithoutRedis(t *testing.T) {
	gone := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: gone.Addr(), MaxRetries: -1})
	t.Cleanup(func() { must(t, rdb.Close()) })
	list := NewRedisStore(rdb).DoNotCall()
	gone.Close()
	if blocked, err := list.Check(t.Context(), []string{homeNumber}); err == nil {
		t.Errorf("without Redis the list answered %v", blocked)
	}
	if _, err := list.Add(t.Context(), []string{homeNumber}, "hanako", ""); err == nil {
		t.Error("without Redis a number was added")
	}
	if _, err := list.Remove(t.Context(), []string{homeNumber}); err == nil {
		t.Error("without Redis a number was removed")
	}
}
