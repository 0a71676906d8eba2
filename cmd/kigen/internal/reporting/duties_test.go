package reporting_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/chaser"
	"kigen/sla/tracker"
)

// story logs incidents at each vendor from September to November 2026: answered in time,
// late and never. With duties on, ours fall due, are decided, submitted and missed beside.
func (b *books) story() {
	b.t.Helper()
	ctx, by := b.t.Context(), tracker.Request{Actor: "mori"}
	for i, v := range b.tracker.Catalogue {
		at := instant(b.t, "2026-09-14T10:00:00+09:00").AddDate(0, 0, 17*i)
		answered, silent := b.log(v.ID, sla.Confirmed, at), b.log(v.ID, sla.Confirmed, at.Add(time.Hour))
		b.wait(at.Add(2 * time.Hour))
		b.notice(answered.ID, at.Add(2*time.Hour))
		if len(b.tracker.Duties) > 0 {
			b.now = b.now.Add(time.Minute)
			for _, e := range []tracker.DecisionEntry{
				{Duty: "eu-gdpr", Applies: true, Reason: "personal data", AwareAt: at}, {Duty: "eu-nis2", Reason: "not significant"},
			} {
				if _, err := b.tracker.Decide(ctx, by, silent.ID, e); err != nil {
					b.t.Fatal(err)
				}
			}
			// At the very instant of the vendor's notice.
			s := tracker.SubmissionEntry{Duty: "eu-gdpr", SubmittedAt: at.Add(2 * time.Hour), Reference: "A-" + v.ID}
			if _, err := b.tracker.Submit(ctx, by, answered.ID, s); err != nil {
				b.t.Fatal(err)
			}
		}
		b.wait(at.AddDate(0, 0, 12))
		if i%2 == 0 {
			b.notice(silent.ID, at.AddDate(0, 0, 12))
		}
	}
	b.wait(instant(b.t, "2026-12-20T10:00:00+09:00"))
}

// figures is all that is counted or listed about vendors, as text: reports of each period
// in each form, lists, counters, deadlines, and chasers. What differs by itself, such as
// the head of the record, is left out.
func (b *books) figures() (all []string) {
	b.t.Helper()
	ctx := b.t.Context()
	add := func(name string, v any, err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatalf("%s: %v", name, err)
		}
		text, err := json.Marshal(v)
		if err != nil {
			b.t.Fatal(err)
		}
		all = append(all, name+" "+string(text))
	}
	for _, label := range []string{"2026-09", "2026-10", "2026-11", "2026-12"} {
		r, err := b.Of(ctx, period(b.t, b, label))
		r.Duties, r.Versions.Record = nil, nil
		add("report of "+label, r, err)
	}
	for _, q := range []tracker.Query{{}, {From: instant(b.t, "2026-09-01T00:00:00+09:00"), To: instant(b.t, "2026-12-01T00:00:00+09:00")}, {Vendor: "sotas"}, {State: sla.Overdue}, {Text: "test"}} {
		page, err := b.db.List(ctx, q)
		var ids []string
		for _, inc := range page.Incidents {
			ids = append(ids, inc.ID.String())
			letter, owed := chaser.Write("en", chaser.About{Incident: inc, Vendor: b.tracker.Catalogue[0], Now: b.now, Zone: time.UTC})
			add("chaser of "+inc.ID.String(), []any{letter, owed}, nil)
		}
		add(fmt.Sprint("list ", q), []any{ids, page.Counts}, err)
	}
	for _, answered := range []bool{false, true} {
		list, err := b.db.Deadlines(ctx, tracker.DeadlineQuery{From: instant(b.t, "2026-01-01T00:00:00Z"), To: instant(b.t, "2028-01-01T00:00:00Z"), Answered: answered, Limit: 1000})
		var lines []string
		for _, d := range list {
			lines = append(lines, fmt.Sprint(d.Incident, d.Vendor, d.Stage, d.State, d.Due))
		}
		add(fmt.Sprint("deadlines ", answered), lines, err)
	}
	_, total, err := b.db.Answered(ctx, tracker.AnsweredQuery{Since: instant(b.t, "2026-01-01T00:00:00Z"), Limit: 100})
	add("answered", total, err)
	year, err := b.Year(ctx, 2026)
	add("year", year, err)
	return all
}

// A duty of ours counts in no report, list, counter or chaser about a vendor: the same
// story gives the same figures with duties on and off.
func TestDutiesCountForNoVendor(t *testing.T) {
	plain, owing := newBooks(t), newBooks(t)
	for _, id := range []string{"eu-gdpr", "eu-nis2", "us-sec"} {
		owing.tracker.Duties = append(owing.tracker.Duties, config.Duties().Regime(id))
	}
	owing.Duties = owing.tracker.Duties
	plain.story()
	owing.story()
	want, got := plain.figures(), owing.figures()
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("duties change\n%.600s\nto\n%.600s", want[i], got[i])
		}
	}
	if err := owing.db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	states := map[sla.State]int{}
	for _, month := range []string{"2026-09", "2026-10", "2026-11"} {
		r, err := owing.Of(t.Context(), period(t, owing, month))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range r.Duties {
			states[d.State]++
		}
	}
	if states[sla.Met] == 0 || states[sla.Overdue] == 0 || states[sla.NotApplicable] == 0 || states[sla.Pending] == 0 {
		t.Errorf("the story has not every state: %v", states)
	}
	for format, table := range map[string]string{"html": "", "json": "", "csv": "duties"} {
		if body := owing.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: "en", Table: table}); !strings.Contains(body, "eu-gdpr") && !strings.Contains(body, "EU GDPR") || format != "json" && !strings.Contains(body, "not legal advice") {
			t.Errorf("%s lacks our duties", format)
		}
		if body := plain.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: "en", Table: table}); strings.Contains(body, "GDPR") {
			t.Errorf("%s shows duties that are off", format)
		}
	}
}
