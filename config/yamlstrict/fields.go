package yamlstrict

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hasshin/hasshin/internal/secret"
)

// Field is a key that a struct takes.
type Field struct {
	Key   string
	Index []int // for reflect.Value.FieldByIndex
	Type  reflect.Type
	Rules Rules
	// Owner is the struct type that declares the field (another one than asked
	// for when it is embedded) and Name the field's name in it; the generated
	// reference finds the comment by them.
	Owner reflect.Type
	Name  string
}

// Rules are what the tags of a field demand.
type Rules struct {
	Required bool
	Enum     []string
	Minimum  string // as in the tag; empty means none
	Maximum  string
	Example  string
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[secret.String]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

var fieldsOf sync.Map // reflect.Type → []Field

// Fields tells which keys a struct type takes, in the order of its fields.
//
// It panics when a field has no yaml tag, two have the same key or the type is one
// that cannot be decoded: mistakes in the program, not in a file.
func Fields(t reflect.Type) []Field {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]Field)
	}
	fields := collect(t, nil)
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Key] {
			panic(fmt.Sprintf("yamlstrict: %s has two fields with the key %q", t, f.Key))
		}
		seen[f.Key] = true
	}
	fieldsOf.Store(t, fields)
	return fields
}

func collect(t reflect.Type, index []int) []Field {
	var fields []Field
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(slices.Clone(index), i)
		key, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case key == "-":
			continue
		case option == "inline" || f.Anonymous && key == "":
			fields = append(fields, collect(f.Type, at)...)
			continue
		case !f.IsExported():
			continue
		case key == "":
			panic(fmt.Sprintf("yamlstrict: the field %s.%s has no yaml tag", t, f.Name))
		}
		rules := Rules{
			Required: f.Tag.Get("required") == "true",
			Minimum:  f.Tag.Get("minimum"),
			Maximum:  f.Tag.Get("maximum"),
			Example:  f.Tag.Get("example"),
		}
		if enum := f.Tag.Get("enum"); enum != "" {
			rules.Enum = strings.Split(enum, ",")
		}
		fields = append(fields, Field{Key: key, Index: at, Type: f.Type, Rules: rules, Owner: t, Name: f.Name})
	}
	return fields
}

// IsText tells whether a value of the type is written as a text that the type
// itself understands.
func IsText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textType) }

// IsSection tells whether a value of the type is a mapping with fixed keys.
func IsSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != secretType && (!IsText(t) || len(tagged(t)) > 0)
}

// tagged are the fields of a struct that may come from elsewhere (netip.AddrPort)
// and then has no yaml tags and perhaps nothing exported.
func tagged(t reflect.Type) []Field {
	for i := range t.NumField() {
		if _, ok := t.Field(i).Tag.Lookup("yaml"); ok {
			return Fields(t)
		}
	}
	return nil
}

// elem is the type behind pointers.
func elem(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// Describe says in words what a field of this type takes.
func Describe(t reflect.Type, rules Rules) string {
	t = elem(t)
	within := ""
	switch {
	case rules.Minimum != "" && rules.Maximum != "":
		within = " from " + rules.Minimum + " to " + rules.Maximum
	case rules.Minimum != "":
		within = ", at least " + rules.Minimum
	case rules.Maximum != "":
		within = ", at most " + rules.Maximum
	}
	switch {
	case len(rules.Enum) > 0:
		return "one of " + strings.Join(rules.Enum, ", ")
	case t == durationType:
		return "a duration like 30s or 1m30s" + within
	case t == secretType:
		return "a text"
	case IsText(t) && IsSection(t):
		return "a text or a mapping"
	case IsText(t):
		return "a text"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number" + within
	case reflect.Uint8:
		return "a whole number" + cmp.Or(within, " from 0 to 255")
	case reflect.Uint16:
		return "a whole number" + cmp.Or(within, " from 0 to 65535")
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "a whole number" + cmp.Or(within, ", at least 0")
	case reflect.Float32, reflect.Float64:
		return "a number" + within
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "a mapping with a name for each entry"
	case reflect.Struct:
		return "a mapping"
	}
	return "a text"
}
