package accounts

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/askpass"
)

func (h Host) userPasswdCommand() *cobra.Command {
	var fromStdin, once bool
	cmd := &cobra.Command{
		Use: "passwd NAME", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.open(cmd, false, func(m *opened) error {
				if err := m.CheckPasswd(cmd.Context(), args[0]); err != nil {
					return err
				}
				password, err := h.askPassword(cmd.Context(), m.print.Lang, fromStdin)
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
				_, err = fmt.Fprintf(h.Out, say(m.print.Lang, "password_changed_sessions_ended"), args[0])
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
func (h Host) askPassword(ctx context.Context, lang string, fromStdin bool) (string, error) {
	if fromStdin {
		return askpass.Line(h.In)
	}
	return askpass.Prompt(ctx, h.In, h.Remarks, lang)
}
