package campaign

import (
	"strings"
	"testing"
	"time"
)

func TestMistakesInMachineDetectionAreNamed(t *testing.T) {
	c := Defaults()
	c.Trunk, c.Mode = "carrier", ModePreview
	c.Machines.Detection = DetectionAsterisk
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "machines.detection: cannot be asterisk in mode preview") {
		t.Errorf("in preview: %v", err)
	}
	c.Mode = ModeProgressive
	m := &c.Machines
	m.Unsure, m.Mistaken, m.Message, m.GreetingPause, m.AMD.MaximumNumberOfWords, m.AMD.Greeting = "maybe", 0.9, "tone:beep", time.Millisecond, 0, time.Hour
	said := c.Validate().Error()
	for _, want := range []string{
		`machines.unsure: "maybe" is not what can become of them`, "machines.mistaken: 0.9 is out of range", `machines.message: "tone:beep" is not a sound`,
		"machines.greeting_pause: 1ms is out of range", "machines.amd.maximum_number_of_words: 0 is out of range", "machines.amd.greeting: 1h0m0s is out of range",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no word of %q in:\n%s", want, said)
		}
	}
	c.Machines = machinesDefaults()
	c.Machines.Detection = DetectionAsterisk
	if err := c.Validate(); err != nil && strings.Contains(err.Error(), "machines") {
		t.Error(err)
	}
}
