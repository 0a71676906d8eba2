package accounts

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/access"
	"kigen/store"
)

// userReviewCommand prints who may get in, for the people who check that regularly.
func (h Host) userReviewCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "review", Args: cobra.NoArgs,
		Long: "A line for each user and token: role, who granted it, when it was last used, second factor, and what a\n" +
			"review should look at: unused for 90 days, tokens without an expiry.",
		Example: "  kigen user review > access-review.csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "csv" && format != "json" {
				return h.BadInput(fmt.Errorf("--format %q: use csv or json", format))
			}
			return h.open(cmd, false, func(m *opened) error {
				review, err := access.TakeReview(cmd.Context(), m.Store, m.Now, m.sessions)
				if err != nil {
					return err
				}
				if format == "json" {
					err = review.WriteJSON(h.Out, m.print.Zone)
				} else {
					err = review.WriteCSV(h.Out, m.print.Zone)
				}
				return errors.Join(err, m.Store.LogAccess(cmd.Context(), store.AccessLine{
					At: m.Now, Actor: m.By, Kind: "access_review_exported", Subject: format, Origin: m.From,
				}))
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "csv", "`csv|json`")
	return cmd
}

// userResetCommand is for a user who lost the phone and the recovery codes.
func (h Host) userResetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reset-second-factor NAME", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.open(cmd, false, func(m *opened) error {
				if err := m.ResetSecondFactor(cmd.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(h.Out, say(m.print.Lang, "second_factor_removed_sessions_ended"), args[0])
				return err
			})
		},
	}
}

// userEndSessionsCommand signs a user out everywhere.
func (h Host) userEndSessionsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "end-sessions NAME", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.open(cmd, false, func(m *opened) error {
				if err := m.EndSessions(cmd.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(h.Out, say(m.print.Lang, "sessions_ended"), args[0])
				return err
			})
		},
	}
}

// mustChangeFlag declares the flag for a password that the admin knows.
func mustChangeFlag(cmd *cobra.Command, once *bool) {
	cmd.Flags().BoolVar(once, "must-change", false, "the user has to choose another password at the next sign-in")
}
