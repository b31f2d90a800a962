package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hasshin/hasshin/dialer/hours"
)

// maxID is the longest id of a record in bytes.
const maxID = 128

// candidate is a row that may become a record, if its id and numbers are new.
type candidate struct {
	id      string // "" to be numbered
	record  []byte // storedRecord as JSON
	numbers []string
	class   string
	key     string // sort key, "" for none
	names   string // how its name is found, with a line each
	line    int
}

// rejection is a row that does not become one.
type rejection struct {
	line   int
	reason Reason
	text   string   // for a person
	fields []string // the original columns, or the raw text as the only one
}

// rowParser turns rows into candidates. It is safe for concurrent use.
type rowParser struct {
	cfg       ListConfig
	delimiter byte
	columns   []column
	number    int // of the import
	arrange   Arrange
	decoded   bool // from another encoding than UTF-8
}

// parse reads one row: exactly one of candidate and rejection is not nil.
func (p *rowParser) parse(row rawRow) (*candidate, *rejection) {
	refuse := func(reason Reason, fields []string, format string, args ...any) (*candidate, *rejection) {
		return nil, &rejection{line: row.line, reason: reason, text: fmt.Sprintf(format, args...), fields: fields}
	}
	if row.problem != "" {
		return refuse(row.problem, []string{printable(row.text)}, "%s", explain(row.problem))
	}
	if !isText(row.text, p.decoded) {
		return refuse(ReasonBadEncoding, []string{printable(row.text)}, "has bytes that are no characters of the list's encoding")
	}
	fields := splitFields(string(row.text), p.delimiter, make([]string, 0, len(p.columns)))
	if n := len(fields); n < len(p.columns) || n > len(p.columns) && strings.Join(fields[len(p.columns):], "") != "" {
		return refuse(ReasonColumnCount, fields, "has %d columns, the header line has %d", n, len(p.columns))
	}

	rec := storedRecord{Source: [2]int{p.number, row.line}, TimeZone: p.cfg.TimeZone}
	c := &candidate{line: row.line}
	var numbers [8]string
	chain := numbers[:0]
	for i, col := range p.columns {
		value := strings.TrimSpace(fields[i])
		switch col.role {
		case roleID:
			if why := checkID(value); why != "" {
				return refuse(ReasonBadID, fields, "column %s: %s", col.header, why)
			}
			c.id = value
		case roleNumber:
			for len(chain) <= col.order {
				chain = append(chain, "")
			}
			chain[col.order] = value
		case roleName:
			rec.Name = value
		case roleTimeZone:
			if value == "" {
				continue
			}
			if _, err := hours.Zone(value); err != nil {
				return refuse(ReasonBadTimeZone, fields, "column %s: %q is not an IANA time zone, such as Asia/Tokyo", col.header, clip(value, 60))
			}
			rec.TimeZone = value
		case roleLanguage:
			rec.Language = value
		case roleField:
			if value == "" {
				continue
			}
			if rec.Fields == nil {
				rec.Fields = make(map[string]string, len(p.columns))
			}
			rec.Fields[col.field] = value
		}
	}

	types := p.cfg.Columns.numbers()
	for i, raw := range chain {
		if raw == "" {
			continue
		}
		n, err := Normalize(raw, p.cfg.Region)
		if err != nil {
			return refuse(ReasonInvalidNumber, fields, "column %s: %s", types[i].Column, err)
		}
		n.Type = types[i].Type
		if containsNumber(rec.Numbers, n.E164) {
			continue // the same number in two columns is one number
		}
		rec.Numbers = append(rec.Numbers, n)
		c.numbers = append(c.numbers, n.E164)
	}
	if len(rec.Numbers) == 0 {
		return refuse(ReasonNoNumber, fields, "has no telephone number")
	}
	if p.arrange != nil {
		class, key, sorted := p.arrange(rec.Numbers, rec.TimeZone, rec.Fields)
		if c.class = class; sorted {
			c.key = strconv.FormatUint(key, 10)
		}
	}
	c.names = strings.Join(nameKeys(rec.Name), "\n")
	var err error
	if c.record, err = encodeRecord(rec); err != nil {
		return refuse(ReasonBadEncoding, fields, "%s", err)
	}
	return c, nil
}

// isText reports whether a row has only characters. In text that was decoded, what was none is U+FFFD now.
func isText(row []byte, decoded bool) bool {
	if decoded {
		return !bytes.ContainsRune(row, utf8.RuneError)
	}
	return utf8.Valid(row)
}

func checkID(id string) string {
	switch {
	case id == "":
		return "the id is empty"
	case len(id) > maxID:
		return fmt.Sprintf("the id is longer than %d bytes", maxID)
	case strings.ContainsFunc(id, unicode.IsControl):
		return "the id has control characters"
	}
	return ""
}

func containsNumber(numbers []Number, e164 string) bool {
	for _, n := range numbers {
		if n.E164 == e164 {
			return true
		}
	}
	return false
}

// encodeRecord is json.Marshal without the escaping that HTML would need and a million records need not carry.
func encodeRecord(rec storedRecord) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(rec); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// explain says for a person what is wrong with a row that cannot be taken apart.
func explain(problem Reason) string {
	switch problem {
	case ReasonRowTooLong:
		return fmt.Sprintf("is longer than %d bytes; only its beginning is kept here", maxRow)
	case ReasonUnclosedQuote:
		return `a quotation mark is opened and not closed; double it ("") where it is part of the text`
	case ReasonStrayQuote:
		return `text follows a closing quotation mark; double it ("") where it is part of the text`
	}
	return string(problem)
}

// printable makes text of a row that cannot be taken apart, clipped.
func printable(row []byte) string {
	return clip(strings.ToValidUTF8(string(row[:min(len(row), clippedRow+utf8.UTFMax)]), "\uFFFD"), clippedRow)
}
