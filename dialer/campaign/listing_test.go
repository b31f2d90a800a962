package campaign

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

func importListings(t testing.TB, rdb redis.UniversalClient, content string, dry bool) (Summary, []Reject, error) {
	t.Helper()
	f, err := os.Open(writeList(t, content))
	must(t, err)
	var rejects []Reject
	im, err := OpenDoNotCall(t.Context(), NewRedisStore(rdb), DoNotCallRequest{
		ListingDefaults: ListingDefaults{Campaign: demo, Region: "JP", By: "sumire", Why: "opt-outs"}, Name: "dnc.csv", File: f, DryRun: dry,
		RejectsTo: NewRejectsKeeper(rdb, "rejects", 1e9), OnReject: func(r Reject) { rejects = append(rejects, r) },
	})
	if err != nil {
		return Summary{}, nil, err
	}
	err = im.Run(t.Context())
	sum := im.Summary()
	sum.Duration = 0
	return sum, rejects, errors.Join(err, im.Close())
}

func TestDoNotCallEntriesAreImported(t *testing.T) {
	const file = bom + "number,until,why\n090-1234-0001\n# a remark, not a row\n+81 90 1234 0002,2099-01-31,moved\nid:C-4711,,asked\nnone\n090-1234-0003,soon\n" +
		"\n090-1234-0001,,again\nid:\n\"090-1234-0004\"x,\n"
	rdb := newMiniredis(t)
	store := NewRedisStore(rdb)
	_, err := store.DoNotCall().Put(t.Context(), Listing{Campaign: demo, Customers: []string{"C-4711"}, By: "hanako", Why: "first"})
	must(t, err)
	was := everything(t, rdb)

	dry, dryRejects, err := importListings(t, rdb, file, true)
	must(t, err)
	now := everything(t, rdb)
	delete(now, "rejects")
	if diff := cmp.Diff(was, now); diff != "" {
		t.Errorf("the dry run changed something (-before +after):\n%s", diff)
	}
	must(t, rdb.Del(t.Context(), "rejects").Err())
	sum, rejects, err := importListings(t, rdb, file, false)
	must(t, err)
	if diff := cmp.Diff(dry, sum); diff != "" {
		t.Errorf("the dry run and the import differ (-dry +import):\n%s", diff)
	}
	if diff := cmp.Diff(dryRejects, rejects); diff != "" {
		t.Errorf("the dry run and the import say other things (-dry +import):\n%s", diff)
	}
	if sum.Read != 8 || sum.Imported != 2 || sum.Duplicates[ReasonOnList] != 2 || sum.RejectedCount() != 4 {
		t.Errorf("summary = %+v", sum)
	}
	var kept bytes.Buffer
	must(t, WriteRejects(t.Context(), rdb, sum.Rejects, &kept))
	for _, want := range []string{"6,invalid_number,", "7,bad_time,", "10,bad_id,", "11,stray_quote,"} {
		if !strings.Contains(kept.String(), "\n"+want) {
			t.Errorf("rejects have no line %q:\n%s", want, kept.String())
		}
	}
	b, err := store.DoNotCall().Look(t.Context(), demo, "C-4711", []string{"+819012340001", "+819012340002", "+819012340003"})
	must(t, err)
	if b.Customer == nil || b.Customer.Why != "first" || len(b.Numbers) != 2 {
		t.Errorf("on the list are %+v", b)
	}
	if two := b.Numbers["+819012340002"]; two.Why != "moved" || two.By != "sumire" || two.Until.IsZero() {
		t.Errorf("the second is on the list as %+v", two)
	}
	again, _, err := importListings(t, rdb, file, false)
	must(t, err)
	if again.Imported != 0 || again.Duplicates[ReasonOnList] != 4 {
		t.Errorf("the same file again: %+v", again)
	}
}

func TestDoNotCallFilesThatAreNone(t *testing.T) {
	for content, want := range map[string]FileCode{
		"":                                  FileEmpty,
		"PK\x03\x04 workbook":               FileBinary,
		"090-1234-0001\x00\n":               FileBinary,
		"090-1234-0001,,\x93\xfa\x96\x7b\n": FileWrongEncoding,
	} {
		var unfit *FileError
		if _, _, err := importListings(t, newMiniredis(t), content, false); !errors.As(err, &unfit) || unfit.Code != want {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
	}
}
