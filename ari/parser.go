package ari

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parser reads one JSON text in a single pass, pulling each value straight into its place in a struct.
//
// It exists because the reader of the event stream must never be what the phones wait for: encoding/json manages an eighth of
// what is asked of it here, with ten times the allocations. What it accepts and what it reads is the same as with encoding/json
// (fuzzed against it), but for this: a known field with a value of the wrong kind keeps its zero value instead of failing
// the whole event, since half an event is better than none.
//
// Strings without escapes are slices of the text, so a whole event costs one copy of its text and one struct. The first
// error sticks: after it every method answers zero.
type parser struct {
	s     string
	i     int
	key   string // of the field that [parser.field] came to
	depth int
	first bool // just inside an object or array
	err   error
}

const maxDepth = 10000 // as in encoding/json

var errSyntax = errors.New("malformed JSON")

func (p *parser) reset(s string) { *p = parser{s: s} }

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w at byte %d: %s", errSyntax, p.i, what)
	}
	p.i = len(p.s)
}

// peek skips white space and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	for p.i < len(p.s) {
		switch b := p.s[p.i]; b {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return b
		}
	}
	return 0
}

// end checks that nothing follows and returns the first error.
func (p *parser) end() error {
	if p.err == nil && p.peek() != 0 || p.err == nil && p.i < len(p.s) {
		p.fail("text after the value")
	}
	return p.err
}

// object enters an object; any other value is passed over and answers false.
func (p *parser) object() bool { return p.enter('{') }

// array enters an array; any other value is passed over and answers false.
func (p *parser) array() bool { return p.enter('[') }

func (p *parser) enter(open byte) bool {
	if p.peek() != open {
		p.skip()
		return false
	}
	p.i++
	p.depth++
	p.first = true
	if p.depth > maxDepth {
		p.fail("nested too deep")
	}
	return true
}

// field goes on to the next field of an object, leaves its name in key and answers true; at the object's end it answers false.
// The caller reads or skips the value.
func (p *parser) field() bool {
	b := p.peek()
	if b == '}' {
		p.leave()
		return false
	}
	if p.first {
		p.first = false
	} else {
		if b != ',' {
			p.fail("expected , or }")
			return false
		}
		p.i++
		b = p.peek()
	}
	if b != '"' {
		p.fail("expected a field name")
		return false
	}
	p.key = p.quoted()
	if p.peek() != ':' {
		p.fail("expected :")
		return false
	}
	p.i++
	return true
}

// element goes on to the next element of an array; at the array's end it answers false.
func (p *parser) element() bool {
	b := p.peek()
	if p.first {
		p.first = false
		if b != ']' {
			return p.err == nil
		}
	}
	switch b {
	case ']':
		p.leave()
		return false
	case ',':
		p.i++
		return true
	default:
		p.fail("expected , or ]")
		return false
	}
}

func (p *parser) leave() {
	p.i++
	p.depth--
	p.first = false
}

// skip passes over one value of any kind.
func (p *parser) skip() {
	switch b := p.peek(); b {
	case '"':
		p.quoted()
	case '{':
		for ok := p.object(); ok && p.field(); {
			p.skip()
		}
	case '[':
		for ok := p.array(); ok && p.element(); {
			p.skip()
		}
	case 't':
		p.literal("true")
	case 'f':
		p.literal("false")
	case 'n':
		p.literal("null")
	default:
		p.number()
	}
}

// raw returns the text of one value.
func (p *parser) raw() string {
	p.peek()
	start := p.i
	p.skip()
	if p.err != nil {
		return ""
	}
	return p.s[start:p.i]
}

func (p *parser) literal(word string) {
	if !strings.HasPrefix(p.s[p.i:], word) {
		p.fail("expected " + word)
		return
	}
	p.i += len(word)
}

// text reads a string. A number or a truth value is read as its text: Asterisk has been known to change its mind.
func (p *parser) text() string {
	switch b := p.peek(); b {
	case '"':
		return p.quoted()
	case '{', '[', 'n':
		p.skip()
		return ""
	default:
		return p.raw()
	}
}

// boolean reads true; everything else is false.
func (p *parser) boolean() bool {
	b := p.peek()
	p.skip()
	return b == 't' && p.err == nil
}

