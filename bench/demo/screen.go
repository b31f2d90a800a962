package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// plan talks with everybody, but not with machines.
func plan(talk time.Duration) func(dialer.CallView) robot.Plan {
	return func(dialer.CallView) robot.Plan { return robot.Plan{Talk: talk, LeaveMachine: true} }
}

// colourful tells whether f is a terminal that wants colours.
func colourful(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// screen tells what happens: a line for each contact that grows as things happen, so that it reads the same on a terminal and in a file.
type screen struct {
	out    io.Writer
	colour bool
	calls  int
	open   bool // a contact's line is not ended yet
}

func newScreen(out io.Writer, colour bool) *screen { return &screen{out: out, colour: colour} }

// Colours of a terminal (ECMA-48, SGR).
const (
	bold  = "1"
	faint = "2"
	red   = "31"
	green = "32"
)

func (s *screen) paint(colour, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// print writes; a terminal that is gone is noticed by the signal that comes with it.
func (s *screen) print(text string) { _, _ = io.WriteString(s.out, text) }

func (s *screen) title(opts options) {
	s.print(s.paint(bold, "hasshin demo") + fmt.Sprintf(": agent %s works off campaign %s at %s\n", opts.agent, opts.campaign, opts.url) +
		s.paint(faint, "Seconds count from dialing. In brackets: what the agent's ear hears.") + "\n\n")
}

// moment adds what just happened to the contact's line.
func (s *screen) moment(m robot.Moment) {
	r := m.Report
	since := func() string { return s.paint(faint, fmt.Sprintf(" %.1f", max(m.At.Sub(r.Dialed).Seconds(), 0))) }
	ear := func(what string) { s.print(s.paint(faint, " ["+what+"]")) }
	switch m.Kind {
	case robot.Offered:
		s.calls++
		s.open = true
		s.print(fmt.Sprintf("%3d  %s  %s ", s.calls, pad(r.Record.Name, 16), firstNumber(r)))
	case robot.Dialed:
		s.print(" dialed")
	case robot.Ringing:
		s.print(", ringing" + since())
	case robot.Answered:
		s.print(", answered" + since())
	case robot.HeardRinging:
		ear("ringing")
	case robot.HeardAnnouncement:
		ear("announcement, " + tone(m.Voice))
	case robot.HeardVoice:
		if m.Voice == agentVoice {
			ear("its own voice")
		} else {
			ear(tone(m.Voice))
		}
	case robot.HeardSpeech:
		ear("speech")
	case robot.HeardBeep:
		ear("beep")
	case robot.Ended:
		s.print(", " + s.paint(bold, became(r)+after(r)))
	case robot.Done:
		s.print(" → " + r.Disposition)
		s.endLine()
	case robot.Exhausted:
		s.print("\n")
	}
}

// endLine ends the line of a contact, wherever it is.
func (s *screen) endLine() {
	if s.open {
		s.print("\n")
	}
	s.open = false
}

// became says in words what became of a call.
func became(r robot.Report) string {
	if r.Outcome == robot.Silent {
		return "answered in silence"
	}
	return strings.ReplaceAll(string(r.Outcome), "-", " ")
}

// after says how long a conversation lasted, if there was one.
func after(r robot.Report) string {
	if r.Talk() == 0 {
		return ""
	}
	return fmt.Sprintf(", %.1f s", r.Talk().Seconds())
}

// said is the SIP status that ended a call; an ordinary hang-up has none.
func said(r robot.Report) string {
	if strings.HasPrefix(r.Cause, "SIP ") {
		return r.Cause
	}
	return "–"
}

// tone names what is heard.
func tone(v phone.Voice) string {
	if v == phone.Music {
		return "speech"
	}
	return v.String()
}

func firstNumber(r robot.Report) string {
	if len(r.Record.Numbers) == 0 {
		return ""
	}
	return r.Record.Numbers[0].Number
}

// table tells what became of all calls and returns how many were not as expected.
func (s *screen) table(reports []robot.Report, took time.Duration) (wrong int) {
	rows := [][]string{{"", "contact", "number", "rang", "talked", "the agent heard", "network", "became", "disposition"}}
	var complaints []string
	for i, r := range reports {
		rows = append(rows, []string{
			fmt.Sprint(i + 1), r.Record.Name, r.Number, seconds(r.Dialed, rangUntil(r)), seconds(r.Answered, r.Ended), heard(r), said(r),
			became(r), r.Disposition,
		})
		objections := objections(r)
		if len(objections) > 0 {
			wrong++
			complaints = append(complaints, fmt.Sprintf("%s (%s): %s", r.Record.Name, r.Number, strings.Join(objections, "; ")))
		}
	}
	s.print(grid(rows, s.paint))
	s.print("\n")
	for _, c := range complaints {
		s.print(s.paint(red, "✗ "+c) + "\n")
	}
	verdict := fmt.Sprintf("%d of %d calls were as the carrier's table promises, in %.0f s", len(reports)-wrong, len(reports), took.Seconds())
	if wrong == 0 {
		verdict = s.paint(green, "✓ "+verdict)
	}
	s.print(verdict + "\n")
	return wrong
}

func rangUntil(r robot.Report) time.Time {
	if r.Answered.IsZero() {
		return r.Ended
	}
	return r.Answered
}

func seconds(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "–"
	}
	return fmt.Sprintf("%.1f s", max(to.Sub(from).Seconds(), 0))
}

// heard sums up what the agent's ear had.
func heard(r robot.Report) string {
	var out []string
	if r.HeardRinging() {
		out = append(out, "ringing")
	}
	if r.HeardAnnouncement() {
		out = append(out, "announcement")
	}
	if r.Outcome == robot.Machine {
		return strings.Join(append(out, "speech, beep"), ", ")
	}
	for _, v := range r.Voices() {
		name := tone(v)
		if v == agentVoice {
			name = "its own voice"
		}
		out = append(out, name)
	}
	if out == nil {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// grid lines columns up, the first row being their heads.
func grid(rows [][]string, paint func(colour, text string) string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	var out strings.Builder
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(pad(cell, widths[i]) + "  ")
		}
		text := strings.TrimRight(line.String(), " ")
		if n == 0 {
			text = paint(bold, text)
		}
		out.WriteString(text + "\n")
	}
	return out.String()
}

// pad fills text up to so many columns of a terminal.
func pad(text string, to int) string { return text + strings.Repeat(" ", max(to-columns(text), 0)) }

// columns is the room that text takes in a terminal: East Asian wide characters take two (UAX #11).
func columns(text string) int {
	n := 0
	for _, r := range text {
		n++
		if k := width.LookupRune(r).Kind(); slices.Contains([]width.Kind{width.EastAsianWide, width.EastAsianFullwidth}, k) {
			n++
		}
	}
	return n
}
