// Package spelling finds what somebody most likely meant by a word that is not known.
package spelling

import (
	"fmt"
	"slices"
	"strings"
)

// DidYouMean proposes what was probably meant, or tells what there is. It is empty where nothing is known.
func DidYouMean(given string, known []string) string {
	if best := Nearest(given, known); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	if len(known) == 0 {
		return ""
	}
	known = slices.Sorted(slices.Values(known))
	return "known here: " + strings.Join(known, ", ")
}

// Nearest is the known word that given is most likely a slip of, or empty.
func Nearest(given string, known []string) string {
	fold := func(s string) string {
		return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
	}
	best, least := "", 1+max(1, len(given)/3)
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := distance([]rune(fold(given)), []rune(fold(k))); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of characters to insert, delete, change or swap with
// their neighbour to get from a to b (the restricted Damerau–Levenshtein distance).
func distance(a, b []rune) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			change := row[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			next[j] = min(row[j]+1, next[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
