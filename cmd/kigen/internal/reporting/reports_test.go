package reporting_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/report/reporttest"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// books are a SOC's real books: database, tracker and built-in vendors, on a
// wall clock that the test sets.
type books struct {
	*reporting.Reports
	t       *testing.T
	db      *store.DB
	tracker *tracker.Tracker
	now     time.Time
	logged  []sla.IncidentID
}

func newBooks(t *testing.T) *books {
	t.Helper()
	b := &books{t: t, now: instant(t, "2026-08-15T12:00:00+09:00")}
	db, err := store.Open(t.Context(), storetest.Path(t), b.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	b.db = db
	now := func() time.Time { return b.now }
	b.tracker = &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Now: now}
	b.Reports = &reporting.Reports{
		Store: db, Catalogue: c.Catalogue, Zone: zone(t, "Asia/Tokyo"), Lang: "ja",
		BaseURL: "https://kigen.example.jp", Now: now,
	}
	return b
}

// log enters an incident as of the instant at which it happened.
func (b *books) log(vendor string, moment sla.Moment, at time.Time) *sla.Incident {
	b.t.Helper()
	b.now = at
	entry := tracker.Entry{Vendor: vendor, Title: "test"}
	entry.Times[moment] = sla.Stamp{At: at}
	inc, err := b.tracker.Log(b.t.Context(), tracker.Request{Actor: "test"}, entry)
	if err != nil {
		b.t.Fatal(err)
	}
	b.logged = append(b.logged, inc.ID)
	return inc
}

func (b *books) notice(id sla.IncidentID, at time.Time) {
	b.t.Helper()
	b.now = at
	entry := tracker.NoticeEntry{ReceivedAt: at, Channel: "email"}
	if _, err := b.tracker.Notice(b.t.Context(), tracker.Request{Actor: "test"}, id, entry); err != nil {
		b.t.Fatal(err)
	}
}

