package simulate

import (
	"math"
	"slices"
)

// Estimate is the mean of several shifts and how far off it may be: the true mean is within ± Half in 95 of 100 cases (Student).
type Estimate struct{ Mean, Half float64 }

// Summary is what came of several shifts of the same scenario.
type Summary struct {
	Shifts       int
	Utilisation  Estimate // share of agents' time
	AbandonRate  Estimate // share of live answers
	WorstAbandon float64  // of all shifts
	WaitMean     Estimate // seconds an agent is ready before a call
	WaitP90      Estimate
	CallsPerHour Estimate // placed
	TalksPerHour Estimate // people who got an agent
}

// Summarise puts shifts together. Without any, all is zero.
func Summarise(shifts []Shift) Summary {
	column := func(f func(Shift) float64) Estimate {
		var values []float64
		for _, s := range shifts {
			values = append(values, f(s))
		}
		return estimate(values)
	}
	sum := Summary{
		Shifts:       len(shifts),
		Utilisation:  column(Shift.Utilisation),
		AbandonRate:  column(Shift.AbandonRate),
		WaitMean:     column(func(s Shift) float64 { return mean(s.Waits) }),
		WaitP90:      column(func(s Shift) float64 { return percentile(s.Waits, 0.9) }),
		CallsPerHour: column(func(s Shift) float64 { return float64(s.Calls) / s.Length.Hours() }),
		TalksPerHour: column(func(s Shift) float64 { return float64(len(s.Waits)) / s.Length.Hours() }),
	}
	for _, s := range shifts {
		sum.WorstAbandon = max(sum.WorstAbandon, s.AbandonRate())
	}
	return sum
}

func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(p*float64(len(sorted)-1)+0.5)]
}

func estimate(values []float64) Estimate {
	e := Estimate{Mean: mean(values)}
	n := float64(len(values))
	if n < 2 {
		return e
	}
	square := 0.0
	for _, v := range values {
		square += (v - e.Mean) * (v - e.Mean)
	}
	e.Half = student(n-1) * math.Sqrt(square/(n-1)/n)
	return e
}

// student is the 97.5 % quantile of Student's distribution: exact for up to three degrees of freedom, else Hill's expansion about the normal
// quantile (Abramowitz and Stegun 26.7.5).
func student(df float64) float64 {
	const x = 1.959964
	switch df {
	case 1:
		return 12.7062
	case 2:
		return 4.30265
	case 3:
		return 3.18245
	}
	g1 := (math.Pow(x, 3) + x) / 4
	g2 := (5*math.Pow(x, 5) + 16*math.Pow(x, 3) + 3*x) / 96
	g3 := (3*math.Pow(x, 7) + 19*math.Pow(x, 5) + 17*math.Pow(x, 3) - 15*x) / 384
	return x + g1/df + g2/(df*df) + g3/(df*df*df)
}
