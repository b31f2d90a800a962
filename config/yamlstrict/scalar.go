package yamlstrict

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/spelling"
)

// scalar is a value on its way into a field.
type scalar struct {
	*node
	text string // environment variables put in
	env  string // the first environment variable in it; empty when there is none
}

// what describes the scalar without repeating a text or what a variable holds.
func (s scalar) what() string {
	if s.env != "" {
		return "the value of the environment variable " + s.env
	}
	return s.node.what()
}

// is tells whether the scalar is of the kind, or may be because it came from the environment, where all is text.
func (s scalar) is(k kind) bool { return s.kind == k || s.env != "" }

func (d *decoder) decodeScalar(v reflect.Value, n *node, path string, rules Rules) {
	t := v.Type()
	if n.kind == kindNull || n.kind == kindList || n.kind == kindMapping {
		d.wrongType(n, path, t, rules, "")
		return
	}
	text, env, err := d.expand(n)
	if err != nil {
		d.issue(n, path, err.Error(), "")
		return
	}
	s := scalar{n, text, env}
	switch {
	case t == durationType:
		d.decodeDuration(v, s, path, rules)
	case IsText(t):
		d.decodeText(v, s, path, rules)
	case t.Kind() == reflect.String:
		d.decodeString(v, s, path, rules)
	case t.Kind() == reflect.Bool:
		d.decodeBool(v, s, path, rules)
	case v.CanInt() || v.CanUint() || v.CanFloat():
		d.decodeNumber(v, s, path, rules)
	default:
		panic(fmt.Sprintf("yamlstrict: %s is of type %s, which cannot be decoded", path, t))
	}
}

const envOpen = "${env:"

// expand puts environment variables into a text. It also names the first one.
func (d *decoder) expand(n *node) (text, env string, err error) {
	if n.kind != kindText || !strings.Contains(n.text, envOpen) {
		return n.text, "", nil
	}
	var b strings.Builder
	rest := n.text
	for {
		before, after, found := strings.Cut(rest, envOpen)
		if !found {
			b.WriteString(rest)
			return b.String(), env, nil
		}
		if literal, ok := strings.CutSuffix(before, "$"); ok { // $${env: stands for itself
			b.WriteString(literal + envOpen)
			rest = after
			continue
		}
		b.WriteString(before)
		name, behind, closed := strings.Cut(after, "}")
		if !closed || !isVariableName(name) {
			return "", "", fmt.Errorf("has %s without the name of an environment variable and a closing }, as in ${env:ARI_PASSWORD}", envOpen)
		}
		value, set := d.opts.LookupEnv(name)
		if !set {
			return "", "", fmt.Errorf("the environment variable %s is not set", name)
		}
		b.WriteString(value)
		if env == "" {
			env = name
		}
		rest = behind
	}
}

func isVariableName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func (d *decoder) decodeString(v reflect.Value, s scalar, path string, rules Rules) {
	if !s.is(kindText) {
		d.wrongType(s.node, path, v.Type(), rules, fmt.Sprintf("write it in quotes: %q", s.text))
		return
	}
	if len(rules.Enum) > 0 && !slices.Contains(rules.Enum, s.text) {
		d.issue(s.node, path, "is not "+Describe(v.Type(), rules), meant(spelling.Nearest(s.text, rules.Enum)))
		return
	}
	v.SetString(s.text)
}

func meant(word string) string {
	if word == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %s?", word)
}

// decodeText lets the type itself judge. Its error is the message.
func (d *decoder) decodeText(v reflect.Value, s scalar, path string, rules Rules) {
	if !s.is(kindText) && v.Kind() == reflect.String {
		d.wrongType(s.node, path, v.Type(), rules, fmt.Sprintf("write it in quotes: %q", s.text))
		return
	}
	if err := unmarshalText(v, s.text); err != nil {
		hint := meant(spelling.Nearest(s.text, rules.Enum))
		if hint == "" && rules.Example != "" {
			hint = "for example " + rules.Example
		}
		d.issue(s.node, path, err.Error(), hint)
	}
}

func unmarshalText(v reflect.Value, text string) error {
	// On failure v keeps what it had: the type may have written half.
	before := reflect.New(v.Type()).Elem()
	before.Set(v)
	err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	if err != nil {
		v.Set(before)
	}
	return err
}

