package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/hasshin/hasshin/audio"
)

var tonesCommand = command{
	name:    "tones",
	summary: "list the tones agents hear, or write their sound files for an Asterisk",
	about: `
Lists the tones that the audio section of the configuration can name. With
--write it writes their sound files into the folder ` + audio.SoundDirectory + ` of the given sounds folder
of an Asterisk that does not come from hasshin's image, for example
/usr/share/asterisk/sounds/en.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		sounds := flags.String("write", "", "the sounds `folder` of Asterisk to write the files into")
		return func(_ context.Context, std streams, _ []string) error {
			if *sounds == "" {
				return listTones(std.out)
			}
			return writeTones(std.out, *sounds)
		}
	},
}

func listTones(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, t := range audio.Tones() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", t.Name, t.Duration(), t.Sounds)
	}
	return table.Flush()
}

// writeTones refuses a folder that is not there: a slip in its name would leave Asterisk without the tones and nobody would know.
func writeTones(out io.Writer, sounds string) error {
	if about, err := os.Stat(sounds); err != nil {
		return err
	} else if !about.IsDir() {
		return fmt.Errorf("%s is not a folder", sounds)
	}
	dir := filepath.Join(sounds, audio.SoundDirectory)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := audio.Defaults().Files()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o644); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d files for %d tones are in %s\n", len(files), len(audio.Tones()), dir)
	return err
}
