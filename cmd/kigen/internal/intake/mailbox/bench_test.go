package mailbox

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"kigen/cmd/kigen/internal/intake/mailbox/imaptest"
)

// BenchmarkFirstLook is the first look at a mailbox with 10,000 old mails.
func BenchmarkFirstLook(b *testing.B) {
	const mails = 10_000
	d := imaptest.Start(b, imaptest.Passwords)
	for i := range mails {
		d.Deliver(b, mailText(fmt.Sprint("old ", i))+strings.Repeat("A line of text in the body of a mail.\r\n", 100))
	}
	a, n := accountAt(d)
	for b.Loop() {
		k := newKeeper()
		w := NewServer(a, n, realOptions(k))
		if err := w.once(context.Background()); err != nil {
			b.Fatal(err)
		}
		if got := len(k.mails(true)); got != mails {
			b.Fatalf("%d mails, want %d\n%s", got, mails, d.Log())
		}
		w.place.close()
	}
	b.ReportMetric(float64(mails*b.N)/b.Elapsed().Seconds(), "mails/s")
}
