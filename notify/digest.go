package notify

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

const (
	namedVendors = 8 // in a summary; the others are counted together
	namedOwners  = 5
	// A longer mail is hard to read. The attachment has all lines.
	mostItemsInText = 200
)

// digestBuilder builds the messages of a digest from the present state of its
// incidents.
type digestBuilder struct {
	Writer
	texts
	digest *outbox.Digest
	kind   string // prefix of its text ids: digest, changes or imported
	now    time.Time
}

// writeDigest writes a digest's summary, one of its pages, or its file.
func (w Writer) writeDigest(m *wire.Message, d *outbox.Delivery, now time.Time) {
	g := &digestBuilder{Writer: w, texts: textsIn(w.Lang), digest: d.Digest, kind: "digest", now: now}
	switch d.Alert.Reason {
	case outbox.ReasonChanges:
		g.kind = "changes"
	case outbox.ReasonImported:
		g.kind = "imported"
	}
	m.Thread, m.Under = d.Alert.Key, d.Thread
	m.Status = g.status()
	switch {
	case d.Kind == outbox.File:
		m.Title = g.text(g.kind+"_file", textData{"Count": grouped(len(g.digest.Lines))})
		m.Attachments = []outbox.Attachment{g.attachment(d.Key)}
		m.Notes = []string{g.text("digest_no_file", nil)} // shown only where the file is refused
		return
	case d.Digest.Part > 0:
		m.Title = g.text("digest_page_title", textData{"Part": grouped(d.Digest.Part), "Pages": grouped(d.Digest.Pages)})
		m.Items = g.items()
		return
	}
	g.summary(m)
	if d.Digest.Pages == 0 {
		m.Items, m.Cases = g.items(), g.cases()
		m.Attachments = []outbox.Attachment{g.attachment(d.Key)}
	}
}

func (g *digestBuilder) summary(m *wire.Message) {
	count := grouped(len(g.digest.Lines))
	states := g.countStates()
	m.Title = g.text(g.kind+"_title", textData{"Count": count, "N": count})
	if overdue := g.silent(); overdue > 0 && g.kind == "digest" {
		m.Title = g.text(g.worded("digest_title_overdue"), textData{"Count": count, "N": grouped(overdue), "State": strings.ToUpper(phrase.Verdict(g.Lang, string(sla.Overdue)))})
	}
	m.Fields = []wire.Field{
		{Name: g.text("digest_states", nil), Value: g.spelled(states)},
		{Name: g.text("digest_vendors", nil), Value: g.tally(namedVendors, g.vendor)},
	}
	if owners := g.tally(namedOwners, g.openOwner); owners != "" {
		m.Fields = append(m.Fields, wire.Field{Name: g.text("digest_owners", nil), Value: owners})
	}
	if oldest := g.oldest(); oldest != "" {
		m.Fields = append(m.Fields, wire.Field{Name: g.text("digest_oldest", nil), Value: phrase.Line(oldest)})
	}
	id := g.kind + "_whole"
	switch {
	case g.digest.Pages > 0 && g.flat:
		id = g.kind + "_in_pages"
	case g.digest.Pages > 0:
		id = g.kind + "_in_thread"
	}
	m.Explanation = wire.Section{Lines: []string{g.text(id, textData{"Count": count, "Pages": grouped(g.digest.Pages)})}}
	m.Notes = g.instead()
	m.Link = wire.Link{Text: g.text("digest_open", nil), URL: g.link("/")}
}

// stateNow is the state at now. The stored state may be older, because the watch
// loop may be behind.
func (g *digestBuilder) stateNow(l *outbox.Line) sla.State {
	ahead := l.State == sla.Running || l.State == sla.AtRisk
	if ahead && !l.Due.IsZero() && !sla.InTime(l.Due, g.now) {
		return sla.Overdue
	}
	return l.State
}

// silent counts the lines about vendors that are overdue: a duty of ours is no silence of
// a vendor.
func (g *digestBuilder) silent() (count int) {
	for i := range g.digest.Lines {
		if l := &g.digest.Lines[i]; g.stateNow(l) == sla.Overdue && sla.RegimeOf(l.Promise) == "" {
			count++
		}
	}
	return count
}

// standing is one of the groups of states that a digest counts.
type standing uint8

const (
	isOverdue standing = iota
	isAhead
	isNotified
	isClosed
	standings
)

// countStates counts the lines by their standing.
func (g *digestBuilder) countStates() (counts [standings]int) {
	for i := range g.digest.Lines {
		switch g.stateNow(&g.digest.Lines[i]) {
		case sla.Overdue:
			counts[isOverdue]++
		case sla.Running, sla.AtRisk, sla.Pending, "":
			counts[isAhead]++
		case sla.Met, sla.Late:
			counts[isNotified]++
		default:
			counts[isClosed]++
		}
	}
	return counts
}

// worded returns the id of the text that speaks of notices, or of the one that fits
// everything that answers a deadline, where a line waits for something else.
func (g *digestBuilder) worded(id string) string {
	for i := range g.digest.Lines {
		if l := &g.digest.Lines[i]; !ofVendorNotices(sla.DeedOf(l.Kind, l.Promise)) {
			return id + "_any"
		}
	}
	return id
}

