package decisionlog

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hasshin/hasshin/dialer/pacing"
)

// Write writes records, one a line.
func Write(w io.Writer, records []pacing.Record) error {
	buffered := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffered)
	for _, r := range records {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// longest is how long a line can be: one that names a hundred thousand callbacks fits.
const longest = 4 << 20

// Read reads records, one a line, compressed or not. What a killed process had not written to the end is left out. Errors name the line.
func Read(r io.Reader) ([]pacing.Record, error) {
	buffered := bufio.NewReader(r)
	var plain io.Reader = buffered
	cut := false
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		unzipped, err := gzip.NewReader(buffered)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		plain = &untilCut{r: unzipped, cut: &cut}
	}
	var records []pacing.Record
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, longest)
	for lines.Scan() {
		var record pacing.Record
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			if cut && !lines.Scan() {
				break // half a line
			}
			return nil, fmt.Errorf("line %d: %w", len(records)+1, err)
		}
		records = append(records, record)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", len(records)+1, err)
	}
	return records, nil
}

// untilCut ends where a compressed file was cut.
type untilCut struct {
	r   io.Reader
	cut *bool
}

func (u *untilCut) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		*u.cut, err = true, io.EOF
	}
	return n, err
}

// ReadFiles reads files in this order, as one log.
func ReadFiles(names []string) ([]pacing.Record, error) {
	var all []pacing.Record
	for _, name := range names {
		records, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, records...)
	}
	return all, nil
}

func readFile(name string) ([]pacing.Record, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f)
}
