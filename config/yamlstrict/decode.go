package yamlstrict

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/spelling"
)

// Options adjust the decoding.
type Options struct {
	// Defaults give what a value of a type holds before it is decoded, for the
	// values that the decoder itself makes: the entries of maps and lists and
	// what pointers point to. The functions have the form func() T. A type that
	// has a method Defaults() T needs none here.
	Defaults []any
	// LookupEnv finds environment variables; nil means os.LookupEnv.
	LookupEnv func(name string) (string, bool)
	// ReadFile reads what `_file` keys name; nil means os.ReadFile.
	ReadFile func(name string) ([]byte, error)
}

// Decode puts what the files say into the struct that into points to, over what
// it holds already. What could not be decoded stays as it was.
func Decode(files []*Source, into any, opts Options) *Result {
	if opts.LookupEnv == nil {
		opts.LookupEnv = os.LookupEnv
	}
	if opts.ReadFile == nil {
		opts.ReadFile = os.ReadFile
	}
	target := reflect.ValueOf(into).Elem()
	d := &decoder{
		opts:   opts,
		root:   target.Type(),
		result: &Result{files: files, places: map[string]spot{}, wrong: map[string]bool{}},
	}
	var roots []*node
	for _, f := range files {
		switch {
		case f.root == nil:
		case f.root.kind == kindNull:
		case f.root.kind != kindMapping:
			d.issue(f.root, "", "is "+f.root.what()+", want a mapping with the keys "+strings.Join(keysOf(target.Type()), ", "), "")
		default:
			roots = append(roots, f.root)
		}
	}
	d.decodeStruct(target, roots, "")
	return d.result
}

type decoder struct {
	opts   Options
	root   reflect.Type
	result *Result
}

func (d *decoder) issue(at *node, path, message, hint string) {
	d.result.add(at, path, message, hint)
}

// decode puts nodes into v. Only a section or a map may have more than one: then
// they come from different files.
func (d *decoder) decode(v reflect.Value, nodes []*node, path string, rules Rules) {
	n, t := nodes[0], v.Type()
	if t.Kind() == reflect.Pointer {
		if n.kind == kindNull {
			return
		}
		if v.IsNil() {
			v.Set(d.opts.Default(t.Elem()).Addr())
		}
		d.decode(v.Elem(), nodes, path, rules)
		return
	}
	switch {
	case t == secretType:
		d.decodeSecret(v, n, path)
	case t == textFileType:
		d.decodeTextFile(v, n, path, rules)
	case IsSection(t) && (n.kind == kindMapping || n.kind == kindNull || !IsText(t)):
		if d.mappings(nodes, path, t, rules) {
			d.decodeStruct(v, nodes, path)
		}
	case t.Kind() == reflect.Map:
		if d.mappings(nodes, path, t, rules) {
			d.decodeMap(v, nodes, path, rules)
		}
	case t.Kind() == reflect.Slice && !IsText(t):
		d.decodeList(v, n, path, rules)
	default:
		d.decodeScalar(v, n, path, rules)
	}
}

// mappings checks that there are only mappings. Nothing at all counts as an empty one:
// what remains when everything beneath a key is commented out.
func (d *decoder) mappings(nodes []*node, path string, t reflect.Type, rules Rules) bool {
	ok := true
	for _, n := range nodes {
		if n.kind == kindMapping || n.kind == kindNull {
			continue
		}
		ok = false
		hint := ""
		if IsSection(t) {
			hint = "its keys: " + strings.Join(keysOf(t), ", ")
		} else if n.kind == kindList {
			hint = "give each entry a name instead of a dash"
		}
		d.wrongType(n, path, t, rules, hint)
	}
	return ok
}

func (d *decoder) wrongType(n *node, path string, t reflect.Type, rules Rules, hint string) {
	if hint == "" && rules.Example != "" {
		hint = "for example " + rules.Example
	}
	if n.kind == kindMapping && elem(t).Kind() == reflect.String {
		hint = "a text that has a colon or braces in it must be in quotes"
	}
	d.issue(n, path, "is "+n.what()+", want "+Describe(t, rules), hint)
}

func (d *decoder) decodeStruct(v reflect.Value, nodes []*node, path string) {
	fields := Fields(v.Type())
	given := map[string][]*node{} // key → its values, one a file
	firstKey := map[string]*node{}
	byKey := map[string]Field{}
	for _, f := range fields {
		byKey[f.Key] = f
		if elem(f.Type) == secretType {
			byKey[f.Key+fileSuffix] = f
		}
	}
	for _, n := range nodes {
		for _, e := range n.entries {
			key := e.key.text
			f, known := byKey[key]
			at := problem.Key(path, key)
			if !known {
				d.unknownKey(e, path, v.Type())
				continue
			}
			if first := firstKey[key]; first != nil && !(first.src != e.key.src && spreadable(f.Type, given[key][0], e.value)) {
				d.givenTwice(e.key, at, first)
				continue
			}
			if firstKey[key] == nil {
				firstKey[key] = e.key
				d.result.place(at, e.key, e.value)
			}
			given[key] = append(given[key], e.value)
		}
	}
	for _, f := range fields {
		at := problem.Key(path, f.Key)
		field := v.FieldByIndex(f.Index)
		values, isGiven := given[f.Key]
		if file, ok := given[f.Key+fileSuffix]; ok && elem(f.Type) == secretType {
			key := firstKey[f.Key+fileSuffix]
			if isGiven {
				d.result.hide(values[0])
				d.issue(key, problem.Key(path, key.text), fmt.Sprintf("%s is given as well, at %s", f.Key, firstKey[f.Key].place()), "leave one of the two")
				continue
			}
			d.result.place(at, key, file[0])
			if !d.decodeSecretFile(field, file[0], problem.Key(path, key.text)) {
				d.result.wrong[joined(at)] = true
			}
			continue
		}
		if isGiven {
			d.decode(field, values, at, f.Rules)
		} else if f.Rules.Required {
			hint := "it takes " + Describe(f.Type, f.Rules)
			if f.Rules.Example != "" {
				hint += ", for example " + f.Key + ": " + f.Rules.Example
			}
			d.result.missing(path, at, hint)
		}
	}
}

