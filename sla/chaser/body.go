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
	lead := map[Tone]text{
		Overdue: {"【至急】ご連絡のお願い", "Urgent: please let us know"},
		Ahead:   {"状況ご確認のお願い", "Request for a status update"},
		Unknown: {"状況ご確認のお願い", "Request for a status update"},
		Late:    {"ご回答のお願い", "Request for an explanation of your late notice"},
		Request: {"状況ご確認のお願い", "Request for a status update"},
	}[w.tone].in(w.lang)
	title := []rune(w.event())
	if len(title) > longestSubject {
		title = append(title[:longestSubject-1], '…')
	}
	if w.lang == japanese {
		return fmt.Sprintf("%s: %s(%s)", lead, string(title), w.references("、"))
	}
	return fmt.Sprintf("%s: %s (%s)", lead, string(title), w.references(", "))
}

// references are the reference numbers of both sides.
func (w *writer) references(comma string) string {
	all := []string{w.Incident.ID.String()}
	if theirs := w.theirReference(); theirs != "" {
		all = append(all, w.say("貴社番号 ", "your reference ")+theirs)
	}
	return strings.Join(all, comma)
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
	parts = append(parts, w.asking(), w.say("お手数をおかけしますが、どうぞよろしくお願いいたします。", "Thank you for your help."))
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
	if w.lang == japanese {
		return name + "\nご担当者様\n\nいつもお世話になっております。"
	}
	return "Dear " + name + " team,"
}

// thing describes the incident to the vendor.
func (w *writer) thing() string {
	lines := []string{w.say("■ 対象", "The incident")}
	add := func(ja, en, value string) {
		if value != "" {
			lines = append(lines, w.say(ja+": ", en+": ")+value)
		}
	}
	add("事象", "What happened", w.event())
	add("サービス", "Service", oneLine(w.Incident.Service))
	add("弊社管理番号", "Our reference", w.Incident.ID.String())
	add("貴社番号", "Your reference", w.theirReference())
	if reference := oneLine(w.Incident.Reference); reference != w.theirReference() {
		add("参照番号", "Reference", reference)
	}
	for m, stamp := range w.Incident.Times {
		if sla.Moment(m) != sla.Logged && stamp.Known() {
			moment := w.moment(sla.Moment(m))
			add(moment, "W"+strings.TrimPrefix(moment, "w"), w.instant(stamp.At)+w.provenance(stamp.Basis))
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
	service := cmp.Or(oneLine(w.Incident.Service), w.say("貴社サービス", "your service"))
	at, ours := w.firstKnown()
	year, month, date := at.In(w.zone).Date()
	day := phrase.FullDay(w.lang, calendar.NewDate(year, month, date))
	if ours {
		return w.say(service+" において弊社が "+day+" に認知した事象", service+": the event that we became aware of on "+day)
	}
	return w.say(service+" における "+day+" の事象", service+": the event of "+day)
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
	lines := []string{w.say("■ 貴社の公表資料", "What you have published")}
	if source.Quote != "" {
		lines = append(lines, w.say("「"+oneLine(source.Quote)+"」", `"`+oneLine(source.Quote)+`"`))
	}
	if len(place) > 0 {
		lines = append(lines, w.say("出典: "+strings.Join(place, "、"), "Source: "+strings.Join(place, ", ")))
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
	heading := text{"■ 期限の算定(弊社による)", "How we work out the deadline"}
	if len(w.clocks) > 1 {
		heading = text{"■ " + w.named(c) + "の期限の算定(弊社による)", "How we work out the deadline for the " + w.named(c)}
	}
	lines := []string{heading.in(w.lang)}
	for _, line := range reasons {
		if w.lang == japanese { // the reader is the vendor
			line = strings.NewReplacer("ベンダーの", "貴社の", "当社の", "弊社の", "当社が", "弊社が").Replace(line)
		} else {
			line = strings.ReplaceAll(line, "by the vendor", "by you")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
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
	lines := []string{w.say("■ お願いしたいこと", "What we ask you for")}
	for i, wish := range w.wishes() {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, wish))
	}
	by := w.deadline(w.replyBy)
	ask := text{"ご回答は、" + by + " までにお願いいたします。", "Please answer by " + by + "."}
	if w.tone == Overdue {
		ask = text{
			"まずは現時点で分かる範囲で結構ですので、至急、遅くとも " + by + " までにご一報ください。",
			"What you know now is enough for a first answer. Please send it at once, and by " + by + " at the latest.",
		}
	}
	return strings.Join(append(lines, ask.in(w.lang)), "\n")
}

// oneLine removes line breaks from a text for a subject or a list.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// text is a sentence in both languages.
type text struct{ ja, en string }

const japanese = "ja"

func (t text) in(lang string) string {
	if lang == japanese {
		return t.ja
	}
	return t.en
}

func (w *writer) say(ja, en string) string { return text{ja, en}.in(w.lang) }

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
