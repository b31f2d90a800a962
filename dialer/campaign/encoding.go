package campaign

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is the character encoding of a list's file. A byte order mark in the
// file outranks it.
type Encoding string

const (
	EncodingUTF8        Encoding = "utf-8"
	EncodingShiftJIS    Encoding = "shift_jis" // with the extensions of Windows code page 932
	EncodingEUCJP       Encoding = "euc-jp"
	EncodingISO88591    Encoding = "iso-8859-1"
	EncodingWindows1252 Encoding = "windows-1252"
	EncodingUTF16       Encoding = "utf-16" // little-endian unless a byte order mark says otherwise
)

// Encodings lists the encodings that can be read.
func Encodings() []Encoding {
	return []Encoding{EncodingUTF8, EncodingShiftJIS, EncodingEUCJP, EncodingISO88591, EncodingWindows1252, EncodingUTF16}
}

// UnmarshalText refuses an unknown encoding. Case does not matter.
func (e *Encoding) UnmarshalText(text []byte) error {
	name := Encoding(strings.ToLower(string(text)))
	if !slices.Contains(Encodings(), name) {
		return fmt.Errorf("%q is not a known encoding; expected %s", text, oneOf(Encodings()))
	}
	*e = name
	return nil
}

// table gives the encoding's implementation, nil for UTF-8, which needs none.
func (e Encoding) table() encoding.Encoding {
	switch e {
	case EncodingShiftJIS:
		return japanese.ShiftJIS
	case EncodingEUCJP:
		return japanese.EUCJP
	case EncodingISO88591:
		return charmap.ISO8859_1
	case EncodingWindows1252:
		return charmap.Windows1252
	case EncodingUTF16:
		return xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM)
	}
	return nil
}

// decode reads r as UTF-8. What is not of the encoding becomes U+FFFD, except in
// UTF-8 itself, which passes as it is.
func (e Encoding) decode(r io.Reader) io.Reader {
	if t := e.table(); t != nil {
		return transform.NewReader(r, t.NewDecoder())
	}
	return r
}

// byteOrderMark tells the encoding that a file's first bytes declare.
func byteOrderMark(head []byte) (Encoding, bool) {
	switch {
	case len(head) >= 3 && string(head[:3]) == "\xef\xbb\xbf":
		return EncodingUTF8, true
	case len(head) >= 2 && (string(head[:2]) == "\xff\xfe" || string(head[:2]) == "\xfe\xff"):
		return EncodingUTF16, true
	}
	return "", false
}

// guessEncoding tells in which encoding text that is not UTF-8 may be, "" when
// nothing fits. It decodes without fault, and of the Japanese ones the one wins
// that gives more of the characters that Japanese is written in: read as the
// other, they come out as half-width katakana and rare signs.
func guessEncoding(text []byte) Encoding {
	best, most := Encoding(""), 0
	for _, e := range []Encoding{EncodingShiftJIS, EncodingEUCJP} {
		decoded, err := e.table().NewDecoder().Bytes(text)
		if err != nil || strings.ContainsRune(string(decoded), utf8.RuneError) {
			continue
		}
		score := 0
		for _, r := range string(decoded) {
			switch {
			case r >= 0xff61 && r <= 0xff9f: // half-width katakana
				score--
			case unicode.In(r, unicode.Hiragana, unicode.Katakana), r >= 0x4e00 && r <= 0x9fff:
				score += 2
			}
		}
		if score > most {
			best, most = e, score
		}
	}
	if best != "" {
		return best
	}
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(text)
	if err != nil || strings.ContainsRune(string(decoded), utf8.RuneError) {
		return ""
	}
	for _, r := range string(decoded) {
		if r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsPunct(r) && !unicode.IsSymbol(r) && r != 0xa0 {
			return ""
		}
	}
	return EncodingWindows1252
}

// iconvName is how iconv(1) calls the encoding.
func (e Encoding) iconvName() string {
	if e == EncodingShiftJIS {
		return "CP932"
	}
	return strings.ToUpper(string(e))
}
