package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
)

const (
	barInterval  = 100 * time.Millisecond // how often the bar is drawn anew
	lineInterval = 5 * time.Second        // how often a line is written where there is no terminal
	barWidth     = 30
)

// progress shows how far an import is: a bar on a terminal, else a line now and then.
type progress struct {
	w        io.Writer
	terminal bool
	shown    time.Time
	drawn    bool
	now      func() time.Time
}

func newProgress(w io.Writer, terminal bool) *progress {
	return &progress{w: w, terminal: terminal, now: time.Now, shown: time.Now()}
}

// update is called after each batch. That the screen cannot be written to is no reason to stop importing, so errors are left aside.
func (p *progress) update(at campaign.Progress) {
	interval := lineInterval
	if p.terminal {
		interval = barInterval
	}
	complete := at.Bytes >= at.TotalBytes
	if p.now().Sub(p.shown) < interval && !(complete && p.drawn) {
		return
	}
	p.shown, p.drawn = p.now(), true
	share := 1.0
	if at.TotalBytes > 0 {
		share = float64(at.Bytes) / float64(at.TotalBytes)
	}
	text := fmt.Sprintf("%3.0f %%  %s rows  %s rows/s  %s left  %s duplicates  %s rejected",
		100*share, grouped(at.Rows), grouped(int64(at.Rate)), at.Remaining.Round(time.Second), grouped(at.Duplicates), grouped(at.Rejected))
	if !p.terminal {
		fmt.Fprintln(p.w, text)
		return
	}
	full := int(share * barWidth)
	// \x1b[K clears what a longer text before left behind.
	fmt.Fprintf(p.w, "\r[%s%s] %s\x1b[K", strings.Repeat("#", full), strings.Repeat("·", barWidth-full), text)
}

// end leaves the bar standing and goes to the next line.
func (p *progress) end() {
	if p.terminal && p.drawn {
		fmt.Fprintln(p.w)
	}
}
