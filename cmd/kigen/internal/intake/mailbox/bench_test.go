package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/cmd/kigen/internal/intake/mailbox/imaptest"
	"kigen/store/storetest"
)

// The figures are those of a real Dovecot, the reader of mails, and SQLite:
//
//	go test ./cmd/kigen/internal/intake/mailbox -run '^$' -bench . -benchtime 1x
//
// With -benchtime 100x the percentiles of BenchmarkOneMail mean something.

// benchInbox is an inbox over a new database.
func benchInbox(b *testing.B) Inbox {
	b.Helper()
	service, db, err := inboxAt(b.Context(), storetest.Path(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return Inbox{service}
}

// counting counts what is committed, and says so.
type counting struct {
	Inbox
	mails int
	moved chan int
}

func (c *counting) Commit(ctx context.Context, source string, s Step) error {
	err := c.Inbox.Commit(ctx, source, s)
	if err == nil {
		c.mails += len(s.Mails)
		if c.moved != nil {
			c.moved <- c.mails
		}
	}
	return err
}

// BenchmarkFirstLook is the first look at a mailbox with 10,000 old mails, each an item of
// the inbox in the end.
func BenchmarkFirstLook(b *testing.B) {
	const mails = 10_000
	d := imaptest.Start(b, imaptest.Passwords)
	for i := range mails {
		d.Deliver(b, mailText(fmt.Sprint("old ", i))+strings.Repeat("A line of text in the body of a mail.\r\n", 100))
	}
	a, n := accountAt(d)
	for b.Loop() {
		b.StopTimer()
		k := &counting{Inbox: benchInbox(b)}
		w := NewServer(a, n, realOptions(k))
		b.StartTimer()
		if err := w.once(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if k.mails != mails {
			b.Fatalf("%d mails, want %d\n%s", k.mails, mails, d.Log())
		}
		w.place.close()
		b.StartTimer()
	}
	b.ReportMetric(float64(mails*b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkOneMail is a mail under IDLE, from its delivery to its commit.
func BenchmarkOneMail(b *testing.B) {
	d := imaptest.Start(b, imaptest.Passwords)
	a, n := accountAt(d)
	k := &counting{Inbox: benchInbox(b), moved: make(chan int, 16)}
	run(b, NewServer(a, n, realOptions(k)))
	<-k.moved
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		d.Deliver(b, mailText(fmt.Sprint("【障害】 ", len(took))))
		for <-k.moved <= len(took) {
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms/median")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "ms/p99")
}
