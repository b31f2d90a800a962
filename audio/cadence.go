package audio

import (
	"fmt"
	"strconv"
	"strings"
)

// Cadence is a tone in the form people write it: notes and pauses as HZ/MS, separated by commas. 0 Hz is a pause, and several pitches
// joined by + sound together: "660/90,0/40,440+554/140" is 660 Hz for 90 ms, a pause of 40 ms, 440 and 554 Hz together for 140 ms.
type Cadence string

// What a cadence may be made of. A telephone carries 300 to 3,400 Hz; a note that is shorter than its attack and release is a click,
// and a tone that lasts longer than a moment is in the way of the conversation.
const (
	lowestHz    = 200
	highestHz   = 3400
	shortestMS  = 30
	longestMS   = 3000
	totalMS     = 5000
	mostPitches = 4
)

const cadenceExample = `for example "660/90,0/40,440/140"`

// Notes takes a cadence apart. The error says which part is wrong and what would be right.
func (c Cadence) Notes() ([]Note, error) {
	if strings.TrimSpace(string(c)) == "" {
		return nil, fmt.Errorf("is empty; expected HZ/MS,HZ/MS,…, %s", cadenceExample)
	}
	var notes []Note
	total := 0
	for i, part := range strings.Split(string(c), ",") {
		part = strings.TrimSpace(part)
		pitches, length, found := strings.Cut(part, "/")
		if !found {
			return nil, fmt.Errorf("part %d, %q, is not a note; expected HZ/MS, %s", i+1, part, cadenceExample)
		}
		ms, err := strconv.Atoi(length)
		if err != nil {
			return nil, fmt.Errorf("part %d, %q: %q is not a length; expected whole milliseconds", i+1, part, length)
		}
		total += max(ms, 0)
		if pitches == "0" {
			if err := pause(notes, ms); err != nil {
				return nil, fmt.Errorf("part %d, %q, %w", i+1, part, err)
			}
			notes[len(notes)-1].Gap = ms
			continue
		}
		note, err := sound(pitches, ms)
		if err != nil {
			return nil, fmt.Errorf("part %d, %q: %w", i+1, part, err)
		}
		notes = append(notes, note)
	}
	switch last := notes[len(notes)-1]; {
	case last.Gap != 0:
		return nil, fmt.Errorf("ends with a pause; leave it out")
	case total > totalMS:
		return nil, fmt.Errorf("lasts %d ms; expected at most %d", total, totalMS)
	}
	return notes, nil
}

// pause says why a pause of that length cannot follow these notes.
func pause(notes []Note, ms int) error {
	switch {
	case len(notes) == 0:
		return fmt.Errorf("is a pause before the first note; leave it out")
	case notes[len(notes)-1].Gap != 0:
		return fmt.Errorf("is a pause after a pause; write one, 0/%d", notes[len(notes)-1].Gap+max(ms, 0))
	case ms < 1 || ms > longestMS:
		return fmt.Errorf("is a pause of %d ms; expected 1 to %d", ms, longestMS)
	}
	return nil
}

func sound(pitches string, ms int) (Note, error) {
	if ms < shortestMS || ms > longestMS {
		return Note{}, fmt.Errorf("%d ms is out of range; expected %d to %d", ms, shortestMS, longestMS)
	}
	note := Note{Milliseconds: ms}
	for i, text := range strings.Split(pitches, "+") {
		hz, err := strconv.Atoi(text)
		switch {
		case err != nil:
			return Note{}, fmt.Errorf("%q is not a pitch; expected whole Hz, 0 for a pause, or several joined by +", text)
		case hz < lowestHz || hz > highestHz:
			return Note{}, fmt.Errorf("%d Hz is out of range; expected %d to %d, which a telephone carries", hz, lowestHz, highestHz)
		case i == 0:
			note.Hz = hz
		case i < mostPitches:
			note.With = append(note.With, hz)
		default:
			return Note{}, fmt.Errorf("has more than %d pitches at once", mostPitches)
		}
	}
	return note, nil
}

// cadenceOf writes notes as a cadence.
func cadenceOf(notes []Note) Cadence {
	var parts []string
	for _, n := range notes {
		pitches := make([]string, 0, 1+len(n.With))
		for _, hz := range n.pitches() {
			pitches = append(pitches, strconv.Itoa(hz))
		}
		parts = append(parts, fmt.Sprintf("%s/%d", strings.Join(pitches, "+"), n.Milliseconds))
		if n.Gap > 0 {
			parts = append(parts, fmt.Sprintf("0/%d", n.Gap))
		}
	}
	return Cadence(strings.Join(parts, ","))
}
