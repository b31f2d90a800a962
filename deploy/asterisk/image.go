// Package asterisk holds the build context of the Asterisk image: its Dockerfile, its
// entrypoint and the configuration that the entrypoint renders from the environment.
//
// The compose file builds the image from this directory; tests that start an Asterisk
// of their own build the very same one from Files, wherever the module's source lies.
package asterisk

import "embed"

// Image is the name under which compose file and Makefile build the image.
const Image = "hasshin/asterisk:dev"

// Files is the build context. Environment variables of the image, with their defaults,
// are listed at the head of entrypoint.sh; snippets of configuration may be put into
// /etc/asterisk/NAME.d of a container before it starts.
//
//go:embed Dockerfile entrypoint.sh trim-music.pl etc node carrier sounds
var Files embed.FS
