package intake_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
)

// Taken in any order, in any batches and however often, the same entries give the same
// items, with every wording once, and one incident for each that was accepted.
func TestTakeInAnyOrder(t *testing.T) {
	w, draws := newWorld(t), 0
	w.at(time.Hour)
	taken := func(batches [][]intake.Entry) map[string][]string {
		draws++
		source := fmt.Sprint("source-", draws)
		for _, entries := range batches {
			w.take(intake.Batch{Source: source, Pushed: true, Entries: entries})
		}
		return w.wordings(source)
	}
	rapid.Check(t, func(r *rapid.T) {
		var entries []intake.Entry
		items := rapid.IntRange(1, 4).Draw(r, "items")
		for i := range items {
			for n := range rapid.IntRange(1, 3).Draw(r, "wordings") {
				e := outage(0, fmt.Sprintf("wording %d", n), nine, false) // unnumbered, as a hook's
				e.SourceID = fmt.Sprint("item ", i)
				entries = append(entries, e)
			}
		}
		want := taken([][]intake.Entry{entries})
		shuffled := rapid.Permutation(slices.Concat(entries, entries)).Draw(r, "order")
		var batches [][]intake.Entry
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(r, "batch")
			batches = append(batches, shuffled[:n])
			shuffled = shuffled[n:]
		}
		if got := taken(batches); !maps.EqualFunc(got, want, slices.Equal) {
			r.Errorf("got %v\nwant %v", got, want)
		}
	})
	w.verify()
}

// wordings returns all that each item of a source said, sorted.
func (w *world) wordings(source string) map[string][]string {
	w.Helper()
	page, err := w.Items(w.Context(), inbox.Query{Source: source, Limit: 100})
	if err != nil {
		w.Fatal(err)
	}
	found := map[string][]string{}
	for i := range page.Items {
		told := w.item(page.Items[i].ID)
		if told.Item.State != inbox.Candidate || len(told.Revisions) != told.Item.Revision {
			w.Errorf("%+v", told.Item)
		}
		var texts []string
		for _, v := range told.Revisions {
			texts = append(texts, v.Text)
		}
		slices.Sort(texts)
		found[told.Item.SourceID] = texts
	}
	return found
}
