package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/build"
	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/incoming"
	"kigen/config"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// app holds the streams, the environment and the persistent flags that all
// subcommands share.
type app struct {
	in          io.Reader
	out, errOut io.Writer
	environ     []string
	now         func() time.Time

	configPath string
	language   string
	begun      bool // the command line was parsed: later errors are the command's own
}

// newApp reads clock and environment from the process; the streams are
// parameters so that tests can pass their own.
func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{in: stdin, out: stdout, errOut: stderr, environ: os.Environ(), now: time.Now}
}

// root builds the command tree. Cobra prints no errors: run writes them in one
// format that scripts can rely on.
func (a *app) root() *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:           "kigen",
		Args:          noSuchCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				_, err := io.WriteString(a.out, build.This().Line())
				return err
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			a.begun = true
			if err := cmd.ValidateFlagGroups(); err != nil {
				return badInput(err)
			}
			return a.checkLanguage()
		},
	}
	// Not by the version template of cobra: text/template would be in the binary, see the
	// rule "methods" of .golangci.yml.
	root.Flags().BoolVarP(&version, "version", "v", false, "version for kigen")
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errOut)
	flags := root.PersistentFlags()
	flags.StringVar(&a.configPath, "config", a.env("KIGEN_CONFIG"), "configuration `FILE`; default: $KIGEN_CONFIG, else the built-in configuration")
	flags.StringVar(&a.language, "lang", "", "language of the output, `ja|en`; default: the configuration's")
	root.SetHelpCommand(a.helpCommand())
	root.AddCommand(
		a.demoCommand(), a.serveCommand(), a.deadlineCommand(), a.incidentCommand(), a.vendorCommand(), a.dutyCommand(), a.intakeCommand(),
		a.reportCommand(), a.configCommand(), a.dbCommand(), a.notifyCommand(), a.userCommand(), a.tokenCommand(),
		a.reloadCommand(), a.healthCommand(), a.versionCommand(),
	)
	a.complete(root)
	a.describe(root)
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		a.describe(root) // again: --lang and --config are known by now
		help(cmd, args)
	})
	return root
}

func (a *app) intakeCommand() *cobra.Command {
	return group("intake", incoming.Commands(incoming.Host{
		Out: a.out, ReadFile: a.readFile, User: a.user, BadInput: badInput, Page: largestPage,
		Connect: func() (*client.Client, string, error) {
			s, err := a.session(false)
			if err != nil {
				return nil, "", err
			}
			return s.daemon, s.lang, nil
		},
	})...)
}

// group is a command that consists of subcommands.
func group(use string, subcommands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Args: noSuchCommand,
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

// noSuchCommand refuses arguments of a command that consists of subcommands.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.SuggestionsMinimumDistance <= 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("unknown command %q for %q: did you mean %s?", args[0], cmd.CommandPath(), strings.Join(near, ", "))
	}
	return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
}

// checkLanguage rejects an unknown language before a command runs, so that no
// output mixes languages.
func (a *app) checkLanguage() error {
	switch a.language {
	case "", "ja", "en":
		return nil
	}
	return badInput(fmt.Errorf("--lang %q: is not supported: use ja or en", a.language))
}

// load reads the configuration without the register; its errors end with exitUsage.
func (a *app) load() (*config.Config, error) {
	c, err := config.Begin(a.configPath, a.environ)
	if err != nil {
		return nil, badInput(err)
	}
	return c, nil
}

// loadWhole reads the configuration, and the register in the database of this machine. A
// database that can't be read adds nothing, which the command says.
func (a *app) loadWhole(ctx context.Context) (*config.Config, error) {
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	var published []register.Version
	if store.IsServer(c.Database) || exists(c.Database) {
		if published, err = publishedIn(ctx, c.Database); err != nil {
			fmt.Fprintf(a.errOut, "kigen: %s\n", localizer.ErrorIn(a.lang(c), fmt.Errorf("%s: the register of vendors was not read: %w", store.Name(c.Database), err)))
		}
	}
	if len(published) == 0 && c.Bare() {
		return c, nil
	}
	whole, err := c.With(published)
	if err != nil {
		return nil, badInput(err)
	}
	return whole, nil
}

func publishedIn(ctx context.Context, database string) (published []register.Version, err error) {
	db, err := store.OpenReadOnly(ctx, database)
	if errors.Is(err, store.ErrOlder) || errors.Is(err, store.ErrEmpty) && store.IsServer(database) {
		return nil, nil // it holds no register that is in force
	}
	if err != nil {
		return nil, err
	}
	published, err = db.Published(ctx)
	return published, errors.Join(err, db.Close())
}

// loadHere is load for a command that works with the configuration and the database of
// this machine. With KIGEN_URL set the user may expect an answer of the kigen there, so
// the configuration has to be named, and the command says that it used that.
func (a *app) loadHere(cmd *cobra.Command) (*config.Config, error) {
	c, err := a.loadWhole(cmd.Context())
	base := a.env("KIGEN_URL")
	if err != nil || base == "" || strings.TrimRight(base, "/") == ownURL(c) {
		return c, err
	}
	if a.configPath == "" {
		return nil, badInput(fmt.Errorf("KIGEN_URL %q: %s works on this machine and does not ask the kigen there: name its configuration with --config FILE, or unset KIGEN_URL", base, cmd.CommandPath()))
	}
	fmt.Fprintf(a.errOut, say(a.lang(c), "kigen_using_the_configuration_the"), a.configPath)
	return c, nil
}

func (a *app) lang(c *config.Config) string { return cmp.Or(a.language, c.Language) }

// errorLang returns the language of errors: of --lang, else of the configuration,
// also where either is on a command line that cannot be parsed, or in a file with
// mistakes.
func (a *app) errorLang(args []string) string {
	lang, path := a.language, a.configPath
	if !a.begun {
		lang, path = cmp.Or(lang, flagIn(args, "--lang")), cmp.Or(flagIn(args, "--config"), path)
	}
	if lang == localizer.Japanese || lang == localizer.English {
		return lang
	}
	return config.LanguageOf(path, a.environ)
}

// flagIn returns the value of a flag of a command line.
func flagIn(args []string, flag string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, flag+"="); ok {
			return value
		}
		if arg == flag && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// env returns an environment variable, or "" if it is not set.
func (a *app) env(name string) string {
	for _, line := range a.environ {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

// inputError is an error that the user can fix by changing the input.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func badInput(err error) error { return inputError{err} }

// textError is an error whose text exists in both languages.
type textError struct {
	place string // the field and its value
	text  localizer.Message
}

func (e *textError) Error() string { return e.In(localizer.English) }

// In returns the error in "ja" or "en".
func (e *textError) In(lang string) string { return e.place + ": " + e.text.In(lang) }

// exitCode maps an error to an exit code by its type. The packages below
// do not know exit codes.
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
