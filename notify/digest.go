package notify

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// Item is one alert of a digest, as one line.
type Item struct {
	Label string // the incident's id
	URL   string // of the incident; empty when kigen was not told where people reach it
	Text  string // what else is to be said, the most important first
	Short string // Label and the least, for where there is little room
}

const (
	namedVendors = 8 // in a summary; what is left is counted together
	namedOwners  = 5
	// A mail of more lines than that is not read. The attachment has them all.
	mostItemsInText = 200
)

// digester tells of many alerts at once, as their cases stand now.
type digester struct {
	Writer
	speaker
	digest *sla.Digest
	now    time.Time
}

// writeDigest writes a digest's summary, one of its pages, or its file.
func (w Writer) writeDigest(m *Message, d *sla.Delivery, now time.Time) {
	g := &digester{Writer: w, speaker: newSpeaker(w.Lang), digest: d.Digest, now: now}
	m.Thread, m.Under = d.Alert.Key, d.Thread
	m.Status = g.status()
	switch {
	case d.Kind == sla.File:
		m.Title = g.say("digest_file", words{"Count": grouped(len(g.digest.Lines))})
		m.Attachments = []sla.Attachment{g.attachment(d.Key)}
		m.Notes = []string{g.say("digest_no_file", nil)} // shown only where the file is refused
		return
	case d.Digest.Part > 0:
		m.Title = g.say("digest_page_title", words{"Part": grouped(d.Digest.Part), "Pages": grouped(d.Digest.Pages)})
		m.Items = g.items()
		return
	}
	g.summary(m)
	if d.Digest.Pages == 0 {
		m.Items, m.Cases = g.items(), g.cases()
		m.Attachments = []sla.Attachment{g.attachment(d.Key)}
	}
}

func (g *digester) summary(m *Message) {
	count := grouped(len(g.digest.Lines))
	states := g.countStates()
	m.Title = g.say("digest_title", words{"Count": count})
	if overdue := states["digest_overdue"]; overdue > 0 {
		m.Title = g.say("digest_title_overdue", words{"Count": count, "Overdue": grouped(overdue)})
	}
	m.Fields = []Field{
		{g.say("digest_states", nil), g.spelled(states)},
		{g.say("digest_vendors", nil), g.tally(namedVendors, g.vendor)},
	}
	if owners := g.tally(namedOwners, g.openOwner); owners != "" {
		m.Fields = append(m.Fields, Field{g.say("digest_owners", nil), owners})
	}
	if oldest := g.oldest(); oldest != "" {
		m.Fields = append(m.Fields, Field{g.say("digest_oldest", nil), oldest})
	}
	told := "digest_whole"
	if g.digest.Pages > 0 {
		told = "digest_in_thread"
	}
	m.Explanation = Section{Lines: []string{g.say(told, words{"Count": count, "Pages": grouped(g.digest.Pages)})}}
	m.Notes = g.instead()
	m.Link = Link{Text: g.say("digest_open", nil), URL: g.link("/")}
}

// stateNow is the state as it stands at now: the watch loop may be behind.
func (g *digester) stateNow(l *sla.Line) sla.State {
	ahead := l.State == sla.Running || l.State == sla.AtRisk
	if ahead && !l.Due.IsZero() && !sla.InTime(l.Due, g.now) {
		return sla.Overdue
	}
	return l.State
}

// countStates counts the lines by the id of the text that names their state.
func (g *digester) countStates() map[string]int {
	counts := map[string]int{}
	for i := range g.digest.Lines {
		switch g.stateNow(&g.digest.Lines[i]) {
		case sla.Overdue:
			counts["digest_overdue"]++
		case sla.Running, sla.AtRisk, sla.Pending, "":
			counts["digest_ahead"]++
		case sla.Met, sla.Late:
			counts["digest_notified"]++
		default:
			counts["digest_closed"]++
		}
	}
	return counts
}

func (g *digester) spelled(counts map[string]int) string {
	var parts []string
	for _, id := range []string{"digest_overdue", "digest_ahead", "digest_notified", "digest_closed"} {
		if counts[id] > 0 {
			parts = append(parts, g.counted(g.say(id, nil), counts[id]))
		}
	}
	return g.joined(parts)
}

