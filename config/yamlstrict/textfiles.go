package yamlstrict

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/hasshin/hasshin/internal/textfile"
)

var textFileType = reflect.TypeFor[textfile.File]()

// decodeTextFile reads the text of the file that the value names.
func (d *decoder) decodeTextFile(v reflect.Value, n *node, path string, rules Rules) {
	before := len(d.result.issues)
	d.decodeScalar(v, n, path, rules)
	if len(d.result.issues) > before {
		return
	}
	f := v.Interface().(textfile.File)
	if f.Name == "" {
		d.issue(n, path, "is empty, want the name of a file", "to have none, leave the key out")
		return
	}
	f.Path = f.Name
	if !filepath.IsAbs(f.Path) {
		f.Path = filepath.Join(n.src.Dir, f.Path)
	}
	content, err := d.opts.ReadFile(f.Path)
	switch {
	case err != nil:
		d.issue(n, path, err.Error(), "a relative name starts at the folder of this file")
		return
	case len(content) > textfile.MaxSize:
		d.issue(n, path, fmt.Sprintf("the file is %d bytes long; expected at most %d", len(content), textfile.MaxSize), "")
		return
	case !utf8.Valid(content):
		d.issue(n, path, "the file is not UTF-8", "write it anew in that encoding")
		return
	}
	f.Text = strings.ReplaceAll(strings.TrimPrefix(string(content), "\ufeff"), "\r\n", "\n")
	v.Set(reflect.ValueOf(f))
}
