package yamlstrict

import (
	"math"
	"slices"
	"strings"

	"github.com/hasshin/hasshin/internal/problem"
)

// Result tells what was wrong and where everything stood.
type Result struct {
	files   []*Source
	issues  []pending
	places  map[string]spot
	wrong   map[string]bool // what has an issue already, by joined path
	secrets map[*Source][]mark
}

// spot is where a setting stands: its key and its value, the same for an item of a list.
type spot struct{ key, value *node }

// pending is an issue whose excerpt is drawn only when all secrets are known.
type pending struct {
	Issue
	at *node
}

// Issues are all that is wrong, in the order in which it stands in the files.
func (r *Result) Issues() Issues {
	all := make(Issues, 0, len(r.issues))
	for _, p := range r.issues {
		issue := p.Issue
		if p.at != nil {
			issue.Excerpt = p.at.src.excerpt(p.at.mark, p.at.above, r.secrets[p.at.src])
		}
		all = append(all, issue)
	}
	return slices.CompactFunc(all.sorted(r.files), func(a, b Issue) bool {
		// What an alias repeats is wrong in one place only.
		return a.Line > 0 && a.Place == b.Place && a.Message == b.Message && lastKey(a.Path) == lastKey(b.Path)
	})
}

func lastKey(path string) string {
	if parts := problem.Split(path); len(parts) > 0 {
		return parts[len(parts)-1]
	}
	return ""
}

// Locate adds problems that were found in the decoded struct, at the places of
// the paths they name. One about something that has an issue already is left
// out: it follows from that, like "is required" from a value of the wrong type.
func (r *Result) Locate(problems problem.List) {
	for _, p := range problems {
		if r.isWrong(p.Path) {
			continue
		}
		if p.In.Line > 0 {
			r.issues = append(r.issues, pending{Issue: Issue{Place: Place(p.In.Place), Path: p.Path, Message: p.Message, Excerpt: excerptOf(p.In)}})
			continue
		}
		at, exact := r.nearest(p.Path)
		node := at.key
		if exact && at.value != nil && at.value.kind != kindMapping && at.value.kind != kindList && at.value.src == at.key.src {
			node = at.value
		}
		r.addOne(node, p.Path, p.Message, "")
	}
}

func (r *Result) whole() Place {
	if len(r.files) == 0 {
		return Place{}
	}
	return Place{File: r.files[0].Name}
}

func (r *Result) addOne(at *node, path, message, hint string) {
	p := pending{Issue{Place: r.whole(), Path: path, Message: message, Hint: hint}, at}
	if at != nil {
		p.Place = at.place()
	}
	r.issues = append(r.issues, p)
}

// add notes an issue and that nothing more need be said about the path.
func (r *Result) add(at *node, path, message, hint string) {
	r.wrong[joined(path)] = true
	r.addOne(at, path, message, hint)
}

// missing notes that a section lacks a key, at the section's own key.
func (r *Result) missing(section, path, hint string) {
	if r.isWrong(path) {
		return
	}
	at, _ := r.nearest(section)
	r.add(at.key, path, "is missing", hint)
}

func (r *Result) place(path string, key, value *node) {
	r.places[joined(path)] = spot{key, value}
}

// nearest is the spot of the path itself (exact) or of what is around it.
func (r *Result) nearest(path string) (at spot, exact bool) {
	parts := problem.Split(path)
	for n := len(parts); n > 0; n-- {
		if at, ok := r.places[strings.Join(parts[:n], separator)]; ok {
			return at, n == len(parts)
		}
	}
	return spot{}, false
}

// isWrong tells whether the path or something around it has an issue.
func (r *Result) isWrong(path string) bool {
	parts := problem.Split(path)
	for n := range len(parts) + 1 {
		if r.wrong[strings.Join(parts[:n], separator)] {
			return true
		}
	}
	return false
}

// joined is a path in one form: the ways to write it, a["b"] and a.b, are the same.
func joined(path string) string { return strings.Join(problem.Split(path), separator) }

const separator = "\x00"

const longLine = math.MaxInt32

// hide keeps a value out of all excerpts.
func (r *Result) hide(n *node) {
	if r.secrets == nil {
		r.secrets = map[*Source][]mark{}
	}
	m := n.mark
	if n.kind == kindList || n.kind == kindMapping {
		m.width = longLine // where it ends is not known
	}
	r.secrets[n.src] = append(r.secrets[n.src], m)
}
