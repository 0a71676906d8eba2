package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/askpass"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/config"
	"kigen/sla/phrase"
	"kigen/store"
)

// userCommand works on the database, also beside a running daemon, which reads
// users on every request. Write access to the database is the authorization.
func (a *app) userCommand() *cobra.Command {
	return group("user",
		a.userAddCommand(), a.userListCommand(), a.userPasswdCommand(), a.userRoleCommand(),
		a.userSwitchCommand("disable", (*access.Manager).Disable),
		a.userSwitchCommand("enable", (*access.Manager).Enable),
		a.userResetCommand(), a.userEndSessionsCommand(), a.userReviewCommand(), a.userLogCommand())
}

// accounts holds the access manager and the settings of user and token commands.
type accounts struct {
	*access.Manager
	config *config.Config
	lang   string
}

// withAccounts opens the database and runs f.
func (a *app) withAccounts(cmd *cobra.Command, create bool, f func(*accounts) error) error {
	c, err := a.loadHere(cmd)
	if err != nil {
		return err
	}
	if create {
		if err := refuseMoved(c); err != nil {
			return err
		}
	}
	isNew := !store.IsServer(c.Database) && !exists(c.Database)
	return a.withOpened(cmd.Context(), store.OpenShared, c.Database, create, func(db *store.DB) error {
		if isNew { // on the error stream: the output of token add is the token
			fmt.Fprintf(a.errOut, say(a.lang(c), "new_database_created"), db.Path())
		}
		m := &access.Manager{Store: db, Now: a.now(), Cost: access.DefaultCost(), By: "cli:" + a.user(), From: "local"}
		return accountError(f(&accounts{Manager: m, config: c, lang: a.lang(c)}))
	})
}

// accountError marks errors that the user can fix as bad input.
func accountError(err error) error {
	var input *access.InputError
	var password *access.PasswordError
	if errors.As(err, &input) || errors.As(err, &password) || errors.Is(err, askpass.ErrNoTerminal) || errors.Is(err, askpass.ErrDiffer) {
		return badInput(err)
	}
	return err
}

// role parses a role from a flag or an argument.
func role(text string) (access.Role, error) {
	r, err := access.ParseRole(text)
	if err != nil {
		return r, badInput(err)
	}
	return r, nil
}

// passwordFlag declares --password-stdin for scripts. A flag with the password
// itself would show it in process lists.
func passwordFlag(cmd *cobra.Command, fromStdin *bool) {
	cmd.Flags().BoolVar(fromStdin, "password-stdin", false, "read the password from one line of standard input instead of prompting")
}

func (a *app) userAddCommand() *cobra.Command {
	var roleName string
	var fromStdin, once bool
	cmd := &cobra.Command{
		Use: "add NAME", Args: cobra.ExactArgs(1),
		Example: "  kigen user add yamada --role analyst\n  pass show kigen | kigen user add yamada --role analyst --password-stdin",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := role(roleName)
			if err := cmp.Or(err, accountError(access.CheckName(args[0]))); err != nil {
				return err
			}
			return a.withAccounts(cmd, true, func(m *accounts) error {
				if err := m.CheckAdd(cmd.Context(), args[0]); err != nil {
					return err
				}
				first, err := m.isOpen(cmd.Context())
				if err != nil {
					return err
				}
				password, err := a.askPassword(cmd.Context(), m.lang, fromStdin)
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
				fmt.Fprintf(a.out, say(m.lang, "added_role"), args[0], phrase.Role(m.lang, string(r)))
				return a.sayGuarded(m.lang, first)
			})
		},
	}
	cmd.Flags().StringVar(&roleName, "role", string(access.Viewer), "`viewer|analyst|admin`")
	passwordFlag(cmd, &fromStdin)
	mustChangeFlag(cmd, &once)
	return cmd
}

// isOpen reports whether access control is off: no user or token has been created.
func (m *accounts) isOpen(ctx context.Context) (bool, error) {
	guarded, err := m.Store.Guarded(ctx)
	return !guarded, err
}

// sayGuarded prints the effect of the first user or token: access control is on.
func (a *app) sayGuarded(lang string, first bool) error {
	if !first {
		return nil
	}
	_, err := fmt.Fprintln(a.errOut, say(lang, "from_now_on_the_board"))
	return err
}

func (a *app) userRoleCommand() *cobra.Command {
	return &cobra.Command{
		Use: "role NAME ROLE", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := role(args[1])
			if err != nil {
				return err
			}
			return a.withAccounts(cmd, false, func(m *accounts) error {
				if err := m.SetRole(cmd.Context(), args[0], r); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.out, say(m.lang, "role_sessions_ended"), args[0], phrase.Role(m.lang, string(r)))
				return err
			})
		},
	}
}

func (a *app) userSwitchCommand(verb string, do func(*access.Manager, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccounts(cmd, false, func(m *accounts) error {
				if err := do(m.Manager, cmd.Context(), args[0]); err != nil {
					return err
				}
				state := say(m.lang, "enabled")
				if verb == "disable" {
					state = say(m.lang, "disabled_sessions_ended")
				}
				_, err := fmt.Fprintf(a.out, "%s: %s\n", args[0], state)
				return err
			})
		},
	}
}

func (a *app) userListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withAccounts(cmd, false, func(m *accounts) error {
				users, err := m.Store.Users(cmd.Context())
				if err != nil {
					return err
				}
				return a.printUsers(m, users, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (a *app) printUsers(m *accounts, users []store.User, asJSON bool) error {
	list := make([]terminal.User, len(users))
	for i, u := range users {
		list[i] = terminal.User{
			Name: u.Name, Role: u.Role, Disabled: u.Disabled, Source: "password",
			CreatedAt: u.CreatedAt.In(m.config.Timezone), SignedInAt: orNull(u.SignedInAt, m.config.Timezone),
			SecondFactor: u.TOTPSecret != "", MustChange: u.MustChange, SeenAt: orNull(u.SeenAt, m.config.Timezone),
		}
		if u.Subject != "" {
			list[i].Source = "oidc"
		}
	}
	if asJSON {
		return printJSON(a, list)
	}
	return a.printer(m.config).Users(list)
}

// orNull returns nil, JSON null, for the zero time.
func orNull(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

func (a *app) userLogCommand() *cobra.Command {
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
				return badInput(fmt.Errorf("--limit %d: must not be negative: 0 shows all", limit))
			}
			return a.withAccounts(cmd, false, func(m *accounts) error {
				lines, err := m.Store.AccessLog(cmd.Context(), limit)
				if err != nil {
					return err
				}
				return a.printAccessLog(m, lines, asJSON)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "show the newest `N`; 0: all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func (a *app) printAccessLog(m *accounts, lines []store.AccessLine, asJSON bool) error {
	list := make([]terminal.AccessLine, len(lines))
	for i, l := range lines {
		list[i] = terminal.AccessLine{At: l.At.In(m.config.Timezone), Actor: l.Actor, Kind: l.Kind, Subject: l.Subject, Origin: l.Origin}
	}
	if asJSON {
		return printJSON(a, list)
	}
	return a.printer(m.config).AccessLog(list)
}
