package mail

import (
	"maps"
	"regexp"

	"slices"
	"strings"
	"time"

	"kigen/sla/pattern"

	"golang.org/x/text/unicode/norm"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla/inbox"
)

// near bounds how far a stated time lies from a known one of the same incident.
const near = time.Hour

// keys are what in a mail identifies its incident.
type keys struct {
	incident *intake.Open
	ticket   string // the number by which it was found, else the first that stands in the mail
	reasons  []inbox.Reason
	doubts   []inbox.Reason
}

// findings collects the incidents that one key names.
type findings map[string]bool

var ownNumber = pattern.New(`(?i)\bkgn-(\d{1,9})\b`)

var messageID = pattern.New(`<[^<>\s]{3,250}>`)

// find looks for the one open incident of a vendor that a mail is about. Keys that name
// different ones find none.
func (c *reading) find(v *intake.Vendor, subject, text string, times inbox.Times) keys {
	var k keys
	var named findings = map[string]bool{}
	subject, text = foldKeys(subject), foldKeys(text)
	replied := c.replied()
	tickets, unknown := c.tickets(v, subject+"\n"+text)
	if inSubject, others := c.tickets(v, subject); len(inSubject) == 0 && len(others) > 0 && len(tickets) > 0 {
		tickets = findings{} // the subject is about another one, which the text only sets in relation
	}
	numbers := c.numbers(subject + "\n" + text)
	for _, found := range []findings{replied, tickets, numbers} {
		for id := range found {
			named[id] = true
		}
	}
	byTime := c.serviceTime(v, subject+"\n"+text, times)
	if len(named) == 0 {
		return c.byServiceTime(v, byTime, unknown, subject+"\n"+text)
	}
	k.ticket = firstOf(unknown)
	if len(named) > 1 || len(byTime) > 0 && !overlaps(named, byTime) {
		for id := range byTime {
			named[id] = true
		}
		k.doubts = append(k.doubts, intake.Because(intake.ReasonIncidentConflict, "Incidents", list(named)))
		return k
	}
	for id := range named {
		k.incident = c.open(v, id)
	}
	if k.incident == nil {
		k.doubts = append(k.doubts, intake.Because(intake.ReasonIncidentConflict, "Incidents", list(named)))
		return k
	}
	id := k.incident.Incident
	if tickets[id] {
		k.ticket = c.ticketIn(k.incident, subject+"\n"+text)
		k.reasons = append(k.reasons, intake.Because(intake.ReasonMatchedTicket, "Ticket", k.ticket, "Incident", id))
	}
	if replied[id] {
		k.reasons = append(k.reasons, intake.Because(intake.ReasonMatchedReply, "Incident", id))
	}
	if numbers[id] {
		k.reasons = append(k.reasons, intake.Because(intake.ReasonMatchedNumber, "Incident", id))
	}
	if len(unknown) > 0 && (len(k.incident.References) > 0 || !replied[id]) {
		k.doubts = append(k.doubts, intake.Because(intake.ReasonIncidentOtherTicket, "Ticket", unknown[0]))
	}
	return k
}

