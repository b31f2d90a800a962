package report

import "testing"

func TestTicksOfAllProcessors(t *testing.T) {
	before, err := parseTicks("cpu  100 10 50 800 20 5 5 10 77 3")
	if want := (Ticks{All: 1000, Idle: 820, Stolen: 10}); err != nil || before != want {
		t.Errorf("%+v, %v, want %+v", before, err, want)
	}
	now, err := parseTicks("cpu  200 10 50 1500 20 5 5 210 99 3")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := now.Since(before), "70 % idle, 20.0 % stolen"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := now.Since(now); got != "no time has passed" {
		t.Errorf("%q", got)
	}
	for _, bad := range []string{"", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3", "cpu 1 2 3 4 5 6 7 x"} {
		if ticks, err := parseTicks(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, ticks)
		}
	}
}

func TestThisMachineTellsItsTicks(t *testing.T) {
	if ticks, err := ReadTicks(); err != nil || ticks.All == 0 || ticks.Idle > ticks.All {
		t.Errorf("%+v, %v", ticks, err)
	}
}
