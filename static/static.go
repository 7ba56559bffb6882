// Package static is what the browser fetches besides pages: one style sheet,
// one small script, one font, one icon. The sources stand in this folder; dist
// holds what is served, made from them by go generate and committed.
package static

import (
	"embed"
	"io/fs"
)

//go:generate go run ./pack

//go:embed dist
var files embed.FS

// Dist returns the files to serve, named NAME.HASH.EXT after their content, each
// text also compressed (.br, .gz).
func Dist() (fs.FS, error) { return fs.Sub(files, "dist") }
