package main

import (
	"fmt"
	"strings"

	"kigen/sla/history"

	"github.com/spf13/cobra"
)

// incidentEraseCommand is for admins: what is erased does not come back.
func (a *app) incidentEraseCommand() *cobra.Command {
	var asJSON bool
	var names []string
	cmd := &cobra.Command{
		Use: "erase ID --field NAME --reason TEXT", Args: cobra.ExactArgs(1),
		Long: "Replace contents of an incident by their SHA-256, also in its history. Verdicts, times and published heads stay valid.\n" +
			"Fields: " + strings.Join(history.Erasable(), ", ") + ".\n" +
			"Not erased are sent messages, kept editions of reports, and backups made before.",
		Example: `  kigen incident erase KGN-1 --field notices --field files --reason "request of 2026-05-07"`,
	}
	fields := newFieldFlags(cmd, "reason", "why; the history keeps it")
	cmd.Flags().StringArrayVar(&names, "field", nil, "a field to erase; may be repeated")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := fields.require("reason"); err != nil {
			return err
		}
		if len(names) == 0 {
			return badInput(fmt.Errorf("--field is required: one or more of %s", strings.Join(history.Erasable(), ", ")))
		}
		body := fields.body()
		body["fields"] = names
		return a.act(cmd, args[0], "erase", body, asJSON)
	}
	return cmd
}
