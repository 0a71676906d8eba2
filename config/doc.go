// Package config turns YAML and environment variables into validated values:
// where kigen listens, whom it tells, and the catalogue of vendors with what
// each has promised.
//
// A file is read as a tree whose every node remembers the file and the line
// that it came from. The built-in catalogue and a file's vendors are such
// trees too; they are merged before anything is decoded, so that a problem
// always points at the line that a person wrote. All problems are reported at
// once, each with field, value and remedy.
//
// Secrets stay secret: problems and [Config.Print] show "${NAME}" as it was
// written, and a mask in place of a literal secret.
package config
