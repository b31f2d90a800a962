// Package yamlstrict reads YAML into Go structs and accepts nothing that the
// structs do not say: an unknown key, a wrong type, a key given twice or a value
// out of range is an [Issue] with file, line, column, the line itself and what
// would be right. It goes on after each, so that one reading tells them all.
//
// It parses with goccy/go-yaml and decodes by itself, because every place must
// be known afterwards too: problems that are found later, by the Validate
// methods of the packages whose settings these are, are given the line and
// column of the path they name by [Result.Locate].
//
// # Structs
//
// Every exported field carries its key in a yaml tag, `yaml:"ring_timeout"`, or
// `yaml:"-"` to be left alone; embedded structs, or those tagged `yaml:",inline"`,
// lend their keys to the struct around them. Further tags:
//
//	required:"true"       the key must be given
//	enum:"json,console"   the only allowed texts
//	minimum:"1"           the smallest number or duration allowed
//	maximum:"65535"       the largest
//	example:"30s"         shown when a value is missing or of the wrong type
//
// Besides the basic kinds there are [time.Duration] ("1m30s"), whatever has an
// UnmarshalText method, and [secret.String]. A struct that has an UnmarshalText
// method can be given as a text or as a mapping.
//
// # Texts
//
// `${env:NAME}` in a value stands for that environment variable, which must be
// set; `$${env:` stands for the characters themselves. For a field of type
// secret.String the key with `_file` added names a file that holds the secret.
// A relative name starts at the folder of the YAML file.
//
// # Several files
//
// One value can be spread over files: sections are put together key by key. A
// setting, or an entry of a map, is given once only.
package yamlstrict
