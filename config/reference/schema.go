package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/hasshin/hasshin/config/yamlstrict"
)

type object = map[string]any

// fromEnv is a value that comes from the environment, where any type is a text.
var fromEnv = object{"$ref": "#/$defs/env"}

// jsonSchema writes the JSON Schema (draft 2020-12) for editors. It is a little
// more lenient than hasshin: what needs more than one key to judge is left to it.
func jsonSchema(sections []section) ([]byte, error) {
	defs := object{
		"env": object{
			"type": "string", "pattern": `\$\{env:[A-Za-z_][A-Za-z0-9_]*\}`,
			"description": "taken from an environment variable",
		},
		"duration": object{
			"type": "string", "pattern": `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`,
			"description": "a duration like 30s or 1m30s",
		},
	}
	var root object
	for _, s := range sections {
		schema, err := sectionSchema(s)
		if err != nil {
			return nil, err
		}
		if s.path == "" {
			root = schema
		} else {
			defs[defName(s.typ)] = schema
		}
	}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "hasshin's configuration"
	root["$defs"] = defs
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(root); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func sectionSchema(s section) (object, error) {
	properties := object{}
	var required []string
	for _, k := range s.keys {
		schema, err := typeSchema(k.typ, k)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", s.path, k.name, err)
		}
		schema = described(schema, k)
		properties[k.name] = schema
		if k.secret {
			properties[k.name+"_file"] = object{"type": "string", "description": "A file whose content is `" + k.name + "`. " + k.doc}
		} else if k.rules.Required {
			required = append(required, k.name)
		}
	}
	schema := object{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
	if s.doc != "" {
		schema["description"] = s.doc
	}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema, nil
}

// described puts what people shall read to a schema.
func described(schema object, k key) object {
	schema["description"] = about(k)
	if k.standard != "" {
		schema["default"] = jsonDefault(k)
	}
	return schema
}

// jsonDefault is the default as a JSON value.
func jsonDefault(k key) any {
	switch k.typ.Kind() {
	case reflect.Bool:
		return k.standard == "true"
	case reflect.Slice:
		return strings.Split(strings.Trim(k.standard, "[]"), ", ")
	case reflect.String:
		return strings.Trim(k.standard, `"`)
	}
	if k.typ != durationType {
		if n, err := strconv.ParseFloat(k.standard, 64); err == nil {
			return n
		}
	}
	return k.standard
}

func defName(t reflect.Type) string {
	path := strings.Split(t.PkgPath(), "/")
	return path[len(path)-1] + "." + t.Name()
}

func typeSchema(t reflect.Type, k key) (object, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case yamlstrict.IsSection(t):
		ref := object{"$ref": "#/$defs/" + defName(t)}
		if yamlstrict.IsText(t) {
			return object{"anyOf": []object{ref, {"type": "string", "examples": k.forms}}}, nil
		}
		return ref, nil
	case t == durationType:
		if err := checkDurations(k.rules); err != nil {
			return nil, err
		}
		return object{"anyOf": []object{{"$ref": "#/$defs/duration"}, {"const": 0}, fromEnv}}, nil
	case t == secretType:
		return object{"type": "string"}, nil
	case t.Kind() == reflect.Map:
		values, err := typeSchema(t.Elem(), k)
		return object{"type": []string{"object", "null"}, "additionalProperties": values}, err
	case t.Kind() == reflect.Slice:
		items, err := typeSchema(t.Elem(), k)
		return object{"type": []string{"array", "null"}, "items": items}, err
	case len(k.values) > 0:
		texts := make([]string, len(k.values))
		for i, v := range k.values {
			texts[i] = v.text
		}
		return object{"anyOf": []object{{"enum": texts}, fromEnv}}, nil
	case yamlstrict.IsText(t) || t.Kind() == reflect.String:
		return object{"type": "string"}, nil
	case t.Kind() == reflect.Bool:
		return object{"anyOf": []object{{"type": "boolean"}, fromEnv}}, nil
	}
	number := object{"type": "integer"}
	if t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64 {
		number["type"] = "number"
	}
	for name, bound := range map[string]string{"minimum": k.rules.Minimum, "maximum": k.rules.Maximum} {
		if bound == "" {
			continue
		}
		n, err := strconv.ParseFloat(bound, 64)
		if err != nil {
			return nil, fmt.Errorf("the tag %s: %w", name, err)
		}
		number[name] = n
	}
	return object{"anyOf": []object{number, fromEnv}}, nil
}

// checkDurations finds tags that would panic when a configuration is read.
func checkDurations(r yamlstrict.Rules) error {
	for _, bound := range []string{r.Minimum, r.Maximum} {
		if bound == "" {
			continue
		}
		if _, err := time.ParseDuration(bound); err != nil {
			return err
		}
	}
	return nil
}
