package accounts

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla/when"
	"kigen/store"
)

// Token lists the subcommands of kigen token.
func Token(h Host) []*cobra.Command {
	return []*cobra.Command{h.tokenAddCommand(), h.tokenListCommand(), h.tokenRevokeCommand()}
}

// tokenAddCommand prints only the token on standard output, for use in scripts.
func (h Host) tokenAddCommand() *cobra.Command {
	var roleName, expires string
	cmd := &cobra.Command{
		Use: "add NAME", Args: cobra.ExactArgs(1),
		Example: "  export KIGEN_TOKEN=$(kigen token add soar --role analyst --expires 90d)",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := h.role(roleName)
			if err := cmp.Or(err, h.accountError(access.CheckName(args[0]))); err != nil {
				return err
			}
			until, err := h.expiry(expires, h.Now())
			if err != nil {
				return err
			}
			return h.open(cmd, true, func(m *opened) error {
				first, err := m.isOpen(cmd.Context())
				if err != nil {
					return err
				}
				key, err := m.AddToken(cmd.Context(), args[0], r, until)
				if err != nil {
					return err
				}
				fmt.Fprintln(h.Out, key)
				fmt.Fprintln(h.Remarks, say(m.print.Lang, "this_token_is_not_shown"))
				return h.sayGuarded(m.print.Lang, first)
			})
		},
	}
	cmd.Flags().StringVar(&roleName, "role", string(access.Viewer), "`viewer|analyst|admin`")
	cmd.Flags().StringVar(&expires, "expires", "", "expiry: after `90d` or 12h, or at the end of a day such as 2027-03-31; default: never")
	return cmd
}

// expiry parses the expiry of a token; zero means never.
func (h Host) expiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var until time.Time
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n < 100_000 {
			until = now.AddDate(0, 0, n)
		}
	} else if length, err := time.ParseDuration(text); err == nil {
		until = now.Add(length)
	} else if day, err := (when.Parser{Zone: now.Location()}).Day(text); err == nil {
		until = (day + 1).In(now.Location()) // the end of that day
	}
	if !until.After(now) {
		return time.Time{}, h.BadInput(fmt.Errorf("--expires %q: use a length such as 90d or 12h, or a future day such as %s", text, now.AddDate(0, 3, 0).Format(time.DateOnly)))
	}
	return until, nil
}

func (h Host) tokenListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return h.open(cmd, false, func(m *opened) error {
				tokens, err := m.Store.Tokens(cmd.Context())
				if err != nil {
					return err
				}
				return h.printTokens(m, tokens, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (h Host) printTokens(m *opened, tokens []store.Token, asJSON bool) error {
	zone, now := m.print.Zone, h.Now()
	list := make([]terminal.Token, len(tokens))
	for i, k := range tokens {
		list[i] = terminal.Token{
			Name: k.Name, Role: k.Role, State: terminal.TokenWorks, CreatedAt: k.CreatedAt.In(zone),
			ExpiresAt: orNull(k.ExpiresAt, zone), UsedAt: orNull(k.UsedAt, zone),
		}
		switch {
		case !k.RevokedAt.IsZero():
			list[i].State = terminal.TokenRevoked
		case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
			list[i].State = terminal.TokenExpired
		}
	}
	if asJSON {
		return terminal.PrintJSON(h.Out, list)
	}
	return m.print.Tokens(list)
}

func (h Host) tokenRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.open(cmd, false, func(m *opened) error {
				if err := m.RevokeToken(cmd.Context(), args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(h.Out, say(m.print.Lang, "revoked"), args[0])
				return err
			})
		},
	}
}
