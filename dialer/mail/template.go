package mail

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/internal/problem"
)

var errAddress = errors.New("is no e-mail address")

// Template is a letter that was read. It is never changed, so calls share it.
type Template struct {
	ID, Name string
	// Editable: agents can change the letter.
	Editable bool

	subject, text fill.Text
	html          *template.Template // nil: none
}

// bodyName is the text as the agent sends it, in HTML.
const bodyName = "body"

// Letter is what is sent.
type Letter struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty"`
}

// Limits of a letter.
const (
	MaxSubject = 200      // characters
	MaxText    = 64 << 10 // bytes
)

// Read reads the files of a letter. What is wrong in them is a problem.List, each with its place.
func (c TemplateConfig) Read(names []string) (*Template, error) {
	var p problem.List
	t := &Template{ID: c.ID, Name: cmp.Or(c.Name, c.ID), Editable: true}
	var wrong problem.List
	t.subject, wrong = fill.Parse("", c.Subject, names)
	for _, w := range wrong {
		p.Add("subject", "%s", w.Message)
	}
	if c.Subject == "" || strings.ContainsFunc(c.Subject, unicode.IsControl) {
		p.Add("subject", "is required: one line")
	}
	if c.Text.IsZero() {
		p.Add("text", "is required: the name of a file with the letter as plain text")
	}
	t.text, wrong = fill.Parse(c.Text.Path, c.Text.Text, names)
	p.AddAt("text", wrong.Err())
	if !c.HTML.IsZero() {
		p.AddAt("html", t.readHTML(c, names))
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Template) readHTML(c TemplateConfig, names []string) error {
	all := append([]string{bodyName}, names...)
	text, wrong := fill.Parse(c.HTML.Path, c.HTML.Text, all)
	if err := wrong.Err(); err != nil {
		return err
	}
	t.Editable = false
	source := text.Transform(func(p fill.Place) string {
		if p.Name == bodyName {
			t.Editable = true
			return "{{.Body}}"
		}
		// html/template escapes by what is around the place: text, attribute, address, style or script.
		return "{{.Of " + strconv.Quote(p.Name) + " " + strconv.Quote(p.OrElse) + "}}"
	})
	var err error
	if t.html, err = template.New(c.HTML.Name).Parse(source); err != nil {
		return fmt.Errorf("%s: %w", c.HTML.Path, err)
	}
	if _, err = t.fillHTML(fill.Values{}, ""); err != nil { // what cannot be escaped is found only now
		return fmt.Errorf("%s: %w", c.HTML.Path, err)
	}
	return nil
}

// filling is what an HTML letter asks for.
type filling struct {
	Body   template.HTML
	values fill.Values
}

// Of is the value of a place.
func (f filling) Of(name, orElse string) string {
	return fill.Place{Name: name, OrElse: orElse}.Of(f.values)
}

func (t *Template) fillHTML(values fill.Values, text string) (string, error) {
	var b bytes.Buffer
	err := t.html.Execute(&b, filling{paragraphs(text), values})
	return b.String(), err
}

// paragraphs makes HTML of a plain text: an empty line begins a paragraph.
func paragraphs(text string) template.HTML {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.Trim(part, "\n"); part != "" {
			b.WriteString("<p>" + strings.ReplaceAll(template.HTMLEscapeString(part), "\n", "<br>\n") + "</p>\n")
		}
	}
	return template.HTML(b.String())
}

// Draft is the letter to a contact, before anybody has changed it.
func (t *Template) Draft(values fill.Values) (Letter, error) {
	return t.Letter(values, oneLine(t.subject.Fill(values, nil)), t.text.Fill(values, nil))
}

// Letter is the letter with the subject and the text that the agent has made of it. What is wrong with them is an [Unfit].
func (t *Template) Letter(values fill.Values, subject, text string) (Letter, error) {
	l := Letter{Subject: subject, Text: text}
	switch {
	case strings.TrimSpace(subject) == "":
		return l, Unfit("the subject is empty")
	case utf8.RuneCountInString(subject) > MaxSubject:
		return l, Unfit(fmt.Sprintf("the subject has more than %d characters", MaxSubject))
	case !utf8.ValidString(subject) || strings.ContainsFunc(subject, unicode.IsControl):
		return l, Unfit("the subject is more than one line, or has characters that cannot be written")
	case strings.TrimSpace(text) == "":
		return l, Unfit("the text is empty")
	case len(text) > MaxText:
		return l, Unfit(fmt.Sprintf("the text is longer than %d bytes", MaxText))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }):
		return l, Unfit("the text has characters that cannot be written")
	}
	if !t.Editable {
		if subject != oneLine(t.subject.Fill(values, nil)) || text != t.text.Fill(values, nil) {
			return l, Unfit("this letter cannot be changed")
		}
	}
	if t.html == nil {
		return l, nil
	}
	var err error
	l.HTML, err = t.fillHTML(values, text)
	return l, err
}

// Unfit says why a letter cannot be sent.
type Unfit string

func (u Unfit) Error() string { return string(u) }

// oneLine makes one line of values that have several.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsControl(r) }), " ")
}
