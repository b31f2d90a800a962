// Package textfile is for settings that name a file with a text in it: a script, the letter of a mail. The configuration's reader reads the file
// along, so that what is wrong in it is found by the same check as everything else, and told with the file's own line.
package textfile

// MaxSize is how long a file may be, in bytes: far more than a person reads in a call, and little enough to be kept in memory.
const MaxSize = 256 << 10

// File is a text from a file. The zero value is none.
type File struct {
	// Name as it is written in the configuration.
	Name string
	// Path is where it was read from: Name, or for a relative one Name in the folder of the YAML file.
	Path string
	// Text has no byte order mark, and lines that end with \n.
	Text string
}

// UnmarshalText takes the file's name. Who decodes reads the text.
func (f *File) UnmarshalText(text []byte) error {
	*f = File{Name: string(text)}
	return nil
}

// MarshalText is the file's name.
func (f File) MarshalText() ([]byte, error) { return []byte(f.Name), nil }

// IsZero reports whether no file is named.
func (f File) IsZero() bool { return f.Name == "" }
