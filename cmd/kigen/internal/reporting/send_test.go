package reporting_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/reporting"
	"kigen/cmd/kigen/internal/schedule"
	"kigen/config"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// desk sends what the books say.
func (b *books) desk() *reporting.Monthly {
	b.t.Helper()
	cron, err := schedule.ParseCron("report.schedule", "CRON_TZ=Asia/Tokyo 0 9 1 * *", b.Zone)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Formats = []string{"html", "pdf", "xlsx"}
	return &reporting.Monthly{
		Schedule: cron, Zone: b.Zone, To: []string{"soc"}, Known: []string{"lead", "soc"}, Lang: "ja", Store: b.db,
		Prepare: b.Prepare, Now: func() time.Time { return b.now }, Raised: func() {}, Log: slog.New(slog.DiscardHandler),
	}
}

// claimed takes everything out of a destination's outbox.
func (b *books) claimed(destination string) (all []*outbox.Delivery) {
	b.t.Helper()
	for {
		d, err := b.db.NextDelivery(b.t.Context(), destination, b.now)
		if err != nil {
			b.t.Fatal(err)
		}
		if d == nil {
			return all
		}
		all = append(all, d)
		if err := b.db.Sent(b.t.Context(), d.ID, outbox.Receipt{}, b.now); err != nil {
			b.t.Fatal(err)
		}
	}
}

// What is sent is the edition that is kept, in every format that is asked for,
// byte for byte, whatever is learnt afterwards.
func TestWhatIsSentIsKept(t *testing.T) {
	b := newBooks(t)
	_, silent := b.october()
	if err := b.desk().CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.notice(silent.ID, instant(t, "2026-11-05T10:00:00+09:00"))
	sent := b.claimed("soc")
	if len(sent) != 1 || sent[0].Alert.Key != "report/2026-10" || len(sent[0].Files) != 3 {
		t.Fatalf("sent %+v", sent)
	}
	for i, format := range b.Formats {
		f := sent[0].Files[i]
		_, kept, err := b.Bytes(t.Context(), reporting.Request{Period: "2026-10", Format: format, Lang: "ja", Edition: 1})
		if err != nil || f.Name != "kigen-2026-10."+format || !bytes.Equal(f.Data, kept) {
			t.Errorf("%s: %d bytes, the kept edition has %d (%v)", f.Name, len(f.Data), len(kept), err)
		}
		if live := b.rendered(reporting.Request{Period: "2026-10", Format: format, Lang: "ja"}); live == string(kept) {
			t.Errorf("the %s does not show what was learnt since", format)
		}
	}
	var note render.Note
	if err := json.Unmarshal(sent[0].Alert.Body, &note); err != nil {
		t.Fatal(err)
	}
	if f := note.Files[1]; f.Title != "月次報告 2026年10月 (PDF)" || f.Link != "https://kigen.example.jp/reports/2026-10?edition=1&format=pdf&lang=ja" ||
		len(note.Notes) != 1 || !strings.HasPrefix(note.Notes[0], "データベースの記録: ") {
		t.Errorf("note %+v", note)
	}
	if editions, err := b.Verify(t.Context(), "2026-10"); err != nil || len(editions) != 1 {
		t.Errorf("%d editions, %v", len(editions), err)
	}
}

// A report that fails on the way keeps nothing: the edition and the alert are
// one.
func TestAFailedIssueKeepsNothing(t *testing.T) {
	b := newBooks(t)
	b.october()
	desk := b.desk()
	b.Formats = []string{"pdf", "docx"}
	if err := desk.CatchUp(t.Context()); err == nil {
		t.Fatal("was sent as docx")
	}
	if _, err := b.Verify(t.Context(), "2026-10"); err == nil {
		t.Error("an edition was kept that nobody got")
	}
}

