package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set at release: -ldflags "-X main.version=v1.2.3".
var version string

var versionCommand = command{
	name:    "version",
	summary: "print the version",
	about:   "Prints hasshin's version, what it was built from and with.",
	setup: func(*flag.FlagSet) func(context.Context, streams, []string) error {
		return func(_ context.Context, std streams, _ []string) error {
			_, err := fmt.Fprintf(std.out, "hasshin %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		}
	},
}

// versionText is the release's version, else the commit it was built from.
func versionText() string {
	if version != "" {
		return version
	}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, changed := "", ""
	for _, s := range build.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+changes"
		}
	}
	switch v := build.Main.Version; {
	case v != "" && v != "(devel)":
		return v // has the commit in it
	case commit != "":
		return commit + changed
	}
	return "development"
}
