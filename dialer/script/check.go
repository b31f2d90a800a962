package script

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/spelling"
)

// checker reads the steps, then says all that is wrong with them.
type checker struct {
	*Script
	doc   ast.Node
	names []string
	wrong problem.List
}

func (c *checker) add(offset, length int, format string, args ...any) {
	offset = min(max(offset, 0), len(c.source))
	c.wrong.AddIn("", fill.Spot(c.file, string(c.source), offset, length), format, args...)
}

// read cuts the text into steps.
func (c *checker) read() {
	var step *Step
	for n := c.doc.FirstChild(); n != nil; n = n.NextSibling() {
		h, isHeading := n.(*ast.Heading)
		switch {
		case isHeading && h.Level == 1 && c.title == nil && step == nil:
			c.title = h
		case isHeading && h.Level == 1:
			c.add(c.start(h), 1, "a second title; expected ## for a step, or ### for a heading within one")
		case isHeading && h.Level == 2:
			step = c.begin(h)
		case step == nil:
			c.intro = append(c.intro, n)
		default:
			step.blocks = append(step.blocks, n)
		}
	}
	for _, s := range c.steps {
		c.answers(s)
	}
}

// begin makes a step of a heading.
func (c *checker) begin(h *ast.Heading) *Step {
	s := &Step{script: c.Script, heading: h}
	for n := h.FirstChild(); n != nil; n = n.NextSibling() {
		if l, ok := n.(*label); ok {
			s.ID, s.Key = l.id, strings.TrimSpace(l.key)
		}
	}
	if s.ID == "" {
		s.ID = slug(plain(c.source, h, nil))
	}
	if s.ID == "" {
		c.add(c.start(h), 1, "the step has no id; expected one behind its heading, like ## The offer {#offer}")
	}
	if s.Key == "" {
		s.Key = keyPrefix + s.ID
	}
	if first, twice := c.Step(s.ID); twice && s.ID != "" {
		c.add(c.start(h), 1, "#%s is the id of the step in line %d already; expected another one, as in ## The offer {#offer}", s.ID, c.line(first.heading))
	}
	c.steps = append(c.steps, s)
	return s
}

// answers takes the list of answers from the end of a step.
func (c *checker) answers(s *Step) {
	if len(s.blocks) == 0 {
		return
	}
	list, ok := s.blocks[len(s.blocks)-1].(*ast.List)
	if !ok {
		return
	}
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		link := onlyLink(item)
		if link == nil || !bytes.HasPrefix(link.Destination, []byte("#")) {
			s.Answers = nil
			return // a list of something else; a link to a step in it is told by links
		}
		a := Answer{Value: string(link.Title), Next: string(link.Destination[1:]), link: link, offset: c.start(link), script: c.Script}
		if a.Value == "" {
			a.Value = plain(c.source, link, nil)
		}
		s.Answers = append(s.Answers, a)
	}
	s.blocks = s.blocks[:len(s.blocks)-1]
}

// onlyLink is the link that a list's item is made of, nil if there is more in it.
func onlyLink(item ast.Node) *ast.Link {
	block := item.FirstChild()
	if block == nil || block.NextSibling() != nil {
		return nil
	}
	inline := block.FirstChild()
	if inline == nil || inline.NextSibling() != nil {
		return nil
	}
	link, _ := inline.(*ast.Link)
	return link
}

// maxValue is how long an answer may be, in characters.
const maxValue = 64

func (c *checker) check() {
	if len(c.steps) == 0 {
		c.add(0, 1, "the script has no step; expected a heading of the second level, like ## The offer {#offer}")
		return
	}
	c.checkNodes()
	var ids []string
	for _, s := range c.steps {
		ids = append(ids, s.ID)
	}
	asked := map[string]*Step{}
	for _, s := range c.steps {
		if first := asked[s.Key]; first != nil && len(s.Answers) > 0 {
			c.add(c.start(s.heading), 1, "its answer would be kept as %q, like that of #%s; expected another key, like ## … {#%s key=%s}", s.Key, first.ID, s.ID, s.ID)
		}
		if len(s.Answers) > 0 {
			asked[s.Key] = s
		}
		seen := map[string]bool{}
		for _, a := range s.Answers {
			c.checkAnswer(a, ids, seen)
		}
	}
	c.checkWays()
}

func (c *checker) checkAnswer(a Answer, ids []string, seen map[string]bool) {
	places := false
	for n := a.link.FirstChild(); n != nil; n = n.NextSibling() {
		if _, ok := n.(*place); ok {
			places = true
		}
	}
	switch {
	case places && len(a.link.Title) == 0:
		c.add(a.offset, 1, `the answer has a field in it and would be kept as something else each time; expected what to keep behind the step, like [Yes](#%s "yes")`, a.Next)
	case a.Value == "" || utf8.RuneCountInString(a.Value) > maxValue || strings.ContainsFunc(a.Value, unicode.IsControl):
		c.add(a.offset, 1, `the answer is kept as a text of 1 to %d characters; expected one, like [Yes](#%s "yes")`, maxValue, a.Next)
	case seen[a.Value]:
		c.add(a.offset, 1, `another answer of the step is kept as %q, too; expected another text behind the step, like [Yes](#%s "yes")`, a.Value, a.Next)
	}
	seen[a.Value] = true
	if _, ok := c.Step(a.Next); !ok {
		hint := "expected one of " + quoted(ids)
		if best := spelling.Nearest(a.Next, ids); best != "" {
			hint = "did you mean #" + best + "?"
		}
		c.add(a.offset, 1, "the answer leads to #%s, and there is no such step; %s", a.Next, hint)
	}
}

