package campaign

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// foldHeader makes names of columns comparable: spreadsheets differ in case, in
// full- and half-width letters and in stray spaces, and mean the same column.
func foldHeader(name string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(name)))
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
