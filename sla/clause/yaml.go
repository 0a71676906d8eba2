package clause

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Draft is a vendor of the configuration, written from the proposals of a paper.
type Draft struct {
	Vendor string         // the id that the vendor gets
	Lang   string         // of the questions, "ja" or "en"
	IDs    map[int]string // ids of promises that a proposal is the new version of
	Only   []int          // the proposals to write; nil: all
}

// YAML writes the draft in the words of the configuration, each promise with its quotation
// and section, and its questions as comments. What no kind of promise holds stands in
// comments.
func (p *Paper) YAML(d Draft) string {
	w := &yamlWriter{paper: p, draft: d, used: map[string]bool{}, b: &strings.Builder{}}
	w.head()
	var states []int
	for i := range p.Promises {
		switch {
		case d.Only != nil && !slices.Contains(d.Only, i):
		case p.Promises[i].About == aboutStates:
			states = append(states, i)
		default:
			w.promise(i)
		}
	}
	if w.promises == 0 {
		w.linef("    promises: []")
	}
	w.states(states)
	w.unread()
	return w.b.String()
}

type yamlWriter struct {
	paper    *Paper
	draft    Draft
	used     map[string]bool
	promises int
	b        *strings.Builder
}

func (w *yamlWriter) linef(format string, args ...any) {
	fmt.Fprintf(w.b, format+"\n", args...)
}

func (w *yamlWriter) say(key string, pairs ...any) string {
	return catalog.In(w.draft.Lang).Say(key, pairs...)
}

// comment writes a comment, however many lines its text has.
func (w *yamlWriter) comment(indent, text string) {
	w.linef("%s# %s", indent, oneLine(printable(text)))
}

func (w *yamlWriter) head() {
	w.comment("", w.say("draft_head"))
	w.linef("vendors:")
	w.linef("  - id: %s", w.draft.Vendor)
	if w.draft.IDs != nil {
		return // the vendor is in the configuration already
	}
	w.linef("    name: %s", scalar(w.draft.Vendor))
	c := w.calendar()
	w.linef("    calendar:")
	w.linef("      zone: %s", c.Zone)
	for _, days := range []string{"mon-fri", "mon-sun"} {
		if spans := c.Hours[days]; spans != nil {
			quoted := make([]string, len(spans))
			for i, span := range spans {
				quoted[i] = strconv.Quote(span)
			}
			w.linef("      hours: {%s: [%s]}", days, strings.Join(quoted, ", "))
		}
	}
	if c.Holidays != "" {
		w.linef("      holidays: %s", c.Holidays)
	}
	if c.Closures != "" {
		w.linef("      unpublished_closures: %s", scalar(c.Closures))
	}
}

// calendar is the paper's own, else one that suits its rules.
func (w *yamlWriter) calendar() *Calendar {
	if w.paper.Calendar != nil {
		c := *w.paper.Calendar
		if c.Holidays == "" {
			c.Holidays = "none"
			w.comment("    ", w.say("draft_holidays"))
		}
		return &c
	}
	c := &Calendar{Zone: "UTC", Holidays: "none", Hours: map[string][]string{"mon-sun": {"00:00-24:00"}}}
	if w.paper.Text.Japanese > w.paper.Text.English {
		c.Zone = "Asia/Tokyo"
	}
	for i := range w.paper.Promises {
		if strings.Contains(Flow(w.paper.Promises[i].Due), "business_") {
			c.Hours = map[string][]string{"mon-fri": {"09:00-17:00"}}
			if c.Zone == "Asia/Tokyo" {
				c.Holidays = "jp"
			}
			w.comment("    ", w.say("draft_hours"))
			return c
		}
	}
	return c
}

// kinds lists for each kind the moments that its promises may count from, the first of which
// stands where the text names none, and the id that its promises get.
var kinds = map[string]struct {
	moments []string
	id      string
}{
	aboutIncident:      {[]string{"detected", "occurred", "confirmed", "declared"}, "incident-notice"},
	aboutEvent:         {[]string{"detected", "occurred", "confirmed", "declared"}, "event-notice"},
	aboutVulnerability: {[]string{"detected", "occurred", "confirmed", "declared"}, "vulnerability-notice"},
	aboutMaintenance:   {[]string{"scheduled"}, "maintenance-notice"},
	aboutChange:        {[]string{"scheduled"}, "change-notice"},
	aboutContractEnd:   {[]string{"ended"}, "deletion"},
	aboutPeriodic:      {nil, "assessment"},
}

// expressible reports whether the promise grammar holds a proposal.
func (q *Promise) expressible() bool {
	kind, ok := kinds[q.About]
	if !ok {
		return false
	}
	if rule, ok := q.Due.(object); ok && rule["every"] != nil && q.About != aboutPeriodic {
		return false // a cadence of updates is a stage of another promise
	}
	return q.Start == "" || q.About == aboutPeriodic || slices.Contains(kind.moments, q.Start)
}

