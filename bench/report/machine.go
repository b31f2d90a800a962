package report

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// LoadAverage is that of the last minute: on a machine shared with others, figures mean little without it.
func LoadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

// Ticks are the processors' time since the start of the machine, in ticks of the clock (proc_stat(5)).
type Ticks struct {
	All, Idle, Stolen uint64 // Stolen by others than this machine, where it is a virtual one
}

func ReadTicks() (Ticks, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Ticks{}, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return parseTicks(line)
}

func parseTicks(line string) (t Ticks, err error) {
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return t, fmt.Errorf("/proc/stat begins with %q, want the time of all processors", line)
	}
	var ticks [8]uint64 // guests' time, behind these, is in the first two
	for i := range ticks {
		if ticks[i], err = strconv.ParseUint(fields[i+1], 10, 64); err != nil {
			return t, fmt.Errorf("/proc/stat: %w", err)
		}
		t.All += ticks[i]
	}
	t.Idle, t.Stolen = ticks[3]+ticks[4], ticks[7]
	return t, nil
}

// Since says how the processors' time since before was spent.
func (t Ticks) Since(before Ticks) string {
	all := t.All - before.All
	if all == 0 {
		return "no time has passed"
	}
	percent := func(now, then uint64) float64 { return 100 * float64(now-then) / float64(all) }
	return fmt.Sprintf("%.0f %% idle, %.1f %% stolen", percent(t.Idle, before.Idle), percent(t.Stolen, before.Stolen))
}
