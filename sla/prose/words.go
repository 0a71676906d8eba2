package prose

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
)

// Moment names a moment in a sentence or a list. It returns the name of anything
// else unchanged.
func Moment(lang, name string) string {
	if name == sla.MomentAnchor {
		return say(lang, "moment_anchor")
	}
	m, err := sla.ParseMoment(sla.PresentName(name))
	if err != nil {
		return name
	}
	return say(lang, "moment_"+m.String())
}

// MomentHeading names a moment in front of its instant.
func MomentHeading(lang string, m sla.Moment) string {
	text := Moment(lang, m.String())
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// MomentLabel is the label of a moment's input field.
func MomentLabel(lang string, m sla.Moment) string {
	return say(lang, "moment_"+m.String()+"_label")
}

// FieldLabel returns the label of a field of JSON, CSV or a form if the field is
// that of a moment.
func FieldLabel(lang, field string) (string, bool) {
	m, err := sla.ParseMoment(strings.TrimSuffix(field, "_at"))
	if err != nil || m.Field() != field {
		return "", false
	}
	return MomentLabel(lang, m), true
}

// Fact names the value of a fact: serious along impact is 重大.
func Fact(lang string, by sla.Dimension, value string) string {
	switch by {
	case sla.ByImpact:
		return phrase.Impact(lang, value)
	case sla.ByScope:
		return phrase.Scope(lang, value)
	case sla.BySeverity:
		return phrase.Severity(lang, value)
	}
	return value
}

// Dimension names a fact. It returns an unknown name unchanged.
func Dimension(lang string, by sla.Dimension) string {
	if key := "fact_" + string(by); catalog.In(lang).Has(key) {
		return say(lang, key)
	}
	return string(by)
}

// Facts names facts in one line.
func Facts(lang string, facts []sla.Dimension) string {
	names := make([]string, len(facts))
	for i, by := range facts {
		names[i] = Dimension(lang, by)
	}
	return strings.Join(names, say(lang, "list_joint"))
}

// UnknownFacts names the facts whose strictest case decided a clock's deadline;
// empty if there are none.
func UnknownFacts(lang string, c *sla.Clock) string { return Facts(lang, c.UnknownFacts()) }

// hours writes a day's hours as 09:00〜12:00、13:00〜17:00.
func hours(lang string, spans []calendar.Span) string {
	list := make([]string, len(spans))
	for i, span := range spans {
		joint := "hours_joint"
		if span.PassesMidnight() {
			joint = "hours_joint_next_day"
		}
		list[i] = strings.Replace(span.String(), "-", say(lang, joint), 1)
	}
	return strings.Join(list, say(lang, "list_joint"))
}

func instant(lang string, t time.Time) string { return phrase.Instant(lang, t, time.Time{}) }

func deadline(lang string, t time.Time) string { return phrase.Deadline(lang, t, time.Time{}) }
