package yamlstrict

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/hasshin/hasshin/internal/secret"
)

// ShortForm is implemented by sections that can be written as one text.
type ShortForm interface {
	// ShortForm is that text, and whether the section is one that is written so.
	ShortForm() (text string, ok bool)
}

// Encode writes what a struct holds as YAML in the order of its fields, with
// secrets masked. Texts, lists and maps that are empty are left out.
func Encode(from any) ([]byte, error) {
	tree, _ := encode(reflect.ValueOf(from))
	text, err := yaml.MarshalWithOptions(tree, yaml.Indent(2), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write yaml: %w", err)
	}
	return text, nil
}

// encode gives what go-yaml shall print, and whether there is anything to print.
func encode(v reflect.Value) (tree any, ok bool) {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			return nil, false
		}
		return encode(v.Elem())
	case t == secretType:
		text := v.Interface().(secret.String).String()
		return text, text != ""
	case t == durationType:
		return Duration(v.Interface().(time.Duration)), true
	case t.Kind() == reflect.Struct && t.Implements(reflect.TypeFor[ShortForm]()):
		if text, short := v.Interface().(ShortForm).ShortForm(); short {
			return text, true
		}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return string(text), err == nil && len(text) > 0
	}
	switch t.Kind() {
	case reflect.Struct:
		section := yaml.MapSlice{}
		for _, f := range Fields(t) {
			if value, ok := encode(v.FieldByIndex(f.Index)); ok {
				section = append(section, yaml.MapItem{Key: f.Key, Value: value})
			}
		}
		return section, len(section) > 0
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		entries := yaml.MapSlice{}
		for _, key := range keys {
			value, _ := encode(v.MapIndex(key))
			entries = append(entries, yaml.MapItem{Key: key.String(), Value: value})
		}
		return entries, len(entries) > 0
	case reflect.Slice:
		list := make([]any, 0, v.Len())
		for i := range v.Len() {
			item, _ := encode(v.Index(i))
			list = append(list, item)
		}
		return list, len(list) > 0
	case reflect.String:
		return v.String(), v.String() != ""
	}
	return v.Interface(), true
}

// Duration writes a duration as people do: 1m, not 1m0s.
func Duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
