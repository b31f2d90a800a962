package agent

import "github.com/nyaruka/phonenumbers"

// ReachOutside is the privilege that it takes to reach an outside number, in E.164, from a campaign whose own country is home (ISO 3166
// alpha-2). What a number is likely to cost is taken from the numbering plans of libphonenumber.
//
// A country is not its calling code: seen from the United States (+1) Jamaica is abroad, and so is Jersey seen from Britain (+44). Premium-rate
// and personal numbers, satellite networks and whatever is in no plan count as the dearest.
func ReachOutside(e164, home string) Privilege {
	number, err := phonenumbers.Parse(e164, phonenumbers.UNKNOWN_REGION)
	if err != nil {
		return ReachPremium
	}
	region, kind := phonenumbers.GetRegionCodeForNumber(number), phonenumbers.GetNumberType(number)
	switch {
	case kind == phonenumbers.PREMIUM_RATE, kind == phonenumbers.PERSONAL_NUMBER:
		return ReachPremium
	case region == home, kind == phonenumbers.TOLL_FREE && int(number.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(home):
		return ReachNational
	case region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY && kind != phonenumbers.TOLL_FREE:
		return ReachPremium
	}
	return ReachInternational
}