// promise writes a proposal, or comments it out if no kind of promise holds it.
func (w *yamlWriter) promise(i int) {
	q := &w.paper.Promises[i]
	whole := w.b
	w.b = &strings.Builder{}
	w.proposal(i, q)
	text := w.b.String()
	if w.b = whole; !q.expressible() {
		w.comment("      ", w.say("draft_no_kind"))
		for line := range strings.Lines(text) {
			w.linef("      # %s", strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(line, "      "), "# "), "\n"))
		}
		return
	}
	if w.promises++; w.promises == 1 {
		w.linef("    promises:")
	}
	w.b.WriteString(text)
}

func (w *yamlWriter) proposal(i int, q *Promise) {
	w.linef("      # %s %d", w.say("draft_line"), q.Line)
	for _, question := range q.Questions {
		w.comment("      ", "? "+question.In(w.draft.Lang))
	}
	w.linef("      - id: %s", w.idOf(i))
	if q.About != aboutIncident {
		w.linef("        about: %s", orElse(q.About, "?"))
	}
	w.source("        ", q)
	if from := DateIn(w.paper.Document.Edition); from != "" {
		w.linef("        effective: {from: %s}", from)
	}
	w.linef("        strength: %s", w.strength(q))
	if q.Gate != nil {
		w.linef("        gate: %s", gateFlow(q.Gate))
	}
	if start := w.start(q); start != "" {
		w.linef("        start: %s", start)
	}
	w.linef("        due: %s", quotedTimes(Flow(q.Due)))
	if q.Channels != nil {
		w.linef("        channels: %s", Flow(q.Channels))
	}
}

// strength is the proposal's: a promise without a time is as_needed in the grammar's sense
// whatever its words.
func (w *yamlWriter) strength(q *Promise) string {
	if q.Strength == "as_needed" && q.Due != "as_needed" {
		return "best_effort"
	}
	return q.Strength
}

// start is the moment to write: none where the kind has one alone.
func (w *yamlWriter) start(q *Promise) string {
	moments := kinds[q.About].moments
	switch {
	case q.About == "":
		return q.Start
	case len(moments) <= 1 && (q.Start == "" || slices.Contains(moments, q.Start)), q.About == aboutPeriodic:
		return ""
	case q.Start == "":
		return moments[0]
	}
	return q.Start
}

func (w *yamlWriter) source(indent string, q *Promise) {
	w.linef("%ssource:", indent)
	w.linef("%s  document: %s", indent, scalar(orElse(w.paper.Document.Title, "?")))
	if w.paper.Document.Edition != "" {
		w.linef("%s  edition: %s", indent, scalar(w.paper.Document.Edition))
	}
	if q.Section != "" {
		w.linef("%s  section: %s", indent, scalar(q.Section))
	}
	w.linef("%s  quote: %s", indent, scalar(q.Quote))
}

// idOf is the id of the promise that a proposal is the new version of, else one by its
// kind, with a number from the second on.
func (w *yamlWriter) idOf(i int) string {
	if id, ok := w.draft.IDs[i]; ok {
		return id
	}
	base := orElse(kinds[w.paper.Promises[i].About].id, "request")
	id := base
	for n := 2; w.used[id] || w.taken(id); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	w.used[id] = true
	return id
}

func (w *yamlWriter) taken(id string) bool {
	for _, other := range w.draft.IDs {
		if other == id {
			return true
		}
	}
	return false
}

// states writes what has no clock, a quotation each.
func (w *yamlWriter) states(states []int) {
	if len(states) == 0 {
		return
	}
	w.linef("    states:")
	for n, i := range states {
		q := &w.paper.Promises[i]
		if n > 0 && w.paper.Promises[states[n-1]].Quote == q.Quote {
			w.linef("      # %s", Flow(q.Due))
			continue
		}
		w.linef("      # %s %d: %s", w.say("draft_line"), q.Line, Flow(q.Due))
		w.linef("      - name: %s", scalar(shorten(oneLine(q.Quote), 60)))
		w.source("        ", q)
	}
}

func (w *yamlWriter) unread() {
	if len(w.paper.Unread) == 0 || w.draft.IDs != nil {
		return
	}
	w.comment("", w.say("draft_unread"))
	for _, u := range w.paper.Unread {
		w.comment("", fmt.Sprintf("  %d: %s", u.Line, shorten(u.Text, 160)))
	}
}

func shorten(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n]) + "…"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func gateFlow(gate map[string][]string) string {
	all := object{}
	for key, values := range gate {
		all[key] = values
	}
	return Flow(all)
}

var clockLike = regexp.MustCompile(`\b\d{1,2}:\d{2}\b`)

// quotedTimes quotes times of day, which YAML would read as numbers.
func quotedTimes(s string) string { return clockLike.ReplaceAllString(s, `"$0"`) }

// scalar writes a text as a double-quoted scalar of YAML.
func scalar(s string) string { return strconv.Quote(printable(s)) }

// printable removes characters that YAML does not take.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r <= 0x9f || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, s)
}
