package terminal

import (
	"embed"
	"fmt"
	"io"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/prose"
)

//go:embed locales/*.json
var locales embed.FS

var texts = localizer.New(locales)

// say returns the text of a key in a language.
func say(lang, key string, pairs ...any) string { return texts.In(lang).Say(key, pairs...) }

// fact names the value of a fact; empty: it is not stated.
func fact(lang string, by sla.Dimension, value string) string {
	if value == "" {
		return ""
	}
	return prose.Fact(lang, by, value)
}

// StateText names the state of a clock.
func StateText(lang string, s sla.State) string { return phrase.State(lang, string(s)) }

// stateOf is StateText in the words of what answers a clock of the promise, for an
// incident of the kind.
func stateOf(lang, kind, promise string, s sla.State) string {
	return phrase.StateOf(lang, string(sla.DeedOf(sla.IncidentKind(kind), promise)), string(s))
}

// StrengthText names how firm a promise is.
func StrengthText(lang string, s sla.Strength) string { return phrase.Strength(lang, string(s)) }

// InstantText writes an instant with its offset, because a terminal does not show
// which zone applies.
func InstantText(lang string, t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return phrase.Instant(lang, t, now) + " " + t.Format("-07:00")
}

// DueText writes a deadline; midnight is written as 24:00 of the day before.
func DueText(lang string, due *time.Time, now time.Time) string {
	if due == nil || due.IsZero() {
		return say(lang, "none")
	}
	return phrase.Deadline(lang, *due, now) + " " + due.Format("-07:00")
}

// leftText writes the time to or since a deadline.
func leftText(lang string, due *time.Time, now time.Time) string {
	if due == nil || due.IsZero() {
		return ""
	}
	left := due.Sub(now)
	length := phrase.Duration(lang, left)
	if left < 0 {
		return say(lang, "over", "Length", length)
	}
	return say(lang, "left", "Length", length)
}

// PrintLines writes lines that may contain text from users or vendors.
func PrintLines(w io.Writer, lines []string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, Clean(strings.ReplaceAll(line, "\n", " "))); err != nil {
			return err
		}
	}
	return nil
}

// fromStart writes a deadline's distance from its start, before or after.
func fromStart(lang string, d time.Duration) string {
	length := phrase.Duration(lang, d)
	if d < 0 {
		return say(lang, "before_the_start", "Length", length)
	}
	return say(lang, "after_the_start", "Length", length)
}

func nonEmpty(parts ...string) []string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// Join lists the values of a flag for its help and for errors.
func Join[T ~string](values []T) string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return strings.Join(names, ", ")
}
