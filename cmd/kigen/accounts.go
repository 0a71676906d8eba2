package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/accounts"
	"kigen/config"
	"kigen/store"
)

func (a *app) userCommand() *cobra.Command {
	return group("user", accounts.User(a.accounts())...)
}

func (a *app) tokenCommand() *cobra.Command {
	return group("token", accounts.Token(a.accounts())...)
}

func (a *app) accounts() accounts.Host {
	return accounts.Host{
		In: a.in, Out: a.out, Remarks: a.errOut, Now: a.now, By: func() string { return "cli:" + a.user() },
		Open: a.withAccounts, Printer: a.printer, BadInput: badInput,
	}
}

// withAccounts opens the database of the configuration beside a running daemon and runs f.
func (a *app) withAccounts(cmd *cobra.Command, create bool, f func(*config.Config, *store.DB) error) error {
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
		return f(c, db)
	})
}
