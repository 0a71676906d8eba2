package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/store"
)

func (a *app) reloadCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "reload", Short: "Reload the configuration of the running kigen / 設定を読み直す", Args: cobra.NoArgs,
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
		return refusedConfiguration(problem)
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
	_, err = fmt.Fprint(a.out, reloadedText(lang, &r))
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

// refusedConfiguration lists the problems of a configuration that was not
// applied. It is no inputError: the daemon's file is wrong, not the command line.
func refusedConfiguration(p *client.Problem) error {
	lines := []string{"the configuration was rejected; the previous one stays in effect"}
	for _, m := range p.Errors {
		line := m.Message
		if m.Value != nil {
			line = fmt.Sprintf("%q: %s", fmt.Sprint(m.Value), line)
		}
		if m.Location != "" {
			line = m.Location + ": " + line
		}
		lines = append(lines, line)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// reloadedText lists the changes, one line for each kind.
func reloadedText(lang string, r *web.Reloaded) string {
	var b strings.Builder
	b.WriteString(say(lang, "設定を読み直しました\n", "configuration reloaded\n"))
	line := func(ja, en string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", say(lang, ja, en), strings.Join(names, ", "))
		}
	}
	line("追加した通知先", "destinations added", r.Destinations.Added)
	line("削除した通知先", "destinations removed", r.Destinations.Removed)
	line("変更した通知先", "destinations changed", r.Destinations.Changed)
	line("追加したベンダー", "vendors added", r.Vendors.Added)
	line("削除したベンダー", "vendors removed", r.Vendors.Removed)
	line("変更したベンダー", "vendors changed", r.Vendors.Changed)
	line("追加したカレンダー", "calendars added", r.Calendars.Added)
	line("削除したカレンダー", "calendars removed", r.Calendars.Removed)
	line("変更したカレンダー", "calendars changed", r.Calendars.Changed)
	line("変更したその他の項目", "other keys changed", r.Sections)
	if r.Policies {
		b.WriteString(say(lang, "通知ポリシー: 進行中の期限に適用しました\n", "alert policies: applied to open deadlines\n"))
	}
	for _, d := range r.Departed {
		if d.Successor != "" {
			fmt.Fprintf(&b, say(lang, "%s: 同じ宛先の %s が引き継ぎました\n", "%s: replaced by %s, which has the same address\n"), d.Name, d.Successor)
		} else {
			fmt.Fprintf(&b, say(lang, "%s: 未送信の%d件を取り下げました\n", "%s: %d unsent messages discarded\n"), d.Name, d.Retired)
		}
	}
	line("再起動が必要な項目(それまでは元の値のまま)", "takes effect after a restart; the old value stays until then", r.NeedsRestart)
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, say(lang, "注意: %s\n", "warning: %s\n"), warning)
	}
	return b.String()
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