// integer reads a number, cutting off a fraction; everything else is 0.
func (p *parser) integer() int64 {
	if b := p.peek(); b != '-' && (b < '0' || b > '9') {
		p.skip()
		return 0
	}
	text := p.number()
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < 1<<63 {
		return int64(f)
	}
	return 0
}

// float reads a number; everything else is 0.
func (p *parser) float() float64 {
	if b := p.peek(); b != '-' && (b < '0' || b > '9') {
		p.skip()
		return 0
	}
	f, err := strconv.ParseFloat(p.number(), 64)
	if err != nil {
		return 0
	}
	return f
}

// number passes over a number as RFC 8259 section 6 defines it and returns its text.
func (p *parser) number() string {
	start := p.i
	if p.i < len(p.s) && p.s[p.i] == '-' {
		p.i++
	}
	if p.i < len(p.s) && p.s[p.i] == '0' {
		p.i++
	} else if p.digits() == 0 {
		p.fail("expected a value")
		return ""
	}
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		if p.digits() == 0 {
			p.fail("expected a digit")
			return ""
		}
	}
	if p.i < len(p.s) && p.s[p.i]|0x20 == 'e' {
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		if p.digits() == 0 {
			p.fail("expected a digit")
			return ""
		}
	}
	return p.s[start:p.i]
}

func (p *parser) digits() int {
	start := p.i
	for p.i < len(p.s) && p.s[p.i]-'0' <= 9 {
		p.i++
	}
	return p.i - start
}

// plain tells the bytes that stand for themselves in a string and need no closer look.
var plain = func() (table [256]bool) {
	for b := range table {
		table[b] = b >= ' ' && b < utf8.RuneSelf && b != '"' && b != '\\'
	}
	return table
}()

// quoted reads the string that begins here.
func (p *parser) quoted() string {
	s, start := p.s, p.i+1
	i := start
	for i < len(s) && plain[s[i]] {
		i++
	}
	if i < len(s) && s[i] == '"' {
		p.i = i + 1
		return s[start:i]
	}
	return p.quotedSlow(start)
}

// quotedSlow reads a string that has escapes or bytes beyond ASCII.
func (p *parser) quotedSlow(start int) string {
	end, escaped := start, false
	for ; end < len(p.s) && p.s[end] != '"'; end++ {
		switch b := p.s[end]; {
		case b == '\\':
			escaped = true
			end++
		case b < ' ':
			p.i = end
			p.fail("control character in a string")
			return ""
		}
	}
	if end >= len(p.s) {
		p.i = len(p.s)
		p.fail("string without end")
		return ""
	}
	text := p.s[start:end]
	p.i = end + 1
	if !escaped && utf8.ValidString(text) {
		return text
	}
	return p.unquote(text)
}

// unquote resolves escapes and replaces what is not UTF-8, byte by byte, with U+FFFD.
func (p *parser) unquote(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for i := 0; i < len(text); {
		b := text[i]
		if b != '\\' {
			r, size := utf8.DecodeRuneInString(text[i:])
			out.WriteRune(r)
			i += size
			continue
		}
		b = text[i+1] // there is one: the closing quote was looked for behind it
		i += 2
		switch b {
		case '"', '\\', '/':
			out.WriteByte(b)
		case 'b':
			out.WriteByte('\b')
		case 'f':
			out.WriteByte('\f')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		case 't':
			out.WriteByte('\t')
		case 'u':
			r := hex4(text[i:])
			if r < 0 {
				p.fail("bad \\u escape")
				return ""
			}
			i += 4
			if utf16.IsSurrogate(r) {
				second := rune(-1)
				if strings.HasPrefix(text[i:], `\u`) {
					second = hex4(text[i+2:])
				}
				if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
					i += 6
				}
			}
			out.WriteRune(r)
		default:
			p.fail("bad escape")
			return ""
		}
	}
	return out.String()
}

// hex4 reads four hexadecimal digits, -1 if there are none.
func hex4(s string) rune {
	if len(s) < 4 {
		return -1
	}
	var r rune
	for i := range 4 {
		switch b := s[i]; {
		case b >= '0' && b <= '9':
			r = r<<4 | rune(b-'0')
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			r = r<<4 | rune(b|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}
