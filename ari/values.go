package ari

import (
	"encoding/json"
	"time"
)

// The kinds of values that fields of models have, beyond plain ones.

// timestamp reads a time, always as UTC; what is none reads as zero.
func (p *parser) timestamp() time.Time { return parseTime(p.text()) }

// texts reads a list of strings. An absent or null list is nil, an empty one is empty.
func (p *parser) texts() []string {
	if !p.array() {
		return nil
	}
	list := []string{}
	for p.element() {
		if len(list) == 0 {
			list = make([]string, 0, 4) // one allocation for a bridge of up to four
		}
		list = append(list, p.text())
	}
	return list
}

// typeNames reads a list of objects of which only the field "type" matters.
func (p *parser) typeNames() []string {
	if !p.array() {
		return nil
	}
	list := []string{}
	for p.element() {
		name := ""
		for ok := p.object(); ok && p.field(); {
			if p.key == "type" {
				name = p.text()
			} else {
				p.skip()
			}
		}
		list = append(list, name)
	}
	return list
}

// textMap reads an object of strings.
func (p *parser) textMap() map[string]string {
	if !p.object() {
		return nil
	}
	m := map[string]string{}
	for p.field() {
		key := p.key
		m[key] = p.text()
	}
	return m
}

// rawMap reads an object of anything.
func (p *parser) rawMap() map[string]json.RawMessage {
	if !p.object() {
		return nil
	}
	m := map[string]json.RawMessage{}
	for p.field() {
		key := p.key
		m[key] = json.RawMessage(p.raw())
	}
	return m
}

// readPointer reads an optional object: nil unless there is an object.
func readPointer[T any, P interface {
	*T
	decode(p *parser)
}](p *parser) *T {
	if p.peek() != '{' {
		p.skip()
		return nil
	}
	v := new(T)
	P(v).decode(p)
	return v
}

// readList reads a list of objects.
func readList[T any, P interface {
	*T
	decode(p *parser)
}](p *parser) []T {
	if !p.array() {
		return nil
	}
	list := []T{}
	for p.element() {
		var v T
		P(&v).decode(p)
		list = append(list, v)
	}
	return list
}

// parseTime reads Asterisk's "2006-01-02T15:04:05.000-0700" and, for the sake of other servers, RFC 3339.
func parseTime(s string) time.Time {
	if t, ok := parseAsteriskTime(s); ok {
		return t
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999-0700", time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// parseAsteriskTime reads the one form that Asterisk writes in UTC or with an offset, with milliseconds.
func parseAsteriskTime(s string) (time.Time, bool) {
	if len(s) != len("2006-01-02T15:04:05.000-0700") ||
		s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[23] != '+' && s[23] != '-' {
		return time.Time{}, false
	}
	bad := false
	num := func(from, to int) int {
		n := 0
		for _, b := range []byte(s[from:to]) {
			bad = bad || b < '0' || b > '9'
			n = n*10 + int(b-'0')
		}
		return n
	}
	year, month, day := num(0, 4), num(5, 7), num(8, 10)
	hour, minute, second, milli := num(11, 13), num(14, 16), num(17, 19), num(20, 23)
	offset := num(24, 26)*3600 + num(26, 28)*60
	if bad || month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(month, year) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	if s[23] == '-' {
		offset = -offset
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, milli*int(time.Millisecond), time.UTC)
	if offset != 0 {
		t = t.Add(-time.Duration(offset) * time.Second)
	}
	return t, true
}

func daysIn(month, year int) int {
	return time.Date(year, time.Month(month+1), 0, 0, 0, 0, 0, time.UTC).Day()
}
