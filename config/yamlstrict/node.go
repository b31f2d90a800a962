package yamlstrict

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/hasshin/hasshin/internal/spelling"
)

// kind is what a value is in YAML.
type kind int

const (
	kindNull kind = iota
	kindBool
	kindInt
	kindFloat
	kindText
	kindList
	kindMapping
)

// node is a value with its place. The parser's own tree is not used further:
// it does not know its file, and aliases and merges are open in it.
type node struct {
	src     *Source
	mark    mark
	kind    kind
	text    string // of a scalar, quotes and escapes undone
	quoted  bool   // the text stood in quotes or was a block
	entries []entry
	items   []*node
	size    int // values in it, itself included
	// above are the marks of the keys that lead to it, outermost first.
	above []mark
}

// entry is a key and its value in a mapping.
type entry struct {
	key   *node
	value *node
}

// mark is a stretch of a line.
type mark struct {
	line, column int // from 1, in characters
	width        int
	lines        int // further lines it goes on for
}

func (n *node) place() Place { return Place{n.src.Name, n.mark.line, n.mark.column} }

// what describes a value in a message. It does not repeat texts: they may be long or secret.
func (n *node) what() string {
	switch n.kind {
	case kindNull:
		return "empty"
	case kindBool:
		return n.text
	case kindInt, kindFloat:
		return "the number " + n.text
	case kindList:
		return "a list"
	case kindMapping:
		return "a mapping"
	}
	return "a text"
}

var wholeNumber = regexp.MustCompile(`^[-+]?[0-9]+$`)

// converter turns the parser's tree into nodes.
type converter struct {
	src     *Source
	anchors map[string]*node
	open    []string // anchors whose value is being converted
	above   []mark
	nodes   int
	issues  Issues
}

func (c *converter) issue(tk *token.Token, message, hint string) {
	m := markOf(tk)
	c.issues = append(c.issues, Issue{
		Place:   Place{c.src.Name, m.line, m.column},
		Message: message,
		Hint:    hint,
		Excerpt: c.src.excerpt(m, c.above, nil),
	})
}

func markOf(tk *token.Token) mark {
	if tk == nil || tk.Position == nil {
		return mark{line: 1, column: 1, width: 1}
	}
	origin := strings.TrimSpace(tk.Origin)
	first, rest, _ := strings.Cut(origin, "\n")
	width := utf8.RuneCountInString(strings.TrimSpace(first))
	m := mark{line: tk.Position.Line, column: tk.Position.Column, width: max(width, 1)}
	if rest != "" {
		m.lines = strings.Count(rest, "\n") + 1
	}
	return m
}

// convert gives a null node where it notes an issue, so that the rest is still read.
func (c *converter) convert(n ast.Node, depth int) *node {
	out := &node{src: c.src, size: 1, above: c.above}
	if n == nil {
		return out
	}
	out.mark = markOf(n.GetToken())
	if depth > maxDepth {
		c.issue(n.GetToken(), fmt.Sprintf("this is nested more than %d levels deep", maxDepth), "")
		return out
	}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		out.kind, out.text = kindBool, n.Token.Value
	case *ast.IntegerNode:
		out.kind, out.text = kindInt, n.Token.Value
	case *ast.FloatNode:
		out.kind, out.text = kindFloat, n.Token.Value
	case *ast.InfinityNode:
		out.kind, out.text = kindFloat, n.Token.Value
	case *ast.NanNode:
		out.kind, out.text = kindFloat, n.Token.Value
	case *ast.StringNode:
		out.kind, out.text = kindText, n.Value
		out.quoted = n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
		if !out.quoted && wholeNumber.MatchString(n.Value) {
			out.kind = kindInt // to the parser one beyond 64 bits is a text
		}
	case *ast.LiteralNode:
		out.kind, out.text, out.quoted = kindText, n.Value.Value, true
		out.mark.lines = strings.Count(strings.TrimRight(n.Value.Token.Origin, "\n "), "\n") + 1
	case *ast.SequenceNode:
		out.kind = kindList
		for _, v := range n.Values {
			item := c.convert(v, depth+1)
			out.items = append(out.items, item)
			out.size += item.size
		}
		c.bounded(out)
	case *ast.MappingNode:
		c.mapping(out, n.Values, depth)
	case *ast.MappingValueNode:
		c.mapping(out, []*ast.MappingValueNode{n}, depth)
	case *ast.AnchorNode:
		return c.anchor(n, depth)
	case *ast.AliasNode:
		return c.alias(n)
	case *ast.TagNode:
		c.issue(n.Start, fmt.Sprintf("the tag %s is not supported", n.Start.Value), "leave it out; put a text in quotes")
	default:
		c.issue(n.GetToken(), "this kind of YAML is not supported here", "")
	}
	if c.nodes++; c.nodes > maxNodes && c.nodes-1 <= maxNodes {
		c.issue(n.GetToken(), fmt.Sprintf("the file has more than %d values", maxNodes), "")
	}
	return out
}

