package yamlstrict

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxSize  = 8 << 20 // bytes a file; the largest sensible configuration is far below
	maxDepth = 64      // levels; the parser's time grows with the square of the depth
	maxNodes = 1 << 20 // values a file after aliases are followed
)

// Source is one parsed file.
type Source struct {
	Name string // as shown in messages
	// Dir is where relative file names in it start.
	Dir string

	lines []string
	root  *node // nil for an empty file
}

// Parse reads one file's text. When it is no YAML, the issues say where; there
// is then nothing to decode.
func Parse(name, dir string, text []byte) (*Source, Issues) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	src := &Source{Name: name, Dir: dir, lines: strings.Split(string(text), "\n")}
	if issue := src.readable(text); issue != nil {
		return nil, Issues{*issue}
	}
	file, err := parse(text)
	if err != nil {
		return nil, Issues{src.syntaxIssue(err)}
	}
	var docs []*ast.DocumentNode
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType && doc.Body.Type() != ast.DirectiveType {
			docs = append(docs, doc)
		}
	}
	if len(docs) == 0 {
		return src, nil
	}
	c := converter{src: src, anchors: map[string]*node{}}
	if len(docs) > 1 {
		c.issue(docs[1].Start, "a second document begins here", "put everything into one document: remove the line ---")
		return nil, c.issues
	}
	src.root = c.convert(docs[0].Body, 0)
	if len(c.issues) > 0 {
		return nil, c.issues.sorted([]*Source{src})
	}
	return src, nil
}

// parse keeps a panic of the parser, which should not but might happen on
// nonsense, from ending the program.
func parse(text []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("this is no YAML that can be understood (%v)", p)
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
}

// readable checks what must hold before the parser may see the text.
func (s *Source) readable(text []byte) *Issue {
	at := func(offset int) Place {
		before := text[:offset]
		line := bytes.Count(before, []byte("\n"))
		column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
		return Place{s.Name, line + 1, column + 1}
	}
	if len(text) > maxSize {
		return &Issue{Place: Place{File: s.Name}, Message: fmt.Sprintf("is %d bytes long; at most %d are read", len(text), maxSize)}
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return &Issue{Place: at(i), Message: fmt.Sprintf("the byte 0x%02x is not UTF-8", text[i]), Hint: "save the file as UTF-8"}
		}
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f {
			return &Issue{Place: at(i), Message: fmt.Sprintf("the control character U+%04X is not allowed in YAML", r)}
		}
		i += n
	}
	depth := 0
	for i, b := range text {
		switch b {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > maxDepth {
			return &Issue{Place: at(i), Message: fmt.Sprintf("more than %d brackets are open here", maxDepth)}
		}
	}
	for i, line := range s.lines {
		if strings.Count(line, "- ")+strings.Count(line, "? ") > maxDepth && deepEntry(line) {
			return &Issue{Place: Place{s.Name, i + 1, 1}, Message: fmt.Sprintf("more than %d lists begin in this line", maxDepth)}
		}
	}
	return nil
}

// deepEntry tells whether a line opens more than maxDepth lists before it has any value.
func deepEntry(line string) bool {
	n := 0
	for _, word := range strings.Fields(line) {
		if word != "-" && word != "?" {
			break
		}
		n++
	}
	return n > maxDepth
}

// syntaxIssue says in our words what the parser found wrong.
func (s *Source) syntaxIssue(err error) Issue {
	issue := Issue{Place: Place{File: s.Name}, Message: err.Error()}
	var located interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &located) {
		return issue
	}
	issue.Message = located.GetMessage()
	if tk := located.GetToken(); tk != nil && tk.Position != nil {
		issue.Line, issue.Column = min(tk.Position.Line, len(s.lines)), tk.Position.Column
		issue.Excerpt = s.excerpt(mark{line: issue.Line, column: issue.Column, width: 1}, nil, nil)
	}
	switch {
	case strings.Contains(issue.Message, "\t") || strings.Contains(issue.Message, "tab character"):
		issue.Message, issue.Hint = "a tab stands here", "indent with spaces: YAML does not allow tabs"
	case strings.Contains(issue.Message, "mapping value is not allowed"):
		issue.Hint = `a value that has ": " in it must be in quotes; or the indentation is wrong`
	case strings.Contains(issue.Message, "reserved character"):
		issue.Hint = "put the value in quotes"
	case strings.Contains(issue.Message, "end character of"):
		issue.Hint = "close the quotes"
	case strings.Contains(issue.Message, "must be specified") || strings.Contains(issue.Message, "end token"):
		issue.Hint = "close the bracket"
	default:
		issue.Hint = "check the indentation and the quotes here and in the line above"
	}
	return issue
}
