package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/config"
)

var tonesCommand = command{
	name:    "tones",
	args:    "[play|render EVENT]",
	summary: "list, play or render the tones agents hear, or install them in an Asterisk",
	about: `
Lists the tones that the audio section of the configuration can name, as the
configuration has them. With --write it writes their sound files into the folder
` + audio.SoundDirectory + ` of the given sounds folder of an Asterisk that does not come from hasshin's
image, for example /usr/share/asterisk/sounds/en.

  hasshin tones play held        lets you hear what an agent hears at that event
  hasshin tones render held      writes it as a WAV file to standard output

play uses aplay, paplay, pw-play, afplay or ffplay, whichever is here. Instead of an
event, the name of a tone will do. To try a cadence before it is configured:

  hasshin tones play --cadence "660/90,0/40,440/140"

and hasshin says, too, which tone it would be too much like.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		sounds := flags.String("write", "", "the sounds `folder` of Asterisk to write the files into")
		path := flags.String("config", configPlace(), "configuration: a YAML `file`, or a folder of them")
		cadence := flags.String("cadence", "", "play or render this `cadence` instead: HZ/MS,HZ/MS,…; 0 Hz is a pause, + joins pitches")
		rate := flags.Int("rate", audio.RateWide, "sample `rate` in Hz: 8000, 16000 or 48000")
		return func(ctx context.Context, std streams, args []string) error {
			words, err := interleaved(flags, args)
			if err != nil {
				return usageError{err.Error()}
			}
			cfg, err := tonesConfig(*path, isSet(flags, "config"))
			if err != nil {
				return err
			}
			switch {
			case *sounds != "" && len(words) > 0:
				return usageError{fmt.Sprintf("--write and %s do not go together", words[0])}
			case *sounds != "":
				return writeTones(std.out, cfg, *sounds)
			case len(words) == 0:
				return listTones(std.out, cfg)
			}
			tone, err := toneToHear(std, cfg, words, audio.Cadence(*cadence))
			if err != nil {
				return err
			}
			if !slices.Contains([]int{audio.RateNarrow, audio.RateWide, audio.RateFull}, *rate) {
				return usageError{fmt.Sprintf("--rate %d is not one of 8000, 16000 and 48000", *rate)}
			}
			if words[0] == "play" {
				return playTone(ctx, std, tone.WAV(*rate))
			}
			return renderTone(std, tone.WAV(*rate))
		}
	},
}

// interleaved takes flags that stand behind words, too: tones play held --rate 8000.
func interleaved(flags *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for len(args) > 0 {
		words = append(words, args[0])
		if err := flags.Parse(args[1:]); err != nil {
			return nil, err
		}
		args = flags.Args()
	}
	return words, nil
}

func isSet(flags *flag.FlagSet, name string) (set bool) {
	flags.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// tonesConfig is the audio section of the configuration, or that of the defaults where there is none.
func tonesConfig(path string, named bool) (audio.Config, error) {
	if _, err := os.Stat(path); err != nil && !named {
		return audio.Defaults(), nil
	}
	cfg, err := config.Load(path)
	if err != nil {
		return audio.Config{}, counted(err)
	}
	return cfg.Audio, nil
}

func listTones(out io.Writer, cfg audio.Config) error {
	heard := map[string][]string{}
	for _, e := range audio.Events() {
		if choice := string(cfg.Choice(e)); choice != string(e) {
			heard[choice] = append(heard[choice], string(e))
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, t := range cfg.Tones() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", t.Name, t.Duration(), t.Cadence(), t.Sounds)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, choice := range slices.Sorted(maps.Keys(heard)) {
		if _, err := fmt.Fprintf(out, "%s: %s\n", choice, strings.Join(heard[choice], ", ")); err != nil {
			return err
		}
	}
	return nil
}

// toneToHear is what play and render are asked for.
func toneToHear(std streams, cfg audio.Config, words []string, cadence audio.Cadence) (audio.Tone, error) {
	switch {
	case words[0] != "play" && words[0] != "render":
		return audio.Tone{}, usageError{fmt.Sprintf("there is no tones %s; expected play or render", words[0])}
	case len(words) > 2:
		return audio.Tone{}, usageError{fmt.Sprintf("%q is too much; one event at a time", words[2])}
	case len(words) == 2 && cadence != "":
		return audio.Tone{}, usageError{"an event and --cadence do not go together"}
	case cadence != "":
		return ownTone(std, cfg, cadence)
	case len(words) == 1:
		return audio.Tone{}, usageError{words[0] + " needs an event, or --cadence"}
	}
	name, all := words[1], cfg.Tones()
	if e := audio.Event(name); slices.Contains(audio.Events(), e) {
		switch media := cfg.Choice(e).Media(); {
		case media == "":
			return audio.Tone{}, fmt.Errorf("nothing is heard at %s: the configuration says none", e)
		case !strings.HasPrefix(media, "sound:"+audio.SoundDirectory+"/"):
			return audio.Tone{}, fmt.Errorf("%s plays %s, a sound that only Asterisk has", e, media)
		}
		name = string(cfg.Choice(e))
	}
	i := slices.IndexFunc(all, func(t audio.Tone) bool { return t.Name == name })
	if i < 0 {
		return audio.Tone{}, fmt.Errorf("there is no event and no tone %q; hasshin tones lists them", name)
	}
	return all[i], nil
}

// ownTone is a cadence that is tried. It says which tones it is too much like.
func ownTone(std streams, cfg audio.Config, cadence audio.Cadence) (audio.Tone, error) {
	notes, err := cadence.Notes()
	if err != nil {
		return audio.Tone{}, fmt.Errorf("the cadence %q %w", cadence, err)
	}
	tone := audio.Tone{Name: "own", Peak: audio.OwnPeak, Notes: notes}
	for _, other := range cfg.Tones() {
		if alike := audio.Similarity(tone, other); alike >= audio.TooAlike {
			fmt.Fprintf(std.err, "too much like %s (similarity %.2f, expected less than %.2f)\n", other.Name, alike, audio.TooAlike)
		}
	}
	return tone, nil
}

func renderTone(std streams, wav []byte) error {
	if isTerminal(std.out) {
		return errors.New("a WAV file is not for a terminal; send it into a file: > tone.wav")
	}
	_, err := std.out.Write(wav)
	return err
}

// players are programs that play a WAV file from their standard input, best first.
var players = [][]string{
	{"pw-play", "-"}, {"paplay", "/dev/stdin"}, {"aplay", "-q", "-"}, {"ffplay", "-loglevel", "error", "-nodisp", "-autoexit", "-"}, {"afplay", "/dev/stdin"},
}

// playTone plays with the first program that is here. Without any, it is as good as render.
func playTone(ctx context.Context, std streams, wav []byte) error {
	for _, p := range players {
		if _, err := exec.LookPath(p[0]); err != nil {
			continue
		}
		player := exec.CommandContext(ctx, p[0], p[1:]...)
		player.Stdin, player.Stderr = bytes.NewReader(wav), std.err
		if err := player.Run(); err != nil {
			return fmt.Errorf("%s: %w", p[0], err)
		}
		return nil
	}
	if isTerminal(std.out) {
		return errors.New("there is no program here that plays sound; install alsa-utils for aplay, or write it into a file: hasshin tones render … > tone.wav")
	}
	return renderTone(std, wav)
}

func writeTones(out io.Writer, cfg audio.Config, sounds string) error {
	files := cfg.Files()
	dir, _, err := installTones(files, sounds)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d files for %d tones are in %s\n", len(files), len(cfg.Tones()), dir)
	return err
}

// installTones writes sound files into the folder of ours in a folder of sounds. It tells how many were new or different. Each file is
// replaced at once, so that an Asterisk that is playing it plays the old one to its end. A folder of sounds that is not there is refused:
// a slip in its name would leave Asterisk without the tones and nobody would know.
func installTones(files []audio.File, sounds string) (dir string, written int, err error) {
	if about, err := os.Stat(sounds); err != nil {
		return "", 0, err
	} else if !about.IsDir() {
		return "", 0, fmt.Errorf("%s is not a folder", sounds)
	}
	dir = filepath.Join(sounds, audio.SoundDirectory)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", 0, err
	}
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if there, err := os.ReadFile(name); err == nil && bytes.Equal(there, f.Content) {
			continue
		}
		if err := replaceFile(name, f.Content); err != nil {
			return "", 0, err
		}
		written++
	}
	return dir, written, nil
}

// replaceFile writes beside the file and puts it in its place, readable by all: Asterisk is another user.
func replaceFile(name string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