// By hand a report goes out as often as somebody says so, and says that it
// does; the scheduled one comes all the same, once.
func TestSentByHand(t *testing.T) {
	b := newBooks(t)
	_, silent := b.october()
	desk := b.desk()
	send := func(to ...string) *reporting.SendResult {
		t.Helper()
		sent, err := desk.Send(t.Context(), "2026-10", to)
		if err != nil {
			t.Fatal(err)
		}
		return sent
	}
	first := send("lead")
	if first.Key != "report/2026-10/sent/1" || first.Edition != 1 || !slices.Equal(first.To, []string{"lead"}) || len(first.Files) != 3 {
		t.Errorf("sent %+v", first)
	}
	for range 2 {
		if err := desk.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.notice(silent.ID, instant(t, "2026-11-05T10:00:00+09:00"))
	if second := send(); second.Key != "report/2026-10/sent/2" || second.Edition != 2 || !slices.Equal(second.To, []string{"soc"}) {
		t.Errorf("sent %+v", second)
	}
	var keys, notes []string
	for _, d := range append(b.claimed("lead"), b.claimed("soc")...) {
		var note render.Note
		if err := json.Unmarshal(d.Alert.Body, &note); err != nil {
			t.Fatal(err)
		}
		keys, notes = append(keys, d.Alert.Key), append(notes, strings.Join(note.Notes, "|"))
	}
	if want := []string{"report/2026-10/sent/1", "report/2026-10", "report/2026-10/sent/2"}; !slices.Equal(keys, want) {
		t.Errorf("told %q, want %q", keys, want)
	}
	if !strings.HasSuffix(notes[0], "|手動で送信しました。") || strings.Contains(notes[1], "送信") || !strings.Contains(notes[2], "再送") || !strings.Contains(notes[2], "2回目") {
		t.Errorf("notes %q", notes)
	}
}

func TestSendRefuses(t *testing.T) {
	b := newBooks(t)
	b.october()
	desk := b.desk()
	for name, ask := range map[string]struct {
		label string
		to    []string
	}{
		"unfinished": {"2026-11", nil}, "no period": {"October", nil}, "nobody": {"2026-10", []string{"nobody"}},
	} {
		_, err := desk.Send(t.Context(), ask.label, ask.to)
		if invalid, ok := tracker.AsInvalid(err); !ok || invalid[0].In("ja") == invalid[0].In("en") {
			t.Errorf("%s: %v", name, err)
		}
	}
	desk.To = nil
	if _, err := desk.Send(t.Context(), "2026-10", nil); err == nil {
		t.Error("sent to nobody")
	}
	if sent := b.claimed("soc"); len(sent) != 0 {
		t.Errorf("told %+v", sent)
	}
}

// A year of first business days: each month once, on a business day of its own.
func TestAReportOnEachFirstBusinessDay(t *testing.T) {
	c, err := config.Parse("kigen.yaml", []byte("report: {schedule: {first_business_day: sotas}}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t)
	o.Schedule = schedule.FirstBusinessDay{Calendar: c.Report.FirstBusinessDay, At: c.Report.At, Zone: o.Zone}
	for day := instant(t, "2026-08-16T08:59:00+09:00"); day.Year() < 2027 || day.Month() < 3; day = day.AddDate(0, 0, 1) {
		o.at(t, day.Format(time.RFC3339))
		o.at(t, day.Add(time.Minute).Format(time.RFC3339))
	}
	want := []string{
		"report/2026-08 at 2026-09-01T09:00:00+09:00: report of 2026-08", "report/2026-09 at 2026-10-01T09:00:00+09:00: report of 2026-09",
		"report/2026-10 at 2026-11-02T09:00:00+09:00: report of 2026-10", "report/2026-11 at 2026-12-01T09:00:00+09:00: report of 2026-11",
		"report/2026-12 at 2027-01-04T09:00:00+09:00: report of 2026-12", "report/2027-01 at 2027-02-01T09:00:00+09:00: report of 2027-01",
	}
	o.expect(t, want...)
}
