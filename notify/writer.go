package notify

import (
	"strconv"
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
	"kigen/sla/regime"
)

// lateAfter is the delay from which an alert counts as late.
const lateAfter = 2 * time.Minute

// Writer builds messages from deliveries.
type Writer struct {
	Lang    string         // ja or en
	Zone    *time.Location // of the times in messages; nil: UTC
	BaseURL string         // of kigen's pages; empty: messages have no links
	Vendors sla.Catalogue
	Duties  regime.Regimes // our own, that are switched on
	// Interactive says that an app receives clicks; messages then have buttons.
	Interactive bool

	once       bool // an update is a new message and does not edit its post
	flat       bool // the pages of a digest are in no thread
	idempotent bool // a second attempt is no second message
}

// forDestination returns the writer for a destination of a class. If the destination
// cannot edit messages, updates are written as new messages.
func (w Writer) forDestination(d Destination, class wire.Class) Writer {
	form := digestForm(d)
	w.once, w.flat, w.idempotent = form.Once, form.Flat, class.Has(wire.Idempotent)
	return w
}

// Write builds the message from the incident's state at now, not from its state
// when the alert was raised, because a delayed message must not mislead.
func (w Writer) Write(d *outbox.Delivery, now time.Time) *wire.Message {
	now = now.In(w.zone())
	m := &wire.Message{
		Key: d.Key, At: now, Lang: w.Lang, Update: d.Kind == outbox.Update, Repeat: d.PossibleRepeat && !w.idempotent, Attempt: d.Attempts, To: d.Recipient,
	}
	n := newMessageBuilder(w, d, now)
	switch {
	case d.Unreadable != "":
		w.writeUnreadable(m, d)
	case d.Digest != nil:
		w.writeDigest(m, d, now)
	case n != nil:
		n.write(m)
	default:
		w.writeReport(m, d)
	}
	if d.Kind == outbox.Update && d.Incident != nil {
		m.Redundant = d.Said != nil && d.Said.Equal(outbox.Standing(d.Incident))
		if !w.once {
			w.once = true
			m.News = w.Write(d, now)
		}
	}
	// An update is about later changes, so only a post can be late.
	m.Late = d.Kind == outbox.Post && now.Sub(d.Alert.At) > lateAfter
	m.Notes = append(m.Notes, w.deliveryNotes(m, d, now)...)
	m.Enclose()
	m.Text = m.Compose()
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

// deliveryNotes returns notes about the delivery, not about the incident: late,
// failed over, or a possible repeat.
func (w Writer) deliveryNotes(m *wire.Message, d *outbox.Delivery, now time.Time) (notes []string) {
	s := textsIn(w.Lang)
	if m.Late {
		id := "note_late_down"
		if d.Attempts > 1 {
			id = "note_late_away"
		}
		notes = append(notes, s.text(id, textData{
			"By":       phrase.Duration(w.Lang, now.Sub(d.Alert.At)),
			"At":       phrase.Instant(w.Lang, d.Alert.At.In(w.zone()), now),
			"Attempts": strconv.Itoa(d.Attempts),
		}))
	}
	if d.InsteadOf != "" && d.Kind == outbox.Post {
		notes = append(notes, s.text(insteadNote(d.InsteadState), textData{"Name": d.InsteadOf}))
	}
	if m.Repeat {
		notes = append(notes, s.text("note_repeat", nil))
	}
	return notes
}

// insteadNote returns the text id that explains the failover, by the state of the
// original delivery.
func insteadNote(there outbox.DeliveryState) string {
	switch there {
	case outbox.DeliveryRefused:
		return "note_instead_refused"
	case outbox.DeliveryUnknown, outbox.DeliverySending:
		return "note_instead_unknown"
	default:
		return "note_instead"
	}
}

// link makes a path absolute; it returns an absolute URL as it is.
func (w Writer) link(path string) string {
	if strings.Contains(path, "://") || path == "" {
		return path
	}
	if w.BaseURL == "" {
		return ""
	}
	return strings.TrimSuffix(w.BaseURL, "/") + "/" + strings.TrimPrefix(path, "/")
}

// promiseOf returns the promise of a vendor, or of our own, that a clock follows.
func (w Writer) promiseOf(vendor string, c *sla.Clock) *sla.Promise {
	if c.Regime() != "" {
		return w.Duties.Promise(c)
	}
	return w.promise(vendor, c.Promise)
}

// promise returns the catalogue's promise of a clock, nil if the catalogue no
// longer has it.
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
