package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla/phrase"
)

func (a *app) vendorExportCommand() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use: "export [VENDOR …]",
		Long: `Write the register of vendors: with --format csv as a table for spreadsheets, with --format
yaml as whole entries, which can stand under vendors: of a configuration file. Either can be
changed and read back with kigen vendor import. Without VENDOR all vendors are written.`,
		Example: "  kigen vendor export --format csv --out vendors.csv\n  kigen vendor export sotas",
	}
	cmd.Flags().StringVar(&format, "format", "yaml", "`FORMAT`: yaml or csv")
	cmd.Flags().StringVar(&out, "out", "", "`FILE` to write; default: standard output")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if format != "yaml" && format != "csv" {
			return badInput(fmt.Errorf("--format %q: use yaml or csv", format))
		}
		s, err := a.session(false)
		if err != nil {
			return err
		}
		query := url.Values{"format": {format}, "lang": {s.lang}}
		if len(args) > 0 {
			query.Set("vendor", strings.Join(args, ","))
		}
		body, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: "/register", Query: query})
		if err != nil {
			return err
		}
		if out == "" || out == "-" {
			_, err := a.out.Write(body)
			return err
		}
		if err := writeNew("--out", out, body); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, say(s.lang, "wrote"), out)
		return err
	}
	return cmd
}

// importedVendors is the daemon's answer to an import.
type importedVendors struct {
	Changes []struct {
		Vendor  string   `json:"vendor"`
		New     bool     `json:"new"`
		Fields  []string `json:"fields"`
		Version int      `json:"version"`
	} `json:"changes"`
}

func (a *app) vendorImportCommand() *cobra.Command {
	var (
		dryRun, asJSON bool
		reason, from   string
	)
	cmd := &cobra.Command{
		Use: "import FILE", Args: cobra.ExactArgs(1),
		Long: `Publish what a file changes about vendors, all or none. A .yaml file holds whole entries under
vendors:, as kigen vendor export writes them. Anything else is a table (CSV or XLSX, as
spreadsheets save them): it changes names, services, owner, contacts and contract, begins
entries for ids that are new, and shows its other columns only.`,
		Example: "  kigen vendor import vendors.csv --dry-run\n  kigen vendor import vendors.yaml --reason 'second edition' --from 2026-10-01",
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would change, and publish nothing")
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT`: why; it stays with the published versions")
	cmd.Flags().StringVar(&from, "from", "", "`DATE` from which changed promises hold; default: as written")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if reason == "" && !dryRun {
			return badInput(fmt.Errorf("--reason: is missing: say in a few words why, such as 'second edition'"))
		}
		content, err := a.readFile(args[0])
		if err != nil {
			return err
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		body, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodPost, Path: "/register", Body: map[string]any{
			"name": filepath.Base(args[0]), "content": base64.StdEncoding.EncodeToString(content), "reason": reason, "from": from, "dry_run": dryRun, "by": a.user(),
		}})
		if err != nil {
			return err
		}
		if asJSON {
			return printRaw(a.out, body)
		}
		var answer importedVendors
		if err := json.Unmarshal(body, &answer); err != nil {
			return err
		}
		return s.printImported(&answer, dryRun)
	}
	return cmd
}

// printImported says in a line what became of each vendor.
func (s *session) printImported(answer *importedVendors, dryRun bool) error {
	var text strings.Builder
	for _, c := range answer.Changes {
		what := say(s.lang, "vendor_changes", "Fields", strings.Join(c.Fields, ", "))
		if c.New {
			what = say(s.lang, "vendor_is_new")
		}
		if c.Version > 0 {
			what += " " + say(s.lang, "vendor_version", "N", c.Version)
		}
		fmt.Fprintf(&text, "%s: %s\n", phrase.Line(c.Vendor), phrase.Line(what))
	}
	switch {
	case len(answer.Changes) == 0:
		text.WriteString(say(s.lang, "vendors_unchanged") + "\n")
	case dryRun:
		text.WriteString(say(s.lang, "vendors_tried") + "\n")
	}
	_, err := fmt.Fprint(s.out, text.String())
	return err
}