func (g *digestBuilder) spelled(counts [standings]int) string {
	names := [standings]string{
		isOverdue:  phrase.Verdict(g.Lang, string(sla.Overdue)),
		isAhead:    phrase.Verdict(g.Lang, string(sla.Running)),
		isNotified: g.text(g.worded("digest_notified"), nil),
		isClosed:   g.text("digest_closed", nil),
	}
	var parts []string
	for i, name := range names {
		if counts[i] > 0 {
			parts = append(parts, g.counted(name, counts[i]))
		}
	}
	return g.joined(parts)
}

func (g *digestBuilder) counted(what string, count int) string {
	return g.text("digest_count", textData{"What": what, "Count": grouped(count)})
}

func (g *digestBuilder) joined(parts []string) string {
	return strings.Join(parts, g.text("list_joint", nil))
}

// tally counts the lines by a name, the most frequent first, and leaves out
// those that have none. Names beyond the given number are counted together.
func (g *digestBuilder) tally(named int, name func(*outbox.Line) string) string {
	counts := map[string]int{}
	for i := range g.digest.Lines {
		if name := name(&g.digest.Lines[i]); name != "" {
			counts[name]++
		}
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var parts []string
	others := 0
	for i, name := range names {
		if i < named {
			parts = append(parts, g.counted(name, counts[name]))
		} else {
			others += counts[name]
		}
	}
	if others > 0 {
		parts = append(parts, g.text("digest_others", textData{"Count": grouped(others)}))
	}
	return g.joined(parts)
}

// vendor returns the name of a line's vendor, cut to 24 characters.
func (g *digestBuilder) vendor(l *outbox.Line) string {
	if sla.RegimeOf(l.Promise) != "" {
		return g.text("digest_ours", nil)
	}
	if v, ok := g.Vendors.Vendor(l.Vendor); ok {
		return shortened(v.Name.In(g.Lang), 24)
	}
	return shortened(l.Vendor, 24)
}

// openOwner returns the owner of a line whose clock is open; empty for others.
func (g *digestBuilder) openOwner(l *outbox.Line) string {
	if l.State != "" && !l.State.Open() {
		return ""
	}
	return g.owner(l)
}

func (g *digestBuilder) owner(l *outbox.Line) string {
	if l.Acknowledged.Quiets(g.now) {
		return shortened(l.Acknowledged.By, 20)
	}
	return g.text("owner_none", nil)
}

// oldest describes the first deadline that passed in silence, or the next one.
func (g *digestBuilder) oldest() string {
	for _, state := range []sla.State{sla.Overdue, sla.AtRisk, sla.Running} {
		for i := range g.digest.Lines { // the oldest deadline comes first
			if l := &g.digest.Lines[i]; g.stateNow(l) == state && !l.Due.IsZero() {
				return l.Incident.String() + " " + g.vendor(l) + " " + g.standing(l)
			}
		}
	}
	return ""
}

// instead returns a note for each destination that alerts failed over from.
func (g *digestBuilder) instead() (notes []string) {
	counts := map[string]int{}
	for i := range g.digest.Lines {
		if name := g.digest.Lines[i].InsteadOf; name != "" {
			counts[name]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		notes = append(notes, g.text("digest_instead", textData{"Name": name, "Count": grouped(counts[name])}))
	}
	return notes
}

// status is that of the line that matters most.
func (g *digestBuilder) status() wire.Status {
	status := wire.StatusCancelled
	rank := map[wire.Status]int{wire.StatusCancelled: 0, wire.StatusMet: 1, wire.StatusAcknowledged: 2, wire.StatusWaiting: 3, wire.StatusOverdue: 4}
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		of := wire.StatusCancelled
		switch state := g.stateNow(l); {
		case state.Open() && l.Acknowledged.Quiets(g.now):
			of = wire.StatusAcknowledged
		case state == sla.Overdue:
			of = wire.StatusOverdue
		case state.Open(), state == "":
			of = wire.StatusWaiting
		case state == sla.Met, state == sla.Late:
			of = wire.StatusMet
		}
		if rank[of] > rank[status] {
			status = of
		}
	}
	return status
}

// standing describes the state of a line in a few words.
func (g *digestBuilder) standing(l *outbox.Line) string {
	state := g.stateNow(l)
	data := textData{"Due": phrase.Deadline(g.Lang, l.Due.In(g.zone()), g.now), "At": phrase.Instant(g.Lang, l.NotifiedAt.In(g.zone()), g.now)}
	switch {
	case l.Unreadable:
		return g.text("line_unreadable", nil)
	case state == sla.Overdue:
		data["Past"] = phrase.Duration(g.Lang, g.now.Sub(l.Due))
		return g.text("line_overdue", data)
	case state == sla.Met || state == sla.Late:
		data["Verdict"] = phrase.Verdict(g.Lang, string(state))
		id := "line_notified"
		if deed := sla.DeedOf(l.Kind, l.Promise); !ofVendorNotices(deed) {
			id, data["Done"] = "line_done", phrase.Done(g.Lang, string(deed))
		}
		return g.text(id, data)
	case state == "":
		return g.text("line_logged", nil)
	case !state.Open():
		return phrase.StateOf(g.Lang, string(sla.DeedOf(l.Kind, l.Promise)), string(state))
	case l.Due.IsZero():
		return g.text("line_no_due", nil)
	default:
		data["Left"] = phrase.Duration(g.Lang, l.Due.Sub(g.now))
		return g.text("line_ahead", data)
	}
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
