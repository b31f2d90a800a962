package desk

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hasshin/hasshin/desk/api"
)

// What docs.html shows.
type (
	docsView struct {
		Title, Version string
		Introduction   template.HTML
		Groups         []docsGroup
		Codes          []docsCode
		Schemas        []docsSchema
	}
	docsGroup struct {
		Name, Description string
		Operations        []docsOperation
	}
	docsOperation struct {
		ID, Verb, Path, Summary, Privilege, Find string
		Description                              template.HTML
		Parameters                               []docsField
		Request                                  *docsBody
		Answers                                  []docsAnswer
		Refusals                                 []docsRefusal
	}
	docsBody struct {
		Schema, Example string
		Fields          []docsField
	}
	docsAnswer struct {
		Status, Class, Title, Schema string
		Examples                     []docsExample
	}
	docsExample struct{ Name, Summary, Value string }
	docsRefusal struct {
		Status, Class string
		Codes         []string
	}
	docsField struct {
		Name, Type, Where, Description, Example string
		Refs                                    []string
		Enum                                    []string
		Required                                bool
	}
	docsSchema struct {
		Name, Find string
		Fields     []docsField
	}
	docsCode struct {
		api.CodeInfo
		Class string
	}
)

// docsPage arranges the OpenAPI document for reading. order has the ids of the operations as they should follow each other.
func docsPage(doc *huma.OpenAPI, order []string) docsView {
	view := docsView{Title: doc.Info.Title, Version: doc.Info.Version, Introduction: paragraphs(doc.Info.Description)}
	for _, tag := range doc.Tags {
		group := docsGroup{Name: tag.Name, Description: tag.Description}
		for _, op := range tagged(doc, tag.Name, order) {
			group.Operations = append(group.Operations, describeOperation(doc, op))
		}
		view.Groups = append(view.Groups, group)
	}
	for _, info := range api.Codes() {
		view.Codes = append(view.Codes, docsCode{info, class(strconv.Itoa(info.Status))})
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		view.Schemas = append(view.Schemas, docsSchema{Name: name, Find: name, Fields: fieldsOf(schemas[name])})
	}
	return view
}

// tagged are a tag's operations.
func tagged(doc *huma.OpenAPI, tag string, order []string) []*huma.Operation {
	var all []*huma.Operation
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil && slices.Contains(op.Tags, tag) {
				all = append(all, op)
			}
		}
	}
	slices.SortFunc(all, func(a, b *huma.Operation) int {
		return cmp.Compare(slices.Index(order, a.OperationID), slices.Index(order, b.OperationID))
	})
	return all
}

func describeOperation(doc *huma.OpenAPI, op *huma.Operation) docsOperation {
	view := docsOperation{
		ID: op.OperationID, Verb: strings.ToLower(op.Method), Path: op.Path, Summary: op.Summary, Description: paragraphs(op.Description),
		Find: strings.Join([]string{op.OperationID, op.Path, op.Summary, op.Method}, " "),
	}
	if who, ok := op.Metadata[accessKey].(access); ok && who.privilege != "" {
		view.Privilege = string(who.privilege)
	}
	for _, p := range op.Parameters {
		field := describeField(p.Name, p.Schema)
		field.Where = p.In
		field.Description = cmp.Or(p.Description, field.Description)
		if p.Example != nil {
			field.Example = fmt.Sprint(p.Example)
		}
		view.Parameters = append(view.Parameters, field)
	}
	if op.RequestBody != nil {
		media := op.RequestBody.Content["application/json"]
		if media == nil {
			media = op.RequestBody.Content[uploadTypes[0]]
		}
		body := &docsBody{Schema: refName(media.Schema), Example: pretty(media.Example)}
		if body.Schema != "" {
			body.Fields = fieldsOf(doc.Components.Schemas.SchemaFromRef(media.Schema.Ref))
		}
		view.Request = body
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		describeResponse(&view, status, op.Responses[status])
	}
	return view
}

func describeResponse(view *docsOperation, status string, r *huma.Response) {
	if problems := r.Content[api.ProblemType]; problems != nil {
		refusal := docsRefusal{Status: status, Class: class(status)}
		for _, info := range api.Codes() { // in the order of the table
			if _, ok := problems.Examples[string(info.Code)]; ok {
				refusal.Codes = append(refusal.Codes, string(info.Code))
			}
		}
		view.Refusals = append(view.Refusals, refusal)
		return
	}
	code, err := strconv.Atoi(status)
	answer := docsAnswer{Status: status, Class: class(status), Title: r.Description}
	if err == nil && answer.Title == "" {
		answer.Title = http.StatusText(code)
	}
	for _, media := range r.Content {
		answer.Schema = refName(media.Schema)
		if media.Example != nil {
			answer.Examples = append(answer.Examples, docsExample{Value: pretty(media.Example)})
		}
		for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
			e := media.Examples[name]
			answer.Examples = append(answer.Examples, docsExample{Name: name, Summary: e.Summary, Value: pretty(e.Value)})
		}
	}
	view.Answers = append(view.Answers, answer)
}

func fieldsOf(schema *huma.Schema) []docsField {
	var fields []docsField
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		field := describeField(name, schema.Properties[name])
		field.Required = slices.Contains(schema.Required, name)
		fields = append(fields, field)
	}
	// What is always there comes first: it is what one looks for.
	slices.SortStableFunc(fields, func(a, b docsField) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return fields
}

func describeField(name string, schema *huma.Schema) docsField {
	field := docsField{Name: name, Description: schema.Description, Type: schema.Type}
	if schema.Format != "" {
		field.Type += ", " + schema.Format
	}
	switch {
	case schema.Ref != "":
		field.Refs = []string{refName(schema)}
	case schema.Type == huma.TypeArray && schema.Items.Ref != "":
		field.Type, field.Refs = "list of", []string{refName(schema.Items)}
	case schema.Type == huma.TypeArray:
		field.Type = "list of " + schema.Items.Type
	case schema.Type == huma.TypeObject:
		field.Type = "map"
	}
	for _, one := range schema.AnyOf {
		field.Refs = append(field.Refs, refName(one))
	}
	if len(schema.AnyOf) > 0 {
		field.Type = "one of"
	}
	for _, value := range schema.Enum {
		field.Enum = append(field.Enum, fmt.Sprint(value))
	}
	if len(schema.Examples) > 0 && len(schema.Enum) == 0 {
		field.Example = compact(schema.Examples[0])
	}
	return field
}

func refName(schema *huma.Schema) string {
	if schema == nil {
		return ""
	}
	return strings.TrimPrefix(schema.Ref, "#/components/schemas/")
}

// class is the first digit of a status, for its colour.
func class(status string) string { return status[:1] }

func pretty(v any) string {
	if text, ok := v.(string); ok || v == nil {
		return text
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

func compact(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// paragraphs renders the little of CommonMark that our descriptions use: paragraphs, `code` and **strong**.
func paragraphs(text string) template.HTML {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph == "" {
			continue
		}
		html := template.HTMLEscapeString(paragraph)
		html = paired(html, "**", "strong")
		html = paired(html, "`", "code")
		b.WriteString("<p>" + html + "</p>\n")
	}
	return template.HTML(b.String())
}

// paired makes every second mark the end of an element and the others its start.
func paired(text, mark, element string) string {
	parts := strings.Split(text, mark)
	for i := 1; i < len(parts)-1; i += 2 {
		parts[i] = "<" + element + ">" + parts[i] + "</" + element + ">"
	}
	return strings.Join(parts, "")
}