func (c *converter) mapping(out *node, values []*ast.MappingValueNode, depth int) {
	out.kind = kindMapping
	if len(values) > 0 && values[0].Key != nil && out.mark.width == 1 {
		// The parser puts a block mapping at its first colon; people look at its first key.
		if tk := values[0].Key.GetToken(); tk != nil && tk.Position.Line == out.mark.line && tk.Position.Column < out.mark.column {
			out.mark = markOf(tk)
		}
	}
	var merged []entry
	for _, v := range values {
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, c.merge(v, depth)...)
			continue
		}
		key := c.key(v.Key)
		if key == nil {
			continue
		}
		outer := c.above
		c.above = append(c.above[:len(c.above):len(c.above)], key.mark)
		value := c.convert(v.Value, depth+1)
		c.above = outer
		if value.kind == kindNull && value.mark.line == 0 {
			value.mark = key.mark
		}
		out.entries = append(out.entries, entry{key, value})
		out.size += value.size
	}
	given := map[string]bool{}
	for _, e := range out.entries {
		given[e.key.text] = true
	}
	for _, e := range merged { // what is given here wins, then the first merged
		if !given[e.key.text] {
			given[e.key.text] = true
			out.entries = append(out.entries, e)
			out.size += e.value.size
		}
	}
	c.bounded(out)
}

// key converts a mapping's key. Numbers and booleans are texts here: an agent may be called 1001.
func (c *converter) key(k ast.MapKeyNode) *node {
	switch k := k.(type) {
	case *ast.StringNode:
		return &node{src: c.src, mark: markOf(k.Token), kind: kindText, text: k.Value, size: 1, above: c.above}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		tk := k.GetToken()
		return &node{src: c.src, mark: markOf(tk), kind: kindText, text: tk.Value, size: 1, above: c.above}
	}
	c.issue(k.GetToken(), "this cannot be a key", "a key is one word or a text in quotes")
	return nil
}

func (c *converter) merge(v *ast.MappingValueNode, depth int) []entry {
	before := len(c.issues)
	value := c.convert(v.Value, depth+1)
	switch value.kind {
	case kindMapping:
		return value.entries
	case kindList:
		var all []entry
		for _, item := range value.items {
			if item.kind != kindMapping {
				c.issue(v.Key.GetToken(), "<< merges mappings, and one of these is "+item.what(), "")
				return nil
			}
			all = append(all, item.entries...)
		}
		return all
	}
	if len(c.issues) == before {
		c.issue(v.Key.GetToken(), "<< merges a mapping, not "+value.what(), "for example <<: *defaults")
	}
	return nil
}

func (c *converter) anchor(n *ast.AnchorNode, depth int) *node {
	name := nodeText(n.Name)
	c.open = append(c.open, name)
	value := c.convert(n.Value, depth+1)
	c.open = c.open[:len(c.open)-1]
	c.anchors[name] = value
	return value
}

func (c *converter) alias(n *ast.AliasNode) *node {
	name := nodeText(n.Value)
	nothing := &node{src: c.src, mark: markOf(n.Value.GetToken()), size: 1, above: c.above}
	for _, open := range c.open {
		if open == name {
			c.issue(n.Value.GetToken(), fmt.Sprintf("the alias *%s stands inside its own anchor", name), "")
			return nothing
		}
	}
	value, ok := c.anchors[name]
	if !ok {
		names := make([]string, 0, len(c.anchors))
		for known := range c.anchors {
			names = append(names, known)
		}
		c.issue(n.Value.GetToken(), fmt.Sprintf("there is no anchor &%s above", name), spelling.DidYouMean(name, names))
		return nothing
	}
	return value
}

// bounded stops aliases of aliases from making a small file into billions of values.
func (c *converter) bounded(n *node) {
	if n.size > maxNodes {
		c.issues = append(c.issues, Issue{Place: n.place(), Message: fmt.Sprintf("with its aliases this has more than %d values", maxNodes)})
		n.entries, n.items, n.size = nil, nil, 1
	}
}

func nodeText(n ast.Node) string {
	if n == nil || n.GetToken() == nil {
		return ""
	}
	return n.GetToken().Value
}
