package campaign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// everything is all that Redis has, to see whether something changed.
func everything(t testing.TB, rdb redis.UniversalClient) map[string]string {
	t.Helper()
	all := map[string]string{}
	keys, err := rdb.Keys(t.Context(), "*").Result()
	must(t, err)
	for _, key := range keys {
		var value any
		switch kind := rdb.Type(t.Context(), key).Val(); kind {
		case "hash":
			value, err = rdb.HGetAll(t.Context(), key).Result()
		case "zset":
			value, err = rdb.ZRangeWithScores(t.Context(), key, 0, -1).Result()
		case "set":
			value, err = rdb.SMembersMap(t.Context(), key).Result()
		case "list":
			value, err = rdb.LRange(t.Context(), key, 0, -1).Result()
		default:
			value, err = rdb.Get(t.Context(), key).Result()
		}
		must(t, err)
		all[key] = fmt.Sprint(value) // maps in the order of their keys
	}
	return all
}

// told is what an import says of each row that it does not take.
func told(t testing.TB, rdb redis.UniversalClient, cfg ListConfig, path string, dry bool) (Summary, []Reject) {
	t.Helper()
	var rejects []Reject
	sum, err := Import(t.Context(), NewRedisStore(rdb), ImportRequest{
		Campaign: demo, List: cfg, Path: path, DryRun: dry, BatchRows: 17, OnReject: func(r Reject) { rejects = append(rejects, r) },
	})
	must(t, err)
	sum.Rejects, sum.Duration, sum.Import = "", 0, 0
	return sum, rejects
}

func TestADryRunTellsWhatTheImportThenDoesAndChangesNothing(t *testing.T) {
	numbered := listIn(func(l *ListConfig) { l.Columns.ID = "" })
	for name, c := range map[string]struct {
		cfg    ListConfig
		before string // another file that was imported already
	}{
		"into an empty list":        {cfg: listIn()},
		"into a list that has some": {cfg: listIn(), before: mixedList(150)},
		"numbered":                  {cfg: numbered, before: "phone,name\n090-1234-0007,x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			rdb := newMiniredis(t)
			if c.before != "" {
				_, err := importFile(t, rdb, c.cfg, writeList(t, c.before))
				must(t, err)
			}
			was := everything(t, rdb)
			path := writeList(t, mixedList(500))
			drySum, dry := told(t, rdb, c.cfg, path, true)
			if diff := cmp.Diff(was, everything(t, rdb)); diff != "" {
				t.Fatalf("the dry run changed something (-before +after):\n%s", diff)
			}
			sum, done := told(t, rdb, c.cfg, path, false)
			if sum.Imported == 0 || sum.DuplicateCount() == 0 || sum.RejectedCount() == 0 {
				t.Fatalf("the import did not try all kinds of rows: %+v", sum)
			}
			if diff := cmp.Diff(drySum, sum); diff != "" {
				t.Errorf("the dry run and the import differ (-dry +import):\n%s", diff)
			}
			if c.cfg.Columns.ID == "" { // which number a record will have nobody can know
				for i := range dry {
					dry[i].Text, done[i].Text = "", ""
				}
			}
			if diff := cmp.Diff(dry, done); diff != "" {
				t.Errorf("the dry run and the import say other things (-dry +import):\n%s", diff)
			}
			if again, _ := told(t, rdb, c.cfg, path, true); !again.Already {
				t.Error("a dry run of what was imported does not say so")
			}
		})
	}
}

func TestADryRunOfAnInterruptedImportTellsTheWhole(t *testing.T) {
	whole := newMiniredis(t)
	path := writeList(t, mixedList(500))
	want, _ := told(t, whole, listIn(), path, false)

	rdb := newMiniredis(t)
	ctx, cancel := context.WithCancel(t.Context())
	batches := 0
	_, err := Import(ctx, NewRedisStore(rdb), ImportRequest{Campaign: demo, List: listIn(), Path: path, BatchRows: 17, OnProgress: func(Progress) {
		if batches++; batches == 9 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the import ended with %v, want it to be interrupted", err)
	}
	was := everything(t, rdb)
	got, _ := told(t, rdb, listIn(), path, true)
	if diff := cmp.Diff(was, everything(t, rdb)); diff != "" {
		t.Errorf("the dry run changed something (-before +after):\n%s", diff)
	}
	if got.ResumedAt == 0 || !got.RejectsLost {
		t.Errorf("the dry run does not say that it goes on: %+v", got)
	}
	got.ResumedAt, got.RejectsLost = 0, false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a dry run of the rest differs from an import in one go (-import +dry):\n%s", diff)
	}
}

func TestRejectsInRedisAreThoseOfTheFile(t *testing.T) {
	path := writeList(t, mixedList(700))
	sum, err := Import(t.Context(), NewRedisStore(newMiniredis(t)), ImportRequest{Campaign: demo, List: listIn(), Path: path, BatchRows: 17})
	must(t, err)
	want, err := os.ReadFile(sum.Rejects)
	must(t, err)

	rdb := newMiniredis(t)
	runs := 0
	for {
		ctx, cancel := context.WithCancel(t.Context())
		batches := 0
		keeper := NewRejectsKeeper(rdb, "rejects", 1e9)
		if runs++; runs > 1 {
			keeper = NewRejectsKeeper(rdb, "not-this-one", 1e9)
			// What a process wrote of a batch that it did not get to write down whole.
			must(t, rdb.HSet(ctx, "rejects", "999999-1000000", "leftover").Err())
		}
		sum, err = Import(ctx, NewRedisStore(rdb), ImportRequest{Campaign: demo, List: listIn(), Path: path, BatchRows: 17, RejectsTo: keeper, OnProgress: func(Progress) {
			if batches++; batches == 7 {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if runs < 3 || sum.Rejects != "redis:rejects" || sum.RejectsLost {
		t.Errorf("after %d runs rejects are at %q, lost: %t", runs, sum.Rejects, sum.RejectsLost)
	}
	var got bytes.Buffer
	must(t, WriteRejects(t.Context(), rdb, sum.Rejects, &got))
	if got.String() != string(want) {
		t.Errorf("rejects in Redis differ from those of a file:\n%s", cmp.Diff(string(want), got.String()))
	}
	names, err := rdb.HKeys(t.Context(), "rejects").Result()
	must(t, err)
	must(t, rdb.HDel(t.Context(), "rejects", names[len(names)/2]).Err())
	if err := WriteRejects(t.Context(), rdb, sum.Rejects, &got); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("rejects with a piece missing: %v", err)
	}
	for _, path := range []string{"redis:other", "/tmp/rejects.csv", ""} {
		if err := WriteRejects(t.Context(), rdb, path, &got); !errors.Is(err, ErrRejectsGone) {
			t.Errorf("rejects at %q: %v", path, err)
		}
	}
}
