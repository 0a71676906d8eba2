package tracker

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"kigen/sla"
	"kigen/sla/phrase"
)

const longestText = 50_000 // characters of a description, a notice or a note

// line is a field shown on one line, with its value.
type line struct{ field, value string }

// lines are the one-line fields of an incident.
func lines(inc *sla.Incident) []line {
	fields := []line{{"vendor", inc.Vendor}, {"service", inc.Service}, {"title", inc.Title}, {"public_title", inc.PublicTitle}, {"reference", inc.Reference}}
	for _, tag := range inc.Tags {
		fields = append(fields, line{"tags", tag})
	}
	return fields
}

// check refuses a name or a key of several lines.
func (q *Request) check() (problems Invalid) {
	problems.checkLines(line{"by", Person(q.Actor)}, line{"Idempotency-Key", q.Key})
	return problems
}

// checkLines refuses characters that break a line, because a title must not pass
// for two fields of a message. Invisible characters that names may contain are
// accepted; phrase.Line shows them as escapes.
func (e *Invalid) checkLines(fields ...line) {
	for _, f := range fields {
		if r, found := breakOf(f.value, ""); found {
			e.Addf(f.field, phrase.Line(f.value), "contains the control character %s: write it on one line, without it", codeOf(r))
		}
	}
}

// checkText refuses control characters in a text that may have several lines and tabs.
func (e *Invalid) checkText(field, text string) {
	if r, found := breakOf(text, "\n\t"); found {
		e.Addf(field, codeOf(r), "contains the control character %s: remove it; line feeds and tabs may stay", codeOf(r))
	}
}

// CheckLine refuses control characters in a value of one line.
func (e *Invalid) CheckLine(field, value string) { e.checkLines(line{field, value}) }

// CheckText refuses control characters in a text that may have several lines and tabs.
func (e *Invalid) CheckText(field, text string) { e.checkText(field, text) }

// CheckStorable refuses what no database of kigen takes: a NUL character, and bytes that
// are no UTF-8. Fields of an incident allow less; this is for names and searches.
func (e *Invalid) CheckStorable(field, value string) {
	switch {
	case strings.ContainsRune(value, 0):
		e.Addf(field, phrase.Line(value), "contains a NUL character (U+0000): remove it")
	case !utf8.ValidString(value):
		e.Addf(field, strings.ToValidUTF8(value, "\uFFFD"), "contains bytes that are no UTF-8: send the text as UTF-8")
	}
}

// checkLength refuses a text that is too long.
func (e *Invalid) checkLength(field, text string) {
	if n := utf8.RuneCountInString(text); n > longestText {
		e.Addf(field, fmt.Sprintf("(%d characters)", n), "is longer than %d characters: shorten it", longestText)
	}
}

// breakOf finds the first character that breaks a line and is not allowed.
func breakOf(text, allowed string) (found rune, ok bool) {
	at := strings.IndexFunc(text, func(r rune) bool { return phrase.BreaksLine(r) && !strings.ContainsRune(allowed, r) })
	if at < 0 {
		return 0, false
	}
	found, _ = utf8.DecodeRuneInString(text[at:])
	return found, true
}

func codeOf(r rune) string { return fmt.Sprintf("%s (U+%04X)", phrase.Line(string(r)), r) }

// plainText ends lines with a line feed alone: forms and mails write CR LF.
func plainText(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
