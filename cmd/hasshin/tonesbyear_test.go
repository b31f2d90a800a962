//go:build integration

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/internal/phone"
)

// heardAtHold puts the contact on hold and tells how long the agent's ear heard something: the tone of held. In it is a voice that nobody
// has when the tone is made of it.
func (k *killed) heardAtHold(of phone.Voice) time.Duration {
	k.t.Helper()
	began := time.Now()
	k.call(k.agent.api.Hold(k.ctx(), k.id))
	ear := k.agent.leg.Ear()
	if _, err := ear.WaitHeard(k.ctx(), of, began); err != nil {
		k.t.Fatalf("the tone of held: %v", err)
	}
	asterisktest.Eventually(k.t, patience, func() bool {
		return ear.Between(time.Now().Add(-300*time.Millisecond), time.Time{}).Longest[of] == 0
	}, "the tone is over")
	var heard time.Duration
	for _, span := range ear.Timeline(began, time.Time{}) {
		if slices.Contains(span.Heard, of) {
			heard += time.Duration(span.Frames) * 20 * time.Millisecond
		}
	}
	k.call(k.agent.api.Resume(k.ctx(), k.id))
	return heard
}

// TestAChangedCadenceIsWhatAgentsHear changes the tone of held in the configuration and starts hasshin with it: it renders the tone and
// installs it where Asterisk plays from, and that is heard in the call that went on meanwhile, and after Asterisk was restarted.
func TestAChangedCadenceIsWhatAgentsHear(t *testing.T) {
	pitch := phone.VoiceAt(9) // high: no overtone of it is left on a telephone
	sounds := t.TempDir()
	shared := filepath.Join(sounds, audio.SoundDirectory)
	if err := os.Mkdir(shared, 0o755); err != nil {
		t.Fatal(err)
	}
	install := fmt.Sprintf("audio:\n  install: %s\n", sounds)
	k := newKilled(t, install, asterisktest.WithFolder(shared, "/usr/share/asterisk/sounds/"+audio.SoundDirectory))
	k.preview() // of the first, who never answers
	k.call(k.agent.api.Accept(k.ctx(), k.id, ""))
	k.await(k.agent, "ringing")
	_, err := k.network.NextCall(k.ctx())
	k.must(err)
	k.finish()
	k.talk()
	builtIn, _ := audio.ToneNamed("held")
	if heard := k.heardAtHold(phone.Music); heard < builtIn.Duration()/2 || heard > builtIn.Duration()+200*time.Millisecond {
		t.Errorf("built in, held is heard for %v, want about %v", heard, builtIn.Duration())
	}
	if at, heard := k.agent.leg.Ear().FirstHeard(pitch, time.Time{}); heard {
		t.Errorf("the pitch of the changed tone is heard before the change, at %v", at)
	}

	k.kill()
	// Each note fades like a struck bar: many make a tone that is loud to its end.
	notes := slices.Repeat([]string{fmt.Sprintf("%d/250", pitch)}, 6)
	k.text = strings.Replace(k.text, install, install+fmt.Sprintf("  tones: {held: %q}\n", strings.Join(notes, ",")), 1)
	const lasts = 1500 * time.Millisecond
	k.start()
	changed := func(when string) {
		t.Helper()
		if heard := k.heardAtHold(pitch); heard < lasts-300*time.Millisecond || heard > lasts+200*time.Millisecond {
			t.Errorf("%s, held is heard for %v, want about %v", when, heard, lasts)
		}
		if at, heard := k.contact.Ear().FirstHeard(pitch, time.Time{}); heard {
			t.Errorf("%s, the contact heard the tone at %v", when, at)
		}
	}
	changed("configured")
	k.finish()

	k.must(k.agent.phone.Close()) // or hasshin rings it as soon as it can, and not the one that comes afterwards
	k.must(k.asterisk.Restart(k.ctx()))
	asterisktest.Eventually(t, patience, func() bool {
		_, err := k.agent.api.Readiness(k.ctx())
		return err == nil
	}, "hasshin is ready again")
	k.agent = k.arrive("hanako", phone.VoiceAt(0))
	k.talk()
	changed("after the restart of Asterisk")
	k.finish()
	if code := k.process.end(t, syscall.SIGTERM); code != exitOK {
		t.Errorf("it ended with %d", code)
	}
}
