package notify

import (
	"strconv"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// lateAfter is how long after an alert was due to be told it still counts as
// prompt.
const lateAfter = 2 * time.Minute

// Writer turns deliveries into messages.
type Writer struct {
	Lang    string         // ja or en
	Zone    *time.Location // in which people read times; nil: UTC
	BaseURL string         // where people reach kigen; empty: messages have no links
	Vendors sla.Catalogue
	// Interactive says that clicks are heard: messages then offer more than a link.
	Interactive bool
}

// Write says what is true of the delivery's incident at now, whatever was
// true when the alert was raised: a message that had to wait must not mislead.
func (w Writer) Write(d *sla.Delivery, now time.Time) *Message {
	now = now.In(w.zone())
	m := &Message{Key: d.Key, At: now, Lang: w.Lang, Repeat: d.PossibleRepeat, Attempt: d.Attempts}
	switch n := newNarrator(w, d, now); {
	case d.Digest != nil:
		w.writeDigest(m, d, now)
	case n != nil:
		n.write(m)
	default:
		w.writeReport(m, d)
	}
	m.Title = strings.Join(strings.Fields(m.Title), " ") // one line, whatever was typed
	// An update is about what came after the alert; only a first message can
	// be late.
	m.Late = d.Kind == sla.Post && now.Sub(d.Alert.At) > lateAfter
	m.Notes = append(m.Notes, w.deliveryNotes(m, d, now)...)
	m.Text = m.compose()
	if d.Digest != nil {
		m.Text = w.digestText(m, d)
	}
	return m
}

func (w Writer) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}

// deliveryNotes says what is particular about this delivery, not about the
// case.
func (w Writer) deliveryNotes(m *Message, d *sla.Delivery, now time.Time) (notes []string) {
	s := newSpeaker(w.Lang)
	if m.Late {
		id := "note_late_down"
		if d.Attempts > 1 {
			id = "note_late_away"
		}
		notes = append(notes, s.say(id, words{
			"By":       phrase.Duration(w.Lang, now.Sub(d.Alert.At)),
			"At":       phrase.Instant(w.Lang, d.Alert.At.In(w.zone()), now),
			"Attempts": strconv.Itoa(d.Attempts),
		}))
	}
	if d.InsteadOf != "" && d.Kind == sla.Post {
		notes = append(notes, s.say("note_instead", words{"Name": d.InsteadOf}))
	}
	if m.Repeat {
		notes = append(notes, s.say("note_repeat", nil))
	}
	return notes
}

// link makes a path absolute; what is absolute stays.
func (w Writer) link(path string) string {
	if strings.Contains(path, "://") || path == "" {
		return path
	}
	if w.BaseURL == "" {
		return ""
	}
	return strings.TrimSuffix(w.BaseURL, "/") + "/" + strings.TrimPrefix(path, "/")
}

// promise finds the catalogue's promise of a clock. The catalogue may have
// lost it since: then it is nil.
func (w Writer) promise(vendor, id string) *sla.Promise {
	v, ok := w.Vendors.Vendor(vendor)
	if !ok {
		return nil
	}
	for _, p := range v.Promises {
		if p.ID == id {
			return p
		}
	}
	return nil
}
