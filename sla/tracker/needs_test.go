package tracker_test

import (
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/tracker"
)

// TestOwner follows the owner of an incident: who acknowledges, then who is
// named, and none again, which ends the acknowledgement.
func TestOwner(t *testing.T) {
	w := newWorld(t)
	inc := w.log("desk", "2026-06-10 10:00")
	act := func(want string, inc *sla.Incident, err error) {
		t.Helper()
		if err != nil || inc.Owner != want || w.read(inc.ID).Owner != want {
			t.Fatalf("owner %q, stored %q, want %q: %v", inc.Owner, w.read(inc.ID).Owner, want, err)
		}
		if d := history.FoldEvents(w.events(inc.ID)).Differences(w.read(inc.ID)); d != nil {
			t.Fatalf("it is not what its history tells: %q", d)
		}
	}
	first, err := w.Acknowledge(t.Context(), by("user:sato"), inc.ID, time.Time{})
	act("sato", first, err)
	second, err := w.Acknowledge(t.Context(), by("user:mori"), inc.ID, time.Time{})
	act("mori", second, err)
	named, err := w.Own(t.Context(), by("user:mori"), inc.ID, " 山田 ")
	act("山田", named, err)
	events := len(w.events(inc.ID))
	same, err := w.Own(t.Context(), by("user:mori"), inc.ID, "山田")
	act("山田", same, err)
	if n := len(w.events(inc.ID)); n != events {
		t.Errorf("naming the same owner records %d events", n-events)
	}
	none, err := w.Own(t.Context(), by("user:mori"), inc.ID, "")
	act("", none, err)
	if !none.Acknowledged.At.IsZero() {
		t.Errorf("without an owner it is still acknowledged: %+v", none.Acknowledged)
	}
}

// TestRepeatsResumeWithoutOwner: an acknowledged incident that loses its owner is
// repeated again, because no person has it.
func TestRepeatsResumeWithoutOwner(t *testing.T) {
	w := newWorld(t)
	inc := w.log("six", "2026-06-10 10:00")
	w.set("2026-06-10 16:00:01")
	if _, err := w.Acknowledge(t.Context(), by("user:sato"), inc.ID, time.Time{}); err != nil {
		t.Fatal(err)
	}
	w.tape.raised = nil
	w.set("2026-06-10 21:00")
	w.wantTold("lead escalation of KGN-1")
	if _, err := w.Own(t.Context(), by("user:sato"), inc.ID, "mori"); err != nil {
		t.Fatal(err)
	}
	w.wantTold() // another owner has it: it stays quiet
	if _, err := w.Own(t.Context(), by("user:sato"), inc.ID, ""); err != nil {
		t.Fatal(err)
	}
	w.wantTold("soc repeat of KGN-1")
	w.set("2026-06-11 00:00:01")
	w.wantTold("soc repeat of KGN-1")
}

// TestOldAcknowledgementOwns: an event of an older version names no owner, and made
// its person the one.
func TestOldAcknowledgementOwns(t *testing.T) {
	inc := &sla.Incident{ID: 1, Vendor: "v", Title: "t", Owner: "mori"}
	inc.Acknowledged = sla.Acknowledgement{By: "mori", At: time.UnixMilli(2000).UTC()}
	events := []sla.Event{
		{Incident: 1, Seq: 1, Kind: sla.EventLogged, Body: []byte(`{"vendor":"v","title":"t"}`)},
		{Incident: 1, Seq: 2, At: time.UnixMilli(1000).UTC(), Kind: sla.EventAcknowledged, Body: []byte(`{"by":"sato"}`)},
		{Incident: 1, Seq: 3, At: time.UnixMilli(2000).UTC(), Kind: sla.EventAcknowledged, Body: []byte(`{"by":"mori"}`)},
	}
	if d := history.FoldEvents(events).Differences(inc); d != nil {
		t.Errorf("%q", d)
	}
	inc.Owner = "sato"
	if d := history.FoldEvents(events).Differences(inc); len(d) != 1 || !strings.Contains(d[0], "owner") {
		t.Errorf("%q", d)
	}
}

