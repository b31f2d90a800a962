package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Condition is what a field of a record must have for the record to be dialed.
type Condition struct {
	// Field is the name of a field of the record.
	Field string `yaml:"field"`

	// In are the values that it may have; "" stands for none.
	In []string `yaml:"in"`

	// NotIn are values that it must not have.
	NotIn []string `yaml:"not_in"`

	// From is the least value that it may have: a number, or a text such as a date written YYYY-MM-DD. A record without the field is left out.
	From string `yaml:"from"`

	// To is the greatest value that it may have.
	To string `yaml:"to"`
}

// unmet says why a value does not meet the condition, "" if it does.
func (c Condition) unmet(value string) string {
	shown := value
	if value == "" {
		shown = "none"
	}
	switch {
	case len(c.In) > 0 && !slices.Contains(c.In, value):
		return fmt.Sprintf("%s is %s, not one of %s", c.Field, shown, strings.Join(c.In, ", "))
	case slices.Contains(c.NotIn, value):
		return fmt.Sprintf("%s is %s", c.Field, shown)
	case c.From != "" && (value == "" || less(value, c.From)):
		return fmt.Sprintf("%s is %s, less than %s", c.Field, shown, c.From)
	case c.To != "" && (value == "" || less(c.To, value)):
		return fmt.Sprintf("%s is %s, more than %s", c.Field, shown, c.To)
	}
	return ""
}

// less compares as numbers if both are, else as texts.
func less(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return x < y
	}
	return a < b
}

// Conditions are what records have to meet, all of them.
type Conditions []Condition

// Unmet says why a record with these fields is left out, "" if it is not.
func (f Conditions) Unmet(fields map[string]string) string {
	for _, c := range f {
		if why := c.unmet(fields[c.Field]); why != "" {
			return why
		}
	}
	return ""
}

