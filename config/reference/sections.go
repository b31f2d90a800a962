package main

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/config/yamlstrict"
	"github.com/hasshin/hasshin/internal/secret"
	"github.com/hasshin/hasshin/internal/textfile"
)

// section is a mapping with fixed keys.
type section struct {
	path string // "campaigns.<name>.list"; empty for the whole
	typ  reflect.Type
	doc  string
	keys []key
}

// key is one key of a section.
type key struct {
	name     string
	typ      reflect.Type // pointers removed
	rules    yamlstrict.Rules
	doc      string
	values   []value  // when only some texts are allowed
	standard string   // what holds when the key is left out, as in YAML; empty for nothing
	forms    []string // texts that a section takes instead of a mapping
	secret   bool
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[secret.String]()
	textFileType = reflect.TypeFor[textfile.File]()
)

// describe lists the sections from the outside in.
func describe(root, module string) ([]section, error) {
	d := describer{
		source: &source{root: root, module: module, packages: map[string]*comments{}},
		opts:   yamlstrict.Options{Defaults: config.ElementDefaults()},
	}
	if err := d.section("", reflect.ValueOf(config.Defaults()), nil); err != nil {
		return nil, err
	}
	return d.sections, nil
}

type describer struct {
	source   *source
	opts     yamlstrict.Options
	sections []section
}

// section describes v, which holds the defaults, then the sections in it. Around are
// the types it lies in: one that contains itself is described once.
func (d *describer) section(path string, v reflect.Value, around []reflect.Type) error {
	t := v.Type()
	for _, outer := range around {
		if outer == t {
			return nil
		}
	}
	about, err := d.source.of(t)
	if err != nil {
		return err
	}
	s := section{path: path, typ: t, doc: about.types[t.Name()]}
	type nested struct {
		path string
		v    reflect.Value
	}
	var inner []nested
	for _, f := range yamlstrict.Fields(t) {
		k, err := d.key(f, v.FieldByIndex(f.Index))
		if err != nil {
			return err
		}
		s.keys = append(s.keys, k)
		at := strings.TrimPrefix(path+"."+f.Key, ".")
		within := v.FieldByIndex(f.Index)
		for typ := k.typ; ; typ = typ.Elem() {
			if yamlstrict.IsSection(typ) {
				if typ != k.typ || within.Kind() == reflect.Pointer {
					within = d.opts.Default(typ)
				}
				inner = append(inner, nested{at, within})
				break
			}
			if typ.Kind() == reflect.Map {
				at += ".<name>"
			} else if typ.Kind() == reflect.Slice {
				at += "[]"
			} else if typ.Kind() != reflect.Pointer {
				break
			}
		}
	}
	d.sections = append(d.sections, s)
	for _, in := range inner {
		if err := d.section(in.path, in.v, append(around, t)); err != nil {
			return err
		}
	}
	return nil
}

func (d *describer) key(f yamlstrict.Field, standard reflect.Value) (key, error) {
	k := key{name: f.Key, typ: f.Type, rules: f.Rules}
	for k.typ.Kind() == reflect.Pointer {
		k.typ = k.typ.Elem()
	}
	k.secret = k.typ == secretType
	about, err := d.source.of(f.Owner)
	if err != nil {
		return key{}, err
	}
	k.doc = about.fields[f.Owner.Name()][f.Name]
	if k.doc == "" {
		return key{}, fmt.Errorf("the field %s.%s has no comment", f.Owner, f.Name)
	}
	if k.typ.Kind() == reflect.String && k.typ.PkgPath() != "" {
		about, err := d.source.of(k.typ)
		if err != nil {
			return key{}, err
		}
		k.values = about.values[k.typ.Name()]
	}
	for _, text := range f.Rules.Enum {
		k.values = append(k.values, value{text: text})
	}
	if short, ok := reflect.Zero(k.typ).Interface().(interface{ TextForms() []string }); ok {
		k.forms = short.TextForms()
	}
	k.standard = standardText(standard)
	if k.doc, err = withoutDefault(k.doc, k.standard); err != nil {
		return key{}, fmt.Errorf("the comment on %s.%s: %w", f.Owner, f.Name, err)
	}
	return k, nil
}

// standardText writes a default in YAML, in one line. It is empty for nothing, and for sections.
func standardText(v reflect.Value) string {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer || t == secretType || t == textFileType || t.Kind() == reflect.Map || yamlstrict.IsSection(t):
		return ""
	case t == durationType:
		return yamlstrict.Duration(v.Interface().(time.Duration))
	case t.Kind() == reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			if items[i] = standardText(v.Index(i)); items[i] == "" {
				return ""
			}
		}
		if len(items) == 0 {
			return ""
		}
		return "[" + strings.Join(items, ", ") + "]"
	case t.Kind() == reflect.String:
		if text := v.String(); text == "," {
			return `","`
		} else {
			return text
		}
	}
	return fmt.Sprint(v.Interface())
}

var saysDefault = regexp.MustCompile(`\s*Default: (.*?)\.(?:\s|$)`)

// withoutDefault takes the default out of a comment when it is known from the
// code, and refuses a comment that says something else than the code does.
func withoutDefault(doc, standard string) (string, error) {
	said := saysDefault.FindStringSubmatchIndex(doc)
	if said == nil || standard == "" {
		return doc, nil
	}
	text := doc[said[2]:said[3]]
	same := func(a, b string) bool {
		strip := strings.NewReplacer("`", "", `"`, "", "[", "", "]", "")
		return strip.Replace(a) == strip.Replace(b)
	}
	if !same(text, standard) {
		if _, err := time.ParseDuration(text); err == nil || regexp.MustCompile(`^[\w.:-]+$`).MatchString(text) {
			return "", fmt.Errorf("it says that the default is %s, and it is %s", text, standard)
		}
	}
	rest := strings.TrimSpace(doc[said[1]:])
	return strings.TrimSpace(strings.TrimSpace(doc[:said[0]]) + " " + rest), nil
}