// byServiceTime decides where neither a number nor a reply names an incident.
func (c *reading) byServiceTime(v *intake.Vendor, byTime findings, unknown []string, text string) keys {
	k := keys{ticket: firstOf(unknown)}
	switch len(byTime) {
	case 0:
		k.doubts = append(k.doubts, intake.Because(intake.ReasonIncidentNone))
		return k
	case 1:
	default:
		k.doubts = append(k.doubts, intake.Because(intake.ReasonIncidentSeveral, "Incidents", list(byTime)))
		return k
	}
	for id := range byTime {
		o := c.open(v, id)
		if other := c.anotherService(v, o, text); other != "" {
			k.doubts = append(k.doubts, intake.Because(intake.ReasonIncidentOtherService, "Service", other))
		}
		if len(unknown) > 0 && len(o.References) > 0 { // its number is another incident's
			k.doubts = append(k.doubts, intake.Because(intake.ReasonIncidentOtherTicket, "Ticket", unknown[0]))
			return k
		}
		k.incident = o
		k.reasons = append(k.reasons, intake.Because(intake.ReasonMatchedServiceTime, "Service", o.Service, "Incident", id))
	}
	return k
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func list(ids findings) string {
	var all []string
	for id := range ids {
		all = append(all, id)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func overlaps(a, b findings) bool {
	for id := range a {
		if b[id] {
			return true
		}
	}
	return false
}

// open is the vendor's open incident with an id.
func (c *reading) open(v *intake.Vendor, id string) *intake.Open {
	for i := range c.incidents {
		if o := &c.incidents[i]; o.Incident == id && v != nil && o.Vendor == v.ID {
			return o
		}
	}
	return nil
}

// replied returns the incidents whose enquiries the mail answers: by In-Reply-To, which
// names the mail that it answers, else by the thread. A report of a mail server carries
// our mail instead of naming it.
func (c *reading) replied() findings {
	found := findings{}
	var fields []string
	fields = append(fields, c.m.Values("In-Reply-To")...)
	for _, field := range append(fields, "\x00", strings.Join(c.m.Values("References"), " ")) {
		if field == "\x00" {
			if len(found) > 0 {
				return found
			}
			continue
		}
		c.enquiries(field, found)
	}
	if len(found) == 0 && c.m.Bounce {
		for _, inner := range c.m.Forwarded {
			c.enquiries(strings.Join(inner.Values("Message-Id"), " "), found)
		}
	}
	return found
}

func (c *reading) enquiries(field string, found findings) {
	for _, id := range messageID.FindAllString(field, 100) {
		for _, o := range c.incidents {
			if slices.ContainsFunc(o.Chasers, func(sent string) bool { return bare(sent) == bare(id) }) {
				found[o.Incident] = true
			}
		}
	}
}

// bare is a Message-ID without its brackets.
func bare(id string) string { return strings.Trim(strings.TrimSpace(id), "<>") }

// numbers returns the incidents that our own numbers name.
func (c *reading) numbers(text string) findings {
	found := findings{}
	for _, m := range ownNumber.FindAllString(text, 50) {
		found[strings.ToUpper(m)] = true
	}
	return found
}

// foldKeys folds a text in which numbers are looked for.
func foldKeys(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '‐', '‑', '‒', '–', '—', '−':
			return '-'
		case '\u200b', '\u2060', '\ufeff', '\u00ad':
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// tickets returns the open incidents of the vendor that ticket numbers in a text name, and
// the vendor's numbers that belong to none of them.
func (c *reading) tickets(v *intake.Vendor, text string) (found findings, unknown []string) {
	found = findings{}
	known := map[string]bool{}
	for i := range c.incidents {
		o := &c.incidents[i]
		if v == nil || o.Vendor != v.ID {
			continue
		}
		for _, ticket := range o.References {
			if ticket = foldKeys(strings.TrimSpace(ticket)); len(ticket) >= 4 && names(text, ticket) {
				found[o.Incident] = !isDenied(text, ticket)
				known[strings.ToUpper(ticket)] = true
			}
		}
	}
	maps.DeleteFunc(found, func(_ string, named bool) bool { return !named })
	if v == nil || v.Ticket == nil {
		return found, nil
	}
	for _, at := range v.Ticket.FindAllStringIndex(text, 100) {
		ticket := text[at[0]:at[1]]
		if ticket == "" || !isWhole(text, at[0], at[1]) || known[strings.ToUpper(ticket)] || slices.Contains(unknown, ticket) {
			continue
		}
		unknown = append(unknown, ticket)
	}
	return found, unknown
}

// isDenied reports whether a text says that it is not about a number.
func isDenied(text, ticket string) bool {
	number := regexp.QuoteMeta(ticket)
	denied, err := regexp.Compile(`(?i)` + number + `[^。\n]{0,12}(?:とは(?:別|関係|異な|無関係)|と関係(?:は|が)?(?:な|あり|ござい))|(?:unrelated to|separate from|not related to|different from|distinct from)[^.\n]{0,40}` + number)
	return err == nil && denied.MatchString(text)
}

// ticketIn is the ticket number of an incident that a text names.
func (c *reading) ticketIn(o *intake.Open, text string) string {
	for _, ticket := range o.References {
		if names(text, foldKeys(strings.TrimSpace(ticket))) {
			return ticket
		}
	}
	return ""
}

// names reports whether a text holds a number as a whole.
func names(text, ticket string) bool {
	upper, ticket := strings.ToUpper(text), strings.ToUpper(ticket)
	for at := 0; ; {
		i := strings.Index(upper[at:], ticket)
		if i < 0 || ticket == "" {
			return false
		}
		if isWhole(upper, at+i, at+i+len(ticket)) {
			return true
		}
		at += i + len(ticket)
	}
}

// isWhole reports whether neither a letter nor a digit continues a number.
func isWhole(text string, from, to int) bool {
	first, last := text[from], text[to-1]
	before := from > 0 && isAlnum(text[from-1]) && isAlnum(first)
	if from > 0 && !isAlnum(first) && text[from-1] >= '0' && text[from-1] <= '9' {
		before = true
	}
	if from > 1 && text[from-1] == '-' && isAlnum(text[from-2]) && isAlnum(first) {
		before = true // the end of a longer number
	}
	after := to < len(text) && isAlnum(text[to]) && isAlnum(last)
	if to+1 < len(text) && text[to] == '-' && text[to+1] >= '0' && text[to+1] <= '9' {
		after = true
	}
	return !before && !after
}

func isAlnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// serviceTime returns the vendor's open incidents whose service a text names and one of
// whose times it states.
func (c *reading) serviceTime(v *intake.Vendor, text string, times inbox.Times) findings {
	found := findings{}
	words := compact(text)
	for i := range c.incidents {
		o := &c.incidents[i]
		service := compact(o.Service)
		if v == nil || o.Vendor != v.ID || service == "" || !strings.Contains(words, service) {
			continue
		}
		if anyNear(o.Times, times) {
			found[o.Incident] = true
		}
	}
	return found
}

func anyNear(known []time.Time, times inbox.Times) bool {
	for _, stated := range []time.Time{times.Occurred, times.Detected, times.Confirmed, times.Recovered} {
		for _, at := range known {
			if !stated.IsZero() && !at.IsZero() && stated.Sub(at).Abs() <= near {
				return true
			}
		}
	}
	return false
}

// namesOne reports whether a text names an open incident by a number, the vendor's or ours.
func (c *reading) namesOne(v *intake.Vendor, text string) bool {
	text = foldKeys(text)
	tickets, _ := c.tickets(v, text)
	return len(tickets)+len(c.numbers(text)) > 0
}

// anotherService is a service that a text names besides the incident's; empty: none.
func (c *reading) anotherService(v *intake.Vendor, o *intake.Open, text string) string {
	words := strings.ReplaceAll(compact(text), compact(o.Service), "")
	for _, service := range v.Services {
		if s := compact(service); s != compact(o.Service) && len([]rune(s)) >= 3 && strings.Contains(words, s) {
			return service
		}
	}
	return ""
}

// otherService is another service of the vendor that a text speaks of instead of the
// incident's; empty: none.
func (c *reading) otherService(v *intake.Vendor, o *intake.Open, text string) string {
	if strings.Contains(compact(text), compact(o.Service)) {
		return ""
	}
	return c.anotherService(v, o, text)
}
