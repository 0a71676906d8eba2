package chaser

import (
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
)

// Tone is the subject of a letter, from the most to the least urgent.
type Tone string

// The tones.
const (
	Overdue Tone = "overdue" // a deadline passed without a notice
	Ahead   Tone = "ahead"   // the deadline is in the future: a polite question
	Unknown Tone = "pending" // the deadline can't be worked out until the vendor states the start
	Late    Tone = "late"    // the notice came after the deadline
	Request Tone = "request" // no promise binds the vendor: a request that claims none
)

// Letter is a mail to a vendor, complete except for the signature.
type Letter struct {
	Tone    Tone
	To      string // the vendor's contact where that is a mail address; empty: none known
	Subject string // one line
	Body    string // lines that end in a line feed
	ReplyBy time.Time
}

// About is the input of a letter.
type About struct {
	Incident *sla.Incident
	Vendor   *sla.Vendor    // nil when the vendor is no longer in the configuration
	Now      time.Time      // the wall clock
	Zone     *time.Location // for times of a vendor that has no calendar; nil: UTC
}

// Write writes the letter in "ja" or "en", for the most urgent clocks. It reports
// false when there is nothing to ask for: all clocks were answered in time, waived
// or cancelled.
func Write(lang string, a About) (Letter, bool) {
	w := writer{About: a, lang: lang}
	if !w.choose() {
		return Letter{}, false
	}
	w.calendar = w.calendarOf(w.clocks[0])
	w.zone = w.zoneOf(w.clocks[0])
	w.replyBy = w.deadlineForReply()
	return Letter{
		Tone: w.tone, To: w.address(), Subject: w.subject(), Body: w.body(), ReplyBy: w.replyBy,
	}, true
}

// writer builds one letter.
type writer struct {
	About
	lang     string
	tone     Tone
	clocks   []*sla.Clock       // of the incident, those that the letter is about, soonest due first
	calendar *calendar.Calendar // of the first one's promise; nil: unknown
	zone     *time.Location
	replyBy  time.Time
}

// choose selects the tone and the clocks of the letter.
func (w *writer) choose() bool {
	byTone := map[Tone][]*sla.Clock{}
	for i := range w.Incident.Clocks {
		c := &w.Incident.Clocks[i]
		if tone := w.toneOf(c); tone != "" {
			byTone[tone] = append(byTone[tone], c)
		}
	}
	for _, tone := range []Tone{Overdue, Ahead, Unknown, Late, Request} {
		if clocks := byTone[tone]; clocks != nil {
			slices.SortStableFunc(clocks, func(a, b *sla.Clock) int { return a.Due.Compare(b.Due) })
			w.tone, w.clocks = tone, clocks
			return true
		}
	}
	return false
}

// toneOf is the tone for one clock; empty: there is nothing to ask. It compares the
// due with now, because the clock's state may be a moment older.
func (w *writer) toneOf(c *sla.Clock) Tone {
	switch c.State {
	case sla.Overdue:
		return Overdue
	case sla.Running, sla.AtRisk:
		if sla.InTime(c.Due, w.Now) {
			return Ahead
		}
		return Overdue
	case sla.Pending:
		if c.OutOfReach() { // the vendor's answer would give no deadline
			return ""
		}
		return Unknown
	case sla.Late:
		return Late
	case sla.NoCommitment, sla.NotApplicable:
		if len(w.Incident.Counted()) == 0 {
			return Request
		}
	}
	return ""
}

// address is the vendor's contact if that is a mail address. A contact may
// also be a telephone number or a page.
func (w *writer) address() string {
	if w.Vendor == nil {
		return ""
	}
	contact := strings.TrimSpace(w.Vendor.Contact)
	name, domain, _ := strings.Cut(contact, "@")
	if name == "" || !strings.Contains(domain, ".") || strings.ContainsAny(contact, " \t\r\n,;:/?&<>\"") {
		return ""
	}
	return contact
}

// promise finds the promise of a clock in any version; nil if it is not configured.
func (w *writer) promise(c *sla.Clock) *sla.Promise {
	if w.Vendor == nil {
		return nil
	}
	i := slices.IndexFunc(w.Vendor.Promises, func(p *sla.Promise) bool { return p.ID == c.Promise })
	if i < 0 {
		return nil
	}
	return w.Vendor.Promises[i]
}

func (w *writer) calendarOf(c *sla.Clock) *calendar.Calendar {
	if p := w.promise(c); p != nil {
		return p.Calendar
	}
	return nil
}

// zoneOf is the zone in which the vendor's promise is written.
func (w *writer) zoneOf(c *sla.Clock) *time.Location {
	switch {
	case !c.Due.IsZero():
		return c.Due.Location()
	case w.calendar != nil:
		return w.calendar.Zone()
	case w.Zone != nil:
		return w.Zone
	}
	return time.UTC
}

// The times given to a vendor for its answer, beyond its own deadline.
const (
	urgently = 4 * time.Hour
	soon     = 24 * time.Hour
)

// deadlineForReply is the time by which the letter asks for an answer: the deadline
// if that is in the future, some hours if it has passed, else the end of the
// vendor's next business day.
func (w *writer) deadlineForReply() time.Time {
	switch w.tone {
	case Ahead:
		return w.clocks[0].Due
	case Overdue:
		return fullHour(w.Now.Add(urgently)).In(w.zone)
	}
	if w.calendar != nil {
		day, err := w.calendar.AddBusinessDays(w.calendar.DateOf(w.Now), 1)
		if err == nil {
			if end, err := w.calendar.Close(day); err == nil {
				return end
			}
		}
	}
	return fullHour(w.Now.Add(soon)).In(w.zone)
}

// fullHour rounds up to the full hour.
func fullHour(t time.Time) time.Time {
	if whole := t.Truncate(time.Hour); !whole.Equal(t) {
		return whole.Add(time.Hour)
	}
	return t
}
