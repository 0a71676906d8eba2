package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
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
	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/config"
	"kigen/sla/report"
	"kigen/store"
)

// reportFlags are the flags of the command.
type reportFlags struct {
	reporting.Request
	out            string
	freeze, verify bool
	send           bool
	to             []string
}

// reportCommand refuses an invalid period before it opens the database or calls
// the daemon.
func (a *app) reportCommand() *cobra.Command {
	var f reportFlags
	schema := false
	cmd := &cobra.Command{
		Use: "report PERIOD",
		Args: func(cmd *cobra.Command, args []string) error {
			if schema {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		Long: "Report on a month (2026-10), a quarter (2026-Q3), a year (2026), or a range of months\n" +
			"(2026-04..2026-09) or days (2026-10-01..2026-10-15), from the database; with KIGEN_URL set,\n" +
			"from the kigen at that address.\n\n" +
			"Sending the report of a month stores an edition of it, which never changes. --freeze stores an\n" +
			"edition by hand, if anything has changed since the newest one; --frozen prints the newest edition;\n" +
			"--verify checks that no edition was changed. All other reports list the changes since the newest\n" +
			"edition.\n\n" +
			"--send makes the running kigen send the report of a finished period now: to Slack with the files in\n" +
			"the thread, by mail with the files attached.",
		Example: "  kigen report 2026-10 --out 2026-10.html\n  kigen report 2026-Q3 --format csv\n  kigen report 2026-10 --freeze\n  kigen report 2026-10 --send --to soc",
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				_, err := a.out.Write(render.Schema())
				return err
			}
			if err := f.check(); err != nil {
				return err
			}
			c, err := a.loadWhole(cmd.Context())
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
	flags.StringVar(&f.Table, "table", "", "of CSV: the table with this `NAME`; default: vendors; a wrong name lists all")
	flags.BoolVar(&f.BOM, "bom", false, "of CSV: begin with a byte order mark, for spreadsheets that need it")
	flags.StringVar(&f.Vendor, "vendor", "", "only of the vendor with this `ID`")
	flags.BoolVar(&f.freeze, "freeze", false, "store an edition of the report")
	flags.BoolVar(&f.Newest, "frozen", false, "print the newest edition")
	flags.BoolVar(&f.send, "send", false, "make the running kigen send the report now, as an edition")
	flags.StringSliceVar(&f.to, "to", nil, "with --send: to the destinations with these `NAMES`; default: report.to")
	flags.BoolVar(&f.verify, "verify", false, "check that no edition was changed")
}

// check refuses contradictory flags.
func (f *reportFlags) check() error {
	if len(f.to) > 0 && !f.send {
		return badInput(errors.New("--to: goes with --send: add it, or leave --to out"))
	}
	if f.send && (f.out != "" || f.Format != "" || f.Table != "" || f.BOM) {
		return badInput(errors.New("--send: goes out in the formats of report.formats: leave --format, --out, --table and --bom out"))
	}
	var asked []string
	for name, set := range map[string]bool{"--freeze": f.freeze, "--frozen": f.Newest, "--verify": f.verify, "--send": f.send, "--vendor": f.Vendor != ""} {
		if set {
			asked = append(asked, name)
		}
	}
	if len(asked) < 2 {
		return nil
	}
	slices.Sort(asked)
	return badInput(fmt.Errorf("%s: an edition holds all vendors, and is stored, printed, sent or verified: leave the vendor out, or use one of these flags", strings.Join(asked, " ")))
}

func (a *app) runReport(ctx context.Context, c *config.Config, f reportFlags) error {
	if f.freeze || f.verify {
		open, use := a.withDatabase, a.verifyReport
		if f.freeze {
			open, use = a.withWritable, a.freezeReport
		}
		return a.withReports(ctx, c, open, func(reports *reporting.Reports) error { return use(ctx, reports, f.Period) })
	}
	return a.makeReport(ctx, c, f, func(file io.WriterTo) error {
		if f.out == "" || f.out == "-" {
			_, err := file.WriteTo(a.out)
			return err
		}
		return writeBeside(f.out, file)
	})
}

// formatOf reads the format from a file's name.
func formatOf(path string) string {
	if ext := strings.TrimPrefix(filepath.Ext(path), "."); ext != "" {
		return strings.ToLower(ext)
	}
	return "json"
}

// makeReport reads the database directly, so that it needs no running daemon. With
// KIGEN_URL it asks the kigen there. It passes the file to use.
func (a *app) makeReport(ctx context.Context, c *config.Config, f reportFlags, use func(io.WriterTo) error) error {
	if base := a.env("KIGEN_URL"); base != "" && f.Vendor == "" && !f.Newest {
		d, err := a.client(base, f.Lang)
		if err != nil {
			return badInput(err)
		}
		query := url.Values{"format": {f.Format}, "lang": {f.Lang}}
		if f.Table != "" {
			query.Set("table", f.Table)
		}
		if f.BOM {
			query.Set("bom", "true")
		}
		body, err := d.Do(ctx, client.Request{Method: http.MethodGet, Path: "/reports/" + f.Period, Query: query})
		if err != nil {
			return err
		}
		return use(bytes.NewReader(body))
	}
	return a.withReports(ctx, c, a.withDatabase, func(reports *reporting.Reports) error {
		file, err := reports.Render(ctx, f.Request)
		if err != nil {
			return err
		}
		return errors.Join(use(file), file.Close())
	})
}

// opener opens a database, calls f and closes it.
type opener func(ctx context.Context, path string, create bool, f func(*store.DB) error) error

// withReports opens the database for the flags that need it.
func (a *app) withReports(ctx context.Context, c *config.Config, open opener, use func(*reporting.Reports) error) error {
	if base := a.env("KIGEN_URL"); base != "" {
		return badInput(fmt.Errorf("KIGEN_URL %q: --freeze, --frozen, --verify and --vendor read the database itself: run them on its host, without KIGEN_URL", base))
	}
	return open(ctx, c.Database, false, func(db *store.DB) error {
		return use(&reporting.Reports{
			Store: db, Catalogue: c.Catalogue, Duties: c.Duties, Zone: c.Timezone, Lang: c.Language, BaseURL: c.BaseURL,
			Kigen: buildVersion(), Holidays: reporting.Holidays(), Now: a.now,
		})
	})
}

func (a *app) freezeReport(ctx context.Context, reports *reporting.Reports, period string) error {
	edition, isNew, err := reports.Freeze(ctx, period)
	if err != nil {
		return err
	}
	note := ""
	if !isNew {
		note = " (unchanged)"
	}
	return a.sayEdition(edition, reports.Zone, note)
}

// verifyReport lists the editions and returns the damaged ones as an error.
func (a *app) verifyReport(ctx context.Context, reports *reporting.Reports, period string) error {
	editions, damage := reports.Verify(ctx, period)
	for i := range editions {
		e := &editions[i]
		note := " intact"
		if !e.Intact() {
			note = " CHANGED"
		}
		if err := a.sayEdition(e, reports.Zone, note); err != nil {
			return err
		}
	}
	return damage
}

func (a *app) sayEdition(e *store.Edition, zone *time.Location, note string) error {
	_, err := fmt.Fprintf(a.out, "%s edition %d  %s  kigen %s  sha256:%s%s\n",
		e.Period, e.Number, e.MadeAt.In(zone).Format(time.RFC3339), e.Kigen, e.SHA256, note)
	return err
}

// writeBeside writes the whole file or nothing: it renames a complete temporary
// file.
func writeBeside(path string, file io.WriterTo) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return badInput(fmt.Errorf("--out %q: %w: give a path in a directory that can be written", path, pathCause(err)))
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("--out %q: %w", path, pathCause(err)), os.Remove(f.Name()))
		}
	}()
	_, err = file.WriteTo(f)
	// Synced before the rename, so that a power cut leaves no empty file. Readable for
	// its owner alone under any umask: a report names incidents.
	if err := errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
