package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

func sendingOf(key string) *store.ReportSending {
	return &store.ReportSending{
		Edition: &store.Edition{Period: "2026-10", MadeAt: time.UnixMilli(1793491200000), Kigen: "test", Model: []byte("{}"), Clocks: []byte{1}},
		Alerts: []outbox.Alert{{
			Key: key, Reason: outbox.ReasonReport, At: time.UnixMilli(1793491200000), To: []string{"soc", "lead"}, Body: []byte(`{"title":"x"}`),
			Files: []outbox.Attachment{{Name: "a.pdf", Type: "application/pdf", Data: []byte{0, 1, 2}}, {Name: "b.csv", Type: "text/csv", Data: []byte("b")}},
		}},
	}
}

// An edition and its alerts are stored together or not at all, and once.
func TestRaiseReport(t *testing.T) {
	db := open(t)
	first := sendingOf("report/2026-10")
	if raised, err := db.RaiseReport(t.Context(), first); !raised || err != nil || first.Edition.Number != 1 {
		t.Fatalf("raised %v as edition %d, %v", raised, first.Edition.Number, err)
	}
	again := sendingOf("report/2026-10")
	again.After = 1
	if raised, err := db.RaiseReport(t.Context(), again); raised || err != nil || again.Edition.Number != 0 {
		t.Errorf("raised %v as edition %d, %v", raised, again.Edition.Number, err)
	}
	stale := sendingOf("report/2026-10/sent/1") // made before the first was kept
	if raised, err := db.RaiseReport(t.Context(), stale); raised || !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("raised %v, %v", raised, err)
	}
	scheduled, byHand, err := db.ReportsSent(t.Context(), "2026-10")
	if !scheduled || byHand != 0 || err != nil {
		t.Errorf("scheduled %v, by hand %d, %v: the conflict left an alert behind", scheduled, byHand, err)
	}
	first.Alerts = sendingOf("report/2026-10/sent/1").Alerts // the same edition
	if raised, err := db.RaiseReport(t.Context(), first); !raised || err != nil {
		t.Errorf("raised %v, %v", raised, err)
	}
	if _, byHand, err = db.ReportsSent(t.Context(), "2026-10"); byHand != 1 || err != nil {
		t.Errorf("by hand %d, %v", byHand, err)
	}
	if _, byHand, _ = db.ReportsSent(t.Context(), "2026-1"); byHand != 0 {
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
	if _, err := db.RaiseReport(t.Context(), sendingOf("report/2026-10")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := db.Merge(t.Context(), "soc", now, outbox.DigestForm{Above: 50, File: true}); err != nil {
			t.Fatal(err)
		}
	}
	mail := next(t, db, "lead", now)
	if len(mail.Files) != 2 || mail.Files[1].Name != "b.csv" || !bytes.Equal(mail.Files[0].Data, []byte{0, 1, 2}) {
		t.Errorf("the mail carries %+v", mail.Files)
	}
	summary := next(t, db, "soc", now)
	if summary.Kind != outbox.Post || summary.Files != nil {
		t.Errorf("the summary is a %s with %+v", summary.Kind, summary.Files)
	}
	if d, err := db.NextDelivery(t.Context(), "soc", now); d != nil || err != nil {
		t.Fatalf("%s goes before the summary is out (%v)", d.Key, err)
	}
	if err := db.Sent(t.Context(), summary.ID, outbox.Receipt{Channel: "C", TS: "1"}, now); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.pdf", "b.csv"} {
		d := next(t, db, "soc", now)
		if d.Kind != outbox.File || d.Key != "report/2026-10@soc/file/"+name || d.Thread.TS != "1" || len(d.Files) != 1 || d.Files[0].Name != name {
			t.Errorf("delivery %+v", d)
		}
		if err := db.Sent(t.Context(), d.ID, outbox.Receipt{}, now); err != nil {
			t.Fatal(err)
		}
	}
	if _, waiting, err := db.NextSend(t.Context(), "soc"); waiting || err != nil {
		t.Errorf("something waits: %v", err)
	}
}

// A diverted message goes back with its files when its own destination receives
// it after all.
func TestFilesGoBackWithTheirMessage(t *testing.T) {
	db := open(t)
	now := time.UnixMilli(1793491200000)
	sending := sendingOf("report/2026-10")
	sending.Alerts[0].To = []string{"soc"}
	if _, err := db.RaiseReport(t.Context(), sending); err != nil {
		t.Fatal(err)
	}
	if n, err := db.FailOver(t.Context(), "soc", "spare", now); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := db.Merge(t.Context(), "spare", now, outbox.DigestForm{Above: 50, File: true}); err != nil {
		t.Fatal(err)
	}
	d := next(t, db, "soc", now)
	if err := db.Sent(t.Context(), d.ID, outbox.Receipt{Channel: "C", TS: "1"}, now); err != nil {
		t.Fatal(err)
	}
	if d, err := db.NextDelivery(t.Context(), "spare", now); d != nil || err != nil {
		t.Errorf("the fallback is told %s (%v)", d.Key, err)
	}
	if _, waiting, err := db.NextSend(t.Context(), "spare"); waiting || err != nil {
		t.Errorf("something waits at the fallback: %v", err)
	}
}

func next(t *testing.T, db *store.DB, destination string, now time.Time) *outbox.Delivery {
	t.Helper()
	d, err := db.NextDelivery(t.Context(), destination, now)
	if err != nil || d == nil {
		t.Fatalf("nothing for %s (%v)", destination, err)
	}
	return d
}