func (d *decoder) decodeBool(v reflect.Value, s scalar, path string, rules Rules) {
	switch {
	case s.is(kindBool) && (s.text == "true" || s.text == "True" || s.text == "TRUE"):
		v.SetBool(true)
	case s.is(kindBool) && (s.text == "false" || s.text == "False" || s.text == "FALSE"):
		v.SetBool(false)
	default:
		hint := ""
		switch strings.ToLower(s.node.text) {
		case "yes", "on", "y", "true", "1":
			hint = "write true, without quotes"
		case "no", "off", "n", "false", "0":
			hint = "write false, without quotes"
		}
		d.issue(s.node, path, "is "+s.what()+", want true or false", hint)
	}
}

func (d *decoder) decodeDuration(v reflect.Value, s scalar, path string, rules Rules) {
	value, err := time.ParseDuration(s.text)
	if err != nil || !s.is(kindText) && s.text != "0" {
		hint := "units are ms, s, m and h"
		if s.kind == kindInt && s.env == "" {
			hint = fmt.Sprintf("write %ss if seconds are meant", s.text)
		} else if rules.Example != "" {
			hint = "for example " + rules.Example
		}
		d.issue(s.node, path, "is "+s.what()+", want "+Describe(v.Type(), rules), hint)
		return
	}
	if !d.inRange(s, path, v.Type(), rules, func(bound string) int {
		limit, err := time.ParseDuration(bound)
		mustRule(err, path)
		return compare(value, limit)
	}) {
		return
	}
	v.SetInt(int64(value))
}

func (d *decoder) decodeNumber(v reflect.Value, s scalar, path string, rules Rules) {
	t := v.Type()
	if !s.is(kindInt) && (!v.CanFloat() || !s.is(kindFloat)) {
		hint := ""
		if s.kind == kindText && s.quoted {
			if _, err := strconv.ParseFloat(s.text, 64); err == nil {
				hint = "write it without quotes"
			}
		}
		d.wrongType(s.node, path, t, rules, hint)
		return
	}
	text := strings.ReplaceAll(s.text, "_", "")
	if digits := strings.TrimLeft(text, "+-"); len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		d.issue(s.node, path, "begins with a zero, which some read as octal", "leave the zero out; as a text it would need quotes")
		return
	}
	if v.CanFloat() {
		value, err := strconv.ParseFloat(text, t.Bits())
		if err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
			d.issue(s.node, path, "is "+s.what()+", want "+Describe(t, rules), "")
			return
		}
		if d.inRange(s, path, t, rules, func(bound string) int {
			limit, err := strconv.ParseFloat(bound, 64)
			mustRule(err, path)
			return compare(value, limit)
		}) {
			v.SetFloat(value)
		}
		return
	}
	value, err := strconv.ParseInt(text, 0, 64)
	unsigned, uerr := uint64(value), error(nil)
	if v.CanUint() {
		unsigned, uerr = strconv.ParseUint(text, 0, 64)
		value, err = int64(min(unsigned, math.MaxInt64)), uerr
	}
	overflows := err == nil && (v.CanInt() && v.OverflowInt(value) || v.CanUint() && v.OverflowUint(unsigned))
	if overflows || errors.Is(err, strconv.ErrRange) {
		d.issue(s.node, path, "is out of range, want "+Describe(t, rules), "")
		return
	}
	if err != nil {
		d.issue(s.node, path, "is "+s.what()+", want "+Describe(t, rules), "")
		return
	}
	if !d.inRange(s, path, t, rules, func(bound string) int {
		limit, err := strconv.ParseInt(bound, 10, 64)
		mustRule(err, path)
		return compare(value, limit)
	}) {
		return
	}
	if v.CanUint() {
		v.SetUint(unsigned)
	} else {
		v.SetInt(value)
	}
}

// inRange notes an issue when the value, compared with the bounds, is outside.
func (d *decoder) inRange(s scalar, path string, t reflect.Type, rules Rules, comparedWith func(bound string) int) bool {
	if rules.Minimum != "" && comparedWith(rules.Minimum) < 0 || rules.Maximum != "" && comparedWith(rules.Maximum) > 0 {
		what := s.text
		if s.env != "" {
			what = s.what()
		}
		d.issue(s.node, path, "is "+what+", want "+Describe(t, rules), "")
		return false
	}
	return true
}

func compare[T time.Duration | int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// mustRule panics when a tag holds no proper bound: a mistake in the program.
func mustRule(err error, path string) {
	if err != nil {
		panic(fmt.Sprintf("yamlstrict: the tags of %s: %v", path, err))
	}
}
