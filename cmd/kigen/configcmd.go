package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
)

func (a *app) configCommand() *cobra.Command {
	return group("config",
		a.configCheckCommand(), a.configPrintCommand(), a.configInitCommand())
}

// configCheckCommand loads the configuration and prints a summary and its
// warnings; a warning is not a failure.
func (a *app) configCheckCommand() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use: "check [FILE]", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.configPath = args[0]
			}
			c, err := a.loadWhole(cmd.Context())
			if err != nil {
				return err
			}
			return a.printCheck(c, verbose)
		},
	}
	cmd.Flags().BoolVar(&verbose, "verbose", false, "also list the days closed by iCalendar files, by calendar")
	return cmd
}

func (a *app) printCheck(c *config.Config, verbose bool) error {
	lang := a.lang(c)
	for _, warning := range daemon.Warnings(c, lang, a.now()) {
		if _, err := fmt.Fprintf(a.out, "%s: %s\n", say(lang, "warning"), warning); err != nil {
			return err
		}
	}
	if verbose {
		for _, id := range slices.Sorted(maps.Keys(c.Imported)) {
			if err := a.printer(c).Imported(id, c.Imported[id]); err != nil {
				return err
			}
		}
	}
	name := c.Path
	if name == "" {
		name = builtInName(lang)
	}
	_, err := fmt.Fprintf(a.out, say(lang, "no_mistakes_vendors_destinations"),
		name, len(c.Catalogue), len(c.Destinations))
	return err
}

// builtInName says that no file was read, and names one in the working directory that
// a user may have meant.
func builtInName(lang string) string {
	name := say(lang, "built_in_configuration_neither_config")
	if exists(defaultConfigFile) {
		name += say(lang, "in_this_directory_was_not", "DefaultConfigFile", defaultConfigFile)
	}
	return name
}

// configPrintCommand prints the effective configuration of file, environment
// and defaults.
func (a *app) configPrintCommand() *cobra.Command {
	return &cobra.Command{
		Use: "print", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			return c.Print(a.out)
		},
	}
}

const defaultConfigFile = "kigen.yaml"

// configInitCommand prints the next two commands for a new user.
func (a *app) configInitCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init [FILE|-]", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := defaultConfigFile
			if len(args) == 1 {
				path = args[0]
			}
			if path == "-" {
				_, err := a.out.Write(config.Sample())
				return err
			}
			if err := writeNew("FILE", path, config.Sample()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(a.out, "%s: kigen config check %s && kigen serve --config %s\n%s: kigen help configuration, kigen help grammar\n", path, path, path, path)
			return err
		},
	}
}

// writeNew creates a file that the flag or argument at place names. It fails if the file
// exists, and leaves none that is incomplete.
func writeNew(place, path string, content []byte) error {
	// Readable by the owner only: it may hold tokens, or what an incident is about.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return badInput(fmt.Errorf("%s %q: already exists: use another name or move the file away", place, path))
	case err != nil:
		return badInput(fmt.Errorf("%s %q: %w: use a file in a writable directory", place, path, pathCause(err)))
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("%s %q: %w", place, path, pathCause(err)), os.Remove(path))
	}
	return nil
}
