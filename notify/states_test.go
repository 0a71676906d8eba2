package notify_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"kigen/notify/fakeslack"
	"kigen/sla/outbox"
	"kigen/sla/tracker"
)

// walker brings the post of one incident at a destination of its own into a
// state.
type walker struct {
	*pipeline
	ctx   context.Context
	now   time.Time
	which int
	soc   string
}

func newWalker(t *testing.T, p *pipeline) *walker {
	w := &walker{pipeline: p, ctx: t.Context(), now: time.Now().Add(time.Minute), which: len(p.incs)}
	w.soc = fmt.Sprintf("soc%d", w.which)
	w.log(1)
	w.raise(w.which, outbox.ReasonOverdue, w.soc)
	return w
}

func (w *walker) state() outbox.DeliveryState {
	w.Helper()
	state, _ := w.stateOf(w.which, outbox.ReasonOverdue, w.soc)
	return state
}

func (w *walker) id() outbox.DeliveryID {
	w.Helper()
	id, err := strconv.Atoi(w.rows(fmt.Sprintf(`SELECT MIN(id) FROM deliveries WHERE destination = '%s'`, w.soc))[0][0])
	w.must(err)
	return outbox.DeliveryID(id)
}

func (w *walker) attempt() outbox.Attempt {
	w.Helper()
	n, err := strconv.Atoi(w.rows(fmt.Sprintf(`SELECT attempts FROM deliveries WHERE id = %d`, w.id()))[0][0])
	w.must(err)
	return outbox.Attempt{Delivery: w.id(), Number: n}
}

func (w *walker) claim() *outbox.Delivery {
	w.Helper()
	d, err := w.db.NextDelivery(w.ctx, w.soc, w.now)
	w.must(err)
	return d
}

func (w *walker) supersede() error {
	return w.db.Update(w.ctx, func(tx tracker.Tx) error { return tx.Supersede(w.ctx, w.incs[w.which].Clocks[0].ID, nil) })
}

func (w *walker) refuse(id outbox.DeliveryID) error {
	_, err := w.db.Refuse(w.ctx, id, "", w.now, w.now.Add(time.Hour), "refused")
	return err
}

// standing brings the post into a state.
type standing struct {
	state outbox.DeliveryState
	stand func(*walker)
}

func standings() []standing {
	sending := func(w *walker) { w.claim() }
	return []standing{
		{outbox.DeliveryPending, func(*walker) {}},
		{outbox.DeliveryPending, func(w *walker) { // after an attempt that did not arrive
			sending(w)
			w.must(w.db.Retry(w.ctx, w.attempt(), w.now, "away"))
		}},
		{outbox.DeliverySending, sending},
		{outbox.DeliveryUnknown, func(w *walker) {
			sending(w)
			w.must(w.db.MarkUnconfirmed(w.ctx, w.attempt(), w.now, "no answer"))
		}},
		{outbox.DeliverySent, func(w *walker) {
			sending(w)
			w.must(w.db.Sent(w.ctx, w.id(), outbox.Receipt{Channel: channelID, TS: "1.1"}, w.now))
		}},
		{outbox.DeliveryMerged, func(w *walker) {
			n, err := w.db.Merge(w.ctx, w.soc, w.now, outbox.DigestForm{Page: 10})
			if w.must(err); n != 1 {
				w.Fatalf("%d merged", n)
			}
		}},
		{outbox.DeliverySuperseded, func(w *walker) { w.must(w.supersede()) }},
		{outbox.DeliveryRefused, func(w *walker) {
			sending(w)
			w.must(w.refuse(w.id()))
		}},
	}
}

