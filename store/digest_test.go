package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
	"kigen/store"
)

// pages is how Slack takes many at once, made small.
func pages() outbox.DigestForm { return outbox.DigestForm{Above: 3, Page: 2, File: true} }

// many raises one overdue alert for each of n incidents, key 1, 2, 3 …
func (o deliveries) many(n int, to ...string) (incs []*sla.Incident) {
	o.Helper()
	for i := range n {
		inc := logged(o.T, o.db, "sotas", sla.Clock{State: sla.Overdue, Due: base.Add(time.Duration(i) * time.Minute)})
		update(o, o.db, func(tx tracker.Tx) error {
			return raise(o.Context(), tx, &outbox.Alert{
				Key: fmt.Sprint(i + 1), Reason: outbox.ReasonOverdue, Incident: inc.ID, Clock: inc.Clocks[0].ID,
				DueAt: inc.Clocks[0].Due, At: inc.Clocks[0].Due, To: to,
			})
		})
		incs = append(incs, inc)
	}
	return incs
}

func (o deliveries) merge(destination string, form outbox.DigestForm, want int) {
	o.Helper()
	n, err := o.db.Merge(o.Context(), destination, base.Add(time.Hour), form)
	if err != nil || n != want {
		o.Fatalf("merged %d, %v; want %d", n, err, want)
	}
}

func (o deliveries) verify() {
	o.Helper()
	o.must(o.db.Verify(o.Context()))
}

func keys(d *outbox.Delivery) (keys []string) {
	for _, line := range d.Digest.Lines {
		keys = append(keys, line.Key)
	}
	return keys
}

// TestMerge: what is too much becomes a summary, its file and its pages, in
// this order, each with what it tells.
func TestMerge(t *testing.T) {
	o := newDeliveries(t)
	incs := o.many(5, "soc")
	o.merge("soc", outbox.DigestForm{Above: 5, Page: 2}, 0)
	o.merge("lead", pages(), 0)
	o.merge("soc", pages(), 5)
	o.verify()
	now := base.Add(2 * time.Hour)
	summary := o.next("soc", now, "digest/1@soc")
	if got := keys(summary); !slices.Equal(got, []string{"1@soc", "2@soc", "3@soc", "4@soc", "5@soc"}) || summary.Digest.Pages != 3 {
		t.Errorf("the summary tells %q on %d pages", got, summary.Digest.Pages)
	}
	if a := summary.Alert; a.Reason != outbox.ReasonDigest || !a.At.Equal(base) {
		t.Errorf("alert %+v", a)
	}
	line := summary.Digest.Lines[4]
	if line.Incident != incs[4].ID || line.Vendor != "sotas" || line.State != sla.Overdue || !line.Due.Equal(incs[4].Clocks[0].Due) {
		t.Errorf("line %+v", line)
	}
	o.next("soc", now, "") // everything else waits for the summary
	o.sent(summary, "9.0")
	file := o.next("soc", now, "digest/1@soc/file")
	if file.Kind != outbox.File || len(file.Digest.Lines) != 5 || file.Thread != (outbox.Receipt{Channel: "C1", TS: "9.0"}) {
		t.Errorf("file %s", asJSON(t, file))
	}
	for i, want := range [][]string{{"1@soc", "2@soc"}, {"3@soc", "4@soc"}, {"5@soc"}} {
		page := o.next("soc", now, fmt.Sprintf("digest/1@soc/%d", i+1)) // one in doubt does not hold up the next
		if got := keys(page); !slices.Equal(got, want) || page.Digest.Part != i+1 || page.Thread.TS != "9.0" {
			t.Errorf("page %s", asJSON(t, page))
		}
	}
	o.verify()
}

// TestMergedAlertsAreTold: the oldest unsent alert is as old as before it was
// merged, until its page is out.
func TestMergedAlertsAreTold(t *testing.T) {
	o := newDeliveries(t)
	o.many(4, "soc")
	o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 4)
	now := base.Add(2 * time.Hour)
	for _, key := range []string{"digest/1@soc", "digest/1@soc/1", "digest/1@soc/2"} {
		if at, waiting, err := o.db.OldestUnsent(t.Context()); err != nil || !waiting || at.After(base.Add(2*time.Minute)) {
			t.Errorf("before %s: oldest is %s, %v, %v", key, at, waiting, err)
		}
		o.sent(o.next("soc", now, key), key)
	}
	if at, waiting, err := o.db.OldestUnsent(t.Context()); err != nil || waiting {
		t.Errorf("oldest is %s, %v", at, err)
	}
}

