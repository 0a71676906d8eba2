package follow

import (
	"maps"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// How long after the last message another one still is about the same.
const (
	chainGap   = 24 * time.Hour      // of one service, with another title
	topicGap   = 14 * 24 * time.Hour // with the same title
	markedGap  = 30 * 24 * time.Hour // with the same title, and marked as a later report
	likeEnough = 0.6
)

// head finds the item of which an entry is a further message.
func (w *watch) head(e format.Entry) (string, bool) {
	if e.Join == "" {
		return "", false
	}
	best, found := "", false
	for _, id := range slices.Sorted(maps.Keys(w.Items)) {
		i := w.Items[id]
		if i.Into != "" || i.Page || i.Entry.Join == "" || i.State == inbox.Ignored || !w.continues(i, e) {
			continue
		}
		if !found || i.Active.After(w.Items[best].Active) {
			best, found = id, true
		}
	}
	return best, found
}

// continues reports whether an entry tells more of an item.
func (w *watch) continues(i Item, e format.Entry) bool {
	at := e.Published.At
	if at.IsZero() {
		at = w.now
	}
	gap := at.Sub(i.latest())
	over := i.Phase == format.Resolved || i.Phase == format.Completed || i.Phase == format.Cancelled
	marked := e.Stage.Later || e.Stage.Final || e.Stage.Recovery || e.Phase == format.Completed
	same := i.Entry.Join == e.Join
	switch scope, _, _ := strings.Cut(e.Join, "\n"); scope {
	case "service":
		alike := format.Fold(i.Entry.Subject) == format.Fold(e.Subject)
		return same && !over && gap.Abs() <= chainGap || same && alike && (!over && gap.Abs() <= topicGap || gap.Abs() <= chainGap/8)
	case "work": // the same title is the next month's work, unless it says that it goes on
		return same && marked && gap.Abs() <= 2*markedGap
	}
	if e.Stage.First || i.Kind == inbox.KindMaintenance {
		return false
	}
	if !same && marked {
		same = alike(i.Entry.Join, e.Join) >= likeEnough
	}
	return same && (!over && gap.Abs() <= topicGap || marked && gap.Abs() <= markedGap)
}

// latest is when the vendor last spoke of an item.
func (i Item) latest() time.Time {
	at := i.Published.At
	for _, u := range i.Updates {
		if u.At.After(at) && !u.At.After(i.Active) {
			at = u.At
		}
	}
	if at.IsZero() || at.After(i.Active) {
		return i.Active
	}
	return at
}

// alike is how much two texts have in common, from 0 to 1: the share of their pairs of
// letters.
func alike(a, b string) float64 {
	pairs := func(s string) map[[2]rune]int {
		out := map[[2]rune]int{}
		runes := []rune(s)
		for i := range len(runes) - 1 {
			out[[2]rune{runes[i], runes[i+1]}]++
		}
		return out
	}
	_, a, _ = strings.Cut(a, "\n")
	_, b, _ = strings.Cut(b, "\n")
	x, y := pairs(a), pairs(b)
	common, total := 0, 0
	for p, n := range x {
		common += min(n, y[p])
		total += n
	}
	for _, n := range y {
		total += n
	}
	if total == 0 {
		return 0
	}
	return 2 * float64(common) / float64(total)
}

// absorb makes a message a revision of its item.
func (w *watch) absorb(head, id string, e format.Entry) {
	i := w.Items[head].clone()
	changed := []string{"updates"}
	n := slices.IndexFunc(i.Updates, func(u Update) bool { return u.ID == id })
	text, status := "", e.Status
	for _, u := range e.Updates {
		text = u.Text
	}
	if n >= 0 && i.Updates[n].last() != text {
		changed = []string{"update " + id + " edited"}
	}
	i.record(format.Update{ID: id, Status: status, At: e.Published.At, Text: text}, w.now, true)
	if newest := !e.Published.At.Before(i.latest()); newest && e.Phase != i.Phase && e.Phase != "" {
		changed = append(changed, "status")
		i.phase(e)
	}
	if e.Kind == inbox.KindSecurity {
		i.Kind = inbox.KindSecurity
	}
	i.Active, i.Gone = w.now, time.Time{}
	i.revise(w.now, changed)
	w.out.Changed = append(w.out.Changed, head)
	w.put(i)
}
