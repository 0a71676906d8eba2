package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/calendar"
)

// reader decodes a tree and collects everything that is wrong with it. Its
// methods take nil for what is absent and then return the zero value.
type reader struct{ problems Invalid }

// reportf notes a problem with a value.
func (r *reader) reportf(n *node, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: n.file, Line: n.line, Field: n.path, Value: n.shown(), Message: fmt.Sprintf(format, args...),
	})
}

// missing notes that an object lacks a key.
func (r *reader) missing(n *node, key, remedy string) {
	r.problems = append(r.problems, Problem{
		File: n.file, Line: n.line, Field: dotted(n.path, key), Message: "is missing: " + remedy,
	})
}

// is reports whether n is there and of kind k.
func (r *reader) is(n *node, k kind) bool {
	if n == nil {
		return false
	}
	if n.kind != k {
		r.reportf(n, "is %s: write %s", n.kind, k)
		return false
	}
	return true
}

// keys reports every key of an object that is not known, and returns whether
// n is an object at all.
func (r *reader) keys(n *node, known ...string) bool {
	if !r.is(n, object) {
		return false
	}
	for _, f := range n.fields {
		if slices.Contains(known, f.key) {
			continue
		}
		r.problems = append(r.problems, Problem{
			File: n.file, Line: f.line, Field: dotted(n.path, n.shownKey(f.key)), Message: unknownKey(f.key, known),
		})
	}
	return true
}

func unknownKey(key string, known []string) string {
	if len(known) == 0 {
		return "is no known key: there are none here"
	}
	if word, _, glued := strings.Cut(key, ":"); glued && slices.Contains(known, word) {
		return fmt.Sprintf("is no known key: a space is missing behind %q", word+":")
	}
	if near, ok := nearest(key, known); ok {
		return fmt.Sprintf("is no known key: did you mean %s? Known are %s", near, strings.Join(known, ", "))
	}
	return "is no known key: use " + orList(known)
}

// list returns the items of a list, without the empty ones.
func (r *reader) list(n *node) []*node {
	if !r.is(n, list) {
		return nil
	}
	var items []*node
	for _, item := range n.items {
		if item.kind == null {
			r.reportf(item, "is empty: remove it, or give it a value")
			continue
		}
		items = append(items, item)
	}
	return items
}

// text returns a scalar that is not empty.
func (r *reader) text(n *node) string {
	if !r.is(n, scalar) {
		return ""
	}
	text := strings.TrimSpace(n.text)
	if text == "" {
		r.reportf(n, "is empty: remove the key, or give it a value")
	}
	return text
}

// texts returns a list of scalars; one alone may stand without brackets.
func (r *reader) texts(n *node) []string {
	if n != nil && n.kind == scalar {
		return []string{r.text(n)}
	}
	var texts []string
	for _, item := range r.list(n) {
		texts = append(texts, r.text(item))
	}
	return texts
}

var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

const identifierRule = "use 1 to 64 of a-z, 0-9, - and _, starting with a letter or digit"

// id returns a name that URLs, flags and database keys can hold as it is.
func (r *reader) id(n *node) string {
	id := r.text(n)
	if id != "" && !identifier.MatchString(id) {
		r.reportf(n, identifierRule)
	}
	return id
}

// words returns a text in both languages: {ja: …, en: …}, or one text for both.
func (r *reader) words(n *node) calendar.Text {
	if n != nil && n.kind == scalar {
		return calendar.Text{Ja: r.text(n)}
	}
	if n == nil || !r.keys(n, "ja", "en") {
		return calendar.Text{}
	}
	return calendar.Text{Ja: r.text(n.get("ja")), En: r.text(n.get("en"))}
}

func (r *reader) flag(n *node) bool {
	text := r.text(n)
	if text != "" && text != "true" && text != "false" {
		r.reportf(n, "use true or false")
	}
	return text == "true"
}

func (r *reader) date(n *node) calendar.Date {
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

// count returns a whole number above 0.
func (r *reader) count(n *node) int {
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

// parseLength reads 6h, 30m, 1h30m or 90s.
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

// length returns a length of time above 0, and at most 10 years.
func (r *reader) length(n *node) time.Duration {
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
