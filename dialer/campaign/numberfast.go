package campaign

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// nationalPlan is how a country writes its own numbers, for those where it is
// simple: a trunk prefix that is always written, or none.
type nationalPlan struct {
	countryCode int32
	trunk       string // written before the national number
	foreign     string // begins an international number, where that begins with trunk
	first       string // digits with which what follows trunk can begin
}

// Most time of an import would go into reading plain national numbers with
// expressions made for every way to write one. For these countries the plain
// ways are read here: what is left after the trunk prefix is the national number,
// if the numbering plan has it. All others, and all doubtful ones, are
// libphonenumber's. TestPlainNumbersAreReadAlike holds the two together.
//
// Why it is the same: libphonenumber takes off an international prefix (foreign),
// then the country code if the digits begin with it (they begin with trunk, or for the United
// States not with 1), then the national prefix if what is left matches the plan, which is
// checked here with its own IsValidNumber.
var nationalPlans = map[string]nationalPlan{
	"JP": {countryCode: 81, trunk: "0", foreign: "010", first: "123456789"},
	"GB": {countryCode: 44, trunk: "0", foreign: "00", first: "12356789"},
	"US": {countryCode: 1, trunk: "", foreign: "011", first: "23456789"},
}

// plainNational reads a number that has only digits and separators in the
// national format of the region; false when it is not surely one.
func plainNational(text, region string) (Number, bool) {
	plan, ok := nationalPlans[region]
	if !ok {
		return Number{}, false
	}
	var buf [16]byte
	digits := buf[:0]
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			if len(digits) == len(buf) {
				return Number{}, false
			}
			digits = append(digits, c)
		case c == '-', c == ' ', c == '(' && len(digits) <= len(plan.trunk), c == ')', c == '.':
		default:
			return Number{}, false
		}
	}
	written := string(digits)
	if len(written) <= len(plan.trunk) || written[:len(plan.trunk)] != plan.trunk ||
		len(written) >= len(plan.foreign) && written[:len(plan.foreign)] == plan.foreign {
		return Number{}, false
	}
	national := written[len(plan.trunk):]
	if strings.IndexByte(plan.first, national[0]) < 0 {
		return Number{}, false
	}
	value, err := strconv.ParseUint(national, 10, 64)
	if err != nil {
		return Number{}, false
	}
	if !phonenumbers.IsValidNumber(&phonenumbers.PhoneNumber{CountryCode: &plan.countryCode, NationalNumber: &value}) {
		return Number{}, false
	}
	return Number{E164: "+" + strconv.Itoa(int(plan.countryCode)) + national}, true
}
