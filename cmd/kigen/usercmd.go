package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kigen/cmd/kigen/internal/access"
	"kigen/config"
	"kigen/store"
)

// userCommand works on the database, also beside a running daemon, which asks
// there anew with every request: whoever can write the database needs no
// permission from it.
func (a *app) userCommand() *cobra.Command {
	return group("user", "Who may sign in / ユーザーを管理する",
		a.userAddCommand(), a.userListCommand(), a.userPasswdCommand(), a.userRoleCommand(),
		a.userSwitchCommand("disable", "Keep a user out, at once / 無効にする", (*access.Manager).Disable),
		a.userSwitchCommand("enable", "Let a user in again / 有効に戻す", (*access.Manager).Enable),
		a.userLogCommand())
}

// accounts is what the commands about users and tokens work with.
type accounts struct {
	*access.Manager
	config *config.Config
	lang   string
}

// withAccounts opens the database and runs f.
func (a *app) withAccounts(ctx context.Context, create bool, f func(*accounts) error) error {
	c, err := a.load()
	if err != nil {
		return err
	}
	return a.withOpened(ctx, store.OpenJoined, c.Database, create, func(db *store.DB) error {
		m := &access.Manager{Store: db, Now: a.now(), Cost: access.DefaultCost(), By: "cli:" + a.user(), From: "local"}
		return accountError(f(&accounts{Manager: m, config: c, lang: a.lang(c)}))
	})
}

// accountError marks what the user can mend.
func accountError(err error) error {
	var input *access.InputError
	var password *access.PasswordError
	if errors.As(err, &input) || errors.As(err, &password) {
		return badInput(err)
	}
	return err
}

// role reads the flag or the argument that names a role.
func role(text string) (access.Role, error) {
	r, err := access.ParseRole(text)
	if err != nil {
		return r, badInput(err)
	}
	return r, nil
}

// passwordFlag lets a script hand a password over. A flag that held it would
// show it to everybody who lists processes.
func passwordFlag(cmd *cobra.Command, fromStdin *bool) {
	cmd.Flags().BoolVar(fromStdin, "password-stdin", false, "read the password from standard input, one line, instead of asking")
}

func (a *app) userAddCommand() *cobra.Command {
	var roleName string
	var fromStdin bool
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Make a user, and ask for the password / 追加する", Args: cobra.ExactArgs(1),
		Example: "  kigen user add yamada --role analyst\n  pass show kigen | kigen user add yamada --role analyst --password-stdin",
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := role(roleName)
			if err != nil {
				return err
			}
			return a.withAccounts(cmd.Context(), true, func(m *accounts) error {
				if err := m.CheckAdd(cmd.Context(), args[0]); err != nil {
					return err
				}
				first, err := m.nobodyYet(cmd.Context())
				if err != nil {
					return err
				}
				password, err := a.askPassword(cmd.Context(), m.lang, fromStdin)
				if err != nil {
					return err
				}
				if err := m.AddUser(cmd.Context(), args[0], r, password); err != nil {
					return err
				}
				fmt.Fprintf(a.out, say(m.lang, "%s: ユーザーを追加しました(権限 %s)\n", "%s: added, role %s\n"), args[0], r)
				return a.sayGuarded(m.lang, first)
			})
		},
	}
	cmd.Flags().StringVar(&roleName, "role", string(access.Viewer), "`viewer|analyst|admin`")
	passwordFlag(cmd, &fromStdin)
	return cmd
}

// nobodyYet reports whether kigen is still open to all on its machine.
func (m *accounts) nobodyYet(ctx context.Context) (bool, error) {
	guarded, err := m.Store.Guarded(ctx)
	return !guarded, err
}

// sayGuarded tells whoever made the first user or token what that changes.
func (a *app) sayGuarded(lang string, first bool) error {
	if !first {
		return nil
	}
	_, err := fmt.Fprintln(a.errOut, say(lang, "これで、画面と API の利用にはログインかトークンが必要になりました。",
		"From now on the board and the API ask everybody to sign in, or for a token."))
	return err
}

func (a *app) userPasswdCommand() *cobra.Command {
	var fromStdin bool
	cmd := &cobra.Command{
		Use: "passwd NAME", Short: "Give a user another password; ends the sessions / パスワードを変える", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccounts(cmd.Context(), false, func(m *accounts) error {
				if err := m.CheckPasswd(cmd.Context(), args[0]); err != nil {
					return err
				}
				password, err := a.askPassword(cmd.Context(), m.lang, fromStdin)
				if err != nil {
					return err
				}
				if err := m.SetPassword(cmd.Context(), args[0], password); err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.out, say(m.lang, "%s: パスワードを変え、ログイン中のセッションを終了しました\n", "%s: password changed, sessions ended\n"), args[0])
				return err
			})
		},
	}
	passwordFlag(cmd, &fromStdin)
	return cmd
}

