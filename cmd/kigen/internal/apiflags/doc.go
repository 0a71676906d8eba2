// Package apiflags declares the flags of commands that become fields of a request to the
// API, by the same names.
package apiflags
