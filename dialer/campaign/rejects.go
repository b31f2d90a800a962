package campaign

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// rejectsFile collects the rows that were not imported: line, code and reason,
// then the original columns. It is CSV in UTF-8 with a byte order mark, so that
// spreadsheets and a later import read it right whatever the list was in. It is
// made when the first row comes.
type rejectsFile struct {
	path      string
	delimiter byte
	header    []string // of the list
	file      *os.File
	size      int64
	lost      bool // what an earlier run wrote is gone
}

const bom = "\xef\xbb\xbf"

// rejectsPath is where the rejects of a list go unless told otherwise.
func rejectsPath(list string) string {
	if list == "-" {
		return "stdin.rejects.csv"
	}
	list = strings.TrimSuffix(list, ".gz")
	return strings.TrimSuffix(list, filepath.Ext(list)) + ".rejects.csv"
}

// unusedPath is path, or with a number before its extension when that exists: rejects that somebody is mending are not overwritten. That a file
// can be made there is tried at once, not when the first row is rejected.
func unusedPath(path string) (string, error) {
	ext := filepath.Ext(path)
	name := path
	for n := 2; ; n++ {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			return name, errors.Join(f.Close(), os.Remove(name))
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("the rejects file cannot be made: %w", err)
		}
		name = strings.TrimSuffix(path, ext) + "-" + strconv.Itoa(n) + ext
	}
}

// resume goes on with the file that an earlier run of the same import wrote, as
// it was at size. It reports false when that is gone and a new file has to take
// the rest; whatever is in its place now is left alone.
func (r *rejectsFile) resume(size int64) (found bool, err error) {
	f, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		r.lost = size > 0
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("go on with the rejects file: %w", err)
	}
	ours, err := isRejects(f, size)
	if err == nil && ours {
		err = f.Truncate(size)
	}
	if err == nil && ours {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		return false, errors.Join(fmt.Errorf("go on with the rejects file: %w", err), f.Close())
	}
	if !ours {
		r.lost = size > 0
		return false, f.Close()
	}
	r.file, r.size = f, size
	return true, nil
}

// isRejects reports whether f is a rejects file of at least that size.
func isRejects(f *os.File, size int64) (bool, error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	head := make([]byte, len(bom)+len(rejectLine))
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, err
	}
	return info.Size() >= size && string(head[:n]) == bom+rejectLine, nil
}

// add writes rows with one write, so that a killed process leaves whole batches.
func (r *rejectsFile) add(rejected []rejection) error {
	if len(rejected) == 0 {
		return nil
	}
	if r.file == nil {
		f, err := os.OpenFile(r.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("make the rejects file: %w", err)
		}
		r.file = f
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = rune(r.delimiter)
	if r.size == 0 {
		b.WriteString(bom)
		if err := w.Write(append([]string{rejectLine, rejectCode, rejectReason}, r.header...)); err != nil {
			return fmt.Errorf("write the rejects file: %w", err)
		}
	}
	for _, rej := range rejected {
		row := append([]string{strconv.Itoa(rej.line), string(rej.reason), rej.text}, rej.fields...)
		if err := w.Write(row); err != nil {
			return fmt.Errorf("write the rejects file: %w", err)
		}
	}
	w.Flush()
	n, err := r.file.Write(b.Bytes())
	r.size += int64(n)
	if err != nil {
		return fmt.Errorf("write the rejects file: %w", err)
	}
	return nil
}

// sync makes what was written last.
func (r *rejectsFile) sync() error {
	if r.file == nil {
		return nil
	}
	if err := r.file.Sync(); err != nil {
		return fmt.Errorf("write the rejects file: %w", err)
	}
	return nil
}

func (r *rejectsFile) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