// Name is different for different filters.
func (f Conditions) Name() string {
	text, err := json.Marshal(f)
	if err != nil {
		panic("campaign: " + err.Error()) // it has only texts
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// SortKey says by which field records are handed out first.
type SortKey struct {
	// Field is the name of a field of the record.
	Field string `yaml:"field"`

	// As says what the field has: number, date (YYYY-MM-DD) or value. Left out: value.
	As SortAs `yaml:"as"`

	// Values are the values in their order, for as: value; all others come after them.
	Values []string `yaml:"values"`

	// From and To bound the whole numbers of the field, for as: number. With them the order is exact and leaves room for further keys; without
	// them numbers are told apart by their first 5 digits.
	From int64 `yaml:"from"`

	// To is the greatest number of the field.
	To int64 `yaml:"to"`

	// Descending turns the order round. Records without the field come last in any case.
	Descending bool `yaml:"descending"`
}

// SortAs says what a field has.
type SortAs string

const (
	SortNumber SortAs = "number"
	SortDate   SortAs = "date"
	SortValue  SortAs = "value"
)

// Sort is the order of a calling list: by the first key, then the second; then by the place in the list.
type Sort []SortKey

// A record's place among those that wait is one number, the score of a sorted set, which is exact up to 2⁵³. Its highest bits are the priority,
// then come the sort keys, if there are any, and the place in the list.
const (
	rankShift  = 50 // 8 priorities, above all else
	placeBits  = 24 // of the place in the list, where there are sort keys; records beyond 16,777,215 are in the order of their ids
	sortBits   = rankShift - placeBits
	dateBits   = 18 // days since 1600-01-01
	numberBits = 26 // sign, exponent and 17 bits of mantissa
)

// width is how many bits of the place a key takes. One more value than the field has is for records without it.
func (k SortKey) width() int {
	switch {
	case k.As == SortDate:
		return dateBits
	case k.As == SortNumber && k.From == 0 && k.To == 0:
		return numberBits
	case k.As == SortNumber:
		return bits.Len64(max(uint64(k.To)-uint64(k.From), uint64(k.To)-uint64(k.From)+1)) // the range of all numbers would be none
	}
	return bits.Len64(uint64(len(k.Values)))
}

// rank places a value among those of its key.
func (k SortKey) rank(value string) uint64 {
	last := uint64(1)<<k.width() - 1
	n, ok := k.number(value, last)
	if !ok {
		return last
	}
	n = min(n, last-1)
	if k.Descending {
		return last - 1 - n
	}
	return n
}

func (k SortKey) number(value string, last uint64) (uint64, bool) {
	switch k.As {
	case SortDate:
		day, err := time.Parse(time.DateOnly, value)
		if err != nil {
			return 0, false
		}
		days := (day.Unix() - time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC).Unix()) / (24 * 60 * 60) // a Duration has no room for them
		return uint64(max(0, days)), true
	case SortNumber:
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(x) {
			return 0, false
		}
		if k.From == 0 && k.To == 0 {
			return uint64(ordered(float32(x)) >> (32 - numberBits)), true
		}
		switch x = math.Floor(x); { // as it may be beyond all integers
		case x <= float64(k.From):
			return 0, true
		case x >= float64(k.To):
			return uint64(k.To - k.From), true
		}
		return uint64(int64(x) - k.From), true
	}
	i := slices.Index(k.Values, value)
	if i < 0 {
		return last, false
	}
	return uint64(i), true
}

// ordered maps numbers to integers that have the same order.
func ordered(x float32) uint32 {
	b := math.Float32bits(x)
	if b&(1<<31) != 0 {
		return ^b
	}
	return b | 1<<31
}

// Key is where a record with these fields comes; records with the same key are in the order of the list.
func (s Sort) Key(fields map[string]string) uint64 {
	var key uint64
	for _, k := range s {
		key = key<<k.width() | k.rank(fields[k.Field])
	}
	return key
}

func (f Conditions) validate() error {
	var p problem.List
	for i, c := range f {
		at := problem.Index("", i)
		if c.Field == "" {
			p.Add(problem.Join(at, "field"), "is required: the name of a field of the records")
		}
		if len(c.In)+len(c.NotIn) == 0 && c.From == "" && c.To == "" {
			p.Add(at, "has no condition; expected in, not_in, from or to")
		}
		if c.From != "" && c.To != "" && less(c.To, c.From) {
			p.Add(problem.Join(at, "to"), "%s is less than from, %s", c.To, c.From)
		}
	}
	return p.Err()
}

func (s Sort) validate() error {
	var p problem.List
	total := 0
	for i, k := range s {
		at := problem.Index("", i)
		if k.Field == "" {
			p.Add(problem.Join(at, "field"), "is required: the name of a field of the records")
		}
		switch {
		case k.As != "" && k.As != SortNumber && k.As != SortDate && k.As != SortValue:
			p.Add(problem.Join(at, "as"), "%q is unknown; expected number, date or value", k.As)
			continue
		case (k.As == "" || k.As == SortValue) && len(k.Values) == 0:
			p.Add(problem.Join(at, "values"), "is required: the values in their order, for example [gold, silver]")
		case k.As == SortNumber && k.To < k.From:
			p.Add(problem.Join(at, "to"), "%d is less than from, %d", k.To, k.From)
			continue
		}
		total += k.width()
	}
	if total > sortBits {
		p.Add("", "the keys need %d bits of a record's place, and there are %d: a date takes %d, a number without from and to %d, one with them as many as "+
			"its range has (0 to 1000: 10), values as many as their number has", total, sortBits, dateBits, numberBits)
	}
	return p.Err()
}

// String is the condition for people.
func (c Condition) String() string {
	var parts []string
	add := func(what, value string) {
		if value != "" {
			parts = append(parts, c.Field+" "+what+" "+value)
		}
	}
	add("is one of", strings.Join(c.In, ", "))
	add("is none of", strings.Join(c.NotIn, ", "))
	add("from", c.From)
	add("to", c.To)
	return strings.Join(parts, " and ")
}

// String is the key for people.
func (k SortKey) String() string {
	text := k.Field
	if len(k.Values) > 0 {
		text += " (" + strings.Join(k.Values, ", ") + ")"
	}
	if k.Descending {
		text += ", descending"
	}
	return text
}
