package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/audio"
)

func TestTones(t *testing.T) {
	list := hasshin(t, "", "tones")
	if list.code != exitOK {
		t.Fatalf("it ends with %d: %s", list.code, list.err)
	}
	for _, tone := range audio.Tones() {
		if !strings.Contains(list.out, tone.Name+" ") || !strings.Contains(list.out, tone.Sounds) {
			t.Errorf("the list lacks %s:\n%s", tone.Name, list.out)
		}
	}

	sounds := t.TempDir()
	for range 2 { // a second time over the first
		if got := hasshin(t, "", "tones", "--write", sounds); got.code != exitOK {
			t.Fatalf("it ends with %d: %s", got.code, got.err)
		}
	}
	for _, want := range audio.Defaults().Files() {
		got, err := os.ReadFile(filepath.Join(sounds, audio.SoundDirectory, want.Name))
		if err != nil || !bytes.Equal(got, want.Content) {
			t.Errorf("%s is not what the table renders (%v)", want.Name, err)
		}
	}

	if got := hasshin(t, "", "tones", "--write", filepath.Join(sounds, "nowhere")); got.code != exitFailure || !strings.Contains(got.err, "nowhere") {
		t.Errorf("into no folder: %d %s", got.code, got.err)
	}
}
