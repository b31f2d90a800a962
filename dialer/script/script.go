package script

import (
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/internal/textfile"
)

// Script is a script that was read. It is never changed, so calls share it.
type Script struct {
	file   string
	source []byte
	title  ast.Node // nil: none
	intro  []ast.Node
	steps  []*Step
}

// Step is one step of it.
type Step struct {
	ID  string // unique in the script
	Key string // of the answer, in the record

	script  *Script
	heading ast.Node
	blocks  []ast.Node // beneath the heading, without the answers
	Answers []Answer
}

// Answer is one way on from a step.
type Answer struct {
	Value string // kept in the record
	Next  string // id of the step that it leads to

	link   *ast.Link
	offset int
	script *Script
}

// keyPrefix is what the key of a step's answer begins with, when the step names none.
const keyPrefix = "script."

// Parse reads a script. Names are those that can be filled in, beside the script's own answers. What is wrong is a problem.List, each with its place in the file.
func Parse(file textfile.File, names []string) (*Script, error) {
	s := &Script{file: file.Path, source: []byte(file.Text)}
	doc := parse(s.source)
	c := checker{Script: s, doc: doc}
	c.read()
	c.names = slices.Concat(names, s.Keys())
	c.check()
	if err := c.wrong.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// Title is the script's own heading, or "".
func (s *Script) Title(values fill.Values) string {
	if s.title == nil {
		return ""
	}
	return plain(s.source, s.title, values)
}

// Intro is what stands before the first step, as HTML.
func (s *Script) Intro(values fill.Values) (string, error) { return render(s.source, s.intro, values) }

// Steps are the steps in the order of the file. There is at least one.
func (s *Script) Steps() []*Step { return s.steps }

// Step finds a step by its id.
func (s *Script) Step(id string) (*Step, bool) {
	for _, step := range s.steps {
		if step.ID == id {
			return step, true
		}
	}
	return nil, false
}

// Keys are those under which answers are kept, each once.
func (s *Script) Keys() []string {
	var keys []string
	for _, step := range s.steps {
		if len(step.Answers) > 0 && !slices.Contains(keys, step.Key) {
			keys = append(keys, step.Key)
		}
	}
	return keys
}

// Path are the ids of the steps that the answers lead through from the first one; the last one is where the call is. A way round ends where it
// comes back to.
func (s *Script) Path(values fill.Values) []string {
	step := s.steps[0]
	path := []string{step.ID}
	for {
		a, ok := step.Answer(values[step.Key])
		if !ok {
			return path
		}
		step, _ = s.Step(a.Next)
		if again := slices.Index(path, step.ID); again >= 0 {
			return append(slices.Delete(path, again, again+1), step.ID)
		}
		path = append(path, step.ID)
	}
}

// Title is the step's heading.
func (s *Step) Title(values fill.Values) string { return plain(s.script.source, s.heading, values) }

// HTML is what is to be said, safe to be put into a page.
func (s *Step) HTML(values fill.Values) (string, error) {
	return render(s.script.source, s.blocks, values)
}

// Answer finds an answer by its value.
func (s *Step) Answer(value string) (Answer, bool) {
	for _, a := range s.Answers {
		if a.Value == value {
			return a, true
		}
	}
	return Answer{}, false
}

// Values are those of all answers.
func (s *Step) Values() []string {
	values := []string{}
	for _, a := range s.Answers {
		values = append(values, a.Value)
	}
	return values
}

// Label is what the agent reads.
func (a Answer) Label(values fill.Values) string { return plain(a.script.source, a.link, values) }

// slug makes an id of a heading: letters and digits in lower case, with a dash between words.
func slug(title string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "-")
}

func quoted(ids []string) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = "#" + id
	}
	return strings.Join(parts, ", ")
}
