package campaign

import (
	"math"
	"strings"
	"testing"
)

func TestSortKeys(t *testing.T) {
	for name, c := range map[string]struct {
		sort  Sort
		order []map[string]string // each before the next
	}{
		"values, then numbers": {Sort{{Field: "tier", Values: []string{"gold", "silver"}}, {Field: "score", As: SortNumber, To: 100, Descending: true}},
			[]map[string]string{{"tier": "gold", "score": "1e300"}, {"tier": "gold", "score": "99.9"}, {"tier": "gold", "score": "-3"}, {"tier": "gold"},
				{"tier": "silver", "score": "7"}, {"tier": "tin", "score": "8"}, {"score": "7"}}},
		"any numbers":  {Sort{{Field: "n", As: SortNumber}}, []map[string]string{{"n": "-1e9"}, {"n": "-2"}, {"n": "0"}, {"n": "0.5"}, {"n": "12345"}, {"n": "12346"}, {"n": "many"}}},
		"dates":        {Sort{{Field: "d", As: SortDate}}, []map[string]string{{"d": "1931-05-01"}, {"d": "2026-11-22"}, {"d": "2026-11-23"}, {"d": "22.11.2026"}}},
		"newest first": {Sort{{Field: "d", As: SortDate, Descending: true}}, []map[string]string{{"d": "2026-11-23"}, {"d": "2026-11-22"}, {}}},
	} {
		if err := c.sort.validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range c.order[1:] {
			if a, b := c.sort.Key(c.order[i]), c.sort.Key(c.order[i+1]); a > b || a == b && c.order[i]["tier"] != "tin" {
				t.Errorf("%s: %v has %d, %v has %d", name, c.order[i], a, c.order[i+1], b)
			}
		}
	}
	for name, s := range map[string]Sort{
		"all integers": {{Field: "n", As: SortNumber, From: math.MinInt64, To: math.MaxInt64}},
		"two dates":    {{Field: "a", As: SortDate}, {Field: "b", As: SortDate}},
	} {
		if err := s.validate(); err == nil || !strings.Contains(err.Error(), "bits of a record's place") {
			t.Errorf("%s: %v, want that there are not enough bits", name, err)
		}
	}
}

func TestFilter(t *testing.T) {
	f := Conditions{{Field: "city", In: []string{"Osaka", "Kyoto"}}, {Field: "tier", NotIn: []string{"tin"}}, {Field: "age", From: "18", To: "100"}}
	for _, c := range []struct {
		fields map[string]string
		why    string
	}{
		{map[string]string{"city": "Osaka", "age": "18"}, ""},
		{map[string]string{"city": "Tokyo", "age": "18"}, "city is Tokyo, not one of Osaka, Kyoto"},
		{map[string]string{"city": "Kyoto", "tier": "tin", "age": "18"}, "tier is tin"},
		{map[string]string{"city": "Kyoto", "age": "9"}, "age is 9, less than 18"}, // as numbers
		{map[string]string{"city": "Kyoto"}, "age is none, less than 18"},
		{map[string]string{"city": "Kyoto", "age": "101"}, "age is 101, more than 100"},
	} {
		if why := f.Unmet(c.fields); why != c.why {
			t.Errorf("%v: %q, want %q", c.fields, why, c.why)
		}
	}
}
