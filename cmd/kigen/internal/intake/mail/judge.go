package mail

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"kigen/sla/pattern"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/mail/fresh"
	"kigen/cmd/kigen/internal/intake/mail/times"
	"kigen/cmd/kigen/internal/intake/mail/trust"
	"kigen/cmd/kigen/internal/intake/mail/wording"
	"kigen/config/ical"
	"kigen/sla/inbox"
)

// Judge makes items of mails. It may be used by any number of goroutines.
type Judge struct {
	Own     intake.Own
	Vendors []intake.Vendor
	Zone    *time.Location // of times without a zone in Japanese texts
	// Seen returns the hash of the body of an earlier mail with a Message-ID; nil: none is
	// known.
	Seen func(messageID string) (bodyHash string, ok bool)
}

// reading is the judgement of one mail.
type reading struct {
	j         *Judge
	m         *Message
	incidents []intake.Open
	arrival   trust.Arrival
	subject   string
	parts     fresh.Parts
}

// Item judges a mail against the open incidents of all vendors. Source, State and ID are
// the caller's to set; ReceivedAt is zero where no server of ours recorded the receipt,
// and the caller knows when the mail came. SourceID is the Message-ID; a mail without one,
// or with one that an earlier mail with another body had, gets one from its hash. All mails
// of a proved sender about one planned work, by the standard MAINTNOTE, are one item, whose
// Revision is 0: its wording counts.
func (j *Judge) Item(m *Message, open []intake.Open) inbox.Item {
	c := &reading{j: j, m: m, incidents: open, arrival: trust.Arrived(m.Fields, j.Own.MX), subject: m.Get("Subject")}
	c.parts = fresh.Split(m.Text)
	var long bool
	c.parts.New, long = head(c.parts.New)
	item := inbox.Item{
		Revision: 1, Title: c.subject, Text: c.parts.New, Channel: "email", Evidence: m.Hash,
		ReceivedAt: c.arrival.At, SentAt: trust.Date(m.Get("Date")),
	}
	var reused bool
	item.SourceID, reused = c.sourceID()
	s := c.who()
	if s.vendor != nil && slices.ContainsFunc(s.vendor.Desk, func(d string) bool { return strings.EqualFold(d, s.from.Addr) }) {
		item.Channel = "support"
	}
	doubts := s.doubts
	if reused {
		doubts = append(doubts, intake.Because(intake.ReasonHeaderIDReused))
	}
	if long {
		doubts = append(doubts, intake.Because(intake.ReasonTextCut))
	}
	doubts = append(doubts, c.ofHeader(&item)...)
	c.content(&item, &s, &doubts)
	item.Reasons = append(append([]inbox.Reason{}, s.matched...), item.Reasons...)
	item.Reasons = append(item.Reasons, uniq(doubts)...)
	item.Auto = len(doubts) == 0 && s.vendor != nil && item.Incident != ""
	return item
}

// mostWords bounds the text, in bytes, whose words are read. A notice is shorter; a longer
// text is a log, and is left to a person.
const mostWords = 64 << 10

// head is the beginning of a text that is too long.
func head(text string) (string, bool) {
	if len(text) <= mostWords {
		return text, false
	}
	return strings.ToValidUTF8(text[:mostWords], ""), true
}

func uniq(list []inbox.Reason) (kept []inbox.Reason) {
	for _, r := range list {
		if !slices.ContainsFunc(kept, func(o inbox.Reason) bool { return o.Key == r.Key && slices.Equal(o.Args, r.Args) }) {
			kept = append(kept, r)
		}
	}
	return kept
}

// sourceID is the Message-ID, if it is one of a single mail.
func (c *reading) sourceID() (id string, reused bool) {
	id = messageID.FindString(c.m.Get("Message-Id"))
	if id == "" {
		return "sha256:" + c.m.Hash, false
	}
	if c.j.Seen != nil {
		if body, ok := c.j.Seen(id); ok && body != c.m.BodyHash {
			return id + " sha256:" + c.m.BodyHash, true
		}
	}
	return id, false
}

