package campaign

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

func TestNormalize(t *testing.T) {
	for _, c := range []struct {
		raw, region string
		e164, ext   string
	}{
		// Japan: mobile, geographic, free, IP; with and without separators.
		{"090-1234-5678", "JP", "+819012345678", ""},
		{"09012345678", "JP", "+819012345678", ""},
		{"(03) 1234-5678", "JP", "+81312345678", ""},
		{"06 6123 4567", "JP", "+81661234567", ""},
		{"0120-123-456", "JP", "+81120123456", ""},
		{"050-1234-5678", "JP", "+815012345678", ""},
		// Full width, as typed with a Japanese input method, with the many things used as hyphens.
		{"０９０－１２３４－５６７８", "JP", "+819012345678", ""},
		{"０９０ー１２３４ー５６７８", "JP", "+819012345678", ""},
		{"090ｰ1234ｰ5678", "JP", "+819012345678", ""},
		{"090‐1234‐5678", "JP", "+819012345678", ""},
		{"090−1234−5678", "JP", "+819012345678", ""},
		{"（０３）１２３４－５６７８", "JP", "+81312345678", ""},
		{"　090 1234 5678　", "JP", "+819012345678", ""},
		// International: +, full-width +, 010 (Japan), 00 (most), 011 (North America).
		{"+81 90 1234 5678", "JP", "+819012345678", ""},
		{"＋８１９０１２３４５６７８", "JP", "+819012345678", ""},
		{"+81 (0)90-1234-5678", "JP", "+819012345678", ""},
		{"010 1 212 555 0123", "JP", "+12125550123", ""},
		{"010-81-90-1234-5678", "JP", "+819012345678", ""},
		{"0081-90-1234-5678", "JP", "+819012345678", ""},
		{"00 44 20 7946 0958", "US", "+442079460958", ""},
		{"0044 20 7946 0958", "GB", "+442079460958", ""},
		{"011 81 90 1234 5678", "US", "+819012345678", ""},
		// A spreadsheet ate the trunk prefix.
		{"9012345678", "JP", "+819012345678", ""},
		{"312345678", "JP", "+81312345678", ""},
		// United States and Britain.
		{"(212) 555-0123", "US", "+12125550123", ""},
		{"1-212-555-0123", "US", "+12125550123", ""},
		{"212.555.0123", "US", "+12125550123", ""},
		{"020 7946 0958", "GB", "+442079460958", ""},
		{"+44 (0)20 7946 0958", "GB", "+442079460958", ""},
		{"07400 123456", "GB", "+447400123456", ""},
		// Extensions.
		{"03-1234-5678 内線 123", "JP", "+81312345678", "123"},
		{"０３－１２３４－５６７８（内線１２３）", "JP", "+81312345678", "123"},
		{"(212) 555-0123 ext. 45", "US", "+12125550123", "45"},
		{"(212) 555-0123 x45", "US", "+12125550123", "45"},
		{"+1-212-555-0123;ext=45", "JP", "+12125550123", "45"},
	} {
		n, err := Normalize(c.raw, c.region)
		if err != nil {
			t.Errorf("%q in %s: %v", c.raw, c.region, err)
			continue
		}
		if n.E164 != c.e164 || n.Extension != c.ext {
			t.Errorf("%q in %s: got %s ext %q, want %s ext %q", c.raw, c.region, n.E164, n.Extension, c.e164, c.ext)
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	for _, c := range []struct{ raw, region, reason string }{
		{"", "JP", "not a number"},
		{"none", "JP", "not a number"},
		{"なし", "JP", "not a number"},
		{"090-1234-567", "JP", "numbering plan"},
		{"090-1234-56789", "JP", "numbering plan"},
		{"110", "JP", "digits"},
		{"9.01235E+09", "JP", "spreadsheet"},
		{"9.01235E+9", "US", "spreadsheet"},
		{"+999 1234 5678", "JP", "country code"},
		{"(112) 555-0123", "US", "numbering plan"},
		{"090-1234-5678 090-1234-5679", "JP", "too long"},
		{strings.Repeat("1", 200), "JP", "too long"},
		{"20100000000000", "DE", "too many digits"}, // in libphonenumber's plan, but 16 digits in E.164
		{"0", "JP", ""},
		{"00", "JP", ""},
		{"+", "JP", ""},
	} {
		n, err := Normalize(c.raw, c.region)
		var bad *NumberError
		if !errors.As(err, &bad) {
			t.Errorf("%q in %s: got %+v and error %v, want a NumberError", c.raw, c.region, n, err)
			continue
		}
		if !strings.Contains(bad.Error(), c.reason) {
			t.Errorf("%q in %s: refused because %q, want it to tell of %q", c.raw, c.region, bad.Reason, c.reason)
		}
	}
}

// Whatever is written in a list, what comes out is E.164, and comes out again when put in once more.
func TestNormalizeIsStable(t *testing.T) {
	regions := []string{"JP", "US", "GB", "DE", "FR", "AU"}
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(
			rapid.StringMatching(`[+＋]?[0-9０-９ ()（）\-－ー.]{0,24}( ?(x|ext|内線) ?[0-9]{1,4})?`),
			rapid.String(),
		).Draw(t, "raw")
		region := rapid.SampledFrom(regions).Draw(t, "region")
		n, err := Normalize(raw, region)
		if err != nil {
			return
		}
		if len(n.E164) < 5 || len(n.E164) > 16 || n.E164[0] != '+' || strings.Trim(n.E164[1:], "0123456789") != "" {
			t.Fatalf("%q in %s gives %q, which is not E.164", raw, region, n.E164)
		}
		again, err := Normalize(n.E164, "US")
		if err != nil || again.E164 != n.E164 {
			t.Fatalf("%q in %s gives %s, and that gives %s, %v", raw, region, n.E164, again.E164, err)
		}
	})
}

// The quick way to read plain national numbers gives what libphonenumber gives, or nothing.
func TestPlainNumbersAreReadAlike(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, text, region string) (taken bool) {
		n, ok := plainNational(text, region)
		if !ok {
			return false
		}
		parsed, err := parseNumber(text, region)
		if err != nil {
			t.Errorf("%q in %s: read as %s, and libphonenumber says %v", text, region, n.E164, err)
		} else if want := phonenumbers.Format(parsed, phonenumbers.E164); n.E164 != want || parsed.GetExtension() != "" {
			t.Errorf("%q in %s: read as %s, and libphonenumber reads %s", text, region, n.E164, want)
		}
		return true
	}
	for region, plan := range nationalPlans {
		t.Run(region, func(t *testing.T) {
			// All kinds of beginnings of five digits after the trunk prefix, at all lengths that numbers have.
			random, taken := rand.New(rand.NewPCG(1, 1)), 0
			for i := range 20_000 {
				start, length := random.IntN(100_000), 3+random.IntN(5)
				if i%2 == 0 {
					length = 5 // ten digits, the most usual
				}
				rest := ""
				for range length {
					rest += string(rune('0' + random.IntN(10)))
				}
				if check(t, fmt.Sprintf("%s%05d%s", plan.trunk, start, rest), region) {
					taken++
				}
			}
			if taken == 0 {
				t.Error("not one number was read")
			}
			rapid.Check(t, func(t *rapid.T) {
				check(t, rapid.StringMatching(`\(?[0-9]{2,5}[-). ]{0,3}[0-9]{2,5}[- .]?[0-9()]{2,6}`).Draw(t, "number"), region)
			})
		})
	}
}

func BenchmarkNormalize(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Normalize("090-1234-5678", "JP"); err != nil {
			b.Fatal(err)
		}
	}
}
