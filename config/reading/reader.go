// Package reading reads values of the configuration's tree: texts, dates, lengths and
// the rules of due times. Each problem names the file, the line, the field and the value.
package reading

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kigen/calendar"
	"kigen/config/tree"
	"kigen/sla/grammar"
	"kigen/sla/phrase"
)

// Reader decodes a tree and collects its problems. Its methods accept nil for an absent
// value and then return the zero value.
type Reader struct{ Problems, Warnings tree.Invalid }

// Reportf adds a problem with a value.
func (r *Reader) Reportf(n *tree.Node, format string, args ...any) {
	if n.Unset {
		return
	}
	r.Problems = append(r.Problems, tree.Problem{
		File: n.File, Line: n.Line, Field: n.Path, Value: n.Shown(), Message: fmt.Sprintf(format, args...),
	})
}

// Warnf adds a warning about a value that is valid but probably mistaken.
func (r *Reader) Warnf(n *tree.Node, format string, args ...any) {
	if n.Unset {
		return
	}
	r.Warnings = append(r.Warnings, tree.Problem{
		File: n.File, Line: n.Line, Field: n.Path, Value: n.Shown(), Message: fmt.Sprintf(format, args...),
	})
}

// Missing reports a missing key.
func (r *Reader) Missing(n *tree.Node, key, remedy string) {
	r.Problems = append(r.Problems, tree.Problem{
		File: n.File, Line: n.Line, Field: tree.Dotted(n.Path, key), Message: "is missing: " + remedy,
	})
}

// Is reports whether n is present and of kind k.
func (r *Reader) Is(n *tree.Node, k tree.Kind) bool {
	if n == nil {
		return false
	}
	if n.Kind != k {
		r.Reportf(n, "is %s: write %s", n.Kind, k)
		return false
	}
	return true
}

// Keys reports unknown keys of an object, and returns whether n is an object.
func (r *Reader) Keys(n *tree.Node, known ...string) bool {
	if !r.Is(n, tree.Object) {
		return false
	}
	for _, f := range n.Fields {
		if slices.Contains(known, f.Key) {
			continue
		}
		r.Problems = append(r.Problems, tree.Problem{
			File: n.File, Line: f.Line, Field: tree.Dotted(n.Path, n.ShownKey(f.Key)), Message: unknownKey(f.Key, known),
		})
	}
	return true
}

func unknownKey(key string, known []string) string {
	if len(known) == 0 {
		return "is not a known key: no keys are allowed here"
	}
	if word, _, glued := strings.Cut(key, ":"); glued && slices.Contains(known, word) {
		return fmt.Sprintf("is not a known key: a space is missing behind %q", word+":")
	}
	if near, ok := phrase.Nearest(key, known); ok {
		return fmt.Sprintf("is not a known key: did you mean %s? Known are %s", near, strings.Join(known, ", "))
	}
	return "is not a known key: use " + tree.OrList(known)
}

// List returns the non-empty items of a list.
func (r *Reader) List(n *tree.Node) []*tree.Node {
	if !r.Is(n, tree.List) {
		return nil
	}
	var items []*tree.Node
	for _, item := range n.Items {
		if item.Kind == tree.Null {
			r.Reportf(item, "is empty: remove it, or give it a value")
			continue
		}
		items = append(items, item)
	}
	return items
}

// Text returns a non-empty scalar of one line.
func (r *Reader) Text(n *tree.Node) string {
	text := r.Prose(n)
	if at := strings.IndexFunc(text, phrase.BreaksLine); at >= 0 {
		control, _ := utf8.DecodeRuneInString(text[at:])
		r.Reportf(n, "contains the control character U+%04X: write it on one line, without it", control)
	}
	return text
}

// Prose returns a text that may have several lines.
func (r *Reader) Prose(n *tree.Node) string {
	if !r.Is(n, tree.Scalar) {
		return ""
	}
	text := strings.TrimSpace(n.Text)
	if text == "" {
		r.Reportf(n, "is empty: remove the key, or give it a value")
	}
	if strings.ContainsRune(text, 0) {
		r.Reportf(n, "contains a NUL character (U+0000): remove it")
	}
	return text
}

