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
	"kigen/cmd/kigen/internal/terminal"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/when"
)

// deadlineFlags holds the flags of the deadline command.
type deadlineFlags struct {
	start, batch            string
	about, promise, stage   string
	replay                  string
	service                 string
	impact, scope, severity string
	moments                 []string // in the order of sla.Moments
	asJSON, explain         bool
}

// deadlineCommand needs no daemon: promises and calendars come from the configuration.
func (a *app) deadlineCommand() *cobra.Command {
	var f deadlineFlags
	cmd := &cobra.Command{
		Use: "deadline VENDOR --start TIME | deadline --batch FILE|- | deadline --replay MONTH",
		Example: `  kigen deadline sotas --start "2026-05-01 18:00"
  kigen deadline tatsujin --start 2026-04-28T16:00+09:00 --json
  kigen deadline sotas --occurred-at "昨日 18:00" --detected-at 20:15
  kigen deadline --batch starts.csv      # header vendor,start; one JSON object a line for each promise and stage
  kigen deadline --replay 2026-10        # past incidents under today's promises: what would differ`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			replay := cmd.Flags().Changed("replay")
			load := a.loadHere
			if replay { // which the kigen at KIGEN_URL answers
				load = func(*cobra.Command) (*config.Config, error) { return a.load() }
			}
			c, err := load(cmd)
			if err != nil {
				return err
			}
			if replay {
				return a.deadlineReplay(cmd, c, &f, args)
			}
			times := when.Parser{Zone: c.Timezone}
			if f.batch == "" { // the file may be read again later, so its dates must be absolute
				times.Now = a.now()
			}
			asker, err := f.asker(c, times, a.lang(c))
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
	flags.SetNormalizeFunc(momentNames)
	flags.StringVar(&f.start, "start", "", "`TIME` of all moments that are not given: 2026-05-02T22:10+09:00, \"2026/5/2 22:10\" in the configured zone, 22:10, now …")
	f.moments = make([]string, len(sla.Moments()))
	for i, m := range sla.Moments() {
		flags.StringVar(&f.moments[i], m.String()+"-at", "", "the moment "+m.String()+" (`TIME`); default: --start, else unknown")
	}
	flags.StringVar(&f.batch, "batch", "", "read CSV rows from `FILE`, or - for standard input; columns: "+deadline.Columns())
	flags.StringVar(&f.replay, "replay", "", "recalculate the incidents of a `MONTH` such as 2026-10 and show the differences; changes nothing")
	flags.StringVar(&f.about, "about", "", "the promises about this `KIND`: "+terminal.Join(sla.Kinds())+"; default: incident")
	flags.StringVar(&f.promise, "promise", "", "only the promise with this `ID`")
	flags.StringVar(&f.stage, "stage", "", "only the stage with this `ID`")
	flags.StringVar(&f.service, "service", "", "the vendor's product")
	flags.StringVar(&f.impact, "impact", "", "impact on us: "+terminal.Join(sla.Impacts[:]))
	flags.StringVar(&f.scope, "scope", "", "affected customers: "+terminal.Join(sla.Scopes[:]))
	flags.StringVar(&f.severity, "severity", "", "our severity rating: "+terminal.Join(sla.Severities[:]))
	flags.BoolVar(&f.asJSON, "json", false, "print JSON, one object per promise and stage")
	flags.BoolVar(&f.explain, "explain", false, "with --batch: add the explanation")
	return cmd
}

// asker builds an Asker from the flags that apply to every answer.
func (f *deadlineFlags) asker(c *config.Config, times when.Parser, lang string) (*deadline.Asker, error) {
	if err := errors.Join(
		oneOf("about", f.about, sla.Kinds()),
		oneOf("impact", f.impact, sla.Impacts[:]),
		oneOf("scope", f.scope, sla.Scopes[:]),
		oneOf("severity", f.severity, sla.Severities[:]),
	); err != nil {
		return nil, badInput(err)
	}
	return &deadline.Asker{
		Catalogue: c.Catalogue, Time: times.Time, Lang: lang, About: sla.IncidentKind(f.about), Promise: f.promise, Stage: f.stage,
		Impact: sla.Impact(f.impact), Scope: sla.Scope(f.scope), Severity: sla.Severity(f.severity),
	}, nil
}

// oneOf rejects an unknown value; an empty one is valid.
func oneOf[T ~string](field, value string, known []T) error {
	if value == "" || slices.Contains(known, T(value)) {
		return nil
	}
	return fmt.Errorf("--%s %q: is unknown: use one of %s", field, value, terminal.Join(known))
}

// question builds the question for one vendor from the flags.
func (f *deadlineFlags) question(vendor string) *deadline.Question {
	q := &deadline.Question{Vendor: vendor, Start: f.start, Service: f.service, Moments: map[sla.Moment]string{}}
	for i, m := range sla.Moments() {
		if f.moments[i] != "" {
			q.Moments[m] = f.moments[i]
		}
	}
	return q
}

// timed reports whether a time flag was given.
func (f *deadlineFlags) timed() bool {
	return f.start != "" || slices.ContainsFunc(f.moments, func(text string) bool { return text != "" })
}

// deadlineOne prints the deadlines of one vendor.
func (a *app) deadlineOne(c *config.Config, asker *deadline.Asker, f *deadlineFlags, args []string) error {
	switch {
	case len(args) == 0:
		return badInput(fmt.Errorf("VENDOR is missing: use one of %s, or --batch FILE", strings.Join(c.Catalogue.IDs(), ", ")))
	case f.explain:
		return badInput(errors.New("--explain requires --batch: a single answer always has its explanation"))
	case !f.timed():
		return badInput(errors.New("--start is missing: give the time that the promise counts from, such as --start 2026-05-02T22:10+09:00, or a moment such as --detected-at"))
	}
	answers, reads, err := asker.Ask(f.question(args[0]))
	if err != nil {
		return err
	}
	for _, read := range reads {
		// The answer shows the start with its zone; other assumptions need a line.
		if read.Field != "start" || read.Time.Assumed&^when.NoZone != 0 || !read.Time.Second.IsZero() {
			a.echo(asker.Lang, "--"+strings.ReplaceAll(read.Field, "_", "-"), read.Text, read.Time)
		}
	}
	if f.asJSON {
		return printJSONLines(a.out, answers)
	}
	vendor, _ := c.Catalogue.Vendor(args[0])
	for i := range answers {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		if err := a.printer(c).Answer(vendor, &answers[i], f.start == "" || len(f.question("").Moments) > 0); err != nil {
			return err
		}
	}
	return nil
}

// printJSONLines writes one JSON object per line.
func printJSONLines[T any](w io.Writer, values []T) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // readable for people; the output does not go to a browser
	for i := range values {
		if err := encoder.Encode(&values[i]); err != nil {
			return err
		}
	}
	return nil
}

// deadlineBatch prefixes errors with FILE:LINE.
func (a *app) deadlineBatch(cmd *cobra.Command, asker *deadline.Asker, f *deadlineFlags, args []string) error {
	if len(args) > 0 || f.timed() || f.service != "" {
		return badInput(errors.New("--batch takes vendor, times and service from the file: leave VENDOR, --start, --service and the moments out"))
	}
	in, name := a.in, "standard input"
	if f.batch != "-" {
		file, err := os.Open(f.batch)
		if err != nil {
			return badInput(fmt.Errorf("--batch %q: %w: use a readable CSV file, or - for standard input", f.batch, pathCause(err)))
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

// pathCause drops the path from a file error when the message already names it.
func pathCause(err error) error {
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