// TestDigestGrows: what comes while a digest waits is added to it, filling the
// last page first, and its summary is put right if it may be out.
func TestDigestGrows(t *testing.T) {
	o := newDeliveries(t)
	o.many(5, "soc")
	o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 5)
	now := base.Add(2 * time.Hour)
	summary := o.next("soc", now, "digest/1@soc")
	o.must(o.db.MarkUnconfirmed(t.Context(), summary.Attempt(), now, "timeout"))
	o.raise("late", outbox.ReasonOverdue, base, "soc")
	o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 1)
	o.verify()
	o.sent(summary, "9.0")
	change := o.next("soc", now, "digest/1@soc#1")
	if change.Kind != outbox.Update || len(change.Digest.Lines) != 6 || change.Receipt.TS != "9.0" {
		t.Errorf("correction %s", asJSON(t, change))
	}
	o.next("soc", now, "digest/1@soc/1")
	o.next("soc", now, "digest/1@soc/2")
	if page := o.next("soc", now, "digest/1@soc/3"); len(page.Digest.Lines) != 2 {
		t.Errorf("the last page tells %q", keys(page))
	}
	o.raise("later", outbox.ReasonRepeat, base, "soc") // one alone is told by itself again
	o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 0)
}

// TestMergeKeepsTheOrder: what may be out already, and what has to come after
// it, is told by itself.
func TestMergeKeepsTheOrder(t *testing.T) {
	o := newDeliveries(t)
	o.raise("first", outbox.ReasonWarning, base, "soc")
	o.raise("second", outbox.ReasonOverdue, base, "soc")
	first := o.next("soc", base, "first@soc")
	o.must(o.db.MarkUnconfirmed(t.Context(), first.Attempt(), base, "timeout"))
	o.many(4, "soc")
	o.merge("soc", pages(), 4)
	o.must(o.db.Resend(t.Context(), first.Attempt(), base, true))
	o.merge("soc", pages(), 0) // a possible repeat says so by itself
	o.sent(o.next("soc", base.Add(2*time.Hour), "first@soc"), "1.0")
	o.merge("soc", pages(), 1)
	o.verify()
}

// TestSupersedeInADigest: what is overtaken before its page goes out is not
// told, and a page, or a digest, with nothing left is not sent.
func TestSupersedeInADigest(t *testing.T) {
	o := newDeliveries(t)
	incs := o.many(5, "soc")
	o.merge("soc", pages(), 5)
	supersede := func(incs ...*sla.Incident) {
		update(t, o.db, func(tx tracker.Tx) (err error) {
			for _, inc := range incs {
				if err == nil {
					err = tx.Supersede(t.Context(), inc.Clocks[0].ID, []string{"soc"})
				}
			}
			return err
		})
	}
	supersede(incs[2], incs[3])
	now := base.Add(2 * time.Hour)
	summary := o.next("soc", now, "digest/1@soc")
	if got := keys(summary); !slices.Equal(got, []string{"1@soc", "2@soc", "5@soc"}) {
		t.Errorf("the summary tells %q", got)
	}
	o.sent(summary, "9.0")
	o.sent(o.next("soc", now, "digest/1@soc/file"), "")
	page := o.next("soc", now, "digest/1@soc/1")
	supersede(incs[0]) // too late: it is on its way
	o.sent(page, "9.1")
	o.next("soc", now, "digest/1@soc/3") // page 2 is empty
	o.next("soc", now, "")
	o.verify()

	o.many(0)
	p := newDeliveries(t)
	incs = p.many(4, "soc")
	p.merge("soc", pages(), 4)
	o = p
	supersede(incs...)
	o.next("soc", now, "")
	o.verify()
	if _, waiting, err := o.db.OldestUnsent(t.Context()); waiting || err != nil {
		t.Errorf("an empty digest waits (%v)", err)
	}
}

// TestPagesAreUpdatedOnce: many changes are one change of the page and one of
// the summary; a list in one message is changed line by line.
func TestPagesAreUpdatedOnce(t *testing.T) {
	o := newDeliveries(t)
	incs := o.many(4, "soc", "mail")
	o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 4)
	o.merge("mail", outbox.DigestForm{Above: 3}, 4)
	o.updates(incs[0].ID, base) // nothing is out: it will be right when it goes
	now := base.Add(2 * time.Hour)
	for _, key := range []string{"digest/1@soc", "digest/1@soc/1", "digest/1@soc/2"} {
		o.sent(o.next("soc", now, key), key)
	}
	whole := o.next("mail", now, "digest/2@mail")
	if len(whole.Digest.Lines) != 4 || whole.Digest.Pages != 0 {
		t.Errorf("got %s", asJSON(t, whole))
	}
	o.sent(whole, "mail-id")
	for range 2 {
		o.updates(incs[0].ID, now)
		o.updates(incs[1].ID, now)
	}
	o.sent(o.next("soc", now, "digest/1@soc#1"), "")
	page := o.next("soc", now, "digest/1@soc/1#1")
	if page.Receipt.TS != "digest/1@soc/1" || page.Thread.TS != "digest/1@soc" || page.Digest.Part != 1 || len(page.Digest.Lines) != 2 {
		t.Errorf("page %s", asJSON(t, page))
	}
	o.next("soc", now, "")
	line := o.next("mail", now, "1@mail#1")
	if line.Receipt.TS != "mail-id" || line.Digest != nil || line.Clock == nil || line.Clock.ID != incs[0].Clocks[0].ID {
		t.Errorf("line %s", asJSON(t, line))
	}
	o.next("mail", now, "2@mail#1")
	o.next("mail", now, "")
	o.verify()
}

