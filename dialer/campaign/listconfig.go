package campaign

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/problem"
)

// ListConfig says how a file of contacts (CSV with a header line, RFC 4180) is read.
type ListConfig struct {
	// Region is the country whose national numbers are in the file, as ISO 3166 alpha-2 code: JP, US, GB. Numbers beginning with + are read as
	// international ones whatever the region.
	Region string `yaml:"region" example:"JP"`

	// Encoding is the character encoding of the file: utf-8, shift_jis, euc-jp, iso-8859-1, windows-1252 or utf-16. Default: utf-8.
	Encoding Encoding `yaml:"encoding"`

	// Delimiter separates columns: one ASCII character; \t for a tab. Default: a comma.
	Delimiter string `yaml:"delimiter"`

	// Columns says which column of the file is what, by the name in its header line.
	Columns Columns `yaml:"columns"`

	// OtherColumns says what to do with columns that `columns` does not name. keep: they become fields of the record under their own name; ignore: they are
	// left out; refuse: the file is refused. Default: keep.
	OtherColumns OtherColumns `yaml:"other_columns"`

	// TimeZone is the IANA time zone of contacts whose row gives none, for example Asia/Tokyo.
	TimeZone string `yaml:"time_zone" example:"Asia/Tokyo"`
}

// Columns names the columns of a list's file. Names are compared without regard
// to case, width (full or half) and surrounding space.
type Columns struct {
	// ID is the column with a unique id of the contact. Left out, records are numbered.
	ID string `yaml:"id"`

	// Name is the column with the contact's name.
	Name string `yaml:"name"`

	// Numbers are the columns with telephone numbers, in the order in which they are dialed. At least one. Default: a column named phone.
	Numbers []NumberColumn `yaml:"numbers"`

	// TimeZone is the column with the contact's IANA time zone.
	TimeZone string `yaml:"time_zone"`

	// Language is the column with the contact's language as BCP 47 tag, for example ja.
	Language string `yaml:"language"`

	// Fields are further columns to keep: name of the field to name of the column. They are shown to agents and, with other_columns: ignore or refuse,
	// the only ones kept.
	Fields map[string]string `yaml:"fields"`
}

// NumberColumn is a column with a telephone number.
type NumberColumn struct {
	// Column is its name in the header line.
	Column string `yaml:"column"`

	// Type says what kind of number it is: mobile, home, work or any other word of yours.
	Type string `yaml:"type"`
}

// OtherColumns says what becomes of columns that nobody named.
type OtherColumns string

const (
	OtherColumnsKeep   OtherColumns = "keep"
	OtherColumnsIgnore OtherColumns = "ignore"
	OtherColumnsRefuse OtherColumns = "refuse"
)

func allOtherColumns() []OtherColumns {
	return []OtherColumns{OtherColumnsKeep, OtherColumnsIgnore, OtherColumnsRefuse}
}

// UnmarshalText refuses an unknown choice.
func (o *OtherColumns) UnmarshalText(text []byte) error {
	if !slices.Contains(allOtherColumns(), OtherColumns(text)) {
		return fmt.Errorf("%q is unknown; expected %s", text, oneOf(allOtherColumns()))
	}
	*o = OtherColumns(text)
	return nil
}

// defaultNumberColumns is used when no column with numbers is configured.
var defaultNumberColumns = []NumberColumn{{Column: "phone"}}

// numbers returns the columns with numbers, in dialing order.
func (c Columns) numbers() []NumberColumn {
	if len(c.Numbers) == 0 {
		return defaultNumberColumns
	}
	return c.Numbers
}

// types are the types of the list's numbers.
func (c ListConfig) types() []string {
	var types []string
	for _, n := range c.Columns.numbers() {
		if n.Type != "" && !slices.Contains(types, n.Type) {
			types = append(types, n.Type)
		}
	}
	return types
}

// ValidRegion reports whether region is an ISO 3166 alpha-2 code whose numbering plan is known.
func ValidRegion(region string) bool {
	return phonenumbers.GetSupportedRegions()[region]
}

// Validate reports all that is impossible in c.
func (c ListConfig) Validate() error {
	var p problem.List
	switch {
	case c.Region == "":
		p.Add("region", "is required: the country whose national numbers the list has, for example JP or US")
	case !ValidRegion(c.Region):
		if upper := strings.ToUpper(c.Region); ValidRegion(upper) {
			p.Add("region", "%q must be in capitals: %s", c.Region, upper)
		} else {
			p.Add("region", "%q is not a country code (ISO 3166 alpha-2) with a known numbering plan; expected for example JP, US or GB", c.Region)
		}
	}
	if !slices.Contains(Encodings(), c.Encoding) {
		p.Add("encoding", "%q is not a known encoding; expected %s", c.Encoding, oneOf(Encodings()))
	}
	if _, err := c.delimiter(); err != nil {
		p.Add("delimiter", "%s", err)
	}
	if !slices.Contains(allOtherColumns(), c.OtherColumns) {
		p.Add("other_columns", "%q is unknown; expected %s", c.OtherColumns, oneOf(allOtherColumns()))
	}
	if c.TimeZone != "" {
		if _, err := hours.Zone(c.TimeZone); err != nil {
			p.Add("time_zone", "%s", err)
		}
	}
	p.AddAt("columns", c.Columns.validate())
	return p.Err()
}

func (c Columns) validate() error {
	var p problem.List
	// One column has one meaning: two settings that name the same column are a slip.
	used := map[string]string{}
	use := func(path, column string) {
		key := foldHeader(column)
		if first, twice := used[key]; twice {
			p.Add(path, "column %q is already used by %s", column, first)
			return
		}
		used[key] = path
	}
	for _, f := range []struct{ path, column string }{
		{"id", c.ID}, {"name", c.Name}, {"time_zone", c.TimeZone}, {"language", c.Language},
	} {
		if f.column != "" {
			use(f.path, f.column)
		}
	}
	for i, n := range c.numbers() {
		at := problem.Join(problem.Index("numbers", i), "column")
		if strings.TrimSpace(n.Column) == "" {
			p.Add(at, "is required: the name of a column in the header line")
			continue
		}
		use(at, n.Column)
	}
	for _, name := range sortedKeys(c.Fields) {
		at := problem.Key("fields", name)
		if strings.TrimSpace(c.Fields[name]) == "" {
			p.Add(at, "is required: the name of a column in the header line")
			continue
		}
		use(at, c.Fields[name])
	}
	return p.Err()
}

// delimiter is the configured separator.
func (c ListConfig) delimiter() (byte, error) {
	d := c.Delimiter
	if d == `\t` {
		d = "\t"
	}
	if len(d) != 1 || d[0] >= utf8.RuneSelf {
		return 0, fmt.Errorf("%q is not one ASCII character; expected for example \",\", \";\" or \"\\t\"", c.Delimiter)
	}
	if strings.ContainsAny(d, "\"\r\n\x00 ") {
		return 0, fmt.Errorf("%q cannot separate columns; expected for example \",\", \";\" or \"\\t\"", c.Delimiter)
	}
	return d[0], nil
}
