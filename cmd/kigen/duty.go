package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/apiflags"
	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
)

// dutyCommand is about the reports that we owe to authorities.
func (a *app) dutyCommand() *cobra.Command {
	return group("duty", a.dutyListCommand(), a.dutyCatalogueCommand(), a.dutyDecideCommand(), a.dutySubmitCommand(), a.dutyWithdrawCommand())
}

func (a *app) dutyListCommand() *cobra.Command {
	var duty string
	var all, asJSON bool
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		Example: "  kigen duty list --duty jp-appi",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.session(asJSON)
			if err != nil {
				return err
			}
			query := url.Values{"lang": {s.lang}}
			if duty != "" {
				query.Set("duty", duty)
			}
			if all {
				query.Set("all", strconv.FormatBool(all))
			}
			body, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: "/duties", Query: query})
			if err != nil {
				return err
			}
			if s.asJSON {
				return printRaw(s.out, body)
			}
			var list terminal.Duties
			if err := client.Decode(body, &list); err != nil {
				return err
			}
			return s.Duties(&list)
		},
	}
	cmd.Flags().StringVar(&duty, "duty", "", "only the duty with this `ID`, such as jp-appi")
	cmd.Flags().BoolVar(&all, "all", false, "also what was submitted or does not apply")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) dutyCatalogueCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "catalogue", Args: cobra.NoArgs,
		Long: "List the built-in duties. All are off until duties: in the configuration names them.\nV: the text itself was read. S: a secondary source was read. K: general knowledge, not read.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadHere(cmd)
			if err != nil {
				return err
			}
			printer := a.printer(c)
			list := terminal.CatalogueOf(c, printer.Lang)
			if asJSON {
				return terminal.PrintJSON(a.out, list)
			}
			return printer.KnownDuties(list)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (a *app) dutyDecideCommand() *cobra.Command {
	var applies, not, asJSON bool
	cmd := &cobra.Command{
		Use: "decide ID DUTY {--applies|--does-not-apply} --reason TEXT", Args: cobra.ExactArgs(2),
		Example: `  kigen duty decide KGN-1 jp-appi --applies --reason "personal data of customers" --aware-at "2026-05-07 09:00"`,
	}
	fields := apiflags.New(cmd,
		"reason", "why; it stays in the history",
		"aware-at", "when we became aware in the sense of the law; default: as the incident says"+apiflags.Time,
		"case", "one of the duty's cases, such as improper-purpose of jp-appi",
		"by", "the person who decides; default: you",
	)
	cmd.Flags().BoolVar(&applies, "applies", false, "the duty applies")
	cmd.Flags().BoolVar(&not, "does-not-apply", false, "the duty does not apply")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.MarkFlagsMutuallyExclusive("applies", "does-not-apply")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if applies == not {
			return badInput(fmt.Errorf("say what you decide: --applies or --does-not-apply"))
		}
		if err := fields.Require("reason"); err != nil {
			return badInput(err)
		}
		body := a.asUser(fields)
		body["applies"] = applies
		return a.act(cmd, args[0], "duties/"+url.PathEscape(args[1])+"/decision", body, asJSON)
	}
	return cmd
}

func (a *app) dutySubmitCommand() *cobra.Command {
	var asJSON bool
	var names []string
	cmd := &cobra.Command{
		Use: "submit ID DUTY", Args: cobra.ExactArgs(2),
		Example: `  kigen duty submit KGN-1 jp-appi --stage initial --submitted-at "2026-05-08 15:00" --reference receipt-123`,
	}
	fields := apiflags.New(cmd,
		"stage", "the report, such as initial or final; default: that of a duty with one report",
		"submitted-at", "when it was submitted; default: now"+apiflags.Time,
		"reference", "such as the receipt number",
		"by", "the person who submitted it; default: you",
	)
	cmd.Flags().StringArrayVar(&names, "file", nil, "a `FILE` that was submitted; may be repeated, 10 MiB in total")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		body := a.asUser(fields)
		files, err := filesBody(names)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			body["files"] = files
		}
		body["duty"] = args[1]
		return a.act(cmd, args[0], "submissions", body, asJSON)
	}
	return cmd
}

// asUser is the body of the fields, by the user unless a person is given.
func (a *app) asUser(fields *apiflags.Fields) map[string]any {
	body := fields.Body()
	if fields.Value("by") == "" {
		body["by"] = a.user()
	}
	return body
}

func (a *app) dutyWithdrawCommand() *cobra.Command {
	return a.undoCommand(undoing{
		use: "withdraw ID N --reason TEXT", args: 2,
		example: `kigen duty withdraw KGN-1 1 --reason "it was about KGN-2"`,
		action: func(args []string) (string, error) {
			if n, err := strconv.Atoi(args[0]); err != nil || n < 1 {
				return "", badInput(fmt.Errorf("%q is not the number of a submission: give one that kigen incident show prints, such as 1", args[0]))
			}
			return "submissions/" + args[0] + "/withdraw", nil
		},
	})
}
