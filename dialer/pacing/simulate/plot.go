package simulate

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Setting is a way to pace and what it came to.
type Setting struct {
	Name string
	Summary
}

// Plot draws settings side by side as an SVG image: utilisation, agents' waits, and the abandon rate with its limit and the worst
// shift. The lines on the bars are the 95 % confidence intervals.
func Plot(w io.Writer, title string, settings []Setting, limit float64) error {
	panels := []panel{
		{"utilisation, %", 100, func(s Summary) Estimate { return scaled(s.Utilisation, 100) }, -1, nil},
		{"abandoned, % of live answers", 0, func(s Summary) Estimate { return scaled(s.AbandonRate, 100) }, 100 * limit, func(s Summary) float64 { return 100 * s.WorstAbandon }},
		{"mean wait of an agent, s", 0, func(s Summary) Estimate { return s.WaitMean }, -1, nil},
		{"conversations an hour", 0, func(s Summary) Estimate { return s.TalksPerHour }, -1, nil},
	}
	const labels, wide, gap, bar = 150, 190, 24, 26
	width, height := labels+len(panels)*(wide+gap), 70+bar*len(settings)+24
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n"+`<text x="10" y="20" font-size="14" font-weight="bold">%s</text>`+"\n", width, height, html.EscapeString(title))
	for i, s := range settings {
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labels-8, 60+bar*i+17, html.EscapeString(s.Name))
	}
	for i, p := range panels {
		p.draw(&b, float64(labels+i*(wide+gap)), wide, bar, settings)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func scaled(e Estimate, by float64) Estimate { return Estimate{e.Mean * by, e.Half * by} }

// panel is one figure of all settings.
type panel struct {
	title string
	top   float64 // of the scale; 0: by the figures
	value func(Summary) Estimate
	limit float64               // a line across; negative: none
	worst func(Summary) float64 // a dot; nil: none
}

func (p panel) draw(b *strings.Builder, left, wide, bar float64, settings []Setting) {
	top := p.top
	if top == 0 {
		top = p.limit * 1.2
		for _, s := range settings {
			e := p.value(s.Summary)
			top = max(top, (e.Mean+e.Half)*1.15)
			if p.worst != nil {
				top = max(top, p.worst(s.Summary)*1.05)
			}
		}
	}
	if top <= 0 {
		top = 1
	}
	x := func(v float64) float64 { return left + wide*min(max(v, 0), top)/top }
	fmt.Fprintf(b, `<text x="%.1f" y="46" fill="#444">%s</text>`+"\n", left, p.title)
	bottom := 60 + bar*float64(len(settings))
	fmt.Fprintf(b, `<path d="M%.1f 54V%.1f" stroke="#888"/>`+"\n", left, bottom)
	for i, s := range settings {
		e, y := p.value(s.Summary), 60+bar*float64(i)
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#7aa6d6"/>`, left, y+3, x(e.Mean)-left, bar-9)
		fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f" stroke="#123" stroke-width="2"/>`, x(e.Mean-e.Half), y+bar/2-1, x(e.Mean+e.Half))
		if p.worst != nil {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="#b03030"/>`, x(p.worst(s.Summary)), y+bar/2-1)
		}
		at := left + 4
		if x(e.Mean-e.Half) < left+40 { // too short to write into
			at = x(e.Mean+e.Half) + 6
			if p.worst != nil {
				at = max(at, x(p.worst(s.Summary))+8)
			}
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%.3g</text>`+"\n", at, y+17, e.Mean)
	}
	if p.limit >= 0 {
		fmt.Fprintf(b, `<path d="M%.1f 54V%.1f" stroke="#b03030" stroke-dasharray="4 3"/><text x="%.1f" y="%.1f" fill="#b03030" text-anchor="middle">limit %.3g, dot: worst shift</text>`+"\n",
			x(p.limit), bottom, left+wide/2, bottom+16, p.limit)
	}
}
