package chaser

import (
	"fmt"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

const longestSubject = 60 // characters of the incident's title in a subject

func (w *writer) subject() string {
	lead := map[Tone]text{
		Overdue: {"【至急】ご連絡のお願い", "Urgent: please let us know"},
		Ahead:   {"状況ご確認のお願い", "Could you tell us where this stands"},
		Unknown: {"状況ご確認のお願い", "Could you tell us where this stands"},
		Late:    {"ご回答のお願い", "Please tell us about your late notice"},
		Request: {"状況ご確認のお願い", "Could you tell us where this stands"},
	}[w.tone].in(w.lang)
	title := []rune(oneLine(w.Incident.Title))
	if len(title) > longestSubject {
		title = append(title[:longestSubject-1], '…')
	}
	if w.lang == japanese {
		return fmt.Sprintf("%s: %s(%s)", lead, string(title), w.references("、"))
	}
	return fmt.Sprintf("%s: %s (%s)", lead, string(title), w.references(", "))
}

// references are the numbers by which both sides find the case.
func (w *writer) references(comma string) string {
	all := []string{w.Incident.ID.String()}
	if theirs := w.theirReference(); theirs != "" {
		all = append(all, w.say("貴社番号 ", "your reference ")+theirs)
	}
	return strings.Join(all, comma)
}

// theirReference is what the vendor called the case last.
func (w *writer) theirReference() string {
	reference := ""
	for _, n := range w.Incident.Notices {
		if n.Reference != "" {
			reference = oneLine(n.Reference)
		}
	}
	return reference
}

// body puts the parts under each other with an empty line between them.
func (w *writer) body() string {
	parts := []string{w.greeting(), w.opening(), w.thing()}
	if w.tone != Request { // no promise is claimed where none binds
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

// thing describes the incident so that the vendor can find it.
func (w *writer) thing() string {
	lines := []string{w.say("■ 対象", "The incident")}
	add := func(ja, en, value string) {
		if value != "" {
			lines = append(lines, w.say(ja+": ", en+": ")+value)
		}
	}
	add("事象", "What happened", oneLine(w.Incident.Title))
	add("サービス", "Service", oneLine(w.Incident.Service))
	add("弊社管理番号", "Our reference", w.Incident.ID.String())
	add("貴社番号", "Your reference", w.theirReference())
	if reference := oneLine(w.Incident.Reference); reference != w.theirReference() {
		add("参照番号", "Reference", reference)
	}
	for m, stamp := range w.Incident.Times {
		if sla.Moment(m) != sla.Logged && stamp.Known() {
			moment := w.moment(sla.Moment(m))
			add(moment, "W"+strings.TrimPrefix(moment, "w"), w.instant(stamp.At)+w.basis(stamp.Basis))
		}
	}
	return strings.Join(lines, "\n")
}

// source is where a clock's promise stands, as it was kept with the clock.
func (w *writer) source(c *sla.Clock) sla.Source {
	if p := w.promise(c); c.Explanation.Source == (sla.Source{}) && p != nil {
		return p.Source
	}
	return c.Explanation.Source
}

// clause quotes the vendor's own words, with the place to find them at.
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

// reckoning is how the deadline follows from the clause.
func (w *writer) reckoning(c *sla.Clock) string {
	e := c.Explanation
	e.Alternatives = nil // what else the text could mean is for us to weigh, not to argue
	reasons := e.Reasons(w.lang)
	if len(reasons) == 0 {
		return ""
	}
	heading := text{"■ 期限の算定(弊社による)", "How we work out the deadline"}
	if len(w.clocks) > 1 {
		heading = text{"■ " + w.named(c) + "の期限の算定(弊社による)", "How we work out the deadline for the " + w.named(c)}
	}
	lines := []string{heading.in(w.lang)}
	for _, line := range reasons {
		if w.lang == japanese { // it is the vendor who reads this
			line = strings.NewReplacer("ベンダーの", "貴社の", "当方の", "弊社の").Replace(line)
		} else {
			line = strings.ReplaceAll(line, "by the vendor", "by you")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// asking lists what we ask for, and by when.
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

// oneLine keeps a line break that somebody typed out of a subject and a list.
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

// instant and deadline write t with its year in the vendor's zone: a letter is
// read long after it was sent.
func (w *writer) instant(t time.Time) string {
	t = t.In(w.zone)
	return phrase.Instant(w.lang, t, time.Time{}) + " " + zoneName(t)
}

func (w *writer) deadline(t time.Time) string {
	t = t.In(w.zone)
	return phrase.Deadline(w.lang, t, time.Time{}) + " " + zoneName(t)
}

// zoneName is JST, or UTC-03 where a zone has no letters.
func zoneName(t time.Time) string {
	name := t.Format("MST")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}
