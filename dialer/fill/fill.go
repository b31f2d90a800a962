// Package fill puts what is known of a contact into texts. A text names it in double braces, {{city}}, or {{city|your town}} with words for when
// nothing is known. Names are the record's fields as the campaign names them, and a few of hasshin's own like {{contact.name}}; which there
// are is for the caller to say, so that a name that does not exist is found before anybody reads the text.
//
// A value is never read again as a text with names in it, and it is escaped by whoever knows what the text is: HTML, Markdown, an address.
package fill

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/spelling"
)

// The braces around a name, and what parts it from its words for nothing.
const (
	opening = "{{"
	closing = "}}"
	orElse  = "|"
)

// Values are what is known, by name. A name that is missing is known to be nothing.
type Values map[string]string

// Place is one place to be filled.
type Place struct {
	Name   string
	OrElse string // what to write when nothing is known
	Offset int    // in the text, in bytes, of the opening braces
	Length int    // of all of it, braces included, in bytes
}

// Of is what to write there: the value, or the words for nothing.
func (p Place) Of(values Values) string {
	if v := values[p.Name]; v != "" {
		return v
	}
	return p.OrElse
}

// ParsePlace reads a place at the start of a text. It is not ok when the text does not start with opening braces, or they are not closed in the same
// line, or there is no name between them; what is wrong then is said, "" when the text starts with something else.
func ParsePlace(text string) (p Place, wrong string, ok bool) {
	rest, found := strings.CutPrefix(text, opening)
	if !found {
		return Place{}, "", false
	}
	line, _, _ := strings.Cut(rest, "\n")
	inside, _, closed := strings.Cut(line, closing)
	if !closed {
		return Place{}, "the braces are not closed; expected a name between braces, like {{contact.name}}", false
	}
	name, words, _ := strings.Cut(inside, orElse)
	p = Place{Name: strings.TrimSpace(name), OrElse: strings.TrimSpace(words), Length: len(opening) + len(inside) + len(closing)}
	switch {
	case p.Name == "":
		return Place{}, "there is no name between the braces; expected one, like {{contact.name}}", false
	case strings.ContainsAny(inside, "{}"):
		return Place{}, "braces within braces; expected a name alone, like {{contact.name}}", false
	}
	return p, "", true
}

// Text is a text with places in it.
type Text struct {
	source string
	places []Place
}

// Parse reads a text. What is wrong in it is said with its place, in the file of that name; a known name is one of names, or any when that is nil.
func Parse(file, source string, names []string) (Text, problem.List) {
	t := Text{source: source}
	var wrong problem.List
	for at := 0; ; {
		next := strings.Index(source[at:], opening)
		if next < 0 {
			return t, wrong
		}
		at += next
		p, what, ok := ParsePlace(source[at:])
		if !ok {
			wrong.AddIn("", Spot(file, source, at, len(opening)), "%s", what)
			at += len(opening)
			continue
		}
		p.Offset = at
		if what := Unknown(p.Name, names); what != "" {
			wrong.AddIn("", Spot(file, source, at, p.Length), "%s", what)
		}
		t.places = append(t.places, p)
		at += p.Length
	}
}

// Unknown says what is wrong with a name that is not one of names, or "".
func Unknown(name string, names []string) string {
	if names == nil || slices.Contains(names, name) {
		return ""
	}
	return "there is no field " + name + "; " + spelling.DidYouMean(name, names) + " (fields of the records have to be named in the campaign's fields or list.columns.fields)"
}

// Spot is a place in a file's text, by its offset and length in bytes.
func Spot(file, source string, offset, length int) problem.Spot {
	start := strings.LastIndexByte(source[:offset], '\n') + 1
	line, _, _ := strings.Cut(source[start:], "\n")
	end := min(offset+length, start+len(line))
	return problem.Spot{
		Place: problem.Place{File: file, Line: 1 + strings.Count(source[:offset], "\n"), Column: 1 + utf8.RuneCountInString(source[start:offset])},
		Width: max(1, utf8.RuneCountInString(source[offset:end])), Text: line,
	}
}

// Source is the text as it was given.
func (t Text) Source() string { return t.source }

// Names lists the names in the text, in their order, each once.
func (t Text) Names() []string {
	var names []string
	for _, p := range t.places {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// Fill writes the text with the values in it, each through escape; nil leaves them as they are.
func (t Text) Fill(values Values, escape func(string) string) string {
	if escape == nil {
		escape = func(s string) string { return s }
	}
	var b strings.Builder
	at := 0
	for _, p := range t.places {
		b.WriteString(t.source[at:p.Offset])
		b.WriteString(escape(p.Of(values)))
		at = p.Offset + p.Length
	}
	b.WriteString(t.source[at:])
	return b.String()
}

// Transform writes the text with something else in each place.
func (t Text) Transform(place func(Place) string) string {
	var b strings.Builder
	at := 0
	for _, p := range t.places {
		b.WriteString(t.source[at:p.Offset])
		b.WriteString(place(p))
		at = p.Offset + p.Length
	}
	b.WriteString(t.source[at:])
	return b.String()
}