// happenings are what can happen to a delivery, by the words of the table.
func happenings() map[string]func(*walker) error {
	return map[string]func(*walker) error{
		"its Sender claims it": func(w *walker) error { w.claim(); return nil },
		"too many are due, it joins a digest": func(w *walker) error {
			_, err := w.db.Merge(w.ctx, w.soc, w.now, outbox.DigestForm{Page: 10})
			return err
		},
		"a later alert supersedes it": (*walker).supersede,
		"the trial that raised it withdraws it": func(w *walker) error {
			return w.db.Withdraw(w.ctx, w.rows(fmt.Sprintf(`SELECT a.key FROM alerts a JOIN deliveries d ON d.alert_id = a.id WHERE d.id = %d`, w.id()))[0][0])
		},
		"the destination accepts it": func(w *walker) error {
			return w.db.Sent(w.ctx, w.id(), outbox.Receipt{Channel: channelID, TS: "1.1"}, w.now)
		},
		"it did not arrive": func(w *walker) error { return w.db.Retry(w.ctx, w.attempt(), w.now, "away") },
		"no answer":         func(w *walker) error { return w.db.MarkUnconfirmed(w.ctx, w.attempt(), w.now, "no answer") },
		"the process ended, another one finds the row": func(w *walker) error {
			_, err := w.db.Interrupted(w.ctx, w.soc, w.now)
			return err
		},
		"it is refused in every form": func(w *walker) error { return w.refuse(w.id()) },
		"the search does not find it, or is impossible": func(w *walker) error {
			return w.db.Resend(w.ctx, w.attempt(), w.now, true)
		},
		"its digest page is refused: it is sent alone": func(w *walker) error {
			if w.state() != outbox.DeliveryMerged {
				return nil
			}
			for d := w.claim(); d != nil; d = w.claim() {
				if d.Kind == outbox.Page {
					return w.refuse(d.ID)
				}
				if d.Digest != nil {
					w.must(w.db.Sent(w.ctx, d.ID, outbox.Receipt{Channel: channelID, TS: "1.2"}, w.now))
				}
			}
			return nil
		},
		"its next try is due, or kigen starts, still relevant": func(w *walker) error {
			_, err := w.db.Reopen(w.ctx, w.soc, w.now.Add(2*time.Hour), w.now)
			return err
		},
		"its next try is due, a later message replaced it": func(w *walker) error {
			w.raise(w.which, outbox.ReasonRepeat, w.soc)
			_, err := w.db.Reopen(w.ctx, w.soc, w.now.Add(2*time.Hour), w.now)
			return err
		},
		"three messages in a row: the destination refuses all": func(w *walker) error {
			return w.db.Reconsider(w.ctx, w.soc, []outbox.DeliveryID{w.id()}, w.now)
		},
	}
}

// sameAs are rows of the table that say in other words what else happens to
// the row.
func sameAs() map[string]string {
	return map[string]string{
		"it is found at the destination":                   "the destination accepts it",
		"a later alert supersedes it, the page is pending": "a later alert supersedes it",
		"an answer to an earlier attempt is recorded late": "the destination accepts it",
		"an earlier attempt is recorded as refused late":   "it is refused in every form",
	}
}

type transition struct{ from, what, to string }

// The table in the package's documentation is what the outbox does: whatever
// happens to a delivery in any state leads where the table says, and nowhere
// else.
func TestEveryTransitionOfADelivery(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	table := map[transition]bool{}
	for _, row := range regexp.MustCompile(`(?m)^//\t(\w+) +\| (\S.*?) +\| (\w+)$`).FindAllSubmatch(doc, -1) {
		table[transition{string(row[1]), string(row[2]), string(row[3])}] = true
	}
	delete(table, transition{"from", "what happens", "to"})
	p := newPipeline(t, fakeslack.Options{})
	defer p.close()
	walked := map[transition]bool{}
	for _, from := range standings() {
		for what, happen := range happenings() {
			w := newWalker(t, p)
			from.stand(w)
			if state := w.state(); state != from.state {
				t.Fatalf("the post is %s, want %s", state, from.state)
			}
			_ = happen(w) // what is out of place is refused, or does nothing
			if to := w.state(); to != from.state {
				walked[transition{string(from.state), what, string(to)}] = true
			}
		}
	}
	for row := range table {
		as := row
		if other, ok := sameAs()[row.what]; ok {
			as.what = other
		}
		if !walked[as] {
			t.Errorf("the table has %q, which does not happen", row)
		}
		delete(walked, as)
	}
	for _, row := range slices.Collect(maps.Keys(walked)) {
		t.Errorf("%q is not in the table", row)
	}
}
