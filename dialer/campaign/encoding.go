package campaign

import (
	"fmt"
	"slices"
)

// Encoding is the character encoding of a list's file.
type Encoding string

const (
	EncodingUTF8        Encoding = "utf-8"
	EncodingShiftJIS    Encoding = "shift_jis"
	EncodingEUCJP       Encoding = "euc-jp"
	EncodingISO88591    Encoding = "iso-8859-1"
	EncodingWindows1252 Encoding = "windows-1252"
	EncodingUTF16       Encoding = "utf-16"
)

// Encodings lists the encodings that can be read.
func Encodings() []Encoding {
	return []Encoding{EncodingUTF8, EncodingShiftJIS, EncodingEUCJP, EncodingISO88591, EncodingWindows1252, EncodingUTF16}
}

// UnmarshalText refuses an unknown encoding.
func (e *Encoding) UnmarshalText(text []byte) error {
	if !slices.Contains(Encodings(), Encoding(text)) {
		return fmt.Errorf("%q is not a known encoding; expected %s", text, oneOf(Encodings()))
	}
	*e = Encoding(text)
	return nil
}
