package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/askpass"
)

func (a *app) userPasswdCommand() *cobra.Command {
	var fromStdin, once bool
	cmd := &cobra.Command{
		Use: "passwd NAME", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccounts(cmd, false, func(m *accounts) error {
				if err := m.CheckPasswd(cmd.Context(), args[0]); err != nil {
					return err
				}
				password, err := a.askPassword(cmd.Context(), m.lang, fromStdin)
				if err != nil {
					return err
				}
				set := m.SetPassword
				if once {
					set = m.SetPasswordOnce
				}
				if err := set(cmd.Context(), args[0], password); err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.out, say(m.lang, "password_changed_sessions_ended"), args[0])
				return err
			})
		},
	}
	passwordFlag(cmd, &fromStdin)
	mustChangeFlag(cmd, &once)
	return cmd
}

// askPassword prompts twice on a terminal without echo, or reads one line of
// standard input.
func (a *app) askPassword(ctx context.Context, lang string, fromStdin bool) (string, error) {
	if fromStdin {
		return askpass.Line(a.in)
	}
	return askpass.Prompt(ctx, a.in, a.errOut, lang)
}
