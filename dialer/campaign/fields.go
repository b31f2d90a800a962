package campaign

import (
	"cmp"
	"unicode/utf8"

	"github.com/hasshin/hasshin/internal/problem"
)

// FieldConfig says how a business field of the records is shown to agents, and whether they may change it.
type FieldConfig struct {
	// Name of the field: a column of the list's file, or a new one that agents fill in.
	Name string `yaml:"name"`

	// Label is what the agent reads. Default: the name.
	Label string `yaml:"label"`

	// Editable lets agents change the field in a call.
	Editable bool `yaml:"editable"`
}

// Shown is what the agent reads as the field's name.
func (f FieldConfig) Shown() string { return cmp.Or(f.Label, f.Name) }

// Field finds what is configured about a field by its name.
func (c Config) Field(name string) (FieldConfig, bool) {
	for _, f := range c.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return FieldConfig{}, false
}

// EditableFields lists the names of the fields that agents may change, in their order.
func (c Config) EditableFields() []string {
	names := []string{}
	for _, f := range c.Fields {
		if f.Editable {
			names = append(names, f.Name)
		}
	}
	return names
}

// Limits of fields.
const (
	maxFieldName = 64 // characters of a name or label
	// MaxFieldValue is how many bytes of UTF-8 a field's value may have when an agent sets it.
	MaxFieldValue = 4096
)

func validateFields(p *problem.List, path string, fields []FieldConfig) {
	first := map[string]int{}
	for i, f := range fields {
		at := problem.Index(path, i)
		switch earlier, twice := first[f.Name]; {
		case f.Name == "":
			p.Add(problem.Join(at, "name"), "is required: the name of a field")
		case utf8.RuneCountInString(f.Name) > maxFieldName:
			p.Add(problem.Join(at, "name"), "is longer than %d characters", maxFieldName)
		case twice:
			p.Add(problem.Join(at, "name"), "%q is the name of field %d already", f.Name, earlier+1)
		default:
			first[f.Name] = i
		}
		if utf8.RuneCountInString(f.Label) > maxFieldName {
			p.Add(problem.Join(at, "label"), "is longer than %d characters", maxFieldName)
		}
	}
}