func (g *digester) counted(what string, count int) string {
	return g.say("digest_count", words{"What": what, "Count": grouped(count)})
}

func (g *digester) joined(parts []string) string {
	between := ", "
	if g.Lang == "ja" {
		between = "、"
	}
	text := ""
	for i, part := range parts {
		if i > 0 {
			text += between
		}
		text += part
	}
	return text
}

// tally counts the lines by a name, the most frequent first, and leaves out
// those that have none. Names beyond the given number are counted together.
func (g *digester) tally(named int, name func(*sla.Line) string) string {
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
		parts = append(parts, g.say("digest_others", words{"Count": grouped(others)}))
	}
	return g.joined(parts)
}

// vendor names the vendor of a line, short enough for a line.
func (g *digester) vendor(l *sla.Line) string {
	if v, ok := g.Vendors.Vendor(l.Vendor); ok {
		return shortened(v.Name.In(g.Lang), 24)
	}
	return shortened(l.Vendor, 24)
}

// openOwner names who has a case that still waits for its vendor.
func (g *digester) openOwner(l *sla.Line) string {
	if l.State != "" && !l.State.Open() {
		return ""
	}
	return g.owner(l)
}

func (g *digester) owner(l *sla.Line) string {
	if l.Acknowledged.Quiets(g.now) {
		return shortened(l.Acknowledged.By, 20)
	}
	return g.say("owner_none", nil)
}

// oldest describes the first deadline that passed in silence, or the next one.
func (g *digester) oldest() string {
	for _, state := range []sla.State{sla.Overdue, sla.AtRisk, sla.Running} {
		for i := range g.digest.Lines { // the oldest deadline comes first
			if l := &g.digest.Lines[i]; g.stateNow(l) == state && !l.Due.IsZero() {
				return l.Incident.String() + " " + g.vendor(l) + " " + g.standing(l)
			}
		}
	}
	return ""
}

// instead says for whom this destination stands in.
func (g *digester) instead() (notes []string) {
	counts := map[string]int{}
	for i := range g.digest.Lines {
		if name := g.digest.Lines[i].InsteadOf; name != "" {
			counts[name]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		notes = append(notes, g.say("digest_instead", words{"Name": name, "Count": grouped(counts[name])}))
	}
	return notes
}

// status is that of the line that matters most.
func (g *digester) status() Status {
	status := StatusCancelled
	rank := map[Status]int{StatusCancelled: 0, StatusMet: 1, StatusAcknowledged: 2, StatusWaiting: 3, StatusOverdue: 4}
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		of := StatusCancelled
		switch state := g.stateNow(l); {
		case state.Open() && l.Acknowledged.Quiets(g.now):
			of = StatusAcknowledged
		case state == sla.Overdue:
			of = StatusOverdue
		case state.Open(), state == "":
			of = StatusWaiting
		case state == sla.Met, state == sla.Late:
			of = StatusMet
		}
		if rank[of] > rank[status] {
			status = of
		}
	}
	return status
}

// standing says in a few words how the case of a line stands.
func (g *digester) standing(l *sla.Line) string {
	state := g.stateNow(l)
	blanks := words{"Due": phrase.Deadline(g.Lang, l.Due.In(g.zone()), g.now), "At": phrase.Instant(g.Lang, l.NoticeAt.In(g.zone()), g.now)}
	switch {
	case state == sla.Overdue:
		blanks["Past"] = phrase.Duration(g.Lang, g.now.Sub(l.Due))
		return g.say("line_overdue", blanks)
	case state == sla.Met || state == sla.Late:
		return g.say("line_"+string(state), blanks)
	case state == "":
		return g.say("line_logged", nil)
	case !state.Open():
		return g.say("line_"+string(state), nil)
	case l.Due.IsZero():
		return g.say("line_no_due", nil)
	default:
		blanks["Left"] = phrase.Duration(g.Lang, l.Due.Sub(g.now))
		return g.say("line_ahead", blanks)
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