// TestNotesAndChasers are stored with the incident and in its history; a repeated
// request adds nothing, and no clock changes.
func TestNotesAndChasers(t *testing.T) {
	w := newWorld(t)
	inc := w.log("desk", "2026-06-10 10:00")
	before := w.read(inc.ID).Clocks[0]
	w.now = w.now.Add(5 * time.Minute)
	note := tracker.NoteEntry{Text: " Called, no answer.\n", Files: []tracker.Attachment{{Name: `C:\x\call.txt`, Type: "text/plain", Content: []byte("10:05")}}}
	request := tracker.Request{Actor: "user:sato", Origin: "10.0.0.1", Key: "n1"}
	chased := tracker.ChaserEntry{SentAt: w.now.Add(-time.Minute), To: "support@example.jp", Channel: "email", MessageID: "<1@example.jp>"}
	for range 2 {
		if _, err := w.Note(t.Context(), request, inc.ID, note); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Chased(t.Context(), tracker.Request{Actor: "user:sato", Key: "c1"}, inc.ID, chased); err != nil {
			t.Fatal(err)
		}
	}
	got := w.read(inc.ID)
	if len(got.Notes) != 1 || got.Notes[0].Text != "Called, no answer." || got.Notes[0].By != "user:sato" || !got.Notes[0].At.Equal(w.now) ||
		len(got.Notes[0].Files) != 1 || got.Notes[0].Files[0].Name != "call.txt" {
		t.Errorf("notes %+v", got.Notes)
	}
	if len(got.Chasers) != 1 || got.Chasers[0].To != chased.To || !got.Chasers[0].SentAt.Equal(chased.SentAt) || got.Chasers[0].RecordedBy != "user:sato" {
		t.Errorf("chasers %+v", got.Chasers)
	}
	if after := got.Clocks[0]; after.State != before.State || !after.Due.Equal(before.Due) {
		t.Errorf("the clock changed: %+v", after)
	}
	if d := history.FoldEvents(w.events(inc.ID)).Differences(got); d != nil {
		t.Errorf("it is not what its history tells: %q", d)
	}
	if _, err := w.Note(t.Context(), by("user:mori"), inc.ID, note); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Own(t.Context(), request, inc.ID, "mori"); err == nil || !strings.Contains(err.Error(), "another operation") {
		t.Errorf("another operation under the key: %v", err)
	}
}

// TestNotesOfACancelledIncident are added all the same; another owner is not.
func TestNotesOfACancelledIncident(t *testing.T) {
	w := newWorld(t)
	inc := w.log("desk", "2026-06-10 10:00")
	if _, err := w.Cancel(t.Context(), by("user:sato"), inc.ID, "a drill"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Note(t.Context(), by("user:sato"), inc.ID, tracker.NoteEntry{Text: "It was a drill."}); err != nil {
		t.Error(err)
	}
	if _, err := w.Own(t.Context(), by("user:sato"), inc.ID, "mori"); err == nil {
		t.Error("a cancelled incident gets an owner")
	}
}

// TestNeedsRefuse names the field of each mistake, in both languages.
func TestNeedsRefuse(t *testing.T) {
	w := newWorld(t)
	inc := w.log("desk", "2026-06-10 10:00")
	for name, tc := range map[string]struct {
		field string
		do    func() error
	}{
		"no text": {"text", func() error { _, err := w.Note(t.Context(), by("a"), inc.ID, tracker.NoteEntry{}); return err }},
		"empty file": {"files", func() error {
			_, err := w.Note(t.Context(), by("a"), inc.ID, tracker.NoteEntry{Files: []tracker.Attachment{{Name: "x"}}})
			return err
		}},
		"long text": {"text", func() error {
			_, err := w.Note(t.Context(), by("a"), inc.ID, tracker.NoteEntry{Text: strings.Repeat("あ", 50_001)})
			return err
		}},
		"two lines":     {"owner", func() error { _, err := w.Own(t.Context(), by("a"), inc.ID, "a\nb"); return err }},
		"long owner":    {"owner", func() error { _, err := w.Own(t.Context(), by("a"), inc.ID, strings.Repeat("あ", 101)); return err }},
		"filter's word": {"owner", func() error { _, err := w.Own(t.Context(), by("a"), inc.ID, tracker.OwnerNone); return err }},
		"future": {"sent_at", func() error {
			_, err := w.Chased(t.Context(), by("a"), inc.ID, tracker.ChaserEntry{SentAt: w.now.Add(time.Hour)})
			return err
		}},
		"too early": {"sent_at", func() error {
			_, err := w.Chased(t.Context(), by("a"), inc.ID, tracker.ChaserEntry{SentAt: w.at("2026-06-09 10:00")})
			return err
		}},
		"header": {"to", func() error {
			_, err := w.Chased(t.Context(), by("a"), inc.ID, tracker.ChaserEntry{To: "a@b.example\nBcc: c"})
			return err
		}},
		"long id": {"message_id", func() error {
			_, err := w.Chased(t.Context(), by("a"), inc.ID, tracker.ChaserEntry{MessageID: strings.Repeat("x", 501)})
			return err
		}},
	} {
		invalid, ok := tracker.AsInvalid(tc.do())
		if !ok || len(invalid) != 1 || invalid[0].Field != tc.field || invalid[0].In("ja") == invalid[0].In("en") {
			t.Errorf("%s: %+v", name, invalid)
		}
	}
	if got := w.read(inc.ID); len(got.Notes)+len(got.Chasers) > 0 || got.Owner != "" {
		t.Error("a refused request stored something")
	}
}