// content fills in what the text of a mail says.
func (c *reading) content(item *inbox.Item, s *sender, doubts *[]inbox.Reason) {
	because := func(key string, pairs ...string) { *doubts = append(*doubts, intake.Because(key, pairs...)) }
	vendor, subject, text, written := s.vendor, c.subject, c.parts.New, c.written(item)
	var inner *carried
	if s.ours {
		because(intake.ReasonSenderOurs)
		if inner = c.forwarded(); inner != nil {
			vendor, subject = inner.vendor, inner.subject
			if text = inner.text; subject == "" {
				subject = c.subject
			}
			if at := dateOf(inner.date, c.j.zone()); !at.IsZero() {
				written = at
			}
		} else if c.isList() {
			vendor = c.listed()
		}
	} else if vendor != nil && c.isForward() && strings.TrimSpace(text) == "" {
		if inner = c.forwarded(); inner != nil {
			subject, text = inner.subject, inner.text
		}
	}
	text, _ = head(text)
	body := times.Passage{Words: text, Written: written, Zone: c.zone(text, item)}
	stated := times.Stated(body)
	planned, work := c.planned()
	words := wording.Read(wording.Mail{
		Subject: subject, Text: text, Reply: len(c.replied()) > 0, Bulk: c.isBulk(), Planned: len(planned) > 0,
		Stated: !isEmpty(stated), Attached: len(c.m.Attachments) > 0 || c.m.Encrypted, Named: c.namesOne(vendor, subject+"\n"+text),
	})
	item.Kind = c.kind(s, words.Kind, words.AutoReply)
	switch item.Kind {
	case inbox.KindMaintenance:
		if item.Times.Windows = planned; len(planned) == 0 {
			item.Times.Windows = times.Windows(body)
		}
	case inbox.KindVulnerability, inbox.KindUnrelated:
	default:
		item.Times = stated
	}
	if vendor != nil {
		item.Vendor = vendor.ID
		if work != "" && item.Kind == inbox.KindMaintenance && len(s.doubts) == 0 && !s.ours { // else anyone could speak of it
			item.SourceID, item.Revision = "maintenance:"+vendor.ID+"/"+work, 0
		}
		c.incident(item, vendor, subject+"\n"+outer(inner, c), text, because, doubts)
	}
	c.ofWords(item, &words, because)
}

// outer is the text around a forwarded mail, which may name the incident.
func outer(inner *carried, c *reading) string {
	if inner == nil {
		return ""
	}
	return c.subject + "\n" + c.parts.New
}

func isEmpty(t inbox.Times) bool {
	return t.Occurred.IsZero() && t.Detected.IsZero() && t.Confirmed.IsZero() && t.Recovered.IsZero()
}

// kind overrules the words where the header or the sender does.
func (c *reading) kind(s *sender, kind inbox.Kind, auto bool) inbox.Kind {
	switch {
	case c.m.Bounce, c.replies(), auto, s.claims, c.isOurLoop():
		return inbox.KindUnrelated
	case kind == inbox.KindUnrelated && c.hidden(s):
		return inbox.KindFirst
	}
	return kind
}

// hidden reports whether what was not read may be a vendor's notice. An old mail is none.
func (c *reading) hidden(s *sender) bool {
	switch c.m.Unread {
	case "", intake.UnreadOld:
		return false
	case intake.UnreadBroken:
		return s.vendor != nil || len(c.m.Fields) == 0
	}
	return s.vendor != nil
}

// incident finds the incident, its service, and the doubts about it.
func (c *reading) incident(item *inbox.Item, v *intake.Vendor, subject, text string, because func(string, ...string), doubts *[]inbox.Reason) {
	found := c.find(v, subject, text, item.Times)
	item.Reference = found.ticket
	item.Reasons = append(item.Reasons, found.reasons...)
	*doubts = append(*doubts, found.doubts...)
	words := compact(subject + text)
	for _, service := range v.Services {
		if name := compact(service); name != "" && strings.Contains(words, name) && len(service) > len(item.Service) {
			item.Service = service
		}
	}
	o := found.incident
	if o == nil {
		return
	}
	item.Incident, item.Service = o.Incident, o.Service
	if other := c.otherService(v, o, text); other != "" {
		because(intake.ReasonIncidentOtherService, "Service", other)
	}
	switch {
	case len(o.Channels) == 0:
		because(intake.ReasonChannelNoClock)
	case !allName(o, item.Channel):
		because(intake.ReasonChannelUnnamed, "Channel", item.Channel)
	}
}

