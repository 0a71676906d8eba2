package chaser

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

const longestSubject = 75 // characters of the incident's public title in a subject

func (w *writer) subject() string {
	title := []rune(w.event())
	if len(title) > longestSubject {
		title = append(title[:longestSubject-1], '…')
	}
	return w.say("subject", "Lead", w.say("lead_"+string(w.tone)), "Title", string(title), "References", w.references())
}

// references are the reference numbers of both sides.
func (w *writer) references() string {
	all := []string{w.Incident.ID.String()}
	if theirs := w.theirReference(); theirs != "" {
		all = append(all, w.say("their_number", "Reference", theirs))
	}
	return w.list(all)
}

// theirReference is the reference of the vendor's last notice that has one.
func (w *writer) theirReference() string {
	reference := ""
	for _, n := range w.Incident.Counted() {
		if n.Reference != "" {
			reference = oneLine(n.Reference)
		}
	}
	return reference
}

// body joins the parts with an empty line between them.
func (w *writer) body() string {
	parts := []string{w.greeting(), w.opening(), w.thing()}
	if w.tone != Request { // without a binding promise the letter claims none
		for i, c := range w.clocks {
			if i == 0 || w.source(c) != w.source(w.clocks[i-1]) {
				parts = append(parts, w.clause(w.source(c)))
			}
			parts = append(parts, w.reckoning(c))
		}
	}
	parts = append(parts, w.asking(), w.say("closing"))
	kept := parts[:0]
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "\n\n") + "\n"
}

func (w *writer) greeting() string {
	name := w.Incident.Vendor
	if w.Vendor != nil {
		name = w.Vendor.Name.In(w.lang)
	}
	return w.say("greeting", "Vendor", name)
}

// thing describes the incident to the vendor.
func (w *writer) thing() string {
	lines := []string{w.say("thing_head")}
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, label+": "+value)
		}
	}
	add(w.say("label_event"), w.event())
	add(w.say("label_service"), oneLine(w.Incident.Service))
	add(w.say("label_our_reference"), w.Incident.ID.String())
	add(w.say("label_their_reference"), w.theirReference())
	if reference := oneLine(w.Incident.Reference); reference != w.theirReference() {
		add(w.say("label_reference"), reference)
	}
	for m, stamp := range w.Incident.Times {
		if sla.Moment(m) != sla.Logged && stamp.Known() {
			add(phrase.Capital(w.moment(sla.Moment(m))), w.instant(stamp.At)+w.provenance(stamp.Basis))
		}
	}
	return strings.Join(lines, "\n")
}

// event names the incident to the vendor: by its public title, else by the service and
// the day. The SOC's own title is not meant for the vendor.
func (w *writer) event() string {
	if title := oneLine(w.Incident.PublicTitle); title != "" {
		return title
	}
	service := cmp.Or(oneLine(w.Incident.Service), w.say("your_service"))
	at, ours := w.firstKnown()
	year, month, date := at.In(w.zone).Date()
	day := phrase.FullDay(w.lang, calendar.NewDate(year, month, date))
	if ours {
		return w.say("event_ours", "Service", service, "Day", day)
	}
	return w.say("event_theirs", "Service", service, "Day", day)
}

// firstKnown is the first of the vendor's moments that is known, in the order of an
// incident's course; without one it is ours.
func (w *writer) firstKnown() (at time.Time, ours bool) {
	times := &w.Incident.Times
	for _, m := range sla.Moments() {
		if times[m].Known() && !m.Ours() {
			return times[m].At, false
		}
	}
	if times[sla.Aware].Known() {
		return times[sla.Aware].At, true
	}
	return times[sla.Logged].At, true
}

// source is the source of a clock's promise, as stored with the clock.
func (w *writer) source(c *sla.Clock) sla.Source {
	if p := w.promise(c); c.Explanation.Source == (sla.Source{}) && p != nil {
		return p.Source
	}
	return c.Explanation.Source
}

// clause quotes the promise, with its place in the document.
func (w *writer) clause(source sla.Source) string {
	var place []string
	for _, part := range []string{source.Document, source.Edition, source.Section} {
		if part != "" {
			place = append(place, part)
		}
	}
	if source.Quote == "" && len(place) == 0 {
		return ""
	}
	lines := []string{w.say("clause_head")}
	if source.Quote != "" {
		lines = append(lines, w.say("quoted", "Text", oneLine(source.Quote)))
	}
	if len(place) > 0 {
		lines = append(lines, w.say("source", "Place", w.list(place)))
	}
	if source.URL != "" {
		lines = append(lines, source.URL)
	}
	return strings.Join(lines, "\n")
}

// reckoning explains how the deadline follows from the clause.
func (w *writer) reckoning(c *sla.Clock) string {
	e := c.Explanation
	e.Alternatives = nil // the other readings are not the vendor's concern
	e.Answer = sla.Answer{}
	e.Steps = slices.DeleteFunc(slices.Clone(e.Steps), func(s sla.Step) bool { return !argues(c, s.Kind) })
	reasons := prose.Reasons(w.lang, &e)
	if len(reasons) == 0 {
		return ""
	}
	heading := w.say("reckoning_head")
	if len(w.clocks) > 1 {
		heading = w.say("reckoning_head_of", "Named", w.named(c))
	}
	return heading + "\n" + w.readdressed(strings.Join(reasons, "\n"))
}

// readdressed replaces the words for the vendor and for us by those of a letter to the
// vendor.
func (w *writer) readdressed(text string) string {
	pairs := strings.FieldsFunc(w.say("readdressed"), func(r rune) bool { return r == '\n' || r == '=' })
	return strings.NewReplacer(pairs...).Replace(text)
}

// argues reports whether a step belongs into a letter. Steps about warnings and
// about unprovable deadlines do not; once the most lenient case has passed, the
// deadline of the strictest case does not either.
func argues(c *sla.Clock, kind sla.StepKind) bool {
	lenient := c.Explanation.Bounds.Assumed && !c.Assumed()
	switch kind {
	case sla.StepWaiting:
		return false
	case sla.StepBound:
		return lenient
	case sla.StepDue:
		return !lenient
	}
	return true
}

// asking lists the requests, and the time by which an answer is asked for.
func (w *writer) asking() string {
	lines := []string{w.say("asking_head")}
	for i, wish := range w.wishes() {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, wish))
	}
	answer := "answer_by"
	if w.tone == Overdue {
		answer = "answer_at_once"
	}
	return strings.Join(append(lines, w.say(answer, "By", w.deadline(w.replyBy))), "\n")
}

// oneLine removes line breaks from a text for a subject or a list.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// instant and deadline write t with its year in the vendor's zone: a letter may be
// read long after it was sent.
func (w *writer) instant(t time.Time) string {
	t = t.In(w.zone)
	return phrase.Instant(w.lang, t, time.Time{}) + " " + phrase.Zone(t)
}

func (w *writer) deadline(t time.Time) string {
	t = t.In(w.zone)
	return phrase.Deadline(w.lang, t, time.Time{}) + " " + phrase.Zone(t)
}
