package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kigen/cmd/kigen/internal/daemon"
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
		return printJSON(a, r)
	}
	return a.printReplay(a.lang(c), r, month.From)
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
		fmt.Fprintf(a.errOut, say(lang, "kigen: KIGEN_URL の kigen の約束で計算し直します(%s の約束で計算し直すには --config で指定してください)\n",
			"kigen: using the promises of the kigen at KIGEN_URL; add --config %s to use those of that file\n"), a.configPath)
		return
	}
	database := c.Database
	if strings.Contains(database, "://") {
		database = "postgres" // the URL may contain a password
	}
	fmt.Fprintf(a.errOut, say(lang, "kigen: %s の約束で、データベース %s のインシデントを計算し直します(KIGEN_URL の kigen には問い合わせません)\n",
		"kigen: using the promises of %s and the incidents of the database %s; the kigen at KIGEN_URL is not used\n"), a.configPath, database)
}

// printReplay omits the year from dates in the month's own year.
func (a *app) printReplay(lang string, r *api.Replay, month time.Time) error {
	summary := fmt.Sprintf(say(lang, "%s: インシデント%d件を現行の約束と暦で計算し直しました。", "%s: %d incidents recalculated with the current promises and calendars; "), r.Month, r.Incidents)
	if n := len(r.Differences); n == 0 {
		summary += say(lang, "変わるものはありません。", "no differences.")
	} else {
		summary += fmt.Sprintf(say(lang, "%d件の期限・判定が変わります(記録は変更していません)。", "clocks that would change: %d (no record was changed)."), n)
	}
	fmt.Fprintln(a.out, summary)
	if r.Cancelled > 0 {
		fmt.Fprintf(a.out, say(lang, "うち取消%d件は対象外です。\n", "%d cancelled incidents are left out.\n"), r.Cancelled)
	}
	if r.Unconfigured > 0 {
		fmt.Fprintf(a.out, say(lang, "うち%d件のベンダーは設定から外れているため対象外です。\n", "%d incidents of vendors removed from the configuration are left out.\n"), r.Unconfigured)
	}
	if len(r.Differences) == 0 {
		return nil
	}
	fmt.Fprintln(a.out)
	var t table
	t.add(say(lang, "番号", "ID"), say(lang, "約束", "PROMISE"), say(lang, "現在の記録", "RECORDED"), "", say(lang, "現行の約束では", "CURRENT RULES"), "")
	for _, d := range r.Differences {
		name := d.Vendor + "/" + d.Promise
		if d.Stage != "" {
			name += "/" + d.Stage
		}
		stands, standsDue := outcomeText(lang, d.Stands, month)
		would, wouldDue := outcomeText(lang, d.Would, month)
		t.add(d.Incident.String(), name, stands, standsDue, would, wouldDue)
	}
	return t.print(a.out)
}

func outcomeText(lang string, o *api.ReplayOutcome, now time.Time) (state, due string) {
	if o == nil {
		return say(lang, "該当する約束なし", "no such promise"), ""
	}
	return stateText(lang, o.State), dueText(lang, o.Due, now)
}
