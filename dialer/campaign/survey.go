package campaign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"unicode/utf8"
)

// survey is what a first reading of the whole file tells, before anything is
// written: whether it is text in the right encoding at all, and its identity.
type survey struct {
	digest [sha256.Size]byte // of the content, decompressed and not decoded
	size   int64             // of the decoded text in bytes
}

// wrongLines is how many lines in a hundred may have characters that are none
// before the whole file is taken to be in another encoding. Fewer are damaged
// rows, which are rejected one by one.
const wrongLines = 1

// surveyor looks at the lines of the decoded text.
type surveyor struct {
	src     *source
	decoded bool // from another encoding: what was wrong is U+FFFD now

	offset         int64 // of the next byte
	lines          int
	returns        bool // there are carriage returns
	wrong          int  // lines with characters that are none
	firstWrong     int  // line
	firstWrongByte int64
	sample         []byte // of wrong lines, as they are
	tail           []byte // an unfinished line
}

// takeStock reads all of src.
func takeStock(ctx context.Context, src *source) (survey, error) {
	raw, err := src.raw()
	if err != nil {
		return survey{}, err
	}
	sum := sha256.New()
	look := &surveyor{src: src, decoded: src.encoding.table() != nil}
	alsoUTF8 := &utf8Watch{}
	r := io.TeeReader(raw, io.MultiWriter(sum, alsoUTF8))
	if err := look.read(ctx, src.encoding.decode(r)); err != nil {
		return survey{}, err
	}
	if look.decoded && src.encoding != EncodingUTF16 && alsoUTF8.is() {
		return survey{}, &FileError{
			File: src.name, Byte: -1, Code: FileWrongEncoding,
			Message: fmt.Sprintf("this is UTF-8 text, and the campaign's list is configured as %s", src.encoding),
			Hint:    "set list.encoding to utf-8",
		}
	}
	if err := look.judge(); err != nil {
		return survey{}, err
	}
	s := survey{size: look.offset}
	if src.marked && src.encoding == EncodingUTF8 {
		s.size -= 3
	}
	copyDigest(&s.digest, sum)
	return s, nil
}

func copyDigest(to *[sha256.Size]byte, from hash.Hash) { copy(to[:], from.Sum(nil)) }

func (v *surveyor) read(ctx context.Context, text io.Reader) error {
	block := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := text.Read(block)
		if e := v.block(block[:n]); e != nil {
			return e
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return v.src.readError(err)
		}
	}
}

// block looks at the next piece of text. Whole lines are judged; an unfinished
// one waits for the rest, unless it is longer than any line may be.
func (v *surveyor) block(b []byte) error {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return &FileError{
			File: v.src.name, Line: v.lines + bytes.Count(b[:i], []byte{'\n'}) + 1, Byte: v.offset + int64(len(v.tail)+i), Code: FileBinary,
			Message: "this is not a text file: it has a NUL byte", Hint: "save the list as \"CSV UTF-8\"",
		}
	}
	v.returns = v.returns || bytes.IndexByte(b, '\r') >= 0
	text := append(v.tail, b...)
	whole := bytes.LastIndexByte(text, '\n') + 1
	if whole == 0 && len(text) > maxRow {
		// Cut before the last character, which may be unfinished.
		whole = len(text) - 1
		for whole > len(text)-utf8.UTFMax && !utf8.RuneStart(text[whole]) {
			whole--
		}
	}
	v.judgeLines(text[:whole])
	v.tail = append(v.tail[:0], text[whole:]...)
	return nil
}

func (v *surveyor) judgeLines(text []byte) {
	if v.fine(text) {
		v.lines += bytes.Count(text, []byte{'\n'})
		v.offset += int64(len(text))
		return
	}
	for line := range bytes.Lines(text) {
		if !v.fine(line) {
			v.wrong++
			if v.firstWrong == 0 {
				v.firstWrong, v.firstWrongByte = v.lines+1, v.offset+int64(v.wrongAt(line))
			}
			if len(v.sample) < 4<<10 {
				v.sample = append(v.sample, line...)
			}
		}
		v.offset += int64(len(line))
		if line[len(line)-1] == '\n' {
			v.lines++
		}
	}
}

// fine reports whether all characters of text are ones.
func (v *surveyor) fine(text []byte) bool {
	if v.decoded {
		return !bytes.ContainsRune(text, utf8.RuneError)
	}
	return utf8.Valid(text)
}

func (v *surveyor) wrongAt(line []byte) int {
	if v.decoded {
		return bytes.IndexRune(line, utf8.RuneError)
	}
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return 0
}

// judge says what the whole file's text came to.
func (v *surveyor) judge() error {
	lastLine := v.lines
	if len(v.tail) > 0 {
		v.judgeLines(v.tail)
		lastLine++
	}
	if v.lines == 0 && v.returns {
		return &FileError{
			File: v.src.name, Byte: -1, Code: FileWrongLineEnds,
			Message: "its lines end with a carriage return alone", Hint: `convert it: tr '\r' '\n' < list.csv > list-lf.csv`,
		}
	}
	if v.wrong == 0 || v.firstWrong > 1 && v.wrong*100 <= lastLine*wrongLines {
		return nil
	}
	e := &FileError{File: v.src.name, Line: v.firstWrong, Byte: v.firstWrongByte, Code: FileWrongEncoding}
	if v.decoded {
		e.Message = fmt.Sprintf("this is not %s text (%d of %d lines have characters that are none)", v.src.encoding, v.wrong, lastLine)
		e.Byte = -1 // offsets of decoded text mean nothing to its reader
		e.Hint = "set list.encoding to what the list is really in"
		return e
	}
	e.Message = fmt.Sprintf("this is not UTF-8 text (%d of %d lines have bytes that are none)", v.wrong, lastLine)
	guess := guessEncoding(v.sample)
	if guess == "" {
		e.Hint = "save the list as \"CSV UTF-8\", or set list.encoding to what it is in"
		return e
	}
	e.Message += fmt.Sprintf("; it looks like %s", guess)
	e.Hint = fmt.Sprintf("set list.encoding to %s, or convert it: iconv -f %s -t UTF-8 list.csv > list-utf8.csv", guess, guess.iconvName())
	return e
}

// utf8Watch sees whether a stream is UTF-8 and more than ASCII.
type utf8Watch struct {
	broken, wide bool
	tail         []byte
}

// is reports whether what was written is UTF-8 with characters beyond ASCII.
func (w *utf8Watch) is() bool { return !w.broken && w.wide && len(w.tail) == 0 }

func (w *utf8Watch) Write(p []byte) (int, error) {
	if w.broken {
		return len(p), nil
	}
	text := append(w.tail, p...)
	whole := len(text)
	for i := 1; i <= utf8.UTFMax && i <= len(text); i++ {
		if utf8.RuneStart(text[len(text)-i]) {
			if !utf8.FullRune(text[len(text)-i:]) {
				whole = len(text) - i
			}
			break
		}
	}
	w.broken = !utf8.Valid(text[:whole])
	if !w.wide && !w.broken {
		w.wide = bytes.IndexFunc(text[:whole], func(r rune) bool { return r >= utf8.RuneSelf }) >= 0
	}
	w.tail = append([]byte(nil), text[whole:]...)
	return len(p), nil
}
