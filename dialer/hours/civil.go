package hours

import "time"

// date is a day of the calendar, without zone.
type date struct {
	year       int
	month, day int
}

const daysIn400Years = 146_097

// dayNumber counts days from 1970-01-01, which is 0, in years that begin in March, so that the leap day is the last.
func (d date) dayNumber() int {
	year, month := d.year, d.month-3
	if month < 0 {
		year, month = year-1, month+12
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*month+2)/5 + d.day - 1
	return era*daysIn400Years + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - march0
}

// march0 is how many days 0000-03-01 lies before 1970-01-01.
const march0 = 719_468

// dateOf is the reverse of dayNumber.
func dateOf(dayNumber int) date {
	n := dayNumber + march0
	era := floorDiv(n, daysIn400Years)
	dayOfEra := n - era*daysIn400Years
	yearOfEra := (dayOfEra - dayOfEra/1_460 + dayOfEra/36_524 - dayOfEra/146_096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	fromMarch := (5*dayOfYear + 2) / 153
	d := date{year: yearOfEra + era*400, month: fromMarch + 3, day: dayOfYear - (153*fromMarch+2)/5 + 1}
	if d.month > 12 {
		d.month -= 12
		d.year++
	}
	return d
}

// weekdayOf is the weekday of a day number. 1970-01-01 was a Thursday.
func weekdayOf(dayNumber int) time.Weekday {
	return time.Weekday(dayNumber + 4 - 7*floorDiv(dayNumber+4, 7))
}

// daysIn is the length of a month.
func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// easter is the day number of Easter Sunday in the Gregorian calendar (the anonymous algorithm of Meeus, "Astronomical Algorithms", chapter 8).
func easter(year int) int {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return date{year, n / 31, n%31 + 1}.dayNumber()
}

const secondsADay = 24 * 60 * 60

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
