package reporting_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/reporting"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
)

// october logs two incidents that are due in October, one kept and one not,
// and leaves the clock on the wall at the month's end.
func (b *books) october() (inTime, silent *sla.Incident) {
	b.t.Helper()
	inTime = b.log("sotas", sla.Occurred, instant(b.t, "2026-10-05T10:00:00+09:00"))
	b.notice(inTime.ID, instant(b.t, "2026-10-05T12:00:00+09:00"))
	silent = b.log("sotas", sla.Occurred, instant(b.t, "2026-10-06T10:00:00+09:00"))
	b.wait(instant(b.t, "2026-11-01T09:00:00+09:00"))
	return inTime, silent
}

func (b *books) freeze(label string) (edition int, isNew bool) {
	b.t.Helper()
	kept, isNew, err := b.Freeze(b.t.Context(), label)
	if err != nil {
		b.t.Fatal(err)
	}
	return kept.Number, isNew
}

func (b *books) rendered(w reporting.Request) string {
	b.t.Helper()
	_, body, err := b.Bytes(b.t.Context(), w)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(body)
}

func TestAFrozenReportSaysWhatItSaid(t *testing.T) {
	b := newBooks(t)
	inTime, silent := b.october()
	live := map[string]string{}
	for _, format := range []string{"json", "csv", "html"} {
		live[format] = b.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: "ja"})
	}
	if n, isNew := b.freeze("2026-10"); n != 1 || !isNew {
		t.Fatalf("kept as edition %d, new %v", n, isNew)
	}
	b.now = b.now.AddDate(0, 0, 3)
	if n, isNew := b.freeze("2026-10"); n != 1 || isNew {
		t.Errorf("nothing changed, but kept as edition %d, new %v", n, isNew)
	}

	b.notice(silent.ID, instant(t, "2026-11-05T10:00:00+09:00"))
	occurred := map[sla.Moment]sla.Stamp{sla.Occurred: {At: instant(t, "2026-10-05T04:00:00+09:00"), Basis: sla.Stated}}
	if _, err := b.tracker.Amend(t.Context(), tracker.Request{Actor: "佐藤"}, inTime.ID, tracker.Amendment{Times: occurred}); err != nil {
		t.Fatal(err)
	}
	for format, want := range live {
		if got := b.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: "ja", Newest: true}); got != want {
			t.Errorf("the kept %s is not what was shown:\n%s\n%s", format, got, want)
		}
	}
	checkCorrections(t, b, inTime.ID, silent.ID)

	if n, isNew := b.freeze("2026-10"); n != 2 || !isNew {
		t.Errorf("after corrections: edition %d, new %v", n, isNew)
	}
	if r, err := b.Of(t.Context(), period(t, b, "2026-10")); err != nil || r.SinceEdition.Edition != 2 || r.SinceEdition.Changed() {
		t.Errorf("against edition 2: %+v, %v", r.SinceEdition, err)
	}
	editions, err := b.Verify(t.Context(), "2026-10")
	if err != nil || len(editions) != 2 {
		t.Errorf("verified %d editions, %v", len(editions), err)
	}
}

// checkCorrections: the one in time has turned out late by a corrected start,
// and the silent one was answered.
func checkCorrections(t *testing.T, b *books, inTime, silent sla.IncidentID) {
	t.Helper()
	r, err := b.Of(t.Context(), period(t, b, "2026-10"))
	if err != nil {
		t.Fatal(err)
	}
	f := r.SinceEdition
	if f == nil || f.Edition != 1 || len(f.Corrections) != 2 {
		t.Fatalf("frozen = %+v", f)
	}
	amended, answered := f.Corrections[0], f.Corrections[1]
	if amended.Incident != inTime || amended.Effect != report.EffectVerdict || amended.Was.Verdict != report.Met || amended.Is.Verdict != report.Late {
		t.Errorf("amended: %+v, was %+v, is %+v", amended, amended.Was, amended.Is)
	}
	if len(amended.Events) == 0 || amended.Events[0].By != "佐藤" || amended.Events[0].Kind != sla.EventAmended || len(amended.Events[0].Fields) == 0 || amended.Events[0].Fields[0] != "occurred_at" {
		t.Errorf("events = %+v", amended.Events)
	}
	if got := amended.Was.Start.Format(time.RFC3339); got != "2026-10-05T10:00:00+09:00" {
		t.Errorf("it stood with the start %s", got)
	}
	if answered.Incident != silent || answered.Was.Verdict != report.Overdue || answered.Is.Verdict != report.Late || !answered.Was.Due.Equal(answered.Is.Due) {
		t.Errorf("answered: %+v, was %+v, is %+v", answered, answered.Was, answered.Is)
	}
	figures := map[string]bool{}
	for _, d := range f.Differences {
		if d.Vendor == "" {
			figures[d.Figure] = true
		}
	}
	if !figures["met"] || !figures["late"] || !figures["overdue"] || !figures["compliance.rate"] || figures["incidents"] {
		t.Errorf("differences = %+v", f.Differences)
	}
}

