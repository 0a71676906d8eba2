package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/config"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// app is what all subcommands share: the streams, the environment and the
// flags of the root.
type app struct {
	in          io.Reader
	out, errOut io.Writer
	environ     []string
	now         func() time.Time

	configPath string
	language   string
	begun      bool // the command line was understood: errors from here on are the command's own
}

// newApp takes the clock and the environment from the process; everything else
// is handed in, so that a command can be run on any streams.
func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{in: stdin, out: stdout, errOut: stderr, environ: os.Environ(), now: time.Now}
}

const about = `kigen knows by when each cloud vendor has promised to speak of a security
incident, and says so when the vendor stays silent.
各クラウドベンダーが約束したインシデント通知の期限を計算し、期限を過ぎても通知がなければ知らせます。

Try: kigen demo`

// root is the whole command tree. Cobra prints nothing by itself: run writes
// errors, in one form, where scripts expect them.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "kigen",
		Short:         "Watch the deadlines by which vendors promised to speak / ベンダーの通知期限を見張る",
		Long:          about,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.begun = true
			return a.checkLanguage()
		},
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errOut)
	flags := root.PersistentFlags()
	flags.StringVar(&a.configPath, "config", a.env("KIGEN_CONFIG"), "configuration `FILE`; default: $KIGEN_CONFIG, or what is built in")
	flags.StringVar(&a.language, "lang", "", "language of the output, `ja|en`; default: the configuration's")
	root.AddCommand(
		a.demoCommand(), a.serveCommand(), a.deadlineCommand(), a.incidentCommand(), a.vendorCommand(),
		a.reportCommand(), a.configCommand(), a.dbCommand(), a.notifyCommand(), a.userCommand(), a.tokenCommand(),
		a.versionCommand(),
	)
	return root
}

// group is a command that only holds others.
func group(use, short string, subcommands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var names []string
			for _, sub := range cmd.Commands() {
				names = append(names, sub.Name())
			}
			return badInput(fmt.Errorf("%s needs a subcommand: %s", cmd.CommandPath(), strings.Join(names, ", ")))
		},
	}
	cmd.AddCommand(subcommands...)
	return cmd
}

// checkLanguage refuses a language before any command has begun, so that no
// output is half in one and half in another.
func (a *app) checkLanguage() error {
	switch a.language {
	case "", "ja", "en":
		return nil
	}
	return badInput(fmt.Errorf("--lang %q: is not spoken here: use ja or en", a.language))
}

// load reads the configuration; what is wrong with it is the user's to mend.
func (a *app) load() (*config.Config, error) {
	c, err := config.Load(a.configPath, a.environ)
	if err != nil {
		return nil, badInput(err)
	}
	return c, nil
}

// lang is the language of the output.
func (a *app) lang(c *config.Config) string { return cmp.Or(a.language, c.Language) }

// env returns a variable of the environment; empty when it is not set.
func (a *app) env(name string) string {
	for _, line := range a.environ {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

// inputError is an error that the user can mend by asking otherwise.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

// badInput marks an error so that it ends with exitUsage.
func badInput(err error) error { return inputError{err} }

// exitCode tells what the user can mend from what went wrong. The packages
// below know nothing of exit codes; their error types say enough.
func exitCode(err error) int {
	var input inputError
	var problem *client.Problem
	var period *report.PeriodError
	_, invalid := tracker.AsInvalid(err)
	switch {
	case err == nil:
		return exitDone
	case invalid, errors.As(err, &input), errors.As(err, &period), errors.As(err, &problem) && problem.BadInput():
		return exitUsage
	}
	return exitFailed
}
