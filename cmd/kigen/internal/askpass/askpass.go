// Package askpass reads a new password from a person at a terminal or from a pipe.
package askpass

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var locales embed.FS

var texts = localizer.New(locales)

// say returns the text of a key in a language.
func say(lang, key string) string { return texts.In(lang).Say(key) }

// Errors that the person can correct.
var (
	ErrNoTerminal = errors.New("password: no terminal to prompt on: use --password-stdin")
	ErrDiffer     = errors.New("password: the entries differ: try again")
)

// Line reads the password from the first line of a stream.
func Line(in io.Reader) (string, error) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("password: read standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// Prompt asks twice for the password without echo, in "ja" or "en". It returns
// ErrNoTerminal if in is no terminal, and ErrDiffer if the two entries differ.
func Prompt(ctx context.Context, in io.Reader, out io.Writer, lang string) (string, error) {
	terminal, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return "", ErrNoTerminal
	}
	first, err := prompt(ctx, terminal, out, say(lang, "password_at_least_12_characters"))
	if err != nil {
		return "", err
	}
	second, err := prompt(ctx, terminal, out, say(lang, "repeat_password"))
	if err != nil {
		return "", err
	}
	if first != second {
		return "", ErrDiffer
	}
	return first, nil
}

// prompt returns when ctx ends and restores the terminal's echo.
func prompt(ctx context.Context, terminal *os.File, out io.Writer, text string) (string, error) {
	fd := int(terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("password: read the terminal: %w", err)
	}
	fmt.Fprint(out, text)
	defer fmt.Fprintln(out)
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
