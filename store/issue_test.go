package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/store"
)

func issueOf(key string) *store.Issue {
	return &store.Issue{
		Kept: &store.KeptReport{Period: "2026-10", MadeAt: time.UnixMilli(1793491200000), Kigen: "test", Model: []byte("{}"), Clocks: []byte{1}},
		Alerts: []sla.Alert{{
			Key: key, Reason: sla.ReasonReport, At: time.UnixMilli(1793491200000), To: []string{"soc", "lead"}, Body: []byte(`{"title":"x"}`),
			Files: []sla.Attachment{{Name: "a.pdf", Type: "application/pdf", Data: []byte{0, 1, 2}}, {Name: "b.csv", Type: "text/csv", Data: []byte("b")}},
		}},
	}
}

// An edition and who is told of it are one: both or neither, and once.
func TestIssueReport(t *testing.T) {
	db := open(t)
	first := issueOf("report/2026-10")
	if raised, err := db.IssueReport(t.Context(), first); !raised || err != nil || first.Kept.Edition != 1 {
		t.Fatalf("raised %v as edition %d, %v", raised, first.Kept.Edition, err)
	}
	again := issueOf("report/2026-10")
	again.After = 1
	if raised, err := db.IssueReport(t.Context(), again); raised || err != nil || again.Kept.Edition != 0 {
		t.Errorf("raised %v as edition %d, %v", raised, again.Kept.Edition, err)
	}
	stale := issueOf("report/2026-10/sent/1") // made before the first was kept
	if raised, err := db.IssueReport(t.Context(), stale); raised || !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("raised %v, %v", raised, err)
	}
	scheduled, byHand, err := db.Issued(t.Context(), "2026-10")
	if !scheduled || byHand != 0 || err != nil {
		t.Errorf("scheduled %v, by hand %d, %v: the conflict left an alert behind", scheduled, byHand, err)
	}
	first.Alerts = issueOf("report/2026-10/sent/1").Alerts // the same edition
	if raised, err := db.IssueReport(t.Context(), first); !raised || err != nil {
		t.Errorf("raised %v, %v", raised, err)
	}
	if _, byHand, err = db.Issued(t.Context(), "2026-10"); byHand != 1 || err != nil {
		t.Errorf("by hand %d, %v", byHand, err)
	}
	if _, byHand, _ = db.Issued(t.Context(), "2026-1"); byHand != 0 {
		t.Errorf("another period was sent %d times", byHand)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// Where files go by themselves each is a delivery in the thread of its message;
// elsewhere the message carries them.
func TestFilesOfAReport(t *testing.T) {
	db := open(t)
	now := time.UnixMilli(1793491200000)
	if _, err := db.IssueReport(t.Context(), issueOf("report/2026-10")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := db.Merge(t.Context(), "soc", now, sla.DigestForm{Above: 50, File: true}); err != nil {
			t.Fatal(err)
		}
	}
	mail := next(t, db, "lead", now)
	if len(mail.Files) != 2 || mail.Files[1].Name != "b.csv" || !bytes.Equal(mail.Files[0].Data, []byte{0, 1, 2}) {
		t.Errorf("the mail carries %+v", mail.Files)
	}
	summary := next(t, db, "soc", now)
	if summary.Kind != sla.Post || summary.Files != nil {
		t.Errorf("the summary is a %s with %+v", summary.Kind, summary.Files)
	}
	if d, err := db.NextDelivery(t.Context(), "soc", now); d != nil || err != nil {
		t.Fatalf("%s goes before the summary is out (%v)", d.Key, err)
	}
	if err := db.Sent(t.Context(), summary.ID, sla.Receipt{Channel: "C", TS: "1"}, now); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.pdf", "b.csv"} {
		d := next(t, db, "soc", now)
		if d.Kind != sla.File || d.Key != "report/2026-10@soc/file/"+name || d.Thread.TS != "1" || len(d.Files) != 1 || d.Files[0].Name != name {
			t.Errorf("delivery %+v", d)
		}
		if err := db.Sent(t.Context(), d.ID, sla.Receipt{}, now); err != nil {
			t.Fatal(err)
		}
	}
	if _, waiting, err := db.NextSend(t.Context(), "soc"); waiting || err != nil {
		t.Errorf("something waits: %v", err)
	}
}

// What the fallback was to be told goes back, files and all, when the
// destination has it after all.
func TestFilesGoBackWithTheirMessage(t *testing.T) {
	db := open(t)
	now := time.UnixMilli(1793491200000)
	issue := issueOf("report/2026-10")
	issue.Alerts[0].To = []string{"soc"}
	if _, err := db.IssueReport(t.Context(), issue); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Divert(t.Context(), "soc", "spare", now); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := db.Merge(t.Context(), "spare", now, sla.DigestForm{Above: 50, File: true}); err != nil {
		t.Fatal(err)
	}
	d := next(t, db, "soc", now)
	if err := db.Sent(t.Context(), d.ID, sla.Receipt{Channel: "C", TS: "1"}, now); err != nil {
		t.Fatal(err)
	}
	if d, err := db.NextDelivery(t.Context(), "spare", now); d != nil || err != nil {
		t.Errorf("the fallback is told %s (%v)", d.Key, err)
	}
	if _, waiting, err := db.NextSend(t.Context(), "spare"); waiting || err != nil {
		t.Errorf("something waits at the fallback: %v", err)
	}
}

func next(t *testing.T, db *store.DB, destination string, now time.Time) *sla.Delivery {
	t.Helper()
	d, err := db.NextDelivery(t.Context(), destination, now)
	if err != nil || d == nil {
		t.Fatalf("nothing for %s (%v)", destination, err)
	}
	return d
}
