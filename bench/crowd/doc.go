// Package crowd has what the benchmarks of many agents at once share: contacts who answer and listen, agents who wait for them at hasshin, and the
// raw loop that does for as many agents no more than has to be done.
package crowd
