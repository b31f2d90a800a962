package yamlstrict

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/hasshin/hasshin/internal/secret"
)

// fileSuffix makes of a secret's key the one that names a file.
const fileSuffix = "_file"

// maxSecret is the size of the largest file taken as a secret, in bytes. A key
// file has a few thousand; a mistaken name can be anything.
const maxSecret = 64 << 10

// decodeSecret never repeats the value, not even of a number.
func (d *decoder) decodeSecret(v reflect.Value, n *node, path string) {
	d.result.hide(n)
	if n.kind != kindText {
		what, hint := n.what(), "write it in quotes, or as ${env:NAME}"
		if n.kind == kindInt || n.kind == kindFloat || n.kind == kindBool {
			what = "not a text"
		}
		if n.kind == kindNull {
			hint = "to have none, leave the key out"
		}
		d.issue(n, path, "is "+what+", want a text", hint)
		return
	}
	text, _, err := d.expand(n)
	if err != nil {
		d.issue(n, path, err.Error(), "")
		return
	}
	v.Set(reflect.ValueOf(secret.New(text)))
}

// decodeSecretFile reads the secret from the file that the key names, without the
// line end that editors leave behind it.
func (d *decoder) decodeSecretFile(v reflect.Value, n *node, path string) (ok bool) {
	var name string
	before := len(d.result.issues)
	d.decodeScalar(reflect.ValueOf(&name).Elem(), n, path, Rules{Example: "/run/secrets/ari"})
	if len(d.result.issues) > before {
		return false
	}
	if name == "" {
		d.issue(n, path, "is empty, want the name of a file", "")
		return false
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(n.src.Dir, name)
	}
	content, err := d.opts.ReadFile(name)
	if err != nil {
		d.issue(n, path, err.Error(), "a relative name starts at the folder of this file")
		return false
	}
	if len(content) > maxSecret {
		d.issue(n, path, fmt.Sprintf("the file is %d bytes long; a secret has at most %d", len(content), maxSecret), "")
		return false
	}
	text := strings.TrimRight(string(content), "\r\n")
	if text == "" {
		d.issue(n, path, "the file is empty", "")
		return false
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(secretType))
		v = v.Elem()
	}
	v.Set(reflect.ValueOf(secret.New(text)))
	return true
}
