// Package accounts is the work of kigen user and kigen token. They work on the database,
// also beside a running daemon, which reads users on every request. Write access to the
// database is the authorization.
package accounts

import (
	"embed"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/askpass"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/config"
	"kigen/sla/phrase/localizer"
	"kigen/store"
)

//go:embed locales/*.json
var files embed.FS

var texts = localizer.New(files)

func say(lang, key string, pairs ...any) string { return texts.In(lang).Say(key, pairs...) }

// Host is what the commands need of the program that they are a part of.
type Host struct {
	In           io.Reader
	Out, Remarks io.Writer
	Now          func() time.Time
	By           func() string // who runs the command, such as cli:yamada
	// Open opens the database of the configuration, or creates it, for f.
	Open     func(cmd *cobra.Command, create bool, f func(*config.Config, *store.DB) error) error
	Printer  func(*config.Config) *terminal.Printer
	BadInput func(error) error // marks an error that other input fixes
}

// opened holds the access manager on an open database, and how to print.
type opened struct {
	*access.Manager
	sessions store.SessionBounds // those that are open under the configuration
	print    *terminal.Printer
}

// open opens the database and runs f.
func (h Host) open(cmd *cobra.Command, create bool, f func(*opened) error) error {
	return h.Open(cmd, create, func(c *config.Config, db *store.DB) error {
		m := &access.Manager{Store: db, Now: h.Now(), Cost: access.DefaultCost(), By: h.By(), From: "local"}
		open := store.SessionBounds{Old: m.Now.Add(-c.Sessions.Life), Idle: m.Now.Add(-c.Sessions.Idle)}
		return h.accountError(f(&opened{Manager: m, sessions: open, print: h.Printer(c)}))
	})
}

// accountError marks errors that the user can fix as bad input.
func (h Host) accountError(err error) error {
	var input *access.InputError
	var password *access.PasswordError
	if errors.As(err, &input) || errors.As(err, &password) || errors.Is(err, askpass.ErrNoTerminal) || errors.Is(err, askpass.ErrDiffer) {
		return h.BadInput(err)
	}
	return err
}

// role parses a role from a flag or an argument.
func (h Host) role(text string) (access.Role, error) {
	r, err := access.ParseRole(text)
	if err != nil {
		return r, h.BadInput(err)
	}
	return r, nil
}
