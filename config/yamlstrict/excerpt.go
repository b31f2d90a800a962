package yamlstrict

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
)

// excerpt shows the marked line with a caret beneath, and above it the lines
// of the keys that lead there: those tell where one is, which the neighbouring
// lines do not. Secrets are masked, those of secret fields by their marks and,
// for lines that could not be decoded, whatever follows a key that sounds like one.
func (s *Source) excerpt(m mark, above []mark, secrets []mark) string {
	if m.line < 1 || m.line > len(s.lines) {
		return ""
	}
	var b strings.Builder
	last := 0
	for _, a := range above {
		if a.line > last && a.line < m.line {
			b.WriteString(excerptLine(' ', a.line, string(s.masked(a.line, nil, secrets))))
			last = a.line
		}
	}
	line := s.masked(m.line, &m, secrets)
	b.WriteString(excerptLine('>', m.line, string(line)))
	indent := make([]rune, 0, m.column)
	for i := 0; i < m.column-1; i++ {
		if i < len(line) && line[i] == '\t' {
			indent = append(indent, '\t')
		} else {
			indent = append(indent, ' ')
		}
	}
	width := max(min(m.width, len(line)-m.column+1), 1)
	fmt.Fprintf(&b, "       | %s%s", string(indent), strings.Repeat("^", width))
	return b.String()
}

// excerptOf shows the line of a file that a setting names.
func excerptOf(in problem.Spot) string {
	src := &Source{Name: in.File, lines: make([]string, in.Line)}
	src.lines[in.Line-1] = in.Text
	return src.excerpt(mark{line: in.Line, column: in.Column, width: in.Width}, nil, nil)
}

func excerptLine(pointer rune, number int, text string) string {
	return strings.TrimRight(fmt.Sprintf("%c %4d | %s", pointer, number, text), " ") + "\n"
}

// longest is how many characters of a line are shown.
const longest = 160

var soundsSecret = regexp.MustCompile(`(?i)[\w-]*(?:pass|secret|token|credential)[\w-]*["']?\s*:\s+([^\s#].*)$`)

// onlyVariable is what names a secret and has none of it.
var onlyVariable = regexp.MustCompile(`^["']?\$\{env:\w*\}["']?[\s,}\]]*$`)

// masked is a line with the secrets in it replaced. A mark that lies behind a
// mask moves with the text.
func (s *Source) masked(number int, m *mark, secrets []mark) []rune {
	line := []rune(s.lines[number-1])
	for _, h := range hidden(number, line, secrets) {
		if onlyVariable.MatchString(string(line[h.from:h.to])) {
			continue
		}
		switch {
		case m == nil || m.column-1 < h.from:
		case m.column-1 >= h.to: // behind it: moves along
			m.column += len(secret.Mask) - (h.to - h.from)
		default:
			m.column, m.width = h.from+1, len(secret.Mask)
		}
		line = slices.Concat(line[:h.from], []rune(secret.Mask), line[h.to:])
	}
	for i, r := range line {
		if r != '\t' && !unicode.IsPrint(r) {
			line[i] = '\ufffd'
		}
	}
	if len(line) > longest {
		line = append(line[:longest:longest], '…')
		if m != nil && m.column > longest {
			m.column, m.width = longest+1, 1
		}
	}
	return line
}

// stretch is a part of a line, counted from 0.
type stretch struct{ from, to int }

// hidden are the parts of a line that must not be shown, the last one first.
func hidden(number int, line []rune, secrets []mark) []stretch {
	var hide []stretch
	for _, h := range secrets {
		switch {
		case h.line == number && h.column-1 < len(line):
			end := min(h.column-1+h.width, len(line))
			if h.lines > 0 {
				end = len(line)
			}
			hide = append(hide, stretch{h.column - 1, end})
		case h.line < number && number <= h.line+h.lines && len(line) > 0:
			hide = append(hide, stretch{0, len(line)})
		}
	}
	if text := string(line); len(hide) == 0 {
		if at := soundsSecret.FindStringSubmatchIndex(text); at != nil && !strings.Contains(text[at[0]:at[2]], fileSuffix) {
			hide = append(hide, stretch{utf8.RuneCountInString(text[:at[2]]), len(line)})
		}
	}
	slices.SortFunc(hide, func(a, b stretch) int { return b.from - a.from })
	apart := hide[:0]
	for _, h := range hide { // an anchor can make two marks of one
		if len(apart) > 0 && h.to > apart[len(apart)-1].from {
			apart[len(apart)-1].from = h.from
			continue
		}
		apart = append(apart, h)
	}
	return apart
}
