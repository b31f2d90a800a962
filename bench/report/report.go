// Package report prints what a benchmark measured: a table for people, then one JSON line a figure for machines.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Figure is one thing measured. The baseline is another way to do the same, measured in the same run; nil when there is none.
type Figure struct {
	Bench    string   // "ari"
	Name     string   // "decode+dispatch, 100 subscriptions"
	Value    float64  // ours
	Unit     string   // "events/s"
	Baseline *float64 // the other way's
	Target   string   // what was promised, for people: "≥ 300000"; empty for none
}

// Than returns a baseline to put into a Figure.
func Than(value float64) *float64 { return &value }

// Ratio is Value by Baseline, nil without one or if that is zero.
func (f Figure) Ratio() *float64 {
	if f.Baseline == nil || *f.Baseline == 0 {
		return nil
	}
	r := f.Value / *f.Baseline
	return &r
}

// Write prints a table of the figures and then a JSON line for each.
func Write(w io.Writer, title string, figures []Figure) error {
	if _, err := fmt.Fprintf(w, "%s\n\n", title); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, table(figures)); err != nil {
		return err
	}
	for _, f := range figures {
		line, err := json.Marshal(struct {
			Bench    string   `json:"bench"`
			Figure   string   `json:"figure"`
			Value    float64  `json:"value"`
			Unit     string   `json:"unit"`
			Baseline *float64 `json:"baseline"`
			Ratio    *float64 `json:"ratio"`
		}{f.Bench, f.Name, round(f.Value), f.Unit, rounded(f.Baseline), rounded(f.Ratio())})
		if err != nil {
			return fmt.Errorf("figure %s: %w", f.Name, err)
		}
		if _, err := fmt.Fprintf(w, "%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// table has a line for the heads and one for each figure, names to the left and all else to the right.
func table(figures []Figure) string {
	rows := [][]string{{"figure", "value", "baseline", "ratio", "target"}}
	for _, f := range figures {
		row := []string{f.Name, number(&f.Value) + " " + f.Unit, number(f.Baseline), "", f.Target}
		if r := f.Ratio(); r != nil {
			row[3] = "×" + number(r)
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line += "  " + cell + pad
			} else {
				line += "  " + pad + cell
			}
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return out.String()
}

// number writes four significant digits, without an exponent.
func number(v *float64) string {
	if v == nil {
		return "–"
	}
	return strconv.FormatFloat(round(*v), 'f', -1, 64)
}

func rounded(v *float64) *float64 {
	if v == nil {
		return nil
	}
	return Than(round(*v))
}

// round keeps four significant digits; more would be noise.
func round(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	scale := math.Pow(10, 4-math.Ceil(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}