// What moves out of the month, or into it, is a correction too.
func TestMovedClocksAreCorrections(t *testing.T) {
	b := newBooks(t)
	inTime, _ := b.october()
	b.freeze("2026-10")
	moved := map[sla.Moment]sla.Stamp{sla.Occurred: {At: instant(t, "2026-09-05T10:00:00+09:00"), Basis: sla.Stated}}
	b.now = b.now.AddDate(0, 0, 1)
	if _, err := b.tracker.Amend(t.Context(), tracker.Request{Actor: "佐藤"}, inTime.ID, tracker.Amendment{Times: moved}); err != nil {
		t.Fatal(err)
	}
	entry := tracker.Entry{Vendor: "sotas", Title: "logged late"}
	entry.Times[sla.Occurred] = sla.Stamp{At: instant(t, "2026-10-20T10:00:00+09:00"), Basis: sla.Stated}
	added, err := b.tracker.Log(t.Context(), tracker.Request{Actor: "佐藤"}, entry)
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Of(t.Context(), period(t, b, "2026-10"))
	if err != nil {
		t.Fatal(err)
	}
	effects := map[sla.IncidentID]report.Correction{}
	for _, c := range r.SinceEdition.Corrections {
		effects[c.Incident] = c
	}
	removed := effects[inTime.ID]
	if len(effects) != 2 || removed.Effect != report.EffectRemoved || removed.Was == nil || removed.Is.Due.Month() != time.September {
		t.Errorf("removed: %+v", r.SinceEdition.Corrections)
	}
	if c := effects[added.ID]; c.Effect != report.EffectAdded || c.Was != nil {
		t.Errorf("added: %+v", c)
	}
}

func TestFreezeRefuses(t *testing.T) {
	b := newBooks(t) // August is running
	for _, label := range []string{"2026-08", "2026-Q3", "2026", "2026-09", "x"} {
		_, _, err := b.Freeze(t.Context(), label)
		if _, invalid := tracker.AsInvalid(err); !invalid {
			t.Errorf("%s: %v", label, err)
		}
	}
	for _, w := range []reporting.Request{
		{Period: "2026-07", Format: "json", Lang: "ja", Newest: true},
		{Period: "2026-07", Format: "json", Lang: "ja", Vendor: "nobody"},
		{Period: "2026-07", Format: "json", Lang: "ja", Vendor: "sotas", Newest: true},
	} {
		_, body, err := b.Bytes(t.Context(), w)
		invalid, ok := tracker.AsInvalid(err)
		if !ok || body != nil || invalid[0].In("ja") == invalid[0].In("en") {
			t.Errorf("%+v: %v", w, err)
		}
	}
	if _, err := b.Verify(t.Context(), "2026-07"); err == nil {
		t.Error("nothing was kept, but it verifies")
	}
}

func TestADamagedEditionIsNamedAndNotShown(t *testing.T) {
	b := newBooks(t)
	b.october()
	b.freeze("2026-10")
	pool, err := sql.Open("sqlite3", b.db.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, stmt := range []string{`DROP TRIGGER reports_stay_as_they_are`, `UPDATE reports SET model = replace(model, '"met":1', '"met":2')`} {
		if _, err := pool.ExecContext(t.Context(), stmt); err != nil {
			t.Fatal(err)
		}
	}
	editions, err := b.Verify(t.Context(), "2026-10")
	if err == nil || len(editions) != 1 || !strings.Contains(err.Error(), "edition 1 of the report of 2026-10 was changed") {
		t.Errorf("verify: %v", err)
	}
	if _, _, err := b.Bytes(t.Context(), reporting.Request{Period: "2026-10", Format: "json", Lang: "ja", Newest: true}); err == nil {
		t.Error("a damaged edition was shown")
	}
}

// The same data and versions give the same bytes, whenever a report is made.
func TestReportsAreReproducible(t *testing.T) {
	b := newBooks(t)
	b.october()
	for _, label := range []string{"2026-09", "2026-10", "2026-Q3", "2026-10-01..2026-10-15"} {
		for _, format := range []string{"json", "csv", "html"} {
			w := reporting.Request{Period: label, Format: format, Lang: "en"}
			first := b.rendered(w)
			b.now = b.now.Add(1000 * time.Hour)
			if again := b.rendered(w); again != first {
				t.Errorf("%s of %s differs 1000 hours later", format, label)
			}
		}
	}
}

func TestVendorFilterLeavesTheOthersOut(t *testing.T) {
	b := newBooks(t)
	b.october()
	b.log("tatsujin", sla.Detected, instant(t, "2026-11-02T10:00:00+09:00"))
	b.wait(instant(t, "2026-12-01T00:00:00+09:00"))
	whole := b.rendered(reporting.Request{Period: "2026-Q4", Format: "json", Lang: "ja"})
	alone := b.rendered(reporting.Request{Period: "2026-Q4", Format: "json", Lang: "ja", Vendor: "sotas"})
	if !strings.Contains(whole, `"vendor": "tatsujin"`) || strings.Contains(alone, `tatsujin`) || !strings.Contains(alone, `"vendor_filter": "sotas"`) {
		t.Errorf("alone:\n%s", alone)
	}
}
