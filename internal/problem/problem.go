// Package problem collects what is wrong with a configuration: all of it, not
// just the first thing, and each with the path of the field it is about.
//
// A package that owns a Config checks it in a Validate method and answers with
// a [List]. It knows nothing of files: paths are relative to its own struct and
// use the names written in YAML, like "ring_timeout" or "lists[2].columns". Whoever
// embeds that struct puts its own path in front with [List.AddAt], and package
// config at last turns each path into a file, a line and a column.
//
//	func (c Config) Validate() error {
//		var problems problem.List
//		if c.RingTimeout <= 0 {
//			problems.Add("ring_timeout", "must be longer than 0s, for example 30s")
//		}
//		for name, campaign := range c.Campaigns {
//			problems.AddAt(problem.Key("campaigns", name), campaign.Validate())
//		}
//		return problems.Err()
//	}
package problem

import (
	"fmt"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong.
type Problem struct {
	// Path names the field, in the names of the configuration file: keys joined
	// with dots, indexes and unusual keys in brackets ("agents.hanako.phone",
	// "asterisk[0].url", `trunks["a.b"].dial`). Empty means the whole.
	Path string
	// Message says what is wrong and what would be right, in one lower-case
	// sentence without a final stop and without the path.
	Message string
	// In is where it is in another file, which the field names; zero when it is in the configuration itself.
	In Spot
}

// Place is a place in a file.
type Place struct {
	File   string
	Line   int // from 1
	Column int // from 1, in characters
}

// Spot is a place in a file with what stands there.
type Spot struct {
	Place
	Width int    // in characters
	Text  string // the whole line
}

// Error is the path and the message on one line.
func (p Problem) Error() string {
	text := p.Message
	if p.In.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d: %s", p.In.File, p.In.Line, p.In.Column, text)
	}
	if p.Path == "" {
		return text
	}
	return p.Path + ": " + text
}

// List is all that is wrong. The zero value is ready to use and means that
// nothing is. As an error it is one line a problem.
type List []Problem

// Add notes one problem. The path is relative to the struct being checked.
func (l *List) Add(path, format string, args ...any) {
	*l = append(*l, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// AddAt notes everything that err tells about what lies at prefix: each problem
// of a list with the prefix put before its path, any other error as one problem
// at prefix itself. A nil err adds nothing.
func (l *List) AddAt(prefix string, err error) {
	for _, p := range Of(err) {
		p.Path = Join(prefix, p.Path)
		*l = append(*l, p)
	}
}

// AddIn notes one problem in a file that the field at path names.
func (l *List) AddIn(path string, in Spot, format string, args ...any) {
	*l = append(*l, Problem{Path: path, Message: fmt.Sprintf(format, args...), In: in})
}

// Err is the list as an error, nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error is one line a problem.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.Is and errors.As each problem.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, p := range l {
		errs[i] = p
	}
	return errs
}

// Of takes an error apart into its problems: those of a List or of joined
// errors each by itself, whatever else as one problem without a path. It is
// empty for nil.
func Of(err error) List {
	switch e := err.(type) {
	case nil:
		return nil
	case List:
		return e
	case Problem:
		return List{e}
	case interface{ Unwrap() []error }:
		var all List
		for _, each := range e.Unwrap() {
			all = append(all, Of(each)...)
		}
		return all
	}
	return List{{Message: err.Error()}}
}

// Join puts prefix before path: "campaigns.demo" and "ring_timeout" make
// "campaigns.demo.ring_timeout", "asterisk" and "[0].url" make "asterisk[0].url".
func Join(prefix, path string) string {
	switch {
	case prefix == "":
		return path
	case path == "":
		return prefix
	case path[0] == '[':
		return prefix + path
	}
	return prefix + "." + path
}

// Key is the path of a map's entry. A key that a dotted path cannot carry is
// quoted in brackets.
func Key(path, key string) string {
	if key == "" || strings.ContainsAny(key, `."[]`) {
		return path + "[" + strconv.Quote(key) + "]"
	}
	return Join(path, key)
}

// Index is the path of a list's entry, counted from 0.
func Index(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

// Split takes a path apart into its keys; an index is its decimal number. It is
// the reverse of Join, Key and Index.
func Split(path string) []string {
	var parts []string
	for path != "" {
		switch {
		case path[0] == '.':
			path = path[1:]
		case strings.HasPrefix(path, `["`):
			quoted, err := strconv.QuotedPrefix(path[1:])
			if err != nil {
				return append(parts, path)
			}
			key, _ := strconv.Unquote(quoted) // QuotedPrefix has checked it
			parts = append(parts, key)
			path = strings.TrimPrefix(path[1+len(quoted):], "]")
		case path[0] == '[':
			number, rest, _ := strings.Cut(path[1:], "]")
			parts = append(parts, number)
			path = rest
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			parts = append(parts, path[:end])
			path = path[end:]
		}
	}
	return parts
}
