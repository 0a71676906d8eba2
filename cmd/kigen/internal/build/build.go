// Package build tells what this binary was built from.
package build

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"kigen/store"
)

// Info is what kigen version --json prints. Texts are empty where the build did not know
// them, as one of an export of the sources does not know its commit.
type Info struct {
	Version    string   `json:"version"`
	Commit     string   `json:"commit"`      // the whole hash
	CommitTime string   `json:"commit_time"` // RFC 3339, in UTC
	Modified   bool     `json:"modified"`    // the sources differ from the commit
	Go         string   `json:"go"`          // also determines the embedded time zones
	OS         string   `json:"os"`
	Arch       string   `json:"arch"`
	SQLite     string   `json:"sqlite"`
	Tags       []string `json:"tags"` // of the build
}

// Line is the output of kigen version.
func (b *Info) Line() string {
	return fmt.Sprintf("kigen %s (%s %s/%s)\n", b.Version, b.Go, b.OS, b.Arch)
}

// This reads what the Go toolchain wrote into the binary.
func This() *Info {
	b := &Info{
		Version: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		SQLite: store.SQLiteVersion(), Tags: []string{},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.read(info)
	}
	return b
}

// read takes over the settings of the build. The version is that of the module, or the
// commit that it was built from.
func (b *Info) read(info *debug.BuildInfo) {
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.CommitTime = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		case "-tags":
			b.Tags = strings.Split(s.Value, ",")
		}
	}
	b.Version = info.Main.Version
	if b.Version == "" || b.Version == "(devel)" {
		b.Version = "devel"
		if b.Commit != "" {
			b.Version = b.Commit[:min(12, len(b.Commit))]
		}
		if b.Modified {
			b.Version += "+changes"
		}
	}
}
