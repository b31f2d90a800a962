package script_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/dialer/script"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/textfile"
)

var names = []string{"contact.name", "contact.id", "city", "first_name", "agent.name"}

const spring = `# Spring offer for {{city}}

Be friendly.

## Is it the right person? {#who}

Good day, this is **{{agent.name}}**. Am I speaking to {{contact.name|the owner}}, {{first_name}}?

- [Yes, it is {{contact.name}}](#offer "yes")
- [Not at home](#bye)

## The offer {#offer key=interested}

See [the page](https://example.com/offer?who={{contact.id}}&x=1).

1. first
2. second

- [Yes](#bye "yes")
- [Ask again](#who "again")

## 終わりに

Thank you, you said {{interested|nothing}}.
`

func parse(t testing.TB, text string) *script.Script {
	t.Helper()
	s, err := script.Parse(textfile.File{Name: "spring.md", Path: "spring.md", Text: strings.ReplaceAll(text, "(#bye", "(#終わりに")}, names)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func html(t testing.TB, s *script.Script, step string, values fill.Values) string {
	t.Helper()
	found, ok := s.Step(step)
	if !ok {
		t.Fatalf("there is no step %s", step)
	}
	text, err := found.HTML(values)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAScriptIsReadInStepsWithAnswers(t *testing.T) {
	s := parse(t, spring)
	values := fill.Values{"city": "Sendai", "contact.name": "Sato", "agent.name": "Hanako", "first_name": "Aki", "contact.id": "C/1 2"}
	if got := s.Title(values); got != "Spring offer for Sendai" {
		t.Errorf("title %q", got)
	}
	if got, err := s.Intro(values); err != nil || got != "<p>Be friendly.</p>" {
		t.Errorf("intro %q, %v", got, err)
	}
	want := "<p>Good day, this is <strong>Hanako</strong>. Am I speaking to Sato, Aki?</p>"
	if got := html(t, s, "who", values); got != want {
		t.Errorf("step is\n%s, want\n%s", got, want)
	}
	want = `<p>See <a href="https://example.com/offer?who=C%2F1%202&amp;x=1" target="_blank" rel="noopener noreferrer">the page</a>.</p>
<ol>
<li>first</li>
<li>second</li>
</ol>`
	if got := html(t, s, "offer", values); got != want {
		t.Errorf("step is\n%s, want\n%s", got, want)
	}
	who := s.Steps()[0]
	if a := who.Answers; len(a) != 2 || a[0].Value != "yes" || a[0].Next != "offer" || a[0].Label(values) != "Yes, it is Sato" || a[1].Value != "Not at home" {
		t.Errorf("answers %+v", who.Answers)
	}
	if got := s.Keys(); !slices.Equal(got, []string{"script.who", "interested"}) {
		t.Errorf("keys %q", got)
	}
	if got := html(t, s, "終わりに", fill.Values{}); got != "<p>Thank you, you said nothing.</p>" {
		t.Errorf("last step is %s", got)
	}
}

func TestThePathFollowsTheAnswers(t *testing.T) {
	s := parse(t, spring)
	for _, row := range []struct {
		answers fill.Values
		want    []string
	}{
		{nil, []string{"who"}},
		{fill.Values{"script.who": "something that is no answer"}, []string{"who"}},
		{fill.Values{"script.who": "yes"}, []string{"who", "offer"}},
		{fill.Values{"script.who": "yes", "interested": "yes"}, []string{"who", "offer", "終わりに"}},
		{fill.Values{"script.who": "Not at home", "interested": "yes"}, []string{"who", "終わりに"}},
		{fill.Values{"script.who": "yes", "interested": "again"}, []string{"offer", "who"}},
	} {
		if got := s.Path(row.answers); !slices.Equal(got, row.want) {
			t.Errorf("%v leads through %v, want %v", row.answers, got, row.want)
		}
	}
}

// A value is text, whatever it looks like: in HTML, in Markdown, in an address, or as a place of its own.
func TestAValueIsNothingButText(t *testing.T) {
	s := parse(t, spring)
	evil := `<script>alert(1)</script> **b** [x](javascript:1) {{city}} "'` + "`&"
	values := fill.Values{"city": evil, "contact.name": evil, "agent.name": evil, "first_name": evil, "contact.id": `"><script>alert(1)</script>&y=2#z`}
	for _, step := range []string{"who", "offer"} {
		got := html(t, s, step, values)
		for _, bad := range []string{"<script", "<b>", "href=\"javascript", "Sendai", "&y=2", "#z"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s has %q:\n%s", step, bad, got)
			}
		}
	}
	if got := html(t, s, "who", values); strings.Count(got, "&lt;script&gt;alert(1)&lt;/script&gt; **b** [x](javascript:1) {{city}}") != 3 {
		t.Errorf("the value is not as it was:\n%s", got)
	}
}

func TestWhatIsWrongIsToldWithItsPlace(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"unknown field", "## A\n\nHello {{contact.nane}}, {{ city }}\n", "s.md:3:7: there is no field contact.nane; did you mean contact.name?"},
		{"unclosed", "## A\n\nHello {{city\n}}\n", "s.md:3:7: the braces are not closed"},
		{"dead branch", "## A\n\n- [Yes](#offr)\n- [No](#offer)\n\n## Offer\n", "s.md:3:3: the answer leads to #offr, and there is no such step; did you mean #offer?"},
		{"unreachable", "## A\n\nText\n\n## Offer\n", "s.md:5:1: no answer leads to #offer"},
		{"unreachable island", "## A\n\nx\n\n## B\n\n- [c](#c)\n\n## C\n\n- [b](#b)\n- [a](#a)\n", "s.md:5:1: no answer leads to #b"},
		{"no end", "## A\n\n- [b](#b)\n\n## B\n\n- [a](#a)\n", "s.md:1:1: no way leads out of #a"},
		{"no step", "Just text\n", "s.md:1:1: the script has no step"},
		{"empty", "", "s.md:1:1: the script has no step"},
		{"same id", "## A\n\n- [a](#a)\n- [b](#b)\n\n## A\n\n## B\n", "s.md:6:1: #a is the id of the step in line 1 already"},
		{"same answer", "## A\n\n- [x](#b)\n- [y](#b \"x\")\n\n## B\n", `s.md:4:3: another answer of the step is kept as "x", too`},
		{"same key", "## A {#a key=k}\n\n- [x](#b)\n\n## B {#b key=k}\n\n- [y](#c)\n\n## C\n", `s.md:5:1: its answer would be kept as "k", like that of #a`},
		{"field as answer", "## A\n\n- [{{city}}](#b)\n\n## B\n", "s.md:3:3: the answer has a field in it"},
		{"HTML block", "## A\n\n<div>x</div>\n", "s.md:3:1: HTML is not shown"},
		{"HTML inline", "## A\n\nSay <b>this</b>\n", "s.md:3:5: HTML is not shown"},
		{"image", "## A\n\nSee ![x](https://example.com/x.png)\n", "s.md:3:5: images are not shown"},
		{"script link", "## A\n\nSee [x](javascript:alert)\n", `s.md:3:5: the link leads to "javascript:alert"`},
		{"field link", "## A\n\nSee [x]({{city}})\n", `s.md:3:5: the link leads to "{{city}}"`},
		{"unknown field in a link", "## A\n\nSee [x](https://e.com/?a={{citty}})\n", "s.md:3:26: there is no field citty; did you mean city?"},
		{"step in the text", "## A\n\nGo [on](#b) now\n\n- [b](#b)\n\n## B\n", "s.md:3:4: a link to a step that is no answer"},
		{"code", "## A\n\nSay `{{city}}`\n", "s.md:3:6: a field is not filled in within code"},
		{"stray id", "## A\n\nText {#a}\n", "s.md:3:6: an id that belongs to no step"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := script.Parse(textfile.File{Path: "s.md", Text: row.text}, names)
			found := problem.Of(err)
			if !slices.ContainsFunc(found, func(p problem.Problem) bool { return strings.HasPrefix(p.Error(), row.want) }) {
				t.Errorf("got %v, want %s", found, row.want)
			}
			for _, p := range found {
				if p.In.Line == 0 || !strings.Contains(row.text, p.In.Text) {
					t.Errorf("%+v has no place", p)
				}
			}
		})
	}
}

// FuzzParse: whatever the text, it is read or refused, and what is read can be shown without anybody's HTML.
func FuzzParse(f *testing.F) {
	f.Add(spring, "<b>")
	f.Add("## A\n\n- [x](#a \"{{\")\n", "{{city}}")
	f.Add("## {#a}\n> - [{{city}}](#a)\n\n[x]: <#a>\n", "\n")
	f.Fuzz(func(t *testing.T, text, value string) {
		s, err := script.Parse(textfile.File{Path: "s.md", Text: text}, names)
		if err != nil {
			return
		}
		values := fill.Values{}
		for _, name := range names {
			values[name] = value + "<script>"
		}
		for _, step := range s.Steps() {
			got, err := step.HTML(values)
			if err != nil || strings.Contains(got, "<script") {
				t.Errorf("%v %s", err, got)
			}
			for _, a := range step.Answers {
				_ = a.Label(values)
			}
		}
		s.Path(values)
	})
}
