package recording

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

var placeholders = []string{"{campaign}", "{record}", "{call}", "{agent}", "{number}", "{kind}", "{date}", "{time}", "{part}", "{id}"}

func checkTemplate(name string) error {
	for _, p := range placeholder.FindAllString(name, -1) {
		if !slices.Contains(placeholders, p) {
			return fmt.Errorf("%s stands for nothing; expected some of %s", p, strings.Join(placeholders, ", "))
		}
	}
	plain := placeholder.ReplaceAllString(name, "x")
	if plain == "" || plain != path.Clean(plain) || path.IsAbs(plain) || strings.HasPrefix(plain, ".") || strings.Contains(plain, "/.") || clean(plain, true) != plain {
		return fmt.Errorf("%q is no name for files; expected letters, digits, ., +, -, _ and placeholders, with / between folders", name)
	}
	return nil
}

// FileName names a recording's file. Nothing that it is named after can lead out of the directory: what people typed keeps no slash and no
// leading dot.
func FileName(template string, m *Meta) string {
	at := m.Started.Local()
	values := strings.NewReplacer(
		"{campaign}", clean(m.Campaign, false), "{record}", clean(m.Record, false), "{call}", clean(m.Call, false), "{agent}", clean(m.Agent, false),
		"{number}", clean(m.Number, false), "{kind}", clean(string(m.Kind), false), "{date}", at.Format("2006-01-02"), "{time}", at.Format("150405"),
		"{part}", fmt.Sprint(m.Part), "{id}", clean(m.ID, false),
	)
	return values.Replace(template) + ".wav"
}

// longest is how long a part of a name may be.
const longest = 80

// clean keeps what is usual in file names.
func clean(text string, slashes bool) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '+', r == '-', r == '_', r == '/' && slashes:
			return r
		}
		return '_'
	}, text)
	if slashes {
		return safe
	}
	if strings.HasPrefix(safe, ".") {
		safe = "_" + safe[1:]
	}
	if safe == "" {
		safe = "_"
	}
	return safe[:min(len(safe), longest)]
}