// askPassword asks twice on a terminal, without showing what is typed, or
// reads one line of standard input.
func (a *app) askPassword(ctx context.Context, lang string, fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("password: read standard input: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	terminal, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return "", badInput(errors.New("password: there is no terminal to ask on: hand it over with --password-stdin"))
	}
	first, err := a.prompt(ctx, terminal, say(lang, "パスワード(12文字以上): ", "Password (12 characters at least): "))
	if err != nil {
		return "", err
	}
	second, err := a.prompt(ctx, terminal, say(lang, "もう一度: ", "Once more: "))
	if err != nil {
		return "", err
	}
	if first != second {
		return "", badInput(errors.New("password: the two entries differ: try again"))
	}
	return first, nil
}

// prompt ends when ctx does, and then makes the terminal show again what is
// typed.
func (a *app) prompt(ctx context.Context, terminal *os.File, text string) (string, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("password: read the terminal: %w", err)
	}
	fmt.Fprint(a.errOut, text)
	defer fmt.Fprintln(a.errOut)
	type entry struct {
		password []byte
		err      error
	}
	entered := make(chan entry, 1)
	go func() {
		password, err := term.ReadPassword(fd)
		entered <- entry{password, err}
	}()
	select {
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	case e := <-entered:
		if e.err != nil {
			return "", fmt.Errorf("password: read the terminal: %w", e.err)
		}
		return string(e.password), nil
	}
}

func (a *app) userRoleCommand() *cobra.Command {
	return &cobra.Command{
		Use: "role NAME ROLE", Short: "Give a user another role; ends the sessions / 権限を変える", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := role(args[1])
			if err != nil {
				return err
			}
			return a.withAccounts(cmd.Context(), false, func(m *accounts) error {
				if err := m.SetRole(cmd.Context(), args[0], r); err != nil {
					return err
				}
				_, err := fmt.Fprintf(a.out, say(m.lang, "%s: 権限を %s に変え、ログイン中のセッションを終了しました\n", "%s: role %s, sessions ended\n"), args[0], r)
				return err
			})
		},
	}
}

func (a *app) userSwitchCommand(verb, short string, do func(*access.Manager, context.Context, string) error) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccounts(cmd.Context(), false, func(m *accounts) error {
				if err := do(m.Manager, cmd.Context(), args[0]); err != nil {
					return err
				}
				state := say(m.lang, "有効です", "enabled")
				if verb == "disable" {
					state = say(m.lang, "無効にし、ログイン中のセッションを終了しました", "disabled, sessions ended")
				}
				_, err := fmt.Fprintf(a.out, "%s: %s\n", args[0], state)
				return err
			})
		},
	}
}

// userJSON is a user as scripts read it.
type userJSON struct {
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	Disabled   bool       `json:"disabled"`
	Source     string     `json:"source"` // password or oidc
	CreatedAt  time.Time  `json:"created_at"`
	SignedInAt *time.Time `json:"signed_in_at"`
}

func (a *app) userListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "Everybody who may sign in / 一覧する", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withAccounts(cmd.Context(), false, func(m *accounts) error {
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
	list := make([]userJSON, len(users))
	t := table{}
	t.add(say(m.lang, "ユーザー", "NAME"), say(m.lang, "権限", "ROLE"), say(m.lang, "認証", "SOURCE"), say(m.lang, "最終ログイン", "LAST SIGN-IN"), "")
	for i, u := range users {
		list[i] = userJSON{
			Name: u.Name, Role: u.Role, Disabled: u.Disabled, Source: "password",
			CreatedAt: u.CreatedAt.In(m.config.Timezone), SignedInAt: orNull(u.SignedInAt, m.config.Timezone),
		}
		if u.Subject != "" {
			list[i].Source = "oidc"
		}
		state := ""
		if u.Disabled {
			state = say(m.lang, "無効", "disabled")
		}
		t.add(u.Name, u.Role, list[i].Source, instantText(m.lang, zoned(u.SignedInAt, m.config.Timezone), a.now()), state)
	}
	if asJSON {
		return printJSON(a, list)
	}
	return t.print(a.out)
}

// zoned is an instant in a zone; a zero one stays so.
func zoned(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

// orNull is an instant for JSON; null for a zero one.
func orNull(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

// lineJSON is one line of the access log.
type lineJSON struct {
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject,omitempty"`
	Origin  string    `json:"origin"`
}

func (a *app) userLogCommand() *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use: "log", Short: "Who signed in, and what was changed about users and tokens / 記録を見る", Args: cobra.NoArgs,
		Long: "Who signed in or out, who was refused, what was changed about users and tokens, and who sent a report or\n" +
			"tested a destination through a running kigen; the newest last.\n" +
			"Everything is kept for good but refusals, of which the newest 10,000 are.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return badInput(fmt.Errorf("--limit %d: must not be negative: 0 shows all", limit))
			}
			return a.withAccounts(cmd.Context(), false, func(m *accounts) error {
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
	list := make([]lineJSON, len(lines))
	var t table
	for i, l := range lines {
		at := l.At.In(m.config.Timezone)
		list[i] = lineJSON{At: at, Actor: l.Actor, Kind: l.Kind, Subject: l.Subject, Origin: l.Origin}
		t.add(instantText(m.lang, at, a.now()), l.Origin, l.Actor, l.Kind, l.Subject)
	}
	if asJSON {
		return printJSON(a, list)
	}
	return t.print(a.out)
}
