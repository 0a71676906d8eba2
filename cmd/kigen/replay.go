package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kigen/cmd/kigen/internal/daemon"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/cmd/kigen/internal/web/api"
	"kigen/config"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// hasOnlyFlags reports whether no other flag of the command itself was given.
func hasOnlyFlags(cmd *cobra.Command, names ...string) bool {
	only := true
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { only = only && (!f.Changed || slices.Contains(names, f.Name)) })
	return only
}

// deadlineReplay compares a month's recorded deadlines with those of the current
// promises and calendars.
func (a *app) deadlineReplay(cmd *cobra.Command, c *config.Config, f *deadlineFlags, args []string) error {
	if len(args) > 0 || !hasOnlyFlags(cmd, "replay", "json") {
		return badInput(errors.New("--replay takes vendors and starts from the incidents: leave VENDOR and the other flags but --json out"))
	}
	month, err := report.Month(f.replay, c.Timezone, a.now())
	if err != nil {
		return err
	}
	r, err := a.replay(cmd.Context(), c, f.replay, cmd.Flags().Changed("config"))
	if err != nil {
		return err
	}
	if f.asJSON {
		return terminal.PrintJSON(a.out, r)
	}
	return a.printer(c).Replay(r, month.From)
}

// replay runs at the daemon of KIGEN_URL, which uses its own promises, or else on
// the database. With --config given, that file's promises and database are used.
func (a *app) replay(ctx context.Context, c *config.Config, month string, named bool) (r *api.Replay, err error) {
	base := a.env("KIGEN_URL")
	if base != "" && a.configPath != "" {
		a.sayWhoseRules(c, named)
	}
	if base != "" && !named {
		d, err := a.client(base, a.lang(c))
		if err != nil {
			return nil, badInput(err)
		}
		err = d.Get(ctx, "/replay/"+month, nil, &r)
		return r, err
	}
	err = a.withDatabase(ctx, c.Database, false, func(db *store.DB) error {
		replays := daemon.Replays{
			Tracker:   &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: a.now},
			Incidents: db, Zone: c.Timezone,
		}
		compared, err := replays.Month(ctx, month)
		if err == nil {
			r = api.NewReplay(month, compared)
		}
		return err
	})
	return r, err
}

// sayWhoseRules names the source of the rules when both --config and KIGEN_URL
// are given.
func (a *app) sayWhoseRules(c *config.Config, named bool) {
	lang := a.lang(c)
	if !named {
		fmt.Fprintf(a.errOut, say(lang, "kigen_using_the_promises_of"), a.configPath)
		return
	}
	fmt.Fprintf(a.errOut, say(lang, "kigen_using_the_promises_of_2"), a.configPath, store.Name(c.Database))
}
