// Package secret holds passwords and keys so that they cannot be printed by
// accident: not by fmt, not in JSON or YAML, not by zerolog, not as part of a
// struct that is logged whole.
package secret

import (
	"fmt"
	"io"
)

// Mask is what is printed instead of a secret.
const Mask = "***"

// String is a secret. The zero value is the empty one.
//
// In the configuration a field `password` of this type can be given in three
// ways: in place, as `${env:NAME}`, or by the sibling key `password_file`, which
// names a file whose content is the secret.
type String struct {
	// A pointer, because fmt does not call the methods of a struct's unexported
	// fields: it prints what they hold, and then that is an address.
	value *string
}

// New wraps a secret.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{&value}
}

// Reveal is the secret itself, for the one place that sends or compares it.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero tells whether there is no secret.
func (s String) IsZero() bool { return s.Reveal() == "" }

// Equal compares the secrets themselves; go-cmp uses it. It takes no care to
// run in constant time.
func (s String) Equal(other String) bool { return s.Reveal() == other.Reveal() }

// String is the mask, or nothing when there is no secret.
func (s String) String() string {
	if s.IsZero() {
		return ""
	}
	return Mask
}

// Format prints the mask for every verb and flag.
func (s String) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || f.Flag('#') {
		text = `"` + text + `"`
	}
	// Like all of fmt, it leaves the writer's errors to the writer.
	_, _ = io.WriteString(f, text)
}

// MarshalText is the mask: JSON, YAML and zerolog print that.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the secret as it stands.
func (s *String) UnmarshalText(text []byte) error {
	*s = New(string(text))
	return nil
}