// ofWords lists what in the text speaks against taking a mail by itself.
func (c *reading) ofWords(item *inbox.Item, w *wording.Reading, because func(string, ...string)) {
	switch item.Kind {
	case inbox.KindFirst, inbox.KindFollowup, inbox.KindFinal, inbox.KindRecovery:
	default:
		because(intake.ReasonTextKind)
	}
	for _, doubt := range []struct {
		is  bool
		key string
	}{
		{w.AutoReply, intake.ReasonAutoReply}, {w.Drill, intake.ReasonTextDrill}, {w.Correction, intake.ReasonTextCorrection}, {w.NotAffected, intake.ReasonTextNotAffected},
		{w.Holding, intake.ReasonTextHolding}, {c.parts.Ours, intake.ReasonTextOurs}, {w.OtherMatter, intake.ReasonTextOtherMatter},
	} {
		if doubt.is {
			because(doubt.key)
		}
	}
	switch {
	case c.m.Unread != "", w.Says && !w.Points: // of a text that was not read, the header says so
	case len(c.m.Attachments) > 0:
		because(intake.ReasonTextAttached, "Name", c.m.Attachments[0].Name)
	default:
		because(intake.ReasonTextEmpty)
	}
}

// planned reads the windows of calendars that the mail carries, and the name of the work
// where they are all about one.
func (c *reading) planned() (windows []inbox.Window, work string) {
	var works []string
	for _, data := range c.m.Calendars {
		events, err := ical.Events(data, c.j.zone())
		if err != nil {
			continue
		}
		for _, e := range events {
			works = append(works, e.Work)
			if !e.End.After(e.Start) || e.Cancelled || !e.Maintenance && !strings.Contains(strings.ToLower(e.Summary), "maint") {
				continue
			}
			windows = append(windows, inbox.Window{Start: e.Start, End: e.End})
		}
	}
	if works = slices.Compact(works); len(works) == 1 && len(works[0]) < mostWork {
		work = works[0]
	}
	return windows, work
}

// mostWork bounds the name of planned work, in bytes.
const mostWork = 300

func (j *Judge) zone() *time.Location {
	if j.Zone != nil {
		return j.Zone
	}
	return time.UTC
}

var eastAsian = pattern.New(`[\p{Hiragana}\p{Katakana}\p{Han}]`)

// zone is that of times without one: ours in a Japanese text, else that of the sender's
// Date, which is the only sign of where an English text was written.
func (c *reading) zone(text string, item *inbox.Item) *time.Location {
	if eastAsian.MatchString(text) || item.SentAt.IsZero() {
		return c.j.zone()
	}
	return item.SentAt.Location()
}

// written is when the text was written: Date, unless that lies after the receipt.
func (c *reading) written(item *inbox.Item) time.Time {
	at, received := item.SentAt, item.ReceivedAt
	if at.IsZero() || !received.IsZero() && at.After(received.Add(dateAhead)) {
		return received
	}
	return at
}

// dateOf reads the date above a quoted mail.
func dateOf(s string, zone *time.Location) time.Time {
	if at := trust.Date(s); !at.IsZero() {
		return at
	}
	for _, layout := range []string{"Monday, January 2, 2006 3:04 PM", "2006/01/02 15:04", "2006/1/2 15:04", "2006年1月2日 15:04", "2006年1月2日(月) 15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, strings.TrimSpace(s), zone); err == nil {
			return at
		}
	}
	if at, err := mail.ParseDate(s); err == nil {
		return at
	}
	return time.Time{}
}
