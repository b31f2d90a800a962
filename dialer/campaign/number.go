package campaign

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// NumberError says why a text is no telephone number that can be dialed. It
// quotes the text, so it belongs into a rejects file and not into a log.
type NumberError struct {
	Raw    string // as written in the list
	Region string // whose national numbers were expected
	Reason string
}

func (e *NumberError) Error() string {
	return fmt.Sprintf("%q is not a telephone number (region %s): %s", e.Raw, e.Region, e.Reason)
}

// maxDigits is how many digits a number has at most, country code included (ITU-T E.164, 6.1).
const maxDigits = 15

// maxRawNumber is longer than any way to write a number: 15 digits (ITU-T E.164) with separators and an extension.
const maxRawNumber = 80

var (
	// japaneseExtension is how an extension is written in Japan, which libphonenumber does not know.
	japaneseExtension = regexp.MustCompile(`\s*\(?\s*(?:内線番号|内線|内)\s*:?\s*(\d{1,7})\s*\)?\s*$`)
	// scientific is what a spreadsheet makes of a long number in a column that it takes for a quantity.
	scientific = regexp.MustCompile(`^\d[.,]\d+[eE]\+?\d+$`)
)

// Normalize reads a telephone number as people write it and gives it in E.164.
//
// region (ISO 3166 alpha-2) tells whose national format to expect. Full-width
// digits and signs, separators of all kinds, extensions, a leading + and the
// region's own international prefix (010 in Japan, 00 in Britain, 011 in the United States)
// are understood; 00 is understood in every region where it means nothing
// else. A national number without its trunk 0, as spreadsheets leave it, is accepted too.
// The number must be of a range that the numbering plan (libphonenumber's
// metadata) assigns; short and emergency numbers are none.
func Normalize(raw, region string) (Number, error) {
	text := raw
	if len(text) > maxRawNumber {
		return Number{}, &NumberError{Raw: clip(raw, maxRawNumber), Region: region, Reason: "it is too long"}
	}
	if !isASCII(text) {
		text = japaneseExtension.ReplaceAllString(norm.NFKC.String(text), " ext $1")
	}
	text = strings.TrimSpace(text)
	if n, ok := plainNational(text, region); ok {
		return n, nil
	}
	parsed, err := parseNumber(text, region)
	if err != nil && strings.HasPrefix(text, "00") {
		// 00 is the prefix that ITU-T E.164 recommends, and lists from abroad carry it.
		if again, errAgain := parseNumber("+"+strings.TrimLeft(text, "0"), region); errAgain == nil {
			parsed, err = again, nil
		}
	}
	if err != nil {
		reason := err.Error()
		if scientific.MatchString(text) {
			reason = "a spreadsheet turned it into a quantity and lost its digits; format the column as text and export again"
		}
		return Number{}, &NumberError{Raw: raw, Region: region, Reason: reason}
	}
	e164 := phonenumbers.Format(parsed, phonenumbers.E164)
	if len(e164) > len("+")+maxDigits { // some numbering plans in the metadata, as Germany's, have room for more
		return Number{}, &NumberError{Raw: raw, Region: region, Reason: "it has too many digits"}
	}
	return Number{E164: e164, Extension: parsed.GetExtension()}, nil
}

func parseNumber(text, region string) (*phonenumbers.PhoneNumber, error) {
	n, err := phonenumbers.Parse(text, region)
	if err != nil {
		return nil, err
	}
	if phonenumbers.IsValidNumber(n) {
		return n, nil
	}
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.TOO_SHORT:
		return nil, fmt.Errorf("it has too few digits")
	case phonenumbers.TOO_LONG:
		return nil, fmt.Errorf("it has too many digits")
	case phonenumbers.INVALID_LENGTH:
		return nil, fmt.Errorf("no number has that many digits")
	case phonenumbers.INVALID_COUNTRY_CODE:
		return nil, fmt.Errorf("there is no such country code")
	}
	return nil, fmt.Errorf("the numbering plan has no such number")
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// clip shortens s to at most n bytes without cutting a character in two.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
