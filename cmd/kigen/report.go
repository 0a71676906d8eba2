package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/cmd/kigen/internal/render"
	"kigen/config"
	"kigen/sla/report"
	"kigen/store"
)

// reportFlags are what is asked of one report.
type reportFlags struct {
	daemon.Wanted
	out            string
	freeze, verify bool
	send           bool
	to             []string
}

// reportCommand refuses a wrong period before anything is opened or asked.
func (a *app) reportCommand() *cobra.Command {
	var f reportFlags
	schema := false
	cmd := &cobra.Command{
		Use: "report PERIOD", Short: "Who kept their word in a month / 月次報告を作る",
		Args: func(cmd *cobra.Command, args []string) error {
			if schema {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		Long: "Report on a month (2026-10), a quarter (2026-Q3), a year (2026), or a range of months\n" +
			"(2026-04..2026-09) or days (2026-10-01..2026-10-15), from the database; with KIGEN_URL set,\n" +
			"from the kigen that answers there.\n\n" +
			"The report that is sent after a month is kept as it was. --freeze keeps one by hand, as\n" +
			"another edition if anything has changed since; --frozen prints the newest edition; --verify\n" +
			"checks that all editions still are what was kept. Any other report says what has changed.\n\n" +
			"--send has the running kigen send a finished period's report now, to Slack with the files in the\n" +
			"thread, by mail with the files attached.",
		Example: "  kigen report 2026-10 --out 2026-10.html\n  kigen report 2026-Q3 --format csv\n  kigen report 2026-10 --freeze\n  kigen report 2026-10 --send --to soc",
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				_, err := a.out.Write(render.Schema())
				return err
			}
			if err := f.check(); err != nil {
				return err
			}
			c, err := a.load()
			if err != nil {
				return err
			}
			if _, err := report.ParsePeriod(args[0], c.Timezone, a.now()); err != nil {
				return err
			}
			if f.send {
				return a.sendReport(cmd.Context(), args[0], f.to)
			}
			f.Period, f.Lang, f.Format = args[0], a.lang(c), cmp.Or(f.Format, formatOf(f.out))
			return a.runReport(cmd.Context(), c, f)
		},
	}
	f.define(cmd.Flags())
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of --format json")
	return cmd
}

func (f *reportFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.Format, "format", "", "`html|pdf|xlsx|csv|json`; default: what --out ends with, else json")
	flags.StringVar(&f.out, "out", "", "write to `FILE` instead of standard output")
	flags.StringVar(&f.CSV.Table, "table", "", "of CSV: the table with this `NAME`; default: vendors; a wrong name lists all")
	flags.BoolVar(&f.CSV.BOM, "bom", false, "of CSV: begin with a byte order mark, for spreadsheets that need it")
	flags.StringVar(&f.Vendor, "vendor", "", "of the vendor with this `ID` alone")
	flags.BoolVar(&f.freeze, "freeze", false, "keep the report as it is now")
	flags.BoolVar(&f.Frozen, "frozen", false, "print the newest edition that was kept")
	flags.BoolVar(&f.send, "send", false, "have the running kigen send the report now, and keep it")
	flags.StringSliceVar(&f.to, "to", nil, "with --send: to the destinations with these `NAMES`; default: report.to")
	flags.BoolVar(&f.verify, "verify", false, "check the editions that were kept")
}

// check refuses flags that ask for several things at once.
func (f *reportFlags) check() error {
	if len(f.to) > 0 && !f.send {
		return badInput(errors.New("--to: goes with --send: add it, or leave --to out"))
	}
	if f.send && (f.out != "" || f.Format != "" || f.CSV != render.CSVOptions{}) {
		return badInput(errors.New("--send: goes out in the formats of report.formats: leave --format, --out, --table and --bom out"))
	}
	var asked []string
	for name, set := range map[string]bool{"--freeze": f.freeze, "--frozen": f.Frozen, "--verify": f.verify, "--send": f.send, "--vendor": f.Vendor != ""} {
		if set {
			asked = append(asked, name)
		}
	}
	if len(asked) < 2 {
		return nil
	}
	slices.Sort(asked)
	return badInput(fmt.Errorf("%s: an edition holds all vendors, and is kept, printed, sent or verified: leave the vendor out, or all but one", strings.Join(asked, " ")))
}

