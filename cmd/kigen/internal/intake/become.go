package intake

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// Bounds of what the tracker takes, in characters.
const (
	longestTitle = 300
	longestText  = 40_000 // what is left of it is in the original
)

// mailed reports whether an item is a message of the vendor that reached us alone.
func mailed(it *inbox.Item) bool { return it.Channel == "email" || it.Channel == "support" }

// noticeOf is an item as a notice of its vendor.
func noticeOf(it *inbox.Item) tracker.NoticeEntry {
	n := tracker.NoticeEntry{
		ReceivedAt: it.ReceivedAt, SentAt: it.SentAt, Channel: oneLine(it.Channel), Reference: oneLine(it.Reference),
		Text: plain(it.Title + "\n\n" + it.Text),
	}
	if n.SentAt.After(n.ReceivedAt) { // the sender's clock: it proves nothing
		n.SentAt = time.Time{}
	}
	if n.Reference == "" {
		n.Reference = oneLine(it.SourceID)
	}
	return n
}

// entryOf is an item as a new incident. What reached us alone is its first notice; a public
// page is none by itself.
func entryOf(it *inbox.Item, a *Acceptance) tracker.Entry {
	e := tracker.Entry{
		Kind: kindOf(it.Kind), Vendor: cmp.Or(a.Vendor, it.Vendor), Title: cut(oneLine(cmp.Or(a.Title, it.Title, it.SourceID)), longestTitle),
		Description: plain(strings.TrimSpace(it.Text + "\n" + it.Link)), Reference: oneLine(it.Reference),
	}
	e.Service, e.Impact, e.Scope, e.Severity = a.Service, a.Impact, a.Scope, a.Severity
	e.Times = timesOf(it, e.Kind)
	for m, stamp := range a.Times {
		e.Times[m] = stamp
	}
	if mailed(it) {
		e.Notices = []tracker.NoticeEntry{noticeOf(it)}
	}
	return e
}

// kindOf is the kind of the incident that an item tells of.
func kindOf(k inbox.Kind) sla.IncidentKind {
	switch k {
	case inbox.KindMaintenance:
		return sla.KindMaintenance
	case inbox.KindVulnerability:
		return sla.KindVulnerability
	}
	return sla.KindIncident
}

// timesOf are the moments of a new incident. What a text states before the incident
// occurred, and what is still to come, stays in the text.
func timesOf(it *inbox.Item, kind sla.IncidentKind) (times sla.Times) {
	times[sla.Aware] = sla.Stamp{At: it.ReceivedAt, Basis: sla.Observed}
	if kind == sla.KindMaintenance {
		if len(it.Times.Windows) > 0 {
			times[sla.Scheduled] = sla.Stamp{At: it.Times.Windows[0].Start, Basis: sla.Stated}
		}
		return times
	}
	put := func(m sla.Moment, at time.Time, basis sla.Basis) {
		occurred := times[sla.Occurred]
		if !at.IsZero() && !at.After(it.ReceivedAt) && (!occurred.Known() || !at.Before(occurred.At)) {
			times[m] = sla.Stamp{At: at, Basis: basis}
		}
	}
	put(sla.Occurred, occurredOf(it), basisOf(it))
	put(sla.Detected, it.Times.Detected, sla.Stated)
	put(sla.Confirmed, it.Times.Confirmed, sla.Stated)
	return times
}

// occurredOf is when an item says that its incident began; of a page that does not say so,
// when it was published.
func occurredOf(it *inbox.Item) time.Time {
	if it.Times.Occurred.IsZero() && !mailed(it) {
		return it.SentAt
	}
	return it.Times.Occurred
}

func basisOf(it *inbox.Item) sla.Basis {
	if it.Times.Assumed || it.Times.Occurred.IsZero() {
		return sla.Assumed
	}
	return sla.Stated
}

// tell makes a revision an event of the incident that the item belongs to: a note with what
// is said now, and an amendment where a page states when the incident began. A time that a
// person entered since stays.
func (t *taking) tell(it, was *inbox.Item) error {
	id, err := sla.ParseIncidentID(it.Incident)
	if err != nil {
		return err
	}
	say := catalog.In(t.Lang)
	lines := []string{say.Say("revised", "Source", it.Source, "N", it.Revision, "Title", oneLine(it.Title))}
	line, err := t.amend(id, it, was)
	if err != nil {
		return err
	}
	if line != "" {
		lines = append(lines, line)
	}
	for _, w := range it.Times.Windows {
		if !slices.ContainsFunc(was.Times.Windows, func(o inbox.Window) bool { return o.Start.Equal(w.Start) && o.End.Equal(w.End) }) {
			lines = append(lines, say.Say("revised_window", "Start", t.shown(w.Start), "End", t.shown(w.End)))
		}
	}
	if it.Title != was.Title || it.Text != was.Text {
		lines = append(lines, "", it.Text)
	}
	if it.Link != "" {
		lines = append(lines, it.Link)
	}
	_, err = t.tracker.Note(t.ctx, tracker.Request{Actor: actorOf(it.Source)}, id, tracker.NoteEntry{Text: plain(strings.Join(lines, "\n"))})
	return err
}

// amend takes over when the incident began, where its item states it otherwise than before.
// It returns a line that says so.
func (t *taking) amend(id sla.IncidentID, it, was *inbox.Item) (string, error) {
	stated := it.Times.Occurred
	if stated.IsZero() || it.Times.Assumed || stated.Equal(was.Times.Occurred) && !was.Times.Assumed || kindOf(it.Kind) != sla.KindIncident {
		return "", nil
	}
	inc, err := t.tx.Incident(t.ctx, id)
	if err != nil {
		return "", err
	}
	say, present := catalog.In(t.Lang), inc.Times[sla.Occurred]
	if present.Known() && present.At.Equal(stated) && present.Basis == sla.Stated {
		return "", nil
	}
	if present.Known() && present.Basis != sla.Assumed && !present.At.Equal(occurredOf(was)) {
		return say.Say("revised_time_kept", "Now", t.shown(stated), "Was", t.shown(present.At)), nil
	}
	_, err = t.tracker.Amend(t.ctx, tracker.Request{Actor: actorOf(it.Source)}, id, tracker.Amendment{
		Times: map[sla.Moment]sla.Stamp{sla.Occurred: {At: stated, Basis: sla.Stated}},
	})
	if invalid, refused := tracker.AsInvalid(err); refused {
		return say.Say("revised_time_refused", "Now", t.shown(stated), "Why", oneLine(invalid.In(t.Lang))), nil
	}
	return say.Say("revised_time", "Now", t.shown(stated), "Was", t.shown(present.At)), err
}

func (s *Service) shown(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.In(s.Zone).Format(time.RFC3339)
}

// oneLine makes a text fit for a field of one line.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || breaks(r) }), " ")
}

// plain makes a text fit for a field of several lines.
func plain(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = strings.Map(func(r rune) rune {
		if breaks(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return cut(strings.TrimSpace(text), longestText)
}

// breaks reports whether a character controls how the text around it reads: it ends a line, or
// turns its direction, as in a name that ends in "gpj.exe" and is shown to end in "exe.jpg".
func breaks(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

func cut(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(slices.Concat(letters[:most-1], []rune("…")))
	}
	return text
}
