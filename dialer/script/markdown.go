package script

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/hasshin/hasshin/dialer/fill"
)

// place is a place to be filled, among the nodes of the text.
type place struct {
	ast.BaseInline
	fill.Place
}

var kindPlace = ast.NewNodeKind("Place")

func (p *place) Kind() ast.NodeKind { return kindPlace }
func (p *place) Dump(source []byte, level int) {
	ast.DumpHelper(p, source, level, map[string]string{"Name": p.Name}, nil)
}

// label is what {#id key=name} says behind a heading.
type label struct {
	ast.BaseInline
	id, key string
	offset  int
	length  int
}

var kindLabel = ast.NewNodeKind("Label")

func (l *label) Kind() ast.NodeKind { return kindLabel }
func (l *label) Dump(source []byte, level int) {
	ast.DumpHelper(l, source, level, map[string]string{"ID": l.id}, nil)
}

// broken are braces that are no place.
type broken struct {
	ast.BaseInline
	offset int
	wrong  string
}

var kindBroken = ast.NewNodeKind("Broken")

func (b *broken) Kind() ast.NodeKind            { return kindBroken }
func (b *broken) Dump(source []byte, level int) { ast.DumpHelper(b, source, level, nil, nil) }

// bracesParser makes nodes of places and labels. It comes before the parsers of emphasis, so that names may have underscores in them.
type bracesParser struct{}

func (bracesParser) Trigger() []byte { return []byte{'{'} }

var labelPattern = regexp.MustCompile(`^\{#([^\s{}]+)(?:\s+key=([^{}]+?))?\s*\}`)

func (bracesParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if m := labelPattern.FindSubmatch(line); m != nil {
		block.Advance(len(m[0]))
		return &label{id: string(m[1]), key: string(m[2]), offset: segment.Start, length: len(m[0])}
	}
	p, wrong, ok := fill.ParsePlace(string(line))
	switch {
	case ok:
		block.Advance(p.Length)
		p.Offset = segment.Start
		return &place{Place: p}
	case wrong != "":
		block.Advance(2)
		return &broken{offset: segment.Start, wrong: wrong}
	}
	return nil
}

// parse reads Markdown. It is CommonMark without additions but the braces.
func parse(source []byte) ast.Node {
	md := goldmark.New(goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(bracesParser{}, 50))))
	return md.Parser().Parse(text.NewReader(source))
}

// filling renders with values in the places. Everything that a value could do is done here: it becomes text, or a part of an address.
type filling struct {
	values fill.Values
	source []byte
}

func (f filling) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	nothing := func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) { return ast.WalkSkipChildren, nil }
	r.Register(kindPlace, f.place)
	r.Register(kindLabel, nothing)
	r.Register(kindBroken, nothing)
	r.Register(ast.KindLink, f.link)
	// The check refuses these already; nothing of them is shown even so.
	r.Register(ast.KindRawHTML, nothing)
	r.Register(ast.KindHTMLBlock, nothing)
	r.Register(ast.KindImage, nothing)
}

func (f filling) place(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	escaped := util.EscapeHTML([]byte(n.(*place).Of(f.values)))
	_, err := w.Write(bytes.ReplaceAll(escaped, []byte("\n"), []byte("<br>\n")))
	return ast.WalkContinue, err
}

func (f filling) link(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</a>")
		return ast.WalkContinue, err
	}
	destination, _ := fill.Parse("", string(n.(*ast.Link).Destination), nil)
	href := destination.Fill(f.values, EscapeInURL)
	_, err := w.WriteString(`<a href="` + string(util.EscapeHTML(util.URLEscape([]byte(href), false))) + `" target="_blank" rel="noopener noreferrer">`)
	return ast.WalkContinue, err
}

// EscapeInURL makes of a value a part of an address (RFC 3986) that has no meaning of its own there: only letters, digits, -, _, . and ~ stay.
func EscapeInURL(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// render writes nodes as HTML.
func render(source []byte, nodes []ast.Node, values fill.Values) (string, error) {
	r := renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(html.NewRenderer(html.WithXHTML()), 1000), util.Prioritized(filling{values, source}, 100)))
	var b bytes.Buffer
	for _, n := range nodes {
		if err := r.Render(&b, source, n); err != nil {
			return "", err
		}
	}
	return strings.TrimSpace(b.String()), nil
}

// plain writes the text of a node and of all beneath it, without any mark-up.
func plain(source []byte, n ast.Node, values fill.Values) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // never fails: the function does not
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(util.UnescapePunctuations(n.Segment.Value(source)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *place:
			b.WriteString(n.Of(values))
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}
