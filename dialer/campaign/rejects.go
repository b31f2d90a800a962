package campaign

import (
	"bytes"
	"context"
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

// rejects collects the rows that were not imported: line, code and reason,
// then the original columns. It is CSV in UTF-8 with a byte order mark, so that
// spreadsheets and a later import read it right whatever the list was in. It is
// made when the first row comes.
type rejects struct {
	path      string
	delimiter byte
	header    []string // of the list
	to        rejectsPlace
	size      int64
	lost      bool // what an earlier run wrote is gone
}

// rejectsPlace is where rejects are kept. Only one of its paths is written to.
type rejectsPlace interface {
	// unused names a place that has none yet.
	unused() (path string, err error)
	// resume goes on with what an earlier run left at path, as it was at size. It reports false when that is not there any more.
	resume(ctx context.Context, path string, size int64) (found bool, err error)
	// write puts b behind the first at bytes, all of it or nothing. Written again, the same is there once.
	write(ctx context.Context, path string, at int64, b []byte) error
	// sync makes what was written last.
	sync() error
	close() error
}

func (req ImportRequest) rejectsPlace() rejectsPlace {
	switch {
	case req.RejectsTo != nil:
		return req.RejectsTo
	case req.DryRun:
		return noRejects{}
	case req.Rejects != "":
		return &rejectsFile{wanted: req.Rejects}
	}
	return &rejectsFile{wanted: rejectsPath(req.Path)}
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

// resume goes on with what an earlier run of the same import wrote, as it was at
// size. It reports false when that is gone and new rejects have to take the rest;
// whatever is in their place now is left alone.
func (r *rejects) resume(ctx context.Context, size int64) (found bool, err error) {
	if found, err = r.to.resume(ctx, r.path, size); found {
		r.size = size
	}
	r.lost = err == nil && !found && size > 0
	return found, err
}

// add writes rows with one write, so that a killed process leaves whole batches.
func (r *rejects) add(ctx context.Context, rejected []rejection) error {
	if len(rejected) == 0 {
		return nil
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = rune(r.delimiter)
	if r.size == 0 {
		b.WriteString(bom)
		if err := w.Write(append([]string{rejectLine, rejectCode, rejectReason}, r.header...)); err != nil {
			return fmt.Errorf("write the rejects: %w", err)
		}
	}
	for _, rej := range rejected {
		row := append([]string{strconv.Itoa(rej.line), string(rej.reason), rej.text}, rej.fields...)
		if err := w.Write(row); err != nil {
			return fmt.Errorf("write the rejects: %w", err)
		}
	}
	w.Flush()
	if err := r.to.write(ctx, r.path, r.size, b.Bytes()); err != nil {
		return err
	}
	r.size += int64(b.Len())
	return nil
}

func (r *rejects) sync() error  { return r.to.sync() }
func (r *rejects) close() error { return r.to.close() }

// noRejects keeps nothing.
type noRejects struct{}

func (noRejects) unused() (string, error)                             { return "", nil }
func (noRejects) resume(context.Context, string, int64) (bool, error) { return false, nil }
func (noRejects) write(context.Context, string, int64, []byte) error  { return nil }
func (noRejects) sync() error                                         { return nil }
func (noRejects) close() error                                        { return nil }

// rejectsFile is rejects in a file.
type rejectsFile struct {
	wanted string
	file   *os.File
}

func (r *rejectsFile) unused() (string, error) {
	path, err := filepath.Abs(r.wanted)
	if err != nil {
		return "", fmt.Errorf("name the rejects file: %w", err)
	}
	return unusedPath(path)
}

func (r *rejectsFile) resume(_ context.Context, path string, size int64) (found bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("go on with the rejects file: %w", err)
	}
	ours, err := isRejects(f, size)
	if err == nil && ours {
		err = f.Truncate(size)
	}
	if err != nil {
		return false, errors.Join(fmt.Errorf("go on with the rejects file: %w", err), f.Close())
	}
	if !ours {
		return false, f.Close()
	}
	r.file = f
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

func (r *rejectsFile) write(_ context.Context, path string, at int64, b []byte) error {
	if r.file == nil {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("make the rejects file: %w", err)
		}
		r.file = f
	}
	if _, err := r.file.WriteAt(b, at); err != nil {
		return fmt.Errorf("write the rejects file: %w", err)
	}
	return nil
}

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
