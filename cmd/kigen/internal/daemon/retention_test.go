package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/config"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/storetest"
)

// TestRetention: lines and files go when they are too old, not before; what is open or
// not sent on stays; the record verifies, also with a head from before.
func TestRetention(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 4, 7, 3, 0, 0, 0, time.UTC)
	db, err := store.Open(ctx, storetest.Path(t), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c, err := config.Parse("kigen.yaml", []byte("retention: {access_log: 400d, evidence: 365d}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: func() time.Time { return now }}
	file := tracker.NoticeEntry{Channel: "email", Files: []tracker.Attachment{{Name: "a.eml", Type: "text/plain", Content: []byte("From: x")}}}
	for _, settled := range []bool{true, false} {
		e := tracker.Entry{Vendor: "sotas", Title: "x"}
		e.Impact = sla.ImpactSerious
		e.Times[sla.Occurred].At = now.Add(-time.Hour)
		inc, err := tr.Log(ctx, tracker.Request{Actor: "user:sato"}, e)
		if err != nil {
			t.Fatal(err)
		}
		if settled {
			if _, err := tr.Notice(ctx, tracker.Request{Actor: "user:sato"}, inc.ID, file); err != nil {
				t.Fatal(err)
			}
		}
	}
	line := store.AccessLine{At: now, Actor: "user:sato", Kind: "signed_in"}
	if err := db.LogAccess(ctx, line); err != nil {
		t.Fatal(err)
	}
	head, err := db.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r := &retention{keep: c.Retention, store: db, tracker: tr, forwards: true, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	look := func(after time.Duration, lines, files int) {
		t.Helper()
		now = now.Add(after)
		for range 2 { // the second finds nothing to do
			if err := r.once(ctx); err != nil {
				t.Fatal(err)
			}
		}
		log, err := db.AccessLog(context.WithoutCancel(ctx), 0)
		if err != nil || len(log) != lines {
			t.Errorf("after %s: lines %+v, %v", after, log, err)
		}
		var found int
		if err := db.View(ctx, func(reader tracker.Reader) error {
			inc, err := reader.Incident(ctx, 1)
			for _, f := range inc.Notices[0].Files {
				if !f.Erased {
					found++
				}
			}
			return err
		}); err != nil || found != files {
			t.Errorf("after %s: %d files, %v", after, found, err)
		}
		if err := db.VerifyHead(ctx, head); err != nil {
			t.Error(err)
		}
	}
	const day = 24 * time.Hour
	look(0, 1, 1)
	look(365*day, 1, 1)
	look(time.Second, 1, 0)
	look(36*day, 1, 0) // not sent on yet
	if err := db.MarkAccessSent(ctx, 1, now); err != nil {
		t.Fatal(err)
	}
	look(0, 1, 0) // the line about the deletion
	log, err := db.AccessLog(ctx, 0)
	if err != nil || log[0].ID != 2 || log[0].Kind != "access_log_deleted" || log[0].Subject != "1 to 1" {
		t.Errorf("the log is %+v, %v", log, err)
	}
}

// TestRetentionOfTheInbox: originals of the inbox go like the files of incidents: with the
// incident that they belong to, and without one when they are too old, unless a person has
// not decided yet. What was said, and by whom it was decided, stays.
func TestRetentionOfTheInbox(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 4, 7, 3, 0, 0, 0, time.UTC)
	db, err := store.Open(ctx, storetest.Path(t), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c, err := config.Parse("kigen.yaml", []byte("retention: {evidence: 365d}\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := &tracker.Tracker{Store: db, Catalogue: c.Catalogue, Policies: c.Alerts, Now: func() time.Time { return now }}
	sato := tracker.Request{Actor: "user:sato"}
	for _, title := range []string{"settled", "open"} {
		e := tracker.Entry{Vendor: "sotas", Title: title}
		e.Impact = sla.ImpactSerious
		e.Times[sla.Occurred].At = now.Add(-time.Hour)
		if _, err := tr.Log(ctx, sato, e); err != nil {
			t.Fatal(err)
		}
	}
	s := &intake.Service{Store: db, Tracker: tr, Config: c.Intake, Register: c.Register, Zone: c.Timezone, Lang: "en", Now: tr.Now}
	contents := []string{"accepted", "linked", "dismissed", "candidate"}
	for _, name := range contents {
		raw := []byte("From: " + name)
		sum := sha256.Sum256(raw)
		it := inbox.Item{SourceID: name, Revision: 1, Vendor: "sotas", Kind: inbox.KindFirst, Title: name, Channel: "email", ReceivedAt: now, Evidence: hex.EncodeToString(sum[:])}
		if _, err := s.Take(ctx, intake.Batch{Source: "mail", Pushed: true, Entries: []intake.Entry{{Item: it, Document: inbox.Document{Name: "mail.eml", Type: "message/rfc822", Content: raw}}}}); err != nil {
			t.Fatal(err)
		}
	}
	_, accepted := s.Accept(ctx, sato, 1, intake.Acceptance{Incident: 1})
	_, linked := s.Link(ctx, sato, 2, 2, "", 0)
	_, dismissed := s.Dismiss(ctx, sato, 3, "", 0)
	if err := errors.Join(accepted, linked, dismissed); err != nil {
		t.Fatal(err)
	}
	head, err := db.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r := &retention{keep: c.Retention, store: db, tracker: tr, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	look := func(after time.Duration, kept ...string) {
		t.Helper()
		now = now.Add(after)
		for range 2 {
			if err := r.once(ctx); err != nil {
				t.Fatal(err)
			}
		}
		var found []string
		for id := range contents {
			told, err := db.ItemTold(ctx, int64(id+1))
			if err != nil || told.Item.Title != contents[id] {
				t.Errorf("%+v, %v", told, err)
			}
			if _, raw, err := db.ItemEvidence(ctx, int64(id+1)); err == nil && len(raw) > 0 {
				found = append(found, contents[id])
			}
		}
		if !slices.Equal(found, kept) {
			t.Errorf("after %s there are the originals %q, want %q", after, found, kept)
		}
		if err := db.VerifyHead(ctx, head); err != nil {
			t.Error(err)
		}
	}
	look(365*24*time.Hour, contents...)
	look(time.Second, "linked", "candidate")
}
