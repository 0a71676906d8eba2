package entry

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"kigen/sla/clause"
)

// Promise is a promise as a form holds it: what was read from a paper, and what a person
// chose where the text leaves room.
type Promise struct {
	About string `json:"about"` // a kind of incident; states for what has no clock
	Quote string `json:"quote"`

	Document string `json:"document"`
	Edition  string `json:"edition"`
	Section  string `json:"section"`

	From     string              `json:"from"` // in force from, as 2026-04-01
	Strength string              `json:"strength"`
	Start    string              `json:"start"`
	Due      any                 `json:"due"`
	Gate     map[string][]string `json:"gate"`
	Channels map[string]any      `json:"channels"`
}

// States is the about of a sentence that no clock can follow.
const States = "states"

// ids are the ids that promises about a kind get.
var ids = map[string]string{
	"incident": "incident-notice", "event": "event-notice", "vulnerability": "vulnerability-notice", "maintenance": "maintenance-notice",
	"change": "change-notice", "contract_end": "deletion", "periodic": "assessment",
}

// Moments lists the moments that a promise about a kind may count from, the usual one first;
// none: the kind has its own.
func Moments(about string) []string {
	switch about {
	case "incident", "event", "vulnerability", "":
		return []string{"detected", "occurred", "confirmed", "declared", "aware"}
	}
	return nil
}

// Days returns the rule's way of counting days: the key that holds the number, and its object;
// nil if the rule counts no days.
func (p *Promise) Days() (unit string, rule map[string]any) {
	rule, ok := p.Due.(map[string]any)
	if !ok {
		return "", nil
	}
	for _, unit := range []string{"business_days", "days", "weeks", "months"} {
		if rule[unit] != nil {
			return unit, rule
		}
	}
	return "", nil
}

// Add writes a promise into the text of an entry, under an id that no other one has.
func Add(rest string, p *Promise) string {
	if p.About == States {
		return appended(rest, "states", p.state())
	}
	base := cmp.Or(ids[p.About], "notice")
	id := base
	for n := 2; slices.Contains(idsIn(rest), id); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return appended(rest, "promises", p.text(id))
}

// Known reports whether a text quotes a sentence already.
func Known(rest, quote string) bool {
	return quote != "" && (strings.Contains(rest, scalar(quote)) || strings.Contains(squeezed(rest), squeezed(quote)))
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// Calendar are business hours as a form holds them.
type Calendar struct{ Zone, Days, Hours, Holidays, Closures string }

var timeSpan = regexp.MustCompile(`\d{1,2}:\d\d-\d{1,2}:\d\d`)

// SetCalendar writes the business hours of a vendor that states none yet.
func SetCalendar(rest string, c Calendar) string {
	if HasCalendar(rest) {
		return rest
	}
	var spans []string
	for _, span := range timeSpan.FindAllString(c.Hours, -1) {
		spans = append(spans, `"`+span+`"`)
	}
	lines := []string{"calendar:", "  zone: " + zoneName(c.Zone), "  hours: {" + cmp.Or(c.Days, "mon-fri") + ": [" + strings.Join(spans, ", ") + "]}"}
	if c.Holidays != "" {
		lines = append(lines, "  holidays: "+c.Holidays)
	}
	if c.Closures != "" {
		lines = append(lines, "  unpublished_closures: "+scalar(c.Closures))
	}
	return strings.Join(lines, "\n") + "\n" + rest
}

// zoneName writes the name of a time zone, which has a slash.
func zoneName(zone string) string {
	if regexp.MustCompile(`^[A-Za-z_]+(?:/[A-Za-z_+-]+)*$`).MatchString(zone) {
		return zone
	}
	return scalar(zone)
}

// HasCalendar reports whether a text states business hours.
func HasCalendar(rest string) bool {
	return slices.ContainsFunc(blocks(rest), func(b block) bool { return b.key == "calendar" })
}

var anyID = regexp.MustCompile(`\bid:\s*"?([a-z0-9._-]+)`)

func idsIn(rest string) (found []string) {
	for _, m := range anyID.FindAllStringSubmatch(rest, -1) {
		found = append(found, m[1])
	}
	return found
}

// text writes the promise as an item of a list.
func (p *Promise) text(id string) string {
	lines := []string{"- id: " + id}
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, "  "+key+": "+value)
		}
	}
	if p.About != "incident" {
		add("about", p.About)
	}
	lines = append(lines, p.source()...)
	if p.From != "" {
		add("effective", "{from: "+p.From+"}")
	}
	strength := p.Strength
	if strength == "as_needed" && p.Due != "as_needed" {
		strength = "best_effort" // the grammar takes as_needed only where no time is promised
	}
	add("strength", strength)
	if p.Gate != nil {
		gate := map[string]any{}
		for fact, values := range p.Gate {
			gate[fact] = values
		}
		add("gate", clause.Flow(gate))
	}
	if moments := Moments(p.About); moments != nil {
		add("start", cmp.Or(p.Start, moments[0]))
	}
	add("due", clockLike.ReplaceAllString(clause.Flow(p.Due), `"$0"`))
	if p.Channels != nil {
		add("channels", clause.Flow(p.Channels))
	}
	return strings.Join(lines, "\n") + "\n"
}

