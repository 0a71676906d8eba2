package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/store"
)

func (a *app) reloadCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "reload", Args: cobra.NoArgs,
		Long: "Reload the configuration of the running kigen, as SIGHUP does: the whole file is checked, then\n" +
			"applied. If it has a mistake, nothing changes: the mistakes are listed and the exit code is 1.\n" +
			"If access control is on, KIGEN_TOKEN must be an admin's.",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.reload(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the changes as JSON")
	return cmd
}

// reload sends the request to the running kigen and prints the changes.
func (a *app) reload(ctx context.Context, asJSON bool) error {
	running, lang, unread := a.running()
	asked, err := a.client(running, lang)
	if err != nil {
		return badInput(err)
	}
	body, err := asked.Do(ctx, client.Request{Method: http.MethodPost, Path: "/reload"})
	var problem *client.Problem
	if errors.As(err, &problem) && problem.Status == http.StatusUnprocessableEntity {
		return problem.RefusedConfiguration()
	}
	if err != nil {
		return errors.Join(err, unread)
	}
	if asJSON {
		_, err := a.out.Write(body)
		return err
	}
	var r web.Reloaded
	if err := client.Decode(body, &r); err != nil {
		return err
	}
	_, err = fmt.Fprint(a.out, terminal.ReloadedText(lang, &r))
	return err
}

// running returns the daemon's address and the output language. An unreadable
// configuration is returned as unread but does not prevent the request: the
// daemon has its own environment and validates the file itself. If the daemon
// still listens on a former address, that is read from beside its database.
func (a *app) running() (address, lang string, unread error) {
	c, err := a.load()
	if err != nil {
		return cmp.Or(a.env("KIGEN_URL"), "http://127.0.0.1:8080"), cmp.Or(a.language, config.LanguageOf(a.configPath, a.environ)), err
	}
	address = a.env("KIGEN_URL")
	if held, err := store.LockedBy(c.Database); address == "" && err == nil && held != nil {
		address = held.Holder.Address
	}
	return cmp.Or(address, ownURL(c)), a.lang(c), nil
}

// reloadOnSignal reloads the configuration on each SIGHUP until ctx ends or stop
// is called. Reload logs its own result.
func reloadOnSignal(ctx context.Context, d *daemon.Daemon) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-hangups:
				_, _ = d.Reload(ctx) // Reload has logged the error
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { signal.Stop(hangups); cancel() }
}

// surviveClosedPipes makes a write to a closed standard output or error fail
// instead of ending the process: a console destination then fails like any
// other, and log lines are lost.
func surviveClosedPipes() { signal.Ignore(syscall.SIGPIPE) }
