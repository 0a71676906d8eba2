package accounts

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla/phrase"
	"kigen/store"
)

// User lists the subcommands of kigen user.
func User(h Host) []*cobra.Command {
	return []*cobra.Command{
		h.userAddCommand(), h.userListCommand(), h.userPasswdCommand(), h.userRoleCommand(),
		h.userSwitchCommand("disable", (*access.Manager).Disable),
		h.userSwitchCommand("enable", (*access.Manager).Enable),
		h.userResetCommand(), h.userEndSessionsCommand(), h.userReviewCommand(), h.userLogCommand(),
	}
}

// passwordFlag declares --password-stdin for scripts. A flag with the password
// itself would show it in process lists.
func passwordFlag(cmd *cobra.Command, fromStdin *bool) {
	cmd.Flags().BoolVar(fromStdin, "password-stdin", false, "read the password from one line of standard input instead of prompting")
}

func (h Host) userAddCommand() *cobra.Command {
	var roleName string
	var fromStdin, once bool
	cmd := &cobra.Command{
		Use: "add NAME", Args: cobra.ExactArgs(1),
		Example: "  kigen user add yamada --role analyst\n  pass show kigen | kigen user add yamada --role analyst --password-stdin",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := h.role(roleName)
			if err := cmp.Or(err, h.accountError(access.CheckName(args[0]))); err != nil {
				return err
			}
			return h.open(cmd, true, func(m *opened) error {
				if err := m.CheckAdd(cmd.Context(), args[0]); err != nil {
					return err
				}
				first, err := m.isOpen(cmd.Context())
				if err != nil {
					return err
				}
				password, err := h.askPassword(cmd.Context(), m.print.Lang, fromStdin)
				if err != nil {
					return err
				}
				add := m.AddUser
				if once {
					add = m.AddUserOnce
				}
				if err := add(cmd.Context(), args[0], r, password); err != nil {
					return err
				}
				fmt.Fprintf(h.Out, say(m.print.Lang, "added_role"), args[0], phrase.Role(m.print.Lang, string(r)))
				return h.sayGuarded(m.print.Lang, first)
			})
		},
	}
	cmd.Flags().StringVar(&roleName, "role", string(access.Viewer), "`viewer|analyst|admin`")
	passwordFlag(cmd, &fromStdin)
	mustChangeFlag(cmd, &once)
	return cmd
}

// isOpen reports whether access control is off: no user or token has been created.
func (m *opened) isOpen(ctx context.Context) (bool, error) {
	guarded, err := m.Store.Guarded(ctx)
	return !guarded, err
}

// sayGuarded prints the effect of the first user or token: access control is on.
func (h Host) sayGuarded(lang string, first bool) error {
	if !first {
		return nil
	}
	_, err := fmt.Fprintln(h.Remarks, say(lang, "from_now_on_the_board"))
	return err
}

func (h Host) userRoleCommand() *cobra.Command {
	return &cobra.Command{
		Use: "role NAME ROLE", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := h.role(args[1])
			if err != nil {
				return err
			}
			return h.open(cmd, false, func(m *opened) error {
				if err := m.SetRole(cmd.Context(), args[0], r); err != nil {
					return err
				}
				_, err := fmt.Fprintf(h.Out, say(m.print.Lang, "role_sessions_ended"), args[0], phrase.Role(m.print.Lang, string(r)))
				return err
			})
		},
	}
}

func (h Host) userSwitchCommand(verb string, do func(*access.Manager, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return h.open(cmd, false, func(m *opened) error {
				if err := do(m.Manager, cmd.Context(), args[0]); err != nil {
					return err
				}
				state := say(m.print.Lang, "enabled")
				if verb == "disable" {
					state = say(m.print.Lang, "disabled_sessions_ended")
				}
				_, err := fmt.Fprintf(h.Out, "%s: %s\n", args[0], state)
				return err
			})
		},
	}
}

func (h Host) userListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return h.open(cmd, false, func(m *opened) error {
				users, err := m.Store.Users(cmd.Context())
				if err != nil {
					return err
				}
				return h.printUsers(m, users, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (h Host) printUsers(m *opened, users []store.User, asJSON bool) error {
	list := make([]terminal.User, len(users))
	for i, u := range users {
		list[i] = terminal.User{
			Name: u.Name, Role: u.Role, Disabled: u.Disabled, Source: "password",
			CreatedAt: u.CreatedAt.In(m.print.Zone), SignedInAt: orNull(u.SignedInAt, m.print.Zone),
			SecondFactor: u.TOTPSecret != "", MustChange: u.MustChange, SeenAt: orNull(u.SeenAt, m.print.Zone),
		}
		if u.Subject != "" {
			list[i].Source = "oidc"
		}
	}
	if asJSON {
		return terminal.PrintJSON(h.Out, list)
	}
	return m.print.Users(list)
}

// orNull returns nil, JSON null, for the zero time.
func orNull(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

func (h Host) userLogCommand() *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use: "log", Args: cobra.NoArgs,
		Long: "Sign-ins, sign-outs and refusals, changes of users and tokens, and who sent a report or\n" +
			"tested a destination through a running kigen; the newest last.\n" +
			"Entries are kept for good, or as long as retention.access_log says; of refusals and of\n" +
			"each kind of denial the newest 10,000 are kept.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return h.BadInput(fmt.Errorf("--limit %d: must not be negative: 0 shows all", limit))
			}
			return h.open(cmd, false, func(m *opened) error {
				lines, err := m.Store.AccessLog(cmd.Context(), limit)
				if err != nil {
					return err
				}
				return h.printAccessLog(m, lines, asJSON)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "show the newest `N`; 0: all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (h Host) printAccessLog(m *opened, lines []store.AccessLine, asJSON bool) error {
	list := make([]terminal.AccessLine, len(lines))
	for i, l := range lines {
		list[i] = terminal.AccessLine{At: l.At.In(m.print.Zone), Actor: l.Actor, Kind: l.Kind, Subject: l.Subject, Origin: l.Origin}
	}
	if asJSON {
		return terminal.PrintJSON(h.Out, list)
	}
	return m.print.AccessLog(list)
}
