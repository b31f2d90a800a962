package recording

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// Files are the finished recordings, below one directory. Nothing outside of it can be reached, whatever a name says (see [os.Root]).
type Files struct{ root *os.Root }

// OpenFiles opens the directory, which must be there.
func OpenFiles(directory string) (*Files, error) {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, fmt.Errorf("directory of recordings: %w", err)
	}
	if err := root.Mkdir(unfinished, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, errors.Join(fmt.Errorf("directory of recordings: %w", err), root.Close())
	}
	return &Files{root}, nil
}

// unfinished is the folder of files that are being made. No template can name it.
const unfinished = ".unfinished"

// Temp makes a file that is not a recording yet. Remove it with Discard.
func (f *Files) Temp(name string) (*os.File, error) {
	return f.root.OpenFile(path.Join(unfinished, name), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
}

// Discard removes a file that Temp made; one that is not there is no error.
func (f *Files) Discard(name string) error {
	if err := f.root.Remove(path.Join(unfinished, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Keep gives a file that Temp made its lasting name, all at once: nobody ever sees a part of it. A name that is taken by another file is refused
// with [fs.ErrExist].
func (f *Files) Keep(temp, name string) error {
	if err := f.root.MkdirAll(path.Dir(name), 0o750); err != nil {
		return err
	}
	from := path.Join(unfinished, temp)
	if err := f.root.Link(from, name); err != nil { // unlike a rename it never replaces anything
		return err
	}
	if err := f.sync(path.Dir(name)); err != nil {
		return err
	}
	return f.root.Remove(from)
}

// sync makes a folder's entries last through a loss of power.
func (f *Files) sync(folder string) error {
	dir, err := f.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Open opens a finished recording.
func (f *Files) Open(name string) (io.ReadSeekCloser, error) { return f.root.Open(name) }

// Delete deletes a finished recording; one that is not there is no error.
func (f *Files) Delete(name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close ends the use of the directory.
func (f *Files) Close() error { return f.root.Close() }
