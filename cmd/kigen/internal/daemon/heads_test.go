package daemon

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/schedule"
	"kigen/sla/outbox"
	"kigen/sla/record"
	"kigen/store"
	"kigen/store/storetest"
)

// TestHeadsOfTheRecord: the head goes out once for each scheduled instant, after
// downtime for the newest one alone, and for none from before the database.
func TestHeadsOfTheRecord(t *testing.T) {
	created := time.Date(2026, 5, 7, 8, 0, 0, 0, time.UTC)
	db, err := store.Open(t.Context(), storetest.Path(t), created)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	cron, err := schedule.ParseCron("record.schedule", "0 9 * * *", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	now, fails := created, error(nil)
	head := record.Head{Count: 7}
	h := &heads{
		schedule: cron, to: []string{"vault"}, lang: "en", created: created, store: db, log: slog.New(slog.DiscardHandler),
		head: func(context.Context) (record.Head, error) { return head, fails }, now: func() time.Time { return now },
	}
	for _, step := range []struct {
		at    string
		fails error
		want  string // part of the message; empty: none
	}{
		{at: "2026-05-07 08:30"}, // 09:00 of the day before lies before the database
		{at: "2026-05-07 09:00", fails: errors.New("disk")},
		{at: "2026-05-07 09:01", want: "--at 9"}, // after a failure
		{at: "2026-05-07 09:02"},
		{at: "2026-05-08 08:59"},
		{at: "2026-05-11 12:00", want: "--at 12"}, // after three days of downtime
		{at: "2026-05-11 12:01"},
	} {
		now, err = time.Parse("2006-01-02 15:04", step.at)
		if err != nil {
			t.Fatal(err)
		}
		fails = step.fails
		if err := h.catchUp(t.Context()); !errors.Is(err, step.fails) {
			t.Fatalf("%s: %v", step.at, err)
		}
		head.Count++
		d, err := db.NextDelivery(t.Context(), "vault", now)
		switch {
		case err != nil:
			t.Fatal(err)
		case d == nil && step.want == "":
			continue
		case d == nil || step.want == "" || !strings.Contains(string(d.Alert.Body), "kigen db verify --head "+head.Hash.String()+" "+step.want):
			t.Fatalf("%s: the message is %+v, want %q", step.at, d, step.want)
		}
		if err := db.Sent(t.Context(), d.ID, outbox.Receipt{TS: "1"}, now); err != nil {
			t.Fatal(err)
		}
	}
}
