package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hasshin/hasshin/config/yamlstrict"
	"github.com/hasshin/hasshin/internal/problem"
)

// Load reads the configuration from a file, or from all files of a folder whose
// names end in .yaml or .yml, also in folders within. Every one of them has the
// shape of the whole; agents and campaigns, for example, can each have their own.
// What begins with a dot is left alone.
//
// It has no effect besides reading, so it can be called again at any time. A
// configuration in which anything is wrong is not returned; the error then is
// [yamlstrict.Issues] with all of it.
func Load(path string) (*Config, error) {
	names, err := filesAt(path)
	if err != nil {
		return nil, err
	}
	var sources []*yamlstrict.Source
	var issues yamlstrict.Issues
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
		source, wrong := yamlstrict.Parse(name, filepath.Dir(name), text)
		issues = append(issues, wrong...)
		if source != nil {
			sources = append(sources, source)
		}
	}
	if len(issues) > 0 {
		return nil, issues // what one file lacks would be missed in the others
	}
	cfg, err := decode(sources, yamlstrict.Options{})
	if err != nil {
		return nil, err
	}
	return cfg, nil
}

func decode(sources []*yamlstrict.Source, opts yamlstrict.Options) (*Config, error) {
	cfg := Defaults()
	opts.Defaults = ElementDefaults()
	result := yamlstrict.Decode(sources, &cfg, opts)
	result.Locate(problem.Of(cfg.Validate()))
	if err := result.Issues().Err(); err != nil {
		return nil, err
	}
	return &cfg, nil
}

// filesAt lists the files to read, in the order of their names.
func filesAt(path string) ([]string, error) {
	about, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("configuration: there is no file or folder %s", path)
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if !about.IsDir() {
		return []string{path}, nil
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden := strings.HasPrefix(entry.Name(), ".") && name != path; hidden {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(name); !entry.IsDir() && (ext == ".yaml" || ext == ".yml") {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("configuration: the folder %s has no file whose name ends in .yaml", path)
	}
	return names, nil
}
