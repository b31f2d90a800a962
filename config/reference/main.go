// Command reference writes the reference of the configuration for people,
// docs/config.md, and the JSON Schema for editors, docs/config.schema.json, from the
// structs that the configuration is read into and the comments on their fields.
//
// Run it with go generate ./config. `make lint` fails when the files are not what it
// would write.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run() error {
	root, module, err := moduleRoot()
	if err != nil {
		return err
	}
	files, err := generate(root, module)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate makes the files, by their names from the root of the module.
func generate(root, module string) (map[string][]byte, error) {
	sections, err := describe(root, module)
	if err != nil {
		return nil, err
	}
	schema, err := jsonSchema(sections)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"docs/config.md":          markdown(sections),
		"docs/config.schema.json": schema,
	}, nil
}
