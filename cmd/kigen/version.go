package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/licenses"
	"kigen/store"
)

// built is what kigen version --json prints. Texts are empty where the build did not know
// them, as one of an export of the sources does not know its commit.
type built struct {
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

func (a *app) versionCommand() *cobra.Command {
	var asJSON, withLicenses bool
	cmd := &cobra.Command{
		Use: "version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch {
			case withLicenses:
				text, err := licenses.Text()
				if err != nil {
					return err
				}
				_, err = a.out.Write(text)
				return err
			case asJSON:
				return json.NewEncoder(a.out).Encode(thisBuild())
			}
			_, err := fmt.Fprint(a.out, versionLine())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&withLicenses, "licenses", false, "print the licences of what this binary is made of")
	cmd.MarkFlagsMutuallyExclusive("json", "licenses")
	return cmd
}

// versionLine is the output of kigen version and kigen --version.
func versionLine() string {
	b := thisBuild()
	return fmt.Sprintf("kigen %s (%s %s/%s)\n", b.Version, b.Go, b.OS, b.Arch)
}

// thisBuild reads what the Go toolchain wrote into the binary.
func thisBuild() *built {
	b := &built{
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
func (b *built) read(info *debug.BuildInfo) {
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

// buildVersion returns the version of this build, as kigen version prints it.
func buildVersion() string { return thisBuild().Version }
