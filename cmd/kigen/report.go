package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/config"
	"kigen/sla/report"
	"kigen/store"
)

// reportCommand refuses a wrong month before anything is opened or asked.
func (a *app) reportCommand() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use: "report MONTH", Short: "Who kept their word in a month / 月次報告を作る", Args: cobra.ExactArgs(1),
		Long:    "Report on a month, from the database; with KIGEN_URL set, from the kigen that answers there.",
		Example: "  kigen report 2026-10 --out 2026-10.html\n  kigen report 2026-10 --format csv",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			if _, err := report.Month(args[0], c.Timezone, a.now()); err != nil {
				return err
			}
			if format == "" {
				format = formatOf(out)
			}
			body, err := a.makeReport(cmd.Context(), c, args[0], format)
			if err != nil {
				return err
			}
			if out == "" || out == "-" {
				_, err := a.out.Write(body)
				return err
			}
			return writeBeside(out, body)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "`html|csv|json`; default: what --out ends with, else json")
	cmd.Flags().StringVar(&out, "out", "", "write to `FILE` instead of standard output")
	return cmd
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
func (a *app) makeReport(ctx context.Context, c *config.Config, month, format string) (body []byte, err error) {
	if base := a.env("KIGEN_URL"); base != "" {
		d, err := client.New(base, a.env("KIGEN_TOKEN"))
		if err != nil {
			return nil, badInput(err)
		}
		query := url.Values{"format": {format}, "lang": {a.lang(c)}}
		return d.Do(ctx, client.Request{Method: http.MethodGet, Path: "/reports/" + month, Query: query})
	}
	err = a.withDatabase(ctx, c.Database, false, func(db *store.DB) error {
		reports := daemon.Reports{
			Incidents: db, Catalogue: c.Catalogue, Zone: c.Timezone, Lang: c.Language, BaseURL: c.BaseURL, Now: a.now,
		}
		_, body, err = reports.Render(ctx, month, format, a.lang(c))
		return err
	})
	return body, err
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