// wait lets time do its work up to an instant.
func (b *books) wait(until time.Time) {
	b.t.Helper()
	b.now = until
	if _, err := b.tracker.Step(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func TestRenderReadsTheBooks(t *testing.T) {
	b := newBooks(t)
	inTime := b.log("sotas", sla.Occurred, instant(t, "2026-10-02T10:00:00+09:00"))
	b.notice(inTime.ID, instant(t, "2026-10-02T13:00:00+09:00"))
	late := b.log("sotas", sla.Occurred, instant(t, "2026-10-05T10:00:00+09:00"))
	b.wait(instant(t, "2026-10-05T16:00:01+09:00"))
	b.notice(late.ID, instant(t, "2026-10-05T18:30:00+09:00"))
	b.log("sotas", sla.Occurred, instant(t, "2026-10-30T19:00:00+09:00")) // due Monday 2 November
	b.log("cybertrust", sla.Aware, instant(t, "2026-10-31T23:59:59+09:00"))
	b.wait(instant(t, "2026-11-04T09:00:00+09:00"))

	contentType, body, err := b.Bytes(t.Context(), reporting.Request{Period: "2026-10", Format: "json", Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	var got report.Report
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	sotas, _ := find(got, "sotas")
	if contentType != "application/json" || sotas.Incidents != 2 || sotas.Met != 1 || sotas.Late != 1 || sotas.Overdue != 0 {
		t.Errorf("%s, sotas in October = %+v", contentType, sotas)
	}
	if m := sotas.TimeToNotice.Median; m == nil || *m != (3*3600+8*3600+1800)/2 {
		t.Errorf("time to notice = %+v", sotas.TimeToNotice)
	}
	if m := sotas.Lateness.Median; m == nil || *m != 2*3600+1800 {
		t.Errorf("lateness = %+v", sotas.Lateness)
	}
	if quiet, _ := find(got, "cybertrust"); quiet.NoCommitment != 1 {
		t.Errorf("cybertrust in October = %+v", quiet)
	}
	if len(got.Vendors) != 5 || len(got.Cases) != 1 || got.Cases[0].Incident != late.ID {
		t.Errorf("%d vendors, cases %+v", len(got.Vendors), got.Cases)
	}

	november, err := b.Of(t.Context(), period(t, b, "2026-11"))
	if err != nil {
		t.Fatal(err)
	}
	if sotas, _ := find(november, "sotas"); sotas.Overdue != 1 || sotas.Incidents != 1 || november.Period.Finished {
		t.Errorf("sotas in November = %+v", sotas)
	}
}

func find(r report.Report, id string) (report.Vendor, bool) {
	for _, v := range r.Vendors {
		if v.ID == id {
			return v, true
		}
	}
	return report.Vendor{}, false
}

func period(t *testing.T, b *books, label string) report.Period {
	t.Helper()
	p, err := report.Month(label, b.Zone, b.now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRenderFormats(t *testing.T) {
	b := newBooks(t)
	tests := []struct{ format, lang, contentType, holds string }{
		{"json", "ja", "application/json", `"label": "2026-07"`},
		{"csv", "ja", "text/csv; charset=utf-8; header=present", "対象月,"},
		{"csv", "en", "text/csv; charset=utf-8; header=present", "Month,"},
		{"html", "en", "text/html; charset=utf-8", "<!doctype html>"},
		{"pdf", "ja", "application/pdf", "%PDF-1."},
		{"xlsx", "ja", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK\x03\x04"},
	}
	for _, tt := range tests {
		contentType, body, err := b.Bytes(t.Context(), reporting.Request{Period: "2026-07", Format: tt.format, Lang: tt.lang})
		if err != nil {
			t.Fatal(err)
		}
		if contentType != tt.contentType || !strings.Contains(string(body), tt.holds) {
			t.Errorf("%s in %s: %s\n%s", tt.format, tt.lang, contentType, body)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	b := newBooks(t)
	tests := []struct{ month, format, field, value, remedy string }{
		{"2026-09", "json", "month", "2026-09", "2026-08"},
		{"2026-13", "json", "month", "2026-13", "YYYY-MM"},
		{"2026-07", "docx", "format", "docx", "json, html, pdf, xlsx, csv"},
	}
	for _, tt := range tests {
		_, body, err := b.Bytes(t.Context(), reporting.Request{Period: tt.month, Format: tt.format, Lang: "ja"})
		var invalid tracker.Invalid
		if !errors.As(err, &invalid) || len(invalid) != 1 || body != nil {
			t.Fatalf("%s as %s: %v", tt.month, tt.format, err)
		}
		if p := invalid[0]; p.Field != tt.field || p.Value != tt.value || !strings.Contains(p.In("en"), tt.remedy) {
			t.Errorf("%s as %s: %+v", tt.month, tt.format, p)
		}
	}
}

// A table is of CSV alone, and has to be one of the report's.
func TestRenderTables(t *testing.T) {
	b := newBooks(t)
	for _, table := range render.Tables() {
		w := reporting.Request{Period: "2026-07", Format: "csv", Lang: "en", Table: table, BOM: true}
		if _, body, err := b.Bytes(t.Context(), w); err != nil || !strings.HasPrefix(string(body), "\ufeff") {
			t.Errorf("%s: %v\n%s", table, err, body)
		}
	}
	for _, w := range []reporting.Request{
		{Period: "2026-07", Format: "csv", Table: "vendor"},
		{Period: "2026-07", Format: "pdf", Table: "cases"},
	} {
		_, body, err := b.Bytes(t.Context(), w)
		if invalid, ok := tracker.AsInvalid(err); !ok || invalid[0].Field != "table" || invalid[0].Value != w.Table || body != nil {
			t.Errorf("%s of %s: %v", w.Table, w.Format, err)
		}
	}
}

func TestNoteLinksToTheReport(t *testing.T) {
	b := newBooks(t)
	message, err := b.Prepare(t.Context(), period(t, b, "2026-07"))
	if err != nil {
		t.Fatal(err)
	}
	note := message.Note
	if note.Link != "https://kigen.example.jp/reports/2026-07" || !strings.Contains(note.Title, "2026年7月") || len(note.Lines) == 0 {
		t.Errorf("note = %+v", note)
	}
	b.BaseURL = ""
	if message, err = b.Prepare(t.Context(), period(t, b, "2026-07")); err != nil || message.Note.Link != "" {
		t.Errorf("without an address: %+v, %v", message, err)
	}
}

func encoded(t *testing.T, r report.Report) string {
	t.Helper()
	data, err := report.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What the store streams for a month is what belongs to it: over a random
// quarter the reports equal those made from every incident there is.
func TestStoreAndReportAgreeOnMonths(t *testing.T) {
	const seed = 20261101
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	b := newBooks(t)
	at := instant(t, "2026-09-01T00:00:00+09:00")
	end := instant(t, "2026-11-30T00:00:00+09:00")
	for at.Before(end) {
		vendor := b.Catalogue.IDs()[random.IntN(len(b.Catalogue))]
		inc := b.log(vendor, sla.Moment(random.IntN(int(sla.Aware)+1)), at)
		at = at.Add(time.Duration(random.Int64N(int64(30 * time.Hour)))).Truncate(time.Millisecond)
		switch random.IntN(4) {
		case 0: // stays silent
		case 1:
			if _, err := b.tracker.Cancel(t.Context(), tracker.Request{Actor: "test"}, inc.ID, "none"); err != nil {
				t.Fatal(err)
			}
		default:
			b.notice(inc.ID, at)
		}
		b.wait(at)
	}
	b.wait(instant(t, "2026-12-05T00:00:00+09:00"))
	clocks := 0
	for _, label := range []string{"2026-08", "2026-09", "2026-10", "2026-11", "2026-12"} {
		p := period(t, b, label)
		streamed, err := b.Of(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		source := &reporttest.Source{}
		err = b.db.View(t.Context(), func(r tracker.Reader) error {
			for _, id := range b.logged {
				inc, err := r.Incident(t.Context(), id)
				if err != nil {
					return err
				}
				source.Incidents = append(source.Incidents, inc)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		made, err := report.Make(t.Context(), source, report.Spec{Catalogue: b.Catalogue, Period: p})
		if err != nil {
			t.Fatal(err)
		}
		want := made.Report
		if len(streamed.Versions.Promises) == 0 && streamed.Totals.Clocks > 0 {
			t.Errorf("%s names no versions", label)
		}
		for _, r := range []*report.Report{&streamed, &want} { // what events and terms add is not in an incident
			r.Versions = report.Versions{}
			for i := range r.Cases {
				r.Cases[i].Timeline = nil
			}
		}
		if got, want := encoded(t, streamed), encoded(t, want); got != want {
			t.Errorf("%s:\n got %s\nwant %s", label, got, want)
		}
		clocks += streamed.Totals.Clocks
	}
	if clocks != len(b.logged) || clocks < 100 {
		t.Errorf("%d clocks over the months, %d incidents were logged", clocks, len(b.logged))
	}
}

// What lies outside the period, the one before and the trend costs nothing.
func TestReportMemoryIsFlatOutsideThePeriod(t *testing.T) {
	b := newBooks(t)
	b.october()
	p := period(t, b, "2026-10")
	const foreign, perIncident = 2000, 100 // an incident that is read allocates kilobytes
	few := allocated(t, b, p)
	err := b.db.Update(t.Context(), func(tx tracker.Tx) error {
		for i := range foreign {
			at := instant(t, "2024-01-01T00:00:00+09:00").Add(time.Duration(i) * time.Hour)
			inc := &sla.Incident{Vendor: "sotas", Title: "long ago"}
			inc.Times[sla.Logged].At = at
			if err := tx.InsertIncident(t.Context(), inc); err != nil {
				return err
			}
			c := sla.Clock{Incident: inc.ID, Promise: "p", State: sla.Late, Start: sla.Start{At: at}, Due: at, NotifiedAt: at.Add(time.Hour)}
			if err := tx.InsertClock(t.Context(), &c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if many := allocated(t, b, p); many > few+foreign*perIncident {
		t.Errorf("a report allocates %d bytes with and %d without %d incidents of another year", many, few, foreign)
	}
}

// allocated is the least of some rounds: other goroutines only add.
func allocated(t *testing.T, b *books, p report.Period) uint64 {
	t.Helper()
	least := uint64(math.MaxUint64)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := b.Of(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}
