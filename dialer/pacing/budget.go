package pacing

import "math"

// budget is what the abandon limit still allows in the measuring period, and the risk that may be taken for it.
//
// What is left is kept as a reserve: it takes the chance out of when abandoned calls happen. The fuller the reserve, the more risk is
// allowed; as it runs out the level goes to nothing, so that the wall behind it is seldom touched. What levels cost in
// practice is learned on the way.
type budget struct {
	limit           float64
	live, abandoned int
	base            float64 // the level at which the reserve is as it should be
}

// How the level follows the reserve. They were found by simulation.
const (
	reserve   = 1.3  // of the reserve, in square roots of what an hour allows: about the chance in an hour's abandoned calls
	most      = 1.6  // the level by its base, however full the reserve is
	learning  = 0.05 // how much of an allowed abandoned call a reserve that is off for so long changes the base
	highest   = 0.6  // no level is higher
	baseRange = 20   // the base stays within its beginning by and times this
)

func newBudget(limit float64) budget { return budget{limit: limit, base: limit} }

// begin takes over the counts of the measuring period.
func (b *budget) begin(live, abandoned int) { b.live, b.abandoned = live, abandoned }

// left is how many more calls may be abandoned before the limit is broken. An abandoned call is a live answer as well.
func (b *budget) left() float64 { return b.limit*float64(b.live+1) - float64(b.abandoned) }

// spare is what is left beyond the one call that the wall keeps, by what it should be when the agents can talk to so many people an hour.
func (b *budget) spare(hourly float64) float64 {
	return (b.left() - 1) / (reserve * math.Sqrt(max(b.limit*hourly, 0.5)))
}

// answered notes a live answer.
func (b *budget) answered(hourly float64) {
	b.live++
	off := min(max((b.spare(hourly)-1)/2, -2), 2)
	b.base *= math.Exp(learning * b.limit * off)
	b.base = min(max(b.base, b.limit/baseRange), b.limit*baseRange)
}

// level is the risk that is allowed.
func (b *budget) level(hourly float64) float64 {
	return min(b.base*min(max(b.spare(hourly), 0), most), highest)
}
