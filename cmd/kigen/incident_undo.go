package main

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

// undoing is a command that takes something back below an incident.
type undoing struct {
	use, example string
	args         int
	stage        bool // whether it takes a stage
	// action is the path below the incident, by the arguments after its ID.
	action func(args []string) (string, error)
}

func (a *app) undoCommand(u undoing) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: u.use, Example: "  " + u.example, Args: cobra.ExactArgs(u.args)}
	flags := []string{"reason", "why; it stays in the history"}
	if u.stage {
		flags = append(flags, "stage", "`STAGE` of one clock, as incident show names it; default: the whole promise, with the stages that start later")
	}
	fields := newFieldFlags(cmd, flags...)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := fields.require("reason"); err != nil {
			return err
		}
		action, err := u.action(args[1:])
		if err != nil {
			return err
		}
		return a.act(cmd, args[0], action, fields.body(), asJSON)
	}
	return cmd
}

// incidentWithdrawCommand names a notice by the number that incident show prints.
func (a *app) incidentWithdrawCommand() *cobra.Command {
	return a.undoCommand(undoing{
		use: "withdraw-notice ID N --reason TEXT", args: 2,
		example: `kigen incident withdraw-notice KGN-1 1 --reason "the mail was about KGN-2"`,
		action: func(args []string) (string, error) {
			if n, err := strconv.Atoi(args[0]); err != nil || n < 1 {
				return "", badInput(fmt.Errorf("%q is not the number of a notice: give one that kigen incident show prints, such as 1", args[0]))
			}
			return "notices/" + args[0] + "/withdraw", nil
		},
	})
}

func (a *app) incidentReopenCommand() *cobra.Command {
	return a.undoCommand(undoing{
		use: "reopen ID --reason TEXT", args: 1,
		example: `kigen incident reopen KGN-1 --reason "it was no drill"`,
		action:  func([]string) (string, error) { return "reopen", nil },
	})
}

func (a *app) incidentWaiveCommand() *cobra.Command {
	return a.undoCommand(undoing{
		use: "waive ID PROMISE --reason TEXT", args: 2, stage: true,
		example: `kigen incident waive KGN-1 incident-notice --reason "agreed with the vendor"`,
		action:  func(args []string) (string, error) { return "clocks/" + url.PathEscape(args[0]) + "/waive", nil },
	})
}

func (a *app) incidentUnwaiveCommand() *cobra.Command {
	return a.undoCommand(undoing{
		use: "unwaive ID PROMISE --reason TEXT", args: 2, stage: true,
		example: `kigen incident unwaive KGN-1 incident-notice --reason "agreed in error"`,
		action:  func(args []string) (string, error) { return "clocks/" + url.PathEscape(args[0]) + "/unwaive", nil },
	})
}