// spreadable tells whether two files may each give a part of a value: of a map or a section, unless one of them gives it as one text.
func spreadable(t reflect.Type, first, second *node) bool {
	t = elem(t)
	return t.Kind() == reflect.Map || IsSection(t) && (!IsText(t) || first.kind == kindMapping && second.kind == kindMapping)
}

func (d *decoder) givenTwice(key *node, path string, first *node) {
	d.issue(key, path, fmt.Sprintf("is given twice, first at %s", first.place()), "leave one of the two")
}

func (d *decoder) unknownKey(e entry, path string, t reflect.Type) {
	known := keysOf(t)
	for _, f := range Fields(t) {
		if elem(f.Type) == secretType {
			known = append(known, f.Key+fileSuffix)
		}
	}
	name := e.key.text
	hint := ""
	if best := spelling.Nearest(name, known); best != "" {
		hint = fmt.Sprintf("did you mean %s?", best)
		for _, f := range Fields(t) {
			if f.Key == best && elem(f.Type) == secretType {
				d.result.hide(e.value) // the value of a misspelt password is a password
			}
		}
	} else if homes := d.homesOf(name); len(homes) > 0 {
		hint = fmt.Sprintf("%s belongs in %s", name, strings.Join(homes, " or "))
	} else {
		hint = spelling.DidYouMean(name, keysOf(t))
	}
	d.issue(e.key, problem.Key(path, name), "unknown key", hint)
}

// homesOf are the sections, anywhere, that have such a key.
func (d *decoder) homesOf(key string) []string {
	var homes []string
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		t = elem(t)
		switch {
		case IsSection(t):
			if seen[t] {
				return
			}
			seen[t] = true
			for _, f := range Fields(t) {
				if f.Key == key && path != "" {
					homes = append(homes, path)
				}
				walk(f.Type, problem.Join(path, f.Key))
			}
			delete(seen, t)
		case t.Kind() == reflect.Map:
			walk(t.Elem(), path+".<name>")
		case t.Kind() == reflect.Slice:
			walk(t.Elem(), path+"[]")
		}
	}
	walk(d.root, "")
	if len(homes) > 3 {
		homes = nil // too common a word to help
	}
	return homes
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for _, f := range Fields(t) {
		keys = append(keys, f.Key)
	}
	return keys
}

func (d *decoder) decodeMap(v reflect.Value, nodes []*node, path string, rules Rules) {
	t := v.Type()
	entries := reflect.MakeMap(t)
	for it := v.MapRange(); it.Next(); { // the defaults given in code stay
		entries.SetMapIndex(it.Key(), it.Value())
	}
	first := map[string]*node{}
	for _, n := range nodes {
		for _, e := range n.entries {
			name := e.key.text
			at := problem.Key(path, name)
			if earlier := first[name]; earlier != nil {
				d.givenTwice(e.key, at, earlier)
				continue
			}
			first[name] = e.key
			d.result.place(at, e.key, e.value)
			key := reflect.New(t.Key()).Elem()
			if IsText(t.Key()) {
				if err := unmarshalText(key, name); err != nil {
					d.issue(e.key, at, err.Error(), "")
					continue
				}
			} else {
				key.SetString(name)
			}
			value := d.opts.Default(t.Elem())
			d.decode(value, []*node{e.value}, at, Rules{Minimum: rules.Minimum, Maximum: rules.Maximum, Enum: rules.Enum})
			entries.SetMapIndex(key, value)
		}
	}
	v.Set(entries)
}

func (d *decoder) decodeList(v reflect.Value, n *node, path string, rules Rules) {
	if n.kind == kindNull {
		return
	}
	if n.kind != kindList {
		hint := ""
		if n.kind == kindText && !n.quoted || n.kind == kindInt {
			hint = fmt.Sprintf("write it as a list: [%s]", n.text)
		}
		d.wrongType(n, path, v.Type(), rules, hint)
		return
	}
	list := reflect.MakeSlice(v.Type(), 0, len(n.items))
	for i, item := range n.items {
		at := problem.Index(path, i)
		d.result.place(at, item, item)
		value := d.opts.Default(v.Type().Elem())
		d.decode(value, []*node{item}, at, Rules{Minimum: rules.Minimum, Maximum: rules.Maximum, Enum: rules.Enum})
		list = reflect.Append(list, value)
	}
	v.Set(list)
}
