package campaign

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// source is a file of contacts that can be read more than once.
type source struct {
	name     string // for messages
	file     *os.File
	gzipped  bool
	encoding Encoding // after a look at the byte order mark
	marked   bool     // it has a byte order mark
}

// openSource opens the file, or takes in all of stdin for path "-": a list is
// read twice, first to see whether it is one. Standard input goes into a file
// without a name, which ends with the process.
func openSource(path string, stdin io.Reader, configured Encoding) (*source, error) {
	name, file, err := path, (*os.File)(nil), error(nil)
	if path == "-" {
		name = "standard input"
		file, err = Spool(stdin)
	} else {
		file, err = openTwice(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the list: %w", err)
	}
	return newSource(name, file, configured)
}

// newSource reads a file that is open, and closes it if it is not fit.
func newSource(name string, file *os.File, configured Encoding) (*source, error) {
	s := &source{name: name, file: file}
	if err := s.look(configured); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// openTwice opens a file; what can be read only once (a named pipe) is taken in like standard input.
func openTwice(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.Mode().IsRegular() || info.IsDir() {
		return f, nil
	}
	spooled, err := Spool(f)
	if errClose := f.Close(); err == nil && errClose != nil {
		return nil, errors.Join(errClose, spooled.Close())
	}
	return spooled, err
}

// Spool keeps what can be read only once in a file without a name, which ends with the process.
func Spool(stdin io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "hasshin-import-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := io.Copy(f, stdin); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// magics are the first bytes of things that get mistaken for CSV.
var magics = []struct{ bytes, what, hint string }{
	{"PK\x03\x04", "a zip archive or an Excel workbook (.xlsx)", "open it and save it as \"CSV UTF-8\""},
	{"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "open it and save it as \"CSV UTF-8\""},
	{"%PDF", "a PDF document", ""},
	{"\x28\xb5\x2f\xfd", "compressed with zstd", "decompress it first: zstd -d"},
	{"BZh", "compressed with bzip2", "decompress it first: bunzip2"},
	{"\xfd7zXZ\x00", "compressed with xz", "decompress it first: unxz"},
	{"\x7fELF", "a program", ""},
	{"\x89PNG", "a picture", ""},
}

// look finds out about compression and the byte order mark.
func (s *source) look(configured Encoding) error {
	info, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("open the list: %w", err)
	}
	if info.IsDir() {
		return &FileError{File: s.name, Byte: -1, Code: FileBinary, Message: "this is a directory, not a file of contacts"}
	}
	head, err := s.head()
	if err != nil {
		return err
	}
	if len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b {
		s.gzipped = true
		if head, err = s.head(); err != nil {
			return err
		}
	}
	for _, m := range magics {
		if len(head) >= len(m.bytes) && string(head[:len(m.bytes)]) == m.bytes {
			return &FileError{File: s.name, Byte: -1, Code: FileBinary, Message: "this is " + m.what + ", not a CSV file", Hint: m.hint}
		}
	}
	s.encoding = configured
	if marked, ok := byteOrderMark(head); ok {
		s.encoding, s.marked = marked, true
	}
	return nil
}

// head reads the first bytes of the (decompressed) content.
func (s *source) head() ([]byte, error) {
	r, err := s.raw()
	if err != nil {
		return nil, err
	}
	head := make([]byte, 8)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, s.readError(err)
	}
	return head[:n], nil
}

// raw reads the content from its beginning, decompressed and not decoded.
func (s *source) raw() (io.Reader, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	if !s.gzipped {
		return s.file, nil
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(s.file, 256<<10))
	if err != nil {
		return nil, s.readError(err)
	}
	return z, nil
}

// text reads the content as UTF-8 from offset on, without the byte order mark. Offsets
// are those of the decoded text.
func (s *source) text(offset int64) (io.Reader, error) {
	raw, err := s.raw()
	if err != nil {
		return nil, err
	}
	if s.marked && s.encoding == EncodingUTF8 {
		if _, err := io.CopyN(io.Discard, raw, 3); err != nil {
			return nil, s.readError(err)
		}
	}
	text := s.encoding.decode(raw)
	if _, err := io.CopyN(io.Discard, text, offset); err != nil {
		return nil, s.readError(err)
	}
	return text, nil
}

func (s *source) readError(err error) error {
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || s.gzipped && errors.Is(err, io.ErrUnexpectedEOF) {
		return &FileError{File: s.name, Byte: -1, Code: FileBinary, Message: "the gzip archive is damaged: " + err.Error()}
	}
	return fmt.Errorf("read the list %s: %w", s.name, err)
}

func (s *source) close() error { return s.file.Close() }
