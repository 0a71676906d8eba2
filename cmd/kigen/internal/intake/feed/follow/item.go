package follow

import (
	"slices"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// differences names what an entry says that the item does not. A stamp of the last touch
// is none, nor is another offset of the same instant, nor another order.
func (i Item) differences(e format.Entry) []string {
	was := i.Entry
	var out []string
	note := func(name string, differs bool) {
		if differs && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	note("title", was.Title != e.Title)
	note("status", was.Status != e.Status || was.Phase != e.Phase)
	note("impact", was.Impact != e.Impact)
	note("severity", was.Severity != e.Severity)
	for _, m := range [][2]format.Moment{{was.Started, e.Started}, {was.Resolved, e.Resolved}, {was.Published, e.Published}} {
		derived := e.Moving && m[1] == e.Resolved || m[1].Field == "updated" && m[0].Field == "updated"
		note(cmpOr(m[1].Field, m[0].Field), !derived && !m[0].At.Equal(m[1].At))
	}
	note("window", !was.Window.Start.Equal(e.Window.Start) || !was.Window.End.Equal(e.Window.End))
	note("components", !slices.Equal(slices.Sorted(slices.Values(was.Components)), slices.Sorted(slices.Values(e.Components))))
	for _, u := range e.Updates {
		n := slices.IndexFunc(i.Updates, func(r Update) bool { return r.ID == u.ID })
		switch {
		case n < 0 || i.Updates[n].Removed:
			note("updates", true)
		case i.Updates[n].last() != u.Text:
			note("update "+u.ID+" edited", true)
		}
	}
	for _, r := range i.Updates {
		note("updates", !r.Part && !r.Removed && !slices.ContainsFunc(e.Updates, func(u format.Update) bool { return u.ID == r.ID }))
	}
	return out
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (u Update) last() string {
	if len(u.Wordings) == 0 {
		return ""
	}
	return u.Wordings[len(u.Wordings)-1].Text
}

// take makes an entry the item's newest revision.
func (i *Item) take(e format.Entry, now time.Time, changed []string) {
	if !e.Moving || i.Published.At.IsZero() {
		i.Published = e.Published
	}
	i.phase(e)
	if i.Kind != inbox.KindSecurity { // a breach stays one, whatever the page calls it later
		i.Kind = e.Kind
	}
	i.Entry, i.Active = e, now
	i.Entry.Updates = nil // they are kept as records
	for _, u := range e.Updates {
		i.record(u, now, false)
	}
	for n := range i.Updates {
		r := &i.Updates[n]
		r.Removed = !r.Part && !slices.ContainsFunc(e.Updates, func(u format.Update) bool { return u.ID == r.ID })
	}
	i.plan(e, now)
	i.revise(now, changed)
}

// phase takes over how far it is, and when it ended. Where each change moves the stamp,
// the first one that says so is the end.
func (i *Item) phase(e format.Entry) {
	was := i.Phase
	i.Phase = e.Phase
	switch {
	case e.Phase != format.Resolved && e.Phase != format.Completed:
		i.Resolved = format.Moment{}
	case !e.Moving || was != e.Phase || i.Resolved.At.IsZero():
		i.Resolved = e.Resolved
	}
}

// record keeps an update, with each wording that it has had.
func (i *Item) record(u format.Update, now time.Time, part bool) {
	n := slices.IndexFunc(i.Updates, func(r Update) bool { return r.ID == u.ID })
	if n < 0 {
		if len(i.Updates) < maxRecords {
			i.Updates = append(i.Updates, Update{ID: u.ID, Status: u.Status, At: u.At, Seen: now, Wordings: []Wording{{u.Text, now}}, Part: part})
		}
		return
	}
	r := &i.Updates[n]
	r.Status, r.Removed = u.Status, false
	if r.last() == u.Text {
		return
	}
	r.Wordings = slices.Clone(r.Wordings)
	if len(r.Wordings) >= maxWordings { // the first and the latest ones
		r.Wordings = slices.Delete(r.Wordings, 1, 2)
	}
	r.Wordings = append(r.Wordings, Wording{u.Text, now})
}

// plan keeps the windows of planned work, with the announcement of each.
func (i *Item) plan(e format.Entry, now time.Time) {
	if e.Kind != inbox.KindMaintenance || e.Window.Start.IsZero() {
		return
	}
	n := len(i.Plans)
	if n > 0 && i.Plans[n-1].Window.Start.Equal(e.Window.Start) && i.Plans[n-1].Window.End.Equal(e.Window.End) {
		return
	}
	announced := now
	if n == 0 && !e.Published.At.IsZero() && !e.Published.At.After(now) {
		announced = e.Published.At
	}
	for _, u := range e.Updates {
		if n > 0 && u.At.After(i.Plans[n-1].Announced) && !u.At.After(now) {
			announced = u.At
		}
	}
	if n < maxRevisions {
		i.Plans = append(i.Plans, Plan{e.Window, announced})
	}
}

func (i *Item) revise(now time.Time, changed []string) {
	i.Revised++
	i.conflict(now)
	r := Revision{N: i.Revised, At: now, Changed: changed, Title: i.Entry.Title, Status: i.Entry.Status, Impact: i.Entry.Impact}
	if t, ok := i.Times()["occurred"]; ok {
		r.Occurred = format.Moment{At: t.At, Field: t.From, Basis: t.Basis}
	}
	if len(i.Revisions) >= maxRevisions { // the first and the latest ones
		i.Revisions = slices.Delete(i.Revisions, 1, 2)
	}
	i.Revisions = append(i.Revisions, r)
}

// Time is a moment of an item with what kigen makes of it.
type Time struct {
	At          time.Time
	Basis       format.Basis
	From        string // the vendor's field, or "first_seen"
	Implausible bool   // later than we read it: kept as given, and not used
}

// FirstSeen is the From of a time that only we know.
const FirstSeen = "first_seen"

// Times are the moments of an item: occurred, published, received and resolved of trouble;
// announced, scheduled_start, scheduled_end and ended of planned work.
func (i Item) Times() map[string]Time {
	out := map[string]Time{"received": {At: i.FirstSeen, Basis: format.Observed, From: FirstSeen}}
	published := "published"
	if i.Kind == inbox.KindMaintenance {
		published = "announced"
		for name, at := range map[string]time.Time{"scheduled_start": i.Entry.Window.Start, "scheduled_end": i.Entry.Window.End} {
			if !at.IsZero() {
				out[name] = Time{At: at, Basis: format.Stated, From: name}
			}
		}
	}
	if m := i.Published; !m.At.IsZero() {
		out[published] = Time{At: m.At, Basis: format.Stated, From: m.Field, Implausible: m.At.After(i.FirstSeen)}
	}
	if m := i.Resolved; !m.At.IsZero() {
		name := "resolved"
		if i.Kind == inbox.KindMaintenance {
			name = "ended"
		}
		out[name] = Time{At: m.At, Basis: m.Basis, From: m.Field, Implausible: m.At.After(i.Active)}
	}
	if i.Kind == inbox.KindIncident || i.Kind == inbox.KindSecurity {
		out["occurred"] = i.occurred()
	}
	return out
}

// occurred is the stated start, unless it cannot be true. Then, and where none is stated,
// it is the earlier of publication and end, by which it had begun, and else our reading.
func (i Item) occurred() Time {
	if m := i.Entry.Started; !m.At.IsZero() && i.impossible(m.At) == "" {
		return Time{At: m.At, Basis: format.Stated, From: m.Field}
	}
	best := Time{At: i.FirstSeen, Basis: format.Assumed, From: FirstSeen}
	for _, m := range []format.Moment{i.Published, i.Resolved} {
		if !m.At.IsZero() && !m.At.After(i.FirstSeen) && (best.From == FirstSeen || m.At.Before(best.At)) {
			best = Time{At: m.At, Basis: format.Assumed, From: m.Field}
		}
	}
	return best
}

// impossible says why a start cannot be true; empty: it can.
func (i Item) impossible(start time.Time) string {
	switch {
	case start.After(i.FirstSeen):
		return intake.ReasonFeedFuture
	case !i.Resolved.At.IsZero() && start.After(i.Resolved.At):
		return intake.ReasonFeedAfterEnd
	}
	return ""
}

func (i *Item) conflict(now time.Time) {
	m := i.Entry.Started
	if m.At.IsZero() {
		m = i.Published
		if m.At.IsZero() || !m.At.After(i.FirstSeen) {
			return
		}
	}
	why := i.impossible(m.At)
	known := slices.ContainsFunc(i.Conflicts, func(c Conflict) bool { return c.Field == m.Field && c.Given.Equal(m.At) && c.Why == why })
	if why != "" && !known && len(i.Conflicts) < maxRevisions {
		i.Conflicts = append(i.Conflicts, Conflict{m.Field, m.At, why, now})
	}
}

// Lead is how long before its start planned work was announced: the present window from
// the first announcement, the first window from its own, and the last change from its own.
func (i Item) Lead() (present, first, change time.Duration) {
	n := len(i.Plans)
	if n == 0 {
		return 0, 0, 0
	}
	last := i.Plans[n-1]
	return last.Window.Start.Sub(i.Plans[0].Announced), i.Plans[0].Window.Start.Sub(i.Plans[0].Announced), last.Window.Start.Sub(last.Announced)
}

// Text is the newest message of an item, as it is worded now.
func (i Item) Text() string {
	text, at := "", time.Time{}
	for _, u := range i.Updates {
		if !u.Removed && !u.At.Before(at) {
			text, at = u.last(), u.At
		}
	}
	return text
}