// checkWays finds steps that no way leads to, and those that no way leads out of.
func (c *checker) checkWays() {
	reached := c.closure(c.steps[0].ID, func(s *Step) []string {
		var next []string
		for _, a := range s.Answers {
			next = append(next, a.Next)
		}
		return next
	})
	for _, s := range c.steps {
		if !reached[s.ID] {
			c.add(c.start(s.heading), 1, "no answer leads to #%s; expected a link to it among the answers of another step, like - [Yes](#%s)", s.ID, s.ID)
		}
	}
	ending := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for _, s := range c.steps {
			ends := len(s.Answers) == 0
			for _, a := range s.Answers {
				ends = ends || ending[a.Next]
			}
			if ends && !ending[s.ID] {
				ending[s.ID], changed = true, true
			}
		}
	}
	for _, s := range c.steps {
		if reached[s.ID] && !ending[s.ID] && c.known(s) {
			c.add(c.start(s.heading), 1, "no way leads out of #%s; expected a step without answers in the end, as a goodbye", s.ID)
		}
	}
}

// known tells whether all answers of a step lead to steps that are there.
func (c *checker) known(s *Step) bool {
	for _, a := range s.Answers {
		if _, ok := c.Step(a.Next); !ok {
			return false
		}
	}
	return true
}

// closure are the steps that can be reached from one.
func (c *checker) closure(from string, next func(*Step) []string) map[string]bool {
	reached, todo := map[string]bool{}, []string{from}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		s, ok := c.Step(id)
		if !ok || reached[id] {
			continue
		}
		reached[id] = true
		todo = append(todo, next(s)...)
	}
	return reached
}

// checkNodes looks at everything in the text: places, links, and what is not shown.
func (c *checker) checkNodes() {
	answers := map[*ast.Link]bool{}
	for _, s := range c.steps {
		for _, a := range s.Answers {
			answers[a.link] = true
		}
	}
	_ = ast.Walk(c.doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // never fails: the function does not
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *place:
			if what := fill.Unknown(n.Name, c.names); what != "" {
				c.add(n.Offset, n.Length, "%s", what)
			}
		case *broken:
			c.add(n.offset, 2, "%s", n.wrong)
		case *label:
			if h, ok := n.Parent().(*ast.Heading); !ok || h.Level != 2 {
				c.add(n.offset, n.length, "an id that belongs to no step; expected it behind a heading of the second level")
			}
		case *ast.HTMLBlock:
			c.add(n.Lines().At(0).Start, 1, "HTML is not shown; expected Markdown")
		case *ast.RawHTML:
			first := n.Segments.At(0)
			c.add(first.Start, first.Len(), "HTML is not shown; expected Markdown, or \\< for the character itself")
		case *ast.Image:
			c.add(c.start(n), 1, "images are not shown; expected a link to it, without the exclamation mark")
		case *ast.CodeSpan, *ast.CodeBlock, *ast.FencedCodeBlock:
			c.checkCode(n)
		case *ast.Link:
			if !answers[n] {
				c.checkLink(n)
			}
		case *ast.AutoLink:
			if url := string(n.URL(c.source)); n.AutoLinkType == ast.AutoLinkURL && !allowedScheme(url) {
				c.add(c.start(n), 1, "the link leads to %q; expected an address that begins with %s", url, schemes)
			}
		}
		return ast.WalkContinue, nil
	})
}

// checkCode finds places where they are not filled.
func (c *checker) checkCode(n ast.Node) {
	const said = "a field is not filled in within code; expected it outside"
	if n.Type() == ast.TypeBlock {
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			if at := bytes.Index(line.Value(c.source), []byte("{{")); at >= 0 {
				c.add(line.Start+at, 2, said)
			}
		}
		return
	}
	for t := n.FirstChild(); t != nil; t = t.NextSibling() {
		if words, ok := t.(*ast.Text); ok {
			if at := bytes.Index(words.Segment.Value(c.source), []byte("{{")); at >= 0 {
				c.add(words.Segment.Start+at, 2, said)
			}
		}
	}
}

// schemes are what links may lead to.
const schemes = "https://, http://, mailto: or tel:"

func allowedScheme(url string) bool {
	for scheme := range strings.FieldsFuncSeq(schemes, func(r rune) bool { return r == ',' || r == ' ' }) {
		if scheme != "or" && strings.HasPrefix(strings.ToLower(url), scheme) {
			return true
		}
	}
	return false
}

func (c *checker) checkLink(n *ast.Link) {
	at, destination := c.start(n), string(n.Destination)
	switch {
	case strings.HasPrefix(destination, "#"):
		c.add(at, 1, "a link to a step that is no answer; expected it in a list at the end of the step, each item of which is such a link and nothing else")
	case !allowedScheme(destination):
		c.add(at, 1, "the link leads to %q; expected an address that begins with %s", destination, schemes)
	}
	if found := bytes.Index(c.source[at:], n.Destination); found >= 0 {
		at += found
	}
	_, wrong := fill.Parse(c.file, destination, c.names)
	for _, w := range wrong {
		c.add(at+w.In.Column-1, w.In.Width, "%s", w.Message)
	}
}

// start is where a node begins in the source, in bytes.
func (c *checker) start(n ast.Node) int {
	if pos := n.Pos(); pos >= 0 {
		return pos
	}
	if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
		return n.Lines().At(0).Start
	}
	first := -1
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // never fails: the function does not
		if t, ok := n.(*ast.Text); ok && entering && first < 0 {
			first = t.Segment.Start
		}
		return ast.WalkContinue, nil
	})
	return max(first, 0)
}

func (c *checker) line(n ast.Node) int { return 1 + bytes.Count(c.source[:c.start(n)], []byte("\n")) }
