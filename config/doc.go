// Package config converts YAML and environment variables to validated values: the
// listener, destinations and alert policies, and the catalogue of vendors with
// their promises.
//
// A file is read as a tree whose nodes know their file and line. The built-in
// catalogue and a file's vendors are such trees too; they are merged before
// decoding, so that every problem refers to the line that a person wrote. All
// problems are reported together, each with field, value and remedy.
//
// Secrets are never shown: problems and [Config.Print] keep "${NAME}" as written
// and mask literal secrets.
package config