// clockLike matches times of day, which YAML would read as numbers.
var clockLike = regexp.MustCompile(`\b\d{1,2}:\d{2}\b`)

func (p *Promise) source() []string {
	lines := []string{"  source:"}
	for _, one := range []pair{{"document", p.Document}, {"edition", p.Edition}, {"section", p.Section}, {"quote", p.Quote}} {
		if one.value != "" {
			lines = append(lines, "    "+one.key+": "+scalar(one.value))
		}
	}
	if len(lines) == 1 {
		return nil
	}
	return lines
}

// state writes a sentence that no clock can follow.
func (p *Promise) state() string {
	name := []rune(strings.Join(strings.Fields(p.Quote), " "))
	if len(name) > 60 {
		name = append(name[:60], '…')
	}
	return strings.Join(append([]string{"- name: " + scalar(string(name))}, p.source()...), "\n") + "\n"
}

var item = regexp.MustCompile(`(?m)^( *)- `)

// appended adds an item to the list under a key of the first level.
func appended(rest, key, text string) string {
	all := blocks(strings.TrimRight(rest, "\n") + "\n")
	at := slices.IndexFunc(all, func(b block) bool { return b.key == key })
	if at < 0 {
		return joined(append(all, block{key, key + ":\n" + indented(text, "  ")}))
	}
	b := &all[at]
	if written, ok := listed(b.text, key); ok {
		b.text = written
	}
	indent := "  "
	if m := item.FindStringSubmatch(b.text); m != nil {
		indent = m[1]
	}
	b.text = strings.TrimRight(b.text, "\n") + "\n" + indented(text, indent)
	return joined(all)
}

// listed writes a list in YAML's block style. It reports false for one that is in it already.
func listed(text, key string) (string, bool) {
	at := strings.Index(text, key+":")
	head, value, _ := strings.Cut(text[at:], "\n")
	value = strings.TrimSpace(strings.TrimPrefix(head, key+":") + "\n" + value)
	if value == "" || value == "[]" {
		return text[:at] + key + ":\n", true
	}
	if !strings.HasPrefix(value, "[") {
		return "", false
	}
	written, err := restyled(text[at:])
	return text[:at] + written, err == nil
}

func joined(all []block) string {
	var b strings.Builder
	for _, one := range all {
		if strings.TrimSpace(one.text) != "" {
			b.WriteString(one.text)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func indented(text, indent string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(indent + line)
	}
	return b.String()
}

// Readable reports whether a text is YAML at all, which adding to it needs.
func Readable(text string) bool {
	var n yaml.Node
	return strings.TrimSpace(text) == "" || yaml.Load([]byte(text), &n) == nil
}

// CalendarOf is the part of a text that states business hours; empty: none does.
func CalendarOf(rest string) string {
	for _, b := range blocks(rest) {
		if b.key == "calendar" {
			return strings.Trim(b.text, "\n")
		}
	}
	return ""
}