// Texts returns a list of scalars; a single one needs no brackets.
func (r *Reader) Texts(n *tree.Node) []string {
	if n != nil && n.Kind == tree.Scalar {
		return []string{r.Text(n)}
	}
	var texts []string
	for _, item := range r.List(n) {
		texts = append(texts, r.Text(item))
	}
	return texts
}

// IdentifierRule is the remedy for a name that is not an identifier.
const IdentifierRule = "use 1 to 64 of a-z, 0-9, - and _, starting with a letter or digit"

// ID returns a name that is valid in URLs, flags and database keys.
func (r *Reader) ID(n *tree.Node) string {
	id := r.Text(n)
	if id != "" && !tree.IsIdentifier(id) {
		r.Reportf(n, IdentifierRule)
	}
	return id
}

// Bilingual returns a text in both languages: {ja: …, en: …}, or one text for both.
func (r *Reader) Bilingual(n *tree.Node) calendar.Text {
	if n != nil && n.Kind == tree.Scalar {
		return calendar.Text{Ja: r.Text(n)}
	}
	if n == nil || !r.Keys(n, "ja", "en") {
		return calendar.Text{}
	}
	return calendar.Text{Ja: r.Text(n.Get("ja")), En: r.Text(n.Get("en"))}
}

// Flag returns a boolean: true or false.
func (r *Reader) Flag(n *tree.Node) bool {
	text := r.Text(n)
	if text != "" && text != "true" && text != "false" {
		r.Reportf(n, "use true or false")
	}
	return text == "true"
}

// Date returns a day written like 2026-05-01, which must exist.
func (r *Reader) Date(n *tree.Node) calendar.Date {
	text := r.Text(n)
	if text == "" {
		return 0
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		r.Reportf(n, "use a day that exists, written like 2026-05-01")
	}
	return d
}

// Count returns a positive whole number.
func (r *Reader) Count(n *tree.Node) int {
	text := r.Text(n)
	if text == "" {
		return 0
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 1 {
		r.Reportf(n, "use a whole number from 1; for a time before the start, use before")
		return 0
	}
	return count
}

var (
	length     = regexp.MustCompile(`^(\d+h)?(\d+m)?(\d+s)?$`)
	daysLength = regexp.MustCompile(`^(\d+)d$`)
)

// ParseLength parses 6h, 30m, 1h30m or 90s, without a limit. The remedy is empty if text
// is a length.
func ParseLength(text string) (d time.Duration, remedy string) {
	if days, ok := CutDays(text); ok {
		return 0, fmt.Sprintf("d is ambiguous: write hours such as 24h, {days: %s} or {business_days: %s}", days, days)
	}
	if text == "" || !length.MatchString(text) {
		return 0, "use a length such as 30m, 6h or 1h30m"
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, "use a length of at most 10 years, such as 30m, 6h or 1h30m"
	}
	return d, ""
}

// CutDays returns the digits of a number of days: 400 of 400d.
func CutDays(text string) (digits string, ok bool) {
	days := daysLength.FindStringSubmatch(text)
	if days == nil {
		return "", false
	}
	return days[1], true
}

// Length returns a positive length of at most 10 years.
func (r *Reader) Length(n *tree.Node) time.Duration {
	text := r.Text(n)
	if text == "" {
		return 0
	}
	d, remedy := ParseLength(text)
	if remedy == "" && (d <= 0 || d > grammar.MaxLength) {
		remedy = "use a length of more than 0 and at most 10 years"
	}
	if remedy != "" {
		r.Reportf(n, "%s", remedy)
		return 0
	}
	return d
}

// Zone loads a time zone. Local is rejected: it differs between machines.
func (r *Reader) Zone(n *tree.Node) *time.Location {
	text := r.Text(n)
	if text == "" {
		return nil
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		r.Reportf(n, "use a name of the tz database such as Asia/Tokyo or UTC")
		return nil
	}
	return zone
}
