package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// moduleRoot finds the folder of go.mod above the working folder, and the module's path.
func moduleRoot() (root, module string, err error) {
	root, err = os.Getwd()
	if err != nil {
		return "", "", err
	}
	for {
		f, err := os.Open(filepath.Join(root, "go.mod"))
		if err == nil {
			defer f.Close()
			for lines := bufio.NewScanner(f); lines.Scan(); {
				if module, ok := strings.CutPrefix(lines.Text(), "module "); ok {
					return root, strings.TrimSpace(module), nil
				}
			}
			return "", "", fmt.Errorf("%s names no module", f.Name())
		}
		parent := filepath.Dir(root)
		if parent == root {
			return "", "", fmt.Errorf("there is no go.mod above the working folder")
		}
		root = parent
	}
}

// source has the comments of the module's packages, read when first asked for.
type source struct {
	root, module string
	packages     map[string]*comments // by import path
}

// comments are what is written about the types of one package.
type comments struct {
	types  map[string]string            // type → comment
	fields map[string]map[string]string // type → field → comment
	values map[string][]value           // type → its constants
}

// value is a constant of a string type.
type value struct{ text, comment string }

func (s *source) of(t reflect.Type) (*comments, error) {
	path := t.PkgPath()
	if known, ok := s.packages[path]; ok {
		return known, nil
	}
	c := &comments{types: map[string]string{}, fields: map[string]map[string]string{}, values: map[string][]value{}}
	s.packages[path] = c
	within, ok := strings.CutPrefix(path, s.module+"/")
	if !ok {
		return c, nil // of another module: its comments are not about our configuration
	}
	dir := filepath.Join(s.root, filepath.FromSlash(within))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".go" || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, filepath.Join(dir, entry.Name()), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if g, ok := decl.(*ast.GenDecl); ok {
				c.collect(g)
			}
		}
	}
	return c, nil
}

func (c *comments) collect(g *ast.GenDecl) {
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			about := spec.Doc
			if about == nil {
				about = g.Doc
			}
			name := spec.Name.Name
			c.types[name] = plain(about.Text(), name)
			if s, ok := spec.Type.(*ast.StructType); ok {
				c.fields[name] = map[string]string{}
				for _, f := range s.Fields.List {
					for _, id := range f.Names {
						text := f.Doc.Text()
						if text == "" {
							text = f.Comment.Text()
						}
						c.fields[name][id.Name] = plain(text, id.Name)
					}
				}
			}
		case *ast.ValueSpec:
			if t, ok := spec.Type.(*ast.Ident); ok && g.Tok == token.CONST && len(spec.Values) == len(spec.Names) {
				for i, v := range spec.Values {
					lit, ok := v.(*ast.BasicLit)
					if !ok || lit.Kind != token.STRING {
						continue
					}
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						continue // the compiler has accepted it, so it is not one
					}
					c.values[t.Name] = append(c.values[t.Name], value{text, plain(spec.Comment.Text(), spec.Names[i].Name)})
				}
			}
		}
	}
}

// plain makes of a Go comment what can stand in a page: one line a paragraph, without
// the links in brackets, and without the Go name it begins with.
func plain(text, name string) string {
	var p comment.Parser
	doc := p.Parse(text)
	text = string((&comment.Printer{TextWidth: -1}).Text(doc))
	text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(text, name+" ")
	if !ok {
		return text
	}
	first, others, _ := strings.Cut(rest, " ")
	switch {
	case first == "is" || first == "are":
		if first, _, _ := strings.Cut(others, " "); strings.HasPrefix(others, first+" (") {
			return others // one of the possible values, which keeps its case
		}
		return capital(others)
	case strings.HasSuffix(first, "s"):
		return capital(rest)
	}
	return text
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
