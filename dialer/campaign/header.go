package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/hasshin/hasshin/internal/problem"
)

// role says what the values of a column become.
type role int

const (
	roleIgnore role = iota
	roleID
	roleName
	roleNumber
	roleTimeZone
	roleLanguage
	roleField
)

// column is what is done with one column of a file.
type column struct {
	role   role
	header string // as in the file
	field  string // roleField: the name of the field
	typ    string // roleNumber: the type of number
	order  int    // roleNumber: place in the chain
}

// Columns that a rejects file has before the original ones. They are passed over when it is imported again after mending.
const (
	rejectLine   = "reject_line"
	rejectCode   = "reject_code"
	rejectReason = "reject_reason"
)

// foldHeader makes names of columns comparable: spreadsheets differ in case, in
// full- and half-width letters and in stray spaces, and mean the same column.
func foldHeader(name string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(name)))
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// headerError is what mapHeader found; the caller knows file and line.
type headerError struct {
	code          FileCode
	message, hint string
}

func (e *headerError) Error() string { return e.message }

// mapHeader decides what becomes of each column.
func mapHeader(cfg ListConfig, header []string) ([]column, error) {
	columns := make([]column, len(header))
	at := map[string][]int{} // folded name → columns that have it
	for i, name := range header {
		columns[i] = column{header: strings.TrimSpace(name)}
		if key := foldHeader(name); key != "" {
			at[key] = append(at[key], i)
		}
	}
	wanted := map[int]bool{}
	var missing, twice []string
	assign := func(path, name string, c column) {
		if name == "" {
			return
		}
		found := at[foldHeader(name)]
		switch len(found) {
		case 0:
			missing = append(missing, fmt.Sprintf("%q (list.columns.%s)%s", name, path, didYouMean(name, header)))
		case 1:
			c.header = columns[found[0]].header
			columns[found[0]] = c
			wanted[found[0]] = true
		default:
			twice = append(twice, fmt.Sprintf("%q (columns %s)", name, ordinals(found)))
		}
	}
	m := cfg.Columns
	assign("id", m.ID, column{role: roleID})
	assign("name", m.Name, column{role: roleName})
	for i, n := range m.numbers() {
		assign(problem.Index("numbers", i), n.Column, column{role: roleNumber, typ: n.Type, order: i})
	}
	assign("time_zone", m.TimeZone, column{role: roleTimeZone})
	assign("language", m.Language, column{role: roleLanguage})
	for _, field := range sortedKeys(m.Fields) {
		assign(problem.Key("fields", field), m.Fields[field], column{role: roleField, field: field})
	}
	if len(missing) > 0 {
		return nil, &headerError{FileMissingColumn, "there is no column " + strings.Join(missing, ", nor ") + "; the header line has " + quoteAll(header),
			headerHint(cfg, header)}
	}

	var unknown []string
	for i := range columns {
		c := &columns[i]
		key := foldHeader(c.header)
		if wanted[i] || key == "" || key == rejectLine || key == rejectCode || key == rejectReason {
			continue
		}
		switch cfg.OtherColumns {
		case OtherColumnsRefuse:
			unknown = append(unknown, fmt.Sprintf("%q", c.header))
		case OtherColumnsKeep:
			if len(at[key]) > 1 {
				if at[key][0] == i {
					twice = append(twice, fmt.Sprintf("%q (columns %s)", c.header, ordinals(at[key])))
				}
				continue
			}
			if _, taken := m.Fields[c.header]; taken {
				twice = append(twice, fmt.Sprintf("%q (a column and a field of list.columns.fields)", c.header))
				continue
			}
			c.role, c.field = roleField, c.header
		}
	}
	if len(twice) > 0 {
		return nil, &headerError{FileDuplicateColumn, "the header line has twice: " + strings.Join(twice, ", "), "give each column its own name"}
	}
	if len(unknown) > 0 {
		return nil, &headerError{FileUnknownColumn, "the header line has columns that list.columns does not name: " + strings.Join(unknown, ", "),
			"name them under list.columns.fields, or set list.other_columns to keep or ignore"}
	}
	return columns, nil
}

// headerHint tells about a wrong delimiter, the usual reason for one lonely column.
func headerHint(cfg ListConfig, header []string) string {
	if len(header) != 1 {
		return ""
	}
	for _, d := range []string{";", "\t", "|", ","} {
		if d != cfg.Delimiter && strings.Contains(header[0], d) {
			return fmt.Sprintf("the columns seem to be separated by %q: set list.delimiter", d)
		}
	}
	return ""
}

func quoteAll(names []string) string {
	quoted := make([]string, 0, len(names))
	for i, n := range names {
		if i == 30 {
			quoted = append(quoted, fmt.Sprintf("and %d more", len(names)-i))
			break
		}
		quoted = append(quoted, fmt.Sprintf("%q", clip(strings.TrimSpace(n), 60)))
	}
	return strings.Join(quoted, ", ")
}

// ordinals names columns counted from 1.
func ordinals(columns []int) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = fmt.Sprint(c + 1)
	}
	return strings.Join(parts, " and ")
}

// sameMeaning are words that lists use for the same column.
var sameMeaning = [][]string{
	{"phone", "tel", "telephone", "mobile", "number", "電話", "携帯", "番号"},
	{"name", "氏名", "名前", "顧客名", "contact"},
	{"id", "no", "key", "コード", "会員番号", "顧客番号"},
	{"time_zone", "timezone", "tz", "時間帯"},
	{"language", "lang", "locale", "言語"},
}

// didYouMean suggests the name nearest to the wanted one, else one with the same meaning.
func didYouMean(wanted string, names []string) string {
	want := []rune(foldHeader(wanted))
	best, nearest := "", len(want)/2+1
	for _, name := range names {
		have := []rune(foldHeader(name))
		if len(have) == 0 || len(have) > 100 {
			continue
		}
		d := distance(want, have)
		if strings.Contains(string(have), string(want)) || strings.Contains(string(want), string(have)) {
			d = min(d, 1)
		}
		if d < nearest {
			best, nearest = strings.TrimSpace(name), d
		}
	}
	for _, words := range sameMeaning {
		if best == "" && hasWord(foldHeader(wanted), words) {
			i := slices.IndexFunc(names, func(name string) bool { return hasWord(foldHeader(name), words) })
			if i >= 0 {
				best = strings.TrimSpace(names[i])
			}
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

func hasWord(name string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}

// distance is the Levenshtein distance: how many letters to insert, remove or change.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := diagonal
			if x != y {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
