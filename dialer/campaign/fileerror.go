package campaign

import (
	"fmt"
	"strings"
)

// FileCode is the stable name of a reason why a whole file is refused.
type FileCode string

const (
	FileEmpty           FileCode = "empty"            // no header line
	FileBinary          FileCode = "binary"           // not text: a workbook, an archive, NUL bytes
	FileWrongEncoding   FileCode = "wrong_encoding"   // not in the encoding that the campaign's list has
	FileWrongLineEnds   FileCode = "wrong_line_ends"  // lines end in CR alone
	FileBadHeader       FileCode = "bad_header"       // the header line cannot be read
	FileMissingColumn   FileCode = "missing_column"   // a configured column is not there
	FileDuplicateColumn FileCode = "duplicate_column" // two columns have the same name
	FileUnknownColumn   FileCode = "unknown_column"   // a column that nobody named, and other_columns is refuse
	FileChanged         FileCode = "changed"          // the file changed while it was read
)

// FileError is why a file was refused as a whole. Nothing of it was imported,
// except for FileChanged.
type FileError struct {
	File    string
	Line    int   // from 1, 0 for none in particular
	Byte    int64 // offset in the file from 0, only where Line is given too; -1 for none in particular
	Code    FileCode
	Message string // what is wrong
	Hint    string // what to do about it, may be empty
}

func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ": line %d", e.Line)
		if e.Byte >= 0 {
			fmt.Fprintf(&b, " (byte %d)", e.Byte)
		}
	}
	b.WriteString(": ")
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}
