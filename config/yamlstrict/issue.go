package yamlstrict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Place is where something stands in a file.
type Place struct {
	File   string
	Line   int // from 1; 0 when it is about the file as a whole
	Column int // from 1, in characters
}

// String is file:line:column, the form that editors can jump to.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Issue is one thing that is wrong in a file.
type Issue struct {
	Place
	Path    string // of the setting, as in package problem; empty for the whole
	Message string // what is wrong
	Hint    string // what would be right; may be empty
	Excerpt string // the line with a caret beneath and the keys that lead to it, secrets masked; may be empty
}

// Error is the whole of it, usually several lines.
func (i Issue) Error() string {
	var b strings.Builder
	b.WriteString(i.Place.String())
	b.WriteString(": ")
	if i.Path != "" {
		b.WriteString(i.Path)
		b.WriteString(": ")
	}
	b.WriteString(i.Message)
	if i.Excerpt != "" {
		b.WriteString("\n")
		b.WriteString(i.Excerpt)
	}
	if i.Hint != "" {
		b.WriteString("\n  ")
		b.WriteString(strings.ReplaceAll(i.Hint, "\n", "\n  "))
	}
	return b.String()
}

// Issues are all that is wrong, in the order of the files.
type Issues []Issue

// Err is the issues as an error, nil when there are none.
func (is Issues) Err() error {
	if len(is) == 0 {
		return nil
	}
	return is
}

// Error is every issue with an empty line between.
func (is Issues) Error() string {
	texts := make([]string, len(is))
	for i, issue := range is {
		texts[i] = issue.Error()
	}
	return strings.Join(texts, "\n\n")
}

// sorted orders by file (as first read), line and column.
func (is Issues) sorted(files []*Source) Issues {
	rank := make(map[string]int, len(files))
	for i, f := range files {
		rank[f.Name] = i
	}
	slices.SortStableFunc(is, func(a, b Issue) int {
		return cmp.Or(
			cmp.Compare(rank[a.File], rank[b.File]),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path),
		)
	})
	return is
}
