package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
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
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("password: read standard input: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	terminal, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return "", badInput(errors.New("password: no terminal to prompt on: use --password-stdin"))
	}
	first, err := a.prompt(ctx, terminal, say(lang, "password_at_least_12_characters"))
	if err != nil {
		return "", err
	}
	second, err := a.prompt(ctx, terminal, say(lang, "repeat_password"))
	if err != nil {
		return "", err
	}
	if first != second {
		return "", badInput(errors.New("password: the entries differ: try again"))
	}
	return first, nil
}

// prompt returns when ctx ends and restores the terminal's echo.
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
