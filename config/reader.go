package config

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
	"kigen/sla/phrase"
)

// reader decodes a tree and collects its problems. Its methods accept nil for an absent
// value and then return the zero value.
type reader struct{ problems, warnings tree.Invalid }

// reportf adds a problem with a value.
func (r *reader) reportf(n *tree.Node, format string, args ...any) {
	if n.Unset {
		return
	}
	r.problems = append(r.problems, tree.Problem{
		File: n.File, Line: n.Line, Field: n.Path, Value: n.Shown(), Message: fmt.Sprintf(format, args...),
	})
}

// warnf adds a warning about a value that is valid but probably mistaken.
func (r *reader) warnf(n *tree.Node, format string, args ...any) {
	if n.Unset {
		return
	}
	r.warnings = append(r.warnings, tree.Problem{
		File: n.File, Line: n.Line, Field: n.Path, Value: n.Shown(), Message: fmt.Sprintf(format, args...),
	})
}

// missing reports a missing key.
func (r *reader) missing(n *tree.Node, key, remedy string) {
	r.problems = append(r.problems, tree.Problem{
		File: n.File, Line: n.Line, Field: tree.Dotted(n.Path, key), Message: "is missing: " + remedy,
	})
}

// is reports whether n is present and of kind k.
func (r *reader) is(n *tree.Node, k tree.Kind) bool {
	if n == nil {
		return false
	}
	if n.Kind != k {
		r.reportf(n, "is %s: write %s", n.Kind, k)
		return false
	}
	return true
}

// keys reports unknown keys of an object, and returns whether n is an object.
func (r *reader) keys(n *tree.Node, known ...string) bool {
	if !r.is(n, tree.Object) {
		return false
	}
	for _, f := range n.Fields {
		if slices.Contains(known, f.Key) {
			continue
		}
		r.problems = append(r.problems, tree.Problem{
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

// list returns the non-empty items of a list.
func (r *reader) list(n *tree.Node) []*tree.Node {
	if !r.is(n, tree.List) {
		return nil
	}
	var items []*tree.Node
	for _, item := range n.Items {
		if item.Kind == tree.Null {
			r.reportf(item, "is empty: remove it, or give it a value")
			continue
		}
		items = append(items, item)
	}
	return items
}

// text returns a non-empty scalar of one line.
func (r *reader) text(n *tree.Node) string {
	text := r.prose(n)
	if at := strings.IndexFunc(text, phrase.BreaksLine); at >= 0 {
		control, _ := utf8.DecodeRuneInString(text[at:])
		r.reportf(n, "contains the control character U+%04X: write it on one line, without it", control)
	}
	return text
}

// prose returns a text that may have several lines.
func (r *reader) prose(n *tree.Node) string {
	if !r.is(n, tree.Scalar) {
		return ""
	}
	text := strings.TrimSpace(n.Text)
	if text == "" {
		r.reportf(n, "is empty: remove the key, or give it a value")
	}
	return text
}

// texts returns a list of scalars; a single one needs no brackets.
func (r *reader) texts(n *tree.Node) []string {
	if n != nil && n.Kind == tree.Scalar {
		return []string{r.text(n)}
	}
	var texts []string
	for _, item := range r.list(n) {
		texts = append(texts, r.text(item))
	}
	return texts
}

const identifierRule = "use 1 to 64 of a-z, 0-9, - and _, starting with a letter or digit"

// id returns a name that is valid in URLs, flags and database keys.
func (r *reader) id(n *tree.Node) string {
	id := r.text(n)
	if id != "" && !tree.IsIdentifier(id) {
		r.reportf(n, identifierRule)
	}
	return id
}

// bilingual returns a text in both languages: {ja: …, en: …}, or one text for both.
func (r *reader) bilingual(n *tree.Node) calendar.Text {
	if n != nil && n.Kind == tree.Scalar {
		return calendar.Text{Ja: r.text(n)}
	}
	if n == nil || !r.keys(n, "ja", "en") {
		return calendar.Text{}
	}
	return calendar.Text{Ja: r.text(n.Get("ja")), En: r.text(n.Get("en"))}
}

func (r *reader) flag(n *tree.Node) bool {
	text := r.text(n)
	if text != "" && text != "true" && text != "false" {
		r.reportf(n, "use true or false")
	}
	return text == "true"
}

func (r *reader) date(n *tree.Node) calendar.Date {
	text := r.text(n)
	if text == "" {
		return 0
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		r.reportf(n, "use a day that exists, written like 2026-05-01")
	}
	return d
}

// count returns a positive whole number.
func (r *reader) count(n *tree.Node) int {
	text := r.text(n)
	if text == "" {
		return 0
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 1 {
		r.reportf(n, "use a whole number from 1; for a time before the start, use before")
		return 0
	}
	return count
}

var (
	length     = regexp.MustCompile(`^(\d+h)?(\d+m)?(\d+s)?$`)
	daysLength = regexp.MustCompile(`^(\d+)d$`)
)

// parseLength parses 6h, 30m, 1h30m or 90s.
func parseLength(text string) (d time.Duration, remedy string) {
	if days := daysLength.FindStringSubmatch(text); days != nil {
		return 0, fmt.Sprintf("d is ambiguous: write hours such as 24h, {days: %s} or {business_days: %s}", days[1], days[1])
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

// length returns a positive length of at most 10 years.
func (r *reader) length(n *tree.Node) time.Duration {
	text := r.text(n)
	if text == "" {
		return 0
	}
	d, remedy := parseLength(text)
	if remedy == "" && (d <= 0 || d > maxLength) {
		remedy = "use a length of more than 0 and at most 10 years"
	}
	if remedy != "" {
		r.reportf(n, "%s", remedy)
		return 0
	}
	return d
}
