// Package fold compares texts as people do who search for a name or a number: whatever the case, width, kana or accents.
package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold makes texts alike that people take for the same when they search: upper and lower case, full and half width, accents or none, hiragana and
// katakana. が and か stay two: the voicing mark is no accent. The result is for comparing only.
func Fold(text string) string {
	// NFKC first: it joins half-width katakana with its voicing mark (ｶﾞ → ガ), and makes full-width letters plain ones.
	text = cases.Fold().String(norm.NFKC.String(text))
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFD.String(text) {
		switch {
		case r == voiced || r == semiVoiced:
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // an accent
		case r >= 'ァ' && r <= 'ヶ', r == 'ヽ', r == 'ヾ':
			b.WriteRune(r - 'ァ' + 'ぁ')
		default:
			if plain, ok := strokes[r]; ok {
				b.WriteString(plain)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return norm.NFC.String(b.String())
}

const (
	voiced     = '\u3099' // combining dakuten
	semiVoiced = '\u309a' // combining handakuten
)

// strokes are letters that Unicode does not take apart into a plain letter and an accent.
var strokes = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'ħ': "h", 'ı': "i", 'ŧ': "t", 'æ': "ae", 'œ': "oe", 'þ': "th",
}

// Words splits a folded text where people put a space or a mark.
func Words(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool {
		return unicode.IsSpace(r) || r != 'ー' && (unicode.IsPunct(r) || unicode.IsSymbol(r))
	})
}

// Digits gives the digits of a text that is written like a telephone number, and whether it began with +. ok is false for any other text.
func Digits(text string) (digits string, international, ok bool) {
	text = strings.TrimSpace(norm.NFKC.String(text))
	text, international = strings.CutPrefix(text, "+")
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune(" -‐‑–−ー().・/\u00a0", r):
			return "", false, false
		}
	}
	return b.String(), international, b.Len() > 0
}