// TestAuditKnowsDigests: an alert on a page that is out was told.
func TestAuditKnowsDigests(t *testing.T) {
	o := newDeliveries(t)
	auditor := o.db.Auditor()
	defer auditor.Close()
	o.many(4, "soc")
	o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 4)
	now := base.Add(6 * time.Hour)
	for _, step := range []struct {
		key  string
		want int
	}{{"digest/1@soc", 5}, {"digest/1@soc/1", 3}, {"digest/1@soc/2", 1}} { // the outbox's own incident is never told
		o.sent(o.next("soc", now, step.key), step.key)
		found, err := auditor.Unalerted(t.Context(), now, store.Stage{To: []string{"soc"}}, 5*time.Minute, 10)
		if err != nil || len(found) != step.want {
			t.Errorf("after %s the audit misses %d, %v; want %d", step.key, len(found), err, step.want)
		}
	}
}

func (o deliveries) divert(want int) {
	o.Helper()
	n, err := o.db.FailOver(o.Context(), "soc", "lead", base.Add(time.Hour))
	if err != nil || n != want {
		o.Fatalf("diverted %d, %v; want %d", n, err, want)
	}
}

// TestDivert: the fallback is told each waiting post once, and not what it is
// told anyway; what has not begun there is dropped when the post goes out.
func TestDivert(t *testing.T) {
	o := newDeliveries(t)
	o.raise("a", outbox.ReasonWarning, base, "soc")
	o.raise("both", outbox.ReasonOverdue, base, "soc", "lead")
	update(t, o.db, func(tx tracker.Tx) error {
		return raise(t.Context(), tx, &outbox.Alert{Key: "report", Reason: outbox.ReasonReport, At: base, To: []string{"soc"}, Body: []byte(`{}`)})
	})
	o.divert(2)
	o.divert(0)
	now := base.Add(2 * time.Hour)
	first := o.next("lead", now, "both@lead")
	o.next("lead", now, "report@soc>lead")
	o.sent(first, "1")
	d := o.next("lead", now, "a@soc>lead")
	if d.InsteadOf != "soc" || d.Alert.Key != "a" || d.Clock == nil {
		t.Errorf("got %s", asJSON(t, d))
	}
	o.raise("b", outbox.ReasonRepeat, base, "soc")
	o.raise("c", outbox.ReasonRepeat, base, "soc")
	o.divert(2)
	o.sent(o.next("soc", now, "a@soc"), "1")
	o.sent(o.next("soc", now, "both@soc"), "2")
	o.sent(o.next("soc", now, "report@soc"), "3")
	o.sent(o.next("soc", now, "b@soc"), "4") // back: the fallback need not tell it
	o.sent(d, "5")
	o.next("lead", now, "c@soc>lead")
	o.next("lead", now, "")
	o.verify()
}

// TestDivertADigest: what a digest is to tell, the fallback is told line by
// line, or in a digest of its own.
func TestDivertADigest(t *testing.T) {
	o := newDeliveries(t)
	incs := o.many(4, "soc")
	o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 4)
	o.divert(4)
	o.divert(0)
	update(t, o.db, func(tx tracker.Tx) error { return tx.Supersede(t.Context(), incs[3].Clocks[0].ID, []string{"soc"}) })
	o.merge("lead", outbox.DigestForm{Above: 2}, 3)
	now := base.Add(2 * time.Hour)
	if d := o.next("lead", now, "digest/8@lead"); len(d.Digest.Lines) != 3 || d.Digest.Lines[0].InsteadOf != "soc" {
		t.Errorf("got %s", asJSON(t, d))
	}
	o.verify()
}

// TestVerifyFindsWhatNobodyTells: rows that contradict themselves are named.
func TestVerifyFindsWhatNobodyTells(t *testing.T) {
	for damage, want := range map[string]string{
		`UPDATE deliveries SET digest_page_id = NULL WHERE key = '1@soc'`:          "the delivery 1@soc is merged but in no digest",
		`UPDATE deliveries SET state = 'superseded' WHERE key = 'digest/1@soc/1'`:  "the delivery 1@soc is merged but in no digest",
		`UPDATE deliveries SET thread_root_id = NULL WHERE key = 'digest/1@soc/2'`: "the delivery digest/1@soc/2 is part of no digest",
		`UPDATE deliveries SET state = 'unknown' WHERE key = 'digest/1@soc/2'`:     "was never attempted",
		`UPDATE deliveries SET kind = 'update' WHERE key = 'digest/1@soc'`:         "the delivery digest/1@soc changes no message",
		`UPDATE deliveries SET destination = 'lead' WHERE key = 'digest/1@soc/1'`:  "the delivery 1@soc is merged but in no digest",
	} {
		o := newDeliveries(t)
		o.many(4, "soc")
		o.merge("soc", outbox.DigestForm{Above: 3, Page: 2}, 4)
		writer, _ := o.db.Pools()
		if _, err := writer.ExecContext(t.Context(), damage); err != nil {
			t.Fatal(err)
		}
		if err := o.db.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", damage, err, want)
		}
	}
}
