// Package web has the page that agents work in, built of the TypeScript in this folder (make web).
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the built page: index.html, and what it needs beneath assets/, named by what is in it.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("desk/web: " + err.Error()) // dist is a folder: it is embedded above
	}
	return files
}
