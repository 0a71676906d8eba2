package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/daemon"
	"kigen/cmd/kigen/internal/web"
	"kigen/config"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// deadlineReplay says what would differ for a month's incidents under today's
// promises and calendars.
func (a *app) deadlineReplay(cmd *cobra.Command, c *config.Config, f *deadlineFlags, args []string) error {
	if len(args) > 0 || *f != (deadlineFlags{replay: f.replay, asJSON: f.asJSON}) {
		return badInput(errors.New("--replay takes vendors and starts from the incidents: leave VENDOR and the other flags but --json out"))
	}
	month, err := report.Month(f.replay, c.Timezone, a.now())
	if err != nil {
		return err
	}
	r, err := a.replay(cmd.Context(), c, f.replay)
	if err != nil {
		return err
	}
	if f.asJSON {
		return printJSON(a, r)
	}
	return a.printReplay(a.lang(c), r, month.From)
}

// replay asks the kigen that KIGEN_URL names, else the database.
func (a *app) replay(ctx context.Context, c *config.Config, month string) (r *web.Replay, err error) {
	if base := a.env("KIGEN_URL"); base != "" {
		d, err := client.New(base, a.env("KIGEN_TOKEN"))
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
			r = web.NewReplay(month, compared)
		}
		return err
	})
	return r, err
}

// printReplay writes dates of the month's own year without it.
func (a *app) printReplay(lang string, r *web.Replay, month time.Time) error {
	summary := fmt.Sprintf(say(lang, "%s: インシデント%d件を現行の約束と暦で計算し直しました。", "%s: %d incidents reckoned under today's promises and calendars; "), r.Month, r.Incidents)
	if n := len(r.Differences); n == 0 {
		summary += say(lang, "変わるものはありません。", "nothing would differ.")
	} else {
		summary += fmt.Sprintf(say(lang, "%d件の期限・判定が変わります(記録は変更していません)。", "clocks that would differ: %d (nothing was changed)."), n)
	}
	fmt.Fprintln(a.out, summary)
	if r.Cancelled > 0 {
		fmt.Fprintf(a.out, say(lang, "うち取消%d件は対象外です。\n", "%d of them were cancelled and are left out.\n"), r.Cancelled)
	}
	if r.Unconfigured > 0 {
		fmt.Fprintf(a.out, say(lang, "うち%d件のベンダーは設定から外れているため対象外です。\n", "%d of them are at vendors that left the configuration, and are left out.\n"), r.Unconfigured)
	}
	if len(r.Differences) == 0 {
		return nil
	}
	fmt.Fprintln(a.out)
	var t table
	t.add(say(lang, "番号", "ID"), say(lang, "約束", "PROMISE"), say(lang, "現在の記録", "STANDS"), "", say(lang, "現行の約束では", "WOULD BE"), "")
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

// outcomeText writes a state and its deadline.
func outcomeText(lang string, o *web.ReplayOutcome, now time.Time) (state, due string) {
	if o == nil {
		return say(lang, "約束なし", "no such promise"), ""
	}
	return stateText(lang, o.State), dueText(lang, o.Due, now)
}
