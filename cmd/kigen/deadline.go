package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/deadline"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/phrase"
)

// deadlineFlags is what the deadline command was asked.
type deadlineFlags struct {
	start, batch, promise   string
	replay                  string
	impact, scope, severity string
	asJSON, explain         bool
}

// deadlineCommand needs no daemon: promises and calendars come from the
// configuration.
func (a *app) deadlineCommand() *cobra.Command {
	var f deadlineFlags
	cmd := &cobra.Command{
		Use:   "deadline VENDOR --start TIME | deadline --batch FILE|- | deadline --replay MONTH",
		Short: "Work out by when a vendor has promised to speak / 通知期限を計算する",
		Example: `  kigen deadline sotas --start "2026-05-01 18:00"
  kigen deadline tatsujin --start 2026-04-28T16:00+09:00 --json
  kigen deadline --batch starts.csv      # header vendor,start; one JSON object a line
  kigen deadline --replay 2026-10        # past incidents under today's promises: what would differ`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("replay") {
				return a.deadlineReplay(cmd, c, &f, args)
			}
			asker, err := f.asker(c, a.lang(c))
			if err != nil {
				return err
			}
			if f.batch != "" {
				return a.deadlineBatch(cmd, asker, &f, args)
			}
			return a.deadlineOne(c, asker, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.start, "start", "", "the `TIME` that the promise counts from: RFC 3339, or 2026-05-02 22:10 in the configured zone")
	flags.StringVar(&f.batch, "batch", "", "read CSV rows of vendor,start from `FILE`, or - for standard input")
	flags.StringVar(&f.replay, "replay", "", "reckon the incidents of a `MONTH` such as 2026-10 anew and say what would differ; changes nothing")
	flags.StringVar(&f.promise, "promise", "", "answer for the promise with this `ID` only")
	flags.StringVar(&f.impact, "impact", "", "how hard it hits us: "+join(sla.Impacts[:]))
	flags.StringVar(&f.scope, "scope", "", "whom it touches: "+join(sla.Scopes[:]))
	flags.StringVar(&f.severity, "severity", "", "our own grading: "+join(sla.Severities[:]))
	flags.BoolVar(&f.asJSON, "json", false, "print JSON, one object for each promise")
	flags.BoolVar(&f.explain, "explain", false, "with --batch: add the explanation")
	return cmd
}

// join lists the values that a flag takes, for its help and for an error's remedy.
func join[T ~string](values []T) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return strings.Join(names, ", ")
}

// asker turns the flags that all answers share into an Asker.
func (f *deadlineFlags) asker(c *config.Config, lang string) (*deadline.Asker, error) {
	if err := errors.Join(
		oneOf("impact", f.impact, sla.Impacts[:]),
		oneOf("scope", f.scope, sla.Scopes[:]),
		oneOf("severity", f.severity, sla.Severities[:]),
	); err != nil {
		return nil, badInput(err)
	}
	return &deadline.Asker{
		Catalogue: c.Catalogue, Zone: c.Timezone, Lang: lang, Promise: f.promise,
		Impact: sla.Impact(f.impact), Scope: sla.Scope(f.scope), Severity: sla.Severity(f.severity),
	}, nil
}

// oneOf refuses a value that is not known; the empty one means unknown.
func oneOf[T ~string](field, value string, known []T) error {
	if value == "" || slices.Contains(known, T(value)) {
		return nil
	}
	return fmt.Errorf("--%s %q: is not known: use one of %s", field, value, join(known))
}

// deadlineOne answers for one vendor and one start.
func (a *app) deadlineOne(c *config.Config, asker *deadline.Asker, f *deadlineFlags, args []string) error {
	switch {
	case len(args) == 0:
		return badInput(fmt.Errorf("VENDOR is missing: give one of %s, or --batch FILE", strings.Join(c.Catalogue.IDs(), ", ")))
	case f.explain:
		return badInput(errors.New("--explain goes with --batch: a single answer is explained already"))
	case f.start == "":
		return badInput(errors.New("--start is missing: give the time that the promise counts from, such as --start 2026-05-02T22:10+09:00"))
	}
	answers, err := asker.Ask(args[0], f.start)
	if err != nil {
		return err
	}
	if f.asJSON {
		return printJSONLines(a.out, answers)
	}
	vendor, _ := c.Catalogue.Vendor(args[0])
	for i := range answers {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		if err := a.printAnswer(asker.Lang, vendor, &answers[i]); err != nil {
			return err
		}
	}
	return nil
}

// printJSONLines writes one JSON object a line.
func printJSONLines[T any](w io.Writer, values []T) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // a person reads it too, and no browser does
	for i := range values {
		if err := encoder.Encode(&values[i]); err != nil {
			return err
		}
	}
	return nil
}

// printAnswer writes one answer for a person: the deadline first, then why.
func (a *app) printAnswer(lang string, v *sla.Vendor, answer *deadline.Answer) error {
	name := answer.Promise
	if answer.Stage != "" {
		name += "/" + answer.Stage
	}
	now := a.now() // only to leave the current year out
	var t table
	t.add(say(lang, "ベンダー", "vendor"), v.Name.In(lang)+" ("+v.ID+")")
	t.add(say(lang, "約束", "promise"), strings.TrimSpace(name+" "+strengthText(lang, answer.Explained.Strength)))
	t.add(say(lang, "起算", "start"), instantText(lang, answer.Start, now))
	due := dueText(lang, answer.Due, now)
	switch {
	case answer.Due != nil:
		due += say(lang, "(起算から"+phrase.Duration(lang, answer.Due.Sub(answer.Start))+")", " ("+phrase.Duration(lang, answer.Due.Sub(answer.Start))+" after the start)")
	case answer.State != sla.Running:
		due += say(lang, "(", " (") + stateText(lang, answer.State) + ")"
	}
	t.add(say(lang, "期限", "due"), due)
	if err := t.print(a.out); err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	return printLines(a.out, answer.Explained.Lines(lang))
}

// printLines writes lines that may hold what somebody else wrote.
func printLines(w io.Writer, lines []string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, clean(line)); err != nil {
			return err
		}
	}
	return nil
}

// deadlineBatch names the file in front of the line, as compilers do.
func (a *app) deadlineBatch(cmd *cobra.Command, asker *deadline.Asker, f *deadlineFlags, args []string) error {
	if len(args) > 0 || f.start != "" {
		return badInput(errors.New("--batch takes vendor and start from the file: leave VENDOR and --start out"))
	}
	in, name := a.in, "standard input"
	if f.batch != "-" {
		file, err := os.Open(f.batch)
		if err != nil {
			return badInput(fmt.Errorf("--batch %q: %w: give a readable CSV file, or - for standard input", f.batch, pathCause(err)))
		}
		defer file.Close()
		in, name = file, f.batch
	}
	err := asker.Batch(cmd.Context(), in, a.out, f.explain)
	var line *deadline.LineError
	if errors.As(err, &line) {
		return badInput(fmt.Errorf("%s: %w", name, err))
	}
	return err
}

// pathCause drops the path from a file error, where the message names it already.
func pathCause(err error) error {
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
