package hours

import "time"

const day = 24 * time.Hour

// profiles is all that is shipped. docs/hours.md is generated from it.
var profiles = []Profile{
	{
		Name:    ProfileUS,
		Title:   "United States (federal)",
		Regions: []string{"US", "PR", "GU", "VI", "AS", "MP"},
		Open:    MustWeek("daily 08:00-21:00"),
		Limits: Limits{
			AbandonShare: 0.03, AbandonPeriod: 30 * day, ConnectLimit: 2 * time.Second, MinRing: 15 * time.Second, AbandonMessage: true,
		},
		Sources: []Source{
			{Figure: "hours", Binding: true, Citation: "16 CFR 310.4(c) (FTC Telemarketing Sales Rule)",
				Says: "no calls to a person's residence before 8:00 or after 21:00 local time at the called person's location, without prior consent"},
			{Figure: "hours", Binding: true, Citation: "47 CFR 64.1200(c)(1) (FCC, Telephone Consumer Protection Act)",
				Says: "no telephone solicitation before 8:00 or after 21:00 local time at the called party's location"},
			{Figure: "hours", Binding: true, Citation: "laws of the states, for example Florida Stat. 501.616(6) (8:00 to 20:00)",
				Says: "many states are stricter, some forbid Sundays and holidays; this profile has the federal hours only, narrow them with `open` and `holidays`"},
			{Figure: "abandon limit", Binding: true, Citation: "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4)(i)",
				Says: "at most 3 % of telemarketing calls answered by a person, measured over 30 days for each campaign (FTC: over the campaign if it is shorter)"},
			{Figure: "connect limit", Binding: true, Citation: "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)",
				Says: "abandoned is a call not connected to a live representative within 2 seconds of the called person's completed greeting; " +
					"hasshin counts from the answer, which is never later"},
			{Figure: "minimum ring time", Binding: true, Citation: "47 CFR 64.1200(a)(6); 16 CFR 310.4(b)(4)(ii)",
				Says: "no disconnecting an unanswered call before at least 15 seconds or four rings"},
			{Figure: "message", Binding: true, Citation: "47 CFR 64.1200(a)(7)(i); 16 CFR 310.4(b)(4)(iii)",
				Says: "a recorded message with the name and telephone number of the caller (FCC also: an automated way to opt out) within those 2 seconds"},
			{Figure: "lock-out", Citation: "none", Says: "federal law has no lock-out after an abandoned call"},
		},
	},
	{
		Name:      ProfileUK,
		Title:     "United Kingdom",
		Regions:   []string{"GB", "GG", "IM", "JE"},
		Open:      MustWeek("mon-fri 08:00-21:00", "sat 09:00-21:00"),
		Calendars: []CalendarName{CalendarUK},
		Limits: Limits{
			AbandonShare: 0.03, AbandonPeriod: day, ConnectLimit: 2 * time.Second, MinRing: 15 * time.Second, AbandonMessage: true, AbandonLockout: 3 * day,
		},
		Sources: []Source{
			{Figure: "hours", Binding: true, Citation: "Privacy and Electronic Communications (EC Directive) Regulations 2003, regulations 19 and 21",
				Says: "who may be called, and who not; no hours of the day are in them"},
			{Figure: "hours", Citation: "Information Commissioner's Office, guidance on direct marketing",
				Says: "warns of calls at antisocial hours without naming any"},
			{Figure: "hours", Citation: "Direct Marketing Association, telemarketing guide",
				Says: "Monday to Friday 8:00 to 21:00, Saturday 9:00 to 21:00, none on Sundays and public holidays, unless the person asked; " +
					"an older code also had Sunday 9:00 to 21:00"},
			{Figure: "abandon limit", Citation: "Ofcom, statement of policy on persistent misuse (Communications Act 2003, sections 128 to 131), 2008 and 2010",
				Says: "at most 3 % of live calls over each 24 hours for each campaign or call centre; the statement of 20 December 2016, in force since 1 March 2017, " +
					"no longer names the figure: it had been taken for a safe harbour, and any abandoned call can be misuse. So it is a limit to stay well under"},
			{Figure: "connect limit", Citation: "Ofcom, the same", Says: "a recorded message within 2 seconds after the telephone is picked up"},
			{Figure: "message", Citation: "Ofcom, the same", Says: "who called, and a number to decline further calls; no marketing in it"},
			{Figure: "minimum ring time", Citation: "Ofcom, the same", Says: "unanswered calls ring for at least 15 seconds"},
			{Figure: "lock-out", Citation: "Ofcom, the same",
				Says: "a number that got an abandoned call is not called again within 72 hours without an agent guaranteed for it"},
		},
	},
	{
		Name:    ProfileJapan,
		Title:   "Japan",
		Regions: []string{"JP"},
		Open:    MustWeek("daily 09:00-20:00"),
		Limits: Limits{
			AbandonShare: 0.03, AbandonPeriod: day, ConnectLimit: 2 * time.Second, MinRing: 15 * time.Second, AbandonMessage: true, AbandonLockout: 3 * day,
		},
		Sources: []Source{
			{Figure: "hours", Binding: true, Citation: "特定商取引に関する法律 (Act on Specified Commercial Transactions), articles 16 to 25",
				Says: "telephone sales: whoever declined is not asked again (article 17), the caller says who is calling and why (article 16); no hours of the day are in it"},
			{Figure: "hours", Citation: "特定商取引に関する法律等の施行について (circular of the Consumer Affairs Agency), on soliciting in a manner that annoys (迷惑を覚えさせるような仕方)",
				Says: "gives 21:00 to 8:00 as an example of unfit times; whoever solicits then without good reason may be acted against"},
			{Figure: "hours", Binding: true, Citation: "貸金業法 (Money Lending Business Act) article 21 (1)(i), 同施行規則 article 19 (1)",
				Says: "for the collection of debts only: not from 21:00 to 8:00 without good reason"},
			{Figure: "hours", Citation: "our choice", Says: "9:00 to 20:00 every day, an hour inside of the authorities' example at both ends"},
			{Figure: "abandon limit", Citation: "our choice, after Ofcom's 2010 figures", Says: "no law or guidance is known to us; the same holds for the connect limit, " +
				"minimum ring time, message and lock-out"},
		},
	},
	{
		Name:  ProfileStrict,
		Title: "Strict",
		Open:  MustWeek("mon-fri 10:00-13:00,14:00-20:00"),
		Holidays: []Holiday{
			mustHoliday("01-01", "New Year's Day"),
			mustHoliday("easter-2", "Good Friday"),
			mustHoliday("easter+1", "Easter Monday"),
			mustHoliday("05-01", "Labour Day"),
			mustHoliday("05-08", "Victory Day (France)"),
			mustHoliday("easter+39", "Ascension Day"),
			mustHoliday("easter+50", "Whit Monday"),
			mustHoliday("07-14", "National Day (France)"),
			mustHoliday("08-15", "Assumption Day"),
			mustHoliday("11-01", "All Saints' Day"),
			mustHoliday("11-11", "Armistice Day"),
			mustHoliday("12-24 to 12-26", "Christmas"),
			mustHoliday("12-31", "New Year's Eve"),
		},
		Limits: Limits{
			AbandonShare: 0.03, AbandonPeriod: day, ConnectLimit: 2 * time.Second, MinRing: 24 * time.Second, AbandonMessage: true, AbandonLockout: 3 * day,
		},
		Sources: []Source{
			{Figure: "hours", Citation: "our choice, after France: Code de la consommation, article D. 223-9 (décret n° 2022-1313); Code du travail, article L. 3133-1",
				Says: "Monday to Friday 10:00 to 13:00 and 14:00 to 20:00 by the consumer's time, neither weekends nor public holidays: the narrowest hours known to us. " +
					"The holidays are those of France and a few that many countries have; add those of yours with `calendars` and `holidays`. A country may still forbid the call itself"},
			{Figure: "abandon limit", Citation: "our choice, after Ofcom's 2010 figures", Says: "the strictest of the shipped profiles; the same holds for the connect limit, message and lock-out"},
			{Figure: "minimum ring time", Citation: "our choice", Says: "four rings of 6 seconds each (2 s on, 4 s off), the longer of the two that the United States let one choose from"},
		},
	},
	{
		Name:  ProfileUnrestricted,
		Title: "Unrestricted",
		Open:  MustWeek("daily 00:00-24:00"),
		Limits: Limits{
			AbandonShare: 0.03, AbandonPeriod: day, ConnectLimit: 2 * time.Second, MinRing: 15 * time.Second, AbandonMessage: true,
		},
		Sources: []Source{
			{Figure: "hours", Citation: "none", Says: "any hour of any day, for calls that no rule covers: asked for, urgent, between businesses, tests. Whether that is so is for you to know"},
			{Figure: "abandon limit", Citation: "our choice", Says: "as in the other profiles: a person who answers an empty line is annoyed whatever the law says"},
		},
	},
}

// mustHoliday reads a rule written in the program; a mistake in it panics.
func mustHoliday(day, name string) Holiday {
	h := Holiday{Name: name}
	if err := h.Day.UnmarshalText([]byte(day)); err != nil {
		panic("hours: " + err.Error())
	}
	return h
}
