package campaign

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxRow is the longest row that is read, in bytes. Longer ones are refused without being held in memory.
	maxRow = 1 << 20
	// clippedRow is how much of a row that cannot be taken apart goes into the rejects file.
	clippedRow = 1000
)

// rawRow is one row as it is in the file, without its line end.
type rawRow struct {
	line    int    // of its beginning, from 1
	text    []byte // valid until the next call of next
	problem Reason // why it cannot be taken apart, "" if it can
}

// rowReader cuts decoded CSV (RFC 4180) into rows: a quoted field may contain
// line ends, so that a row is not always a line.
//
// encoding/csv does not do here: it holds a line of any length in memory, an
// opening quote without a closing one swallows the rest of the file, and it
// gives no offset to go on from. This reader refuses such rows one by one. Where a
// quote is never closed, or is closed within a later line by what was meant as an
// opening one, only the line with the stray quote is refused and reading goes on
// at the next line.
type rowReader struct {
	r      io.Reader
	delim  byte
	buf    []byte
	start  int // first byte not yet consumed
	end    int // after the last byte read
	eof    bool
	line   int   // number of the line at start
	offset int64 // of start
}

func newRowReader(r io.Reader, delimiter byte, line int, offset int64) *rowReader {
	return &rowReader{r: r, delim: delimiter, buf: make([]byte, maxRow+64<<10), line: line, offset: offset}
}

// next gives the next row that is not empty; io.EOF after the last.
func (r *rowReader) next() (rawRow, error) {
	for {
		row, err := r.row()
		if err != nil || row.problem != "" || len(bytes.TrimSpace(row.text)) > 0 {
			return row, err
		}
	}
}

// fill reads more, and reports whether there was more.
func (r *rowReader) fill() (bool, error) {
	if r.eof {
		return false, nil
	}
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.start = 0
	}
	for r.end < len(r.buf) {
		n, err := r.r.Read(r.buf[r.end:])
		r.end += n
		if errors.Is(err, io.EOF) {
			r.eof = true
			return n > 0, nil
		}
		if err != nil {
			return false, err
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// row gives the next row, also an empty one.
func (r *rowReader) row() (rawRow, error) {
	scan := rowScan{delim: r.delim, firstBreak: -1}
	for {
		if scan.run(r.buf[r.start:r.end]) {
			break
		}
		// The row has no end so far.
		if r.end-r.start >= maxRow {
			if scan.quoted && scan.firstBreak >= 0 {
				return r.consume(scan.firstBreak, scan.firstBreak+1, ReasonUnclosedQuote), nil
			}
			return r.skipLine()
		}
		more, err := r.fill()
		if err != nil {
			return rawRow{}, err
		}
		if more {
			continue
		}
		left := r.end - r.start
		switch {
		case left == 0:
			return rawRow{}, io.EOF
		case scan.quoted && scan.firstBreak >= 0:
			return r.consume(scan.firstBreak, scan.firstBreak+1, ReasonUnclosedQuote), nil
		case scan.quoted:
			return r.consume(left, left, ReasonUnclosedQuote), nil
		}
		return r.consume(left, left, scan.problem()), nil
	}
	if scan.stray && scan.firstBreak >= 0 {
		return r.consume(scan.firstBreak, scan.firstBreak+1, ReasonUnclosedQuote), nil
	}
	return r.consume(scan.at, scan.at+1, scan.problem()), nil
}

// consume takes a row of that many bytes, and with it that many to the next row's beginning.
func (r *rowReader) consume(length, advance int, problem Reason) rawRow {
	text := r.buf[r.start : r.start+length]
	row := rawRow{line: r.line, text: bytes.TrimSuffix(text, []byte{'\r'}), problem: problem}
	r.line += bytes.Count(r.buf[r.start:r.start+advance], []byte{'\n'})
	r.start += advance
	r.offset += int64(advance)
	return row
}

// skipLine passes over a line that is too long and keeps its beginning for the rejects file.
func (r *rowReader) skipLine() (rawRow, error) {
	row := rawRow{line: r.line, problem: ReasonRowTooLong, text: bytes.Clone(r.buf[r.start : r.start+clippedRow+utf8.UTFMax])}
	for {
		window := r.buf[r.start:r.end]
		if i := bytes.IndexByte(window, '\n'); i >= 0 {
			r.consume(i, i+1, "")
			return row, nil
		}
		r.consume(len(window), len(window), "")
		more, err := r.fill()
		if err != nil {
			return rawRow{}, err
		}
		if !more {
			return row, nil
		}
	}
}

// rowScan looks for the end of a row. It can be run again on the same bytes with more behind them.
type rowScan struct {
	delim      byte
	at         int  // next byte to look at; at the end: the line feed
	quoted     bool // inside quotes
	closed     bool // just after a closing quote
	inField    bool // after the first byte of a field
	stray      bool // something stands behind a closing quote
	firstBreak int  // first line feed, inside quotes; -1 for none
}

func (s *rowScan) problem() Reason {
	if s.stray {
		return ReasonStrayQuote
	}
	return ""
}

// run reports whether the row's end was found.
func (s *rowScan) run(b []byte) bool {
	if s.at == 0 && !s.quoted {
		// Most rows have no quotes.
		if end := bytes.IndexByte(b, '\n'); end >= 0 && bytes.IndexByte(b[:end], '"') < 0 {
			s.at = end
			return true
		}
	}
	for ; s.at < len(b); s.at++ {
		c := b[s.at]
		switch {
		case s.quoted:
			if c == '"' {
				s.quoted, s.closed = false, true
			} else if c == '\n' && s.firstBreak < 0 {
				s.firstBreak = s.at
			}
		case c == '\n':
			return true
		case c == '"' && s.closed: // a doubled quote within quotes
			s.quoted, s.closed = true, false
		case c == '"' && !s.inField:
			s.quoted, s.inField = true, true
		case c == s.delim:
			s.inField, s.closed = false, false
		default:
			if s.closed && c != '\r' {
				s.stray = true
			}
			s.inField = true
		}
	}
	return false
}

// splitFields takes a row apart. What rowReader found no problem in has none.
func splitFields(row string, delimiter byte, fields []string) []string {
	delim := string(delimiter)
	for {
		if !strings.HasPrefix(row, `"`) {
			field, rest, more := strings.Cut(row, delim)
			fields = append(fields, field)
			if !more {
				return fields
			}
			row = rest
			continue
		}
		field, rest := unquote(row[1:])
		fields = append(fields, field)
		_, rest, more := strings.Cut(rest, delim)
		if !more {
			return fields
		}
		row = rest
	}
}

// unquote reads up to the closing quote and gives what is behind it.
func unquote(s string) (field, rest string) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return b.String() + s, ""
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteString(s[:i+1])
			s = s[i+2:]
			continue
		}
		if b.Len() == 0 {
			return s[:i], s[i+1:]
		}
		b.WriteString(s[:i])
		return b.String(), s[i+1:]
	}
}
