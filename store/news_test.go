package store_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
	"kigen/store/pgtest"
)

// hearing collects what the subscribers of a replica are told.
func hearing(t *testing.T, place string) (*store.DB, chan store.Committed) {
	t.Helper()
	db, err := store.Open(t.Context(), place, base)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan store.Committed, 100)
	db.Subscribe(func(_ context.Context, c store.Committed) { heard <- c })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); db.Follow(ctx, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { cancel(); <-done; _ = db.Close() })
	return db, heard
}

// await waits for news that fit. Before the connection listens, a look at the version
// stands for what was missed.
func awaitNews(t *testing.T, heard chan store.Committed, fits func(store.Committed) bool) {
	t.Helper()
	for end := time.After(20 * time.Second); ; {
		select {
		case c := <-heard:
			if fits(c) {
				return
			}
		case <-end:
			t.Fatal("no news")
		}
	}
}

func TestReplicasHearOfEachOther(t *testing.T) {
	c := pgtest.Start(t)
	place := c.URL(t)
	a, own := hearing(t, place)
	b, heard := hearing(t, place)
	raise := func(key string) {
		t.Helper()
		update(t, a, func(tx tracker.Tx) error {
			_, err := tx.Raise(t.Context(), &outbox.Alert{Key: key, Reason: outbox.ReasonTest, At: base, To: []string{"soc"}})
			return err
		})
	}
	named := func(c store.Committed) bool { return slices.Contains(c.Destinations, "soc") }
	either := func(c store.Committed) bool { return c.Anything || named(c) }
	raise("one")
	awaitNews(t, heard, either)
	awaitNews(t, own, named)
	for len(heard) > 0 {
		<-heard
	}
	raise("two") // the connection listens by now
	awaitNews(t, heard, func(c store.Committed) bool {
		if c.Anything {
			t.Error("what changed is not named")
		}
		return named(c)
	})
	inc := logged(t, a, "sotas", sla.Clock{State: sla.Running, Due: base.Add(time.Hour)})
	awaitNews(t, heard, func(c store.Committed) bool { return slices.Contains(c.Incidents, inc.ID) })

	// What is committed while the connection is down is not lost.
	c.RestartImmediate(t)
	for {
		err := a.Update(t.Context(), func(tx tracker.Tx) error {
			_, err := tx.Raise(t.Context(), &outbox.Alert{Key: "three", Reason: outbox.ReasonTest, At: base, To: []string{"soc"}})
			return err
		})
		if err == nil {
			break
		}
	}
	awaitNews(t, heard, either)
	if _, err := b.Version(t.Context()); err != nil {
		t.Error(err)
	}
	// Nobody is told twice of what it has committed itself.
	for len(own) > 0 {
		<-own
	}
	raise("four")
	awaitNews(t, own, named)
	awaitNews(t, heard, either)
	if n := len(own); n != 0 {
		t.Errorf("%d more news of the own commit: %+v", n, <-own)
	}
}

func TestFilesHaveNoNews(t *testing.T) {
	ofFiles(t)
	db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	db.Follow(ctx, slog.New(slog.DiscardHandler))
}