func (a *app) runReport(ctx context.Context, c *config.Config, f reportFlags) error {
	if f.freeze || f.verify {
		open, use := a.withDatabase, a.verifyReport
		if f.freeze {
			open, use = a.withWritable, a.freezeReport
		}
		return a.withReports(ctx, c, open, func(reports *daemon.Reports) error { return use(ctx, reports, f.Period) })
	}
	body, err := a.makeReport(ctx, c, f)
	if err != nil {
		return err
	}
	if f.out == "" || f.out == "-" {
		_, err := a.out.Write(body)
		return err
	}
	return writeBeside(f.out, body)
}

// formatOf reads the format from a file's name.
func formatOf(path string) string {
	if ext := strings.TrimPrefix(filepath.Ext(path), "."); ext != "" {
		return strings.ToLower(ext)
	}
	return "json"
}

// makeReport reads the database beside a running daemon, so that a report also
// comes out when none runs; only KIGEN_URL says that the data is elsewhere.
func (a *app) makeReport(ctx context.Context, c *config.Config, f reportFlags) (body []byte, err error) {
	if base := a.env("KIGEN_URL"); base != "" && f.Vendor == "" && !f.Frozen {
		d, err := client.New(base, a.env("KIGEN_TOKEN"))
		if err != nil {
			return nil, badInput(err)
		}
		query := url.Values{"format": {f.Format}, "lang": {f.Lang}}
		if f.CSV.Table != "" {
			query.Set("table", f.CSV.Table)
		}
		if f.CSV.BOM {
			query.Set("bom", "true")
		}
		return d.Do(ctx, client.Request{Method: http.MethodGet, Path: "/reports/" + f.Period, Query: query})
	}
	err = a.withReports(ctx, c, a.withDatabase, func(reports *daemon.Reports) error {
		_, body, err = reports.RenderWanted(ctx, f.Wanted)
		return err
	})
	return body, err
}

// opener opens a database, hands it over and closes it.
type opener func(ctx context.Context, path string, create bool, f func(*store.DB) error) error

// withReports opens the database for what only it can answer.
func (a *app) withReports(ctx context.Context, c *config.Config, open opener, use func(*daemon.Reports) error) error {
	if base := a.env("KIGEN_URL"); base != "" {
		return badInput(fmt.Errorf("KIGEN_URL %q: --freeze, --frozen, --verify and --vendor read the database itself: run them where it lies, without KIGEN_URL", base))
	}
	return open(ctx, c.Database, false, func(db *store.DB) error {
		return use(&daemon.Reports{
			Incidents: db, Catalogue: c.Catalogue, Zone: c.Timezone, Lang: c.Language, BaseURL: c.BaseURL,
			Kigen: buildVersion(), Holidays: daemon.Holidays(), Now: a.now,
		})
	})
}

func (a *app) freezeReport(ctx context.Context, reports *daemon.Reports, period string) error {
	kept, isNew, err := reports.Freeze(ctx, period)
	if err != nil {
		return err
	}
	note := ""
	if !isNew {
		note = " (unchanged)"
	}
	return a.sayEdition(*kept, reports.Zone, note)
}

// verifyReport lists the editions and then says which of them are damaged.
func (a *app) verifyReport(ctx context.Context, reports *daemon.Reports, period string) error {
	editions, damage := reports.Verify(ctx, period)
	for _, kept := range editions {
		note := " intact"
		if !kept.Intact() {
			note = " CHANGED"
		}
		if err := a.sayEdition(kept, reports.Zone, note); err != nil {
			return err
		}
	}
	return damage
}

func (a *app) sayEdition(kept store.KeptReport, zone *time.Location, note string) error {
	_, err := fmt.Fprintf(a.out, "%s edition %d  %s  kigen %s  sha256:%s%s\n",
		kept.Period, kept.Edition, kept.MadeAt.In(zone).Format(time.RFC3339), kept.Kigen, kept.SHA256, note)
	return err
}

// writeBeside writes the whole file or nothing: into a neighbour first, which
// then takes the name.
func writeBeside(path string, body []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return badInput(fmt.Errorf("--out %q: %w: give a path in a directory that can be written", path, pathCause(err)))
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("--out %q: %w", path, pathCause(err)), os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(body)
	// Synced before it is renamed: after a power cut the name must not lead to
	// an empty file. Readable for all, unlike a temporary file: it is to be sent on.
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
