package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kigen/sla"
)

// ruleForms names what a due can be, for remedies.
const ruleForms = "use a length such as 24h, next_opening, next_business_day_start, as_needed, or a mapping such as {business_days: 3}"

// rule reads a due rule.
func (r *reader) rule(n *node) (sla.Rule, bool) {
	before := len(r.problems)
	var rule sla.Rule
	switch n.kind {
	case scalar:
		rule = r.plainRule(n)
	case object:
		rule = r.ruleObject(n)
	default:
		r.reportf(n, "is %s: %s", n.kind, ruleForms)
	}
	if len(r.problems) > before {
		return sla.Rule{}, false
	}
	// The rules inside were checked when they were read, at their own lines.
	err := rule.Validate()
	for _, e := range unjoin(err) {
		var problem *sla.RuleError
		if errors.As(e, &problem) {
			r.refused(n.holding(problem.Value), problem.Value, problem.Message)
		}
	}
	return rule, err == nil
}

// holding is the node of a rule to point at for a refused value: of
// {business_days: 0}, the 0.
func (n *node) holding(value string) *node {
	for _, child := range n.children() {
		if child.kind == scalar && (child.text == value || len(n.fields) == 1) {
			return child
		}
	}
	return n
}

// refused reports what a check found, with the refused value where the node
// is not that value itself.
func (r *reader) refused(n *node, value, message string) {
	if n.kind != scalar && value != "" {
		message = fmt.Sprintf("%q: %s", value, message)
	}
	r.reportf(n, "%s", message)
}

// unjoin takes apart what errors.Join put together.
func unjoin(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

var phrase = regexp.MustCompile(`^(\d+) (minute|hour|business hour|business day|day|week|month)s?$`)

// plainRule reads 24h, next_opening, or words such as 3 business days.
func (r *reader) plainRule(n *node) sla.Rule {
	text := r.text(n)
	switch text {
	case "":
		return sla.Rule{}
	case "as_needed":
		return sla.Rule{Op: sla.OpNone}
	case "next_opening":
		return sla.Rule{Op: sla.OpNextOpening}
	case "next_business_day_start":
		return sla.Rule{Op: sla.OpNextDayStart}
	}
	switch words := phrase.FindStringSubmatch(text); {
	case words != nil:
		return r.phrase(n, words[1], words[2])
	case text[0] == '-':
		r.reportf(n, "for a time before the start use before, such as {before: 24h}")
	case text[0] < '0' || text[0] > '9':
		r.reportf(n, ruleForms)
	default:
		return r.lengthRule(n, sla.OpElapsed, text)
	}
	return sla.Rule{}
}

func (r *reader) lengthRule(n *node, op sla.Op, text string) sla.Rule {
	length, remedy := parseLength(text)
	if remedy != "" {
		r.reportf(n, "%s", remedy)
	}
	return sla.Rule{Op: op, Length: length}
}

// phrase reads a number with a unit in words.
func (r *reader) phrase(n *node, number, unit string) sla.Rule {
	count, err := strconv.Atoi(number)
	if err != nil {
		r.reportf(n, "use a smaller number")
		return sla.Rule{}
	}
	switch unit {
	case "minute":
		return r.lengthRule(n, sla.OpElapsed, number+"m")
	case "hour":
		return r.lengthRule(n, sla.OpElapsed, number+"h")
	case "business hour":
		return r.lengthRule(n, sla.OpBusinessTime, number+"h")
	case "business day":
		return sla.Rule{Op: sla.OpBusinessDays, Count: count}
	case "week":
		return sla.Rule{Op: sla.OpDays, Count: weeks(count)}
	case "month":
		return sla.Rule{Op: sla.OpMonths, Count: count}
	}
	return sla.Rule{Op: sla.OpDays, Count: count}
}

// weeks turns weeks into days without overflow: what is too much stays too much.
func weeks(count int) int { return 7 * min(count, sla.MaxCount) }

// ruleLeads are the keys of which a rule has exactly one.
var ruleLeads = []string{
	"business_hours", "business_days", "days", "weeks", "months", "later_of", "earlier_of",
	"inside_hours", "by_severity", "by_scope", "by_impact", "before", "from",
}

// ruleObject reads a rule that is written as a mapping.
func (r *reader) ruleObject(n *node) sla.Rule {
	lead := ""
	for _, key := range ruleLeads {
		if n.field(key) == nil {
			continue
		}
		if lead != "" {
			r.reportf(n, "%s and %s are two rules: use one, or combine them in later_of or earlier_of", lead, key)
			return sla.Rule{}
		}
		lead = key
	}
	value := n.get(lead)
	switch {
	case lead == "":
		r.noLead(n)
		return sla.Rule{}
	case value == nil:
		r.missing(n, lead, "give it a value")
		return sla.Rule{}
	}
	switch lead {
	case "business_hours":
		r.keys(n, lead)
		return sla.Rule{Op: sla.OpBusinessTime, Length: r.length(value)}
	case "business_days", "days", "weeks", "months":
		return r.counted(n, lead, value)
	case "later_of":
		r.keys(n, lead)
		return sla.Rule{Op: sla.OpLaterOf, Args: r.rules(value)}
	case "earlier_of":
		r.keys(n, lead)
		return sla.Rule{Op: sla.OpEarlierOf, Args: r.rules(value)}
	case "inside_hours":
		return r.byHours(n)
	case "before":
		r.keys(n, lead)
		return r.leadTime(value)
	case "from":
		return r.from(n)
	}
	r.keys(n, lead)
	return r.cases(value, sla.Dimension(strings.TrimPrefix(lead, "by_")))
}

func (r *reader) noLead(n *node) {
	if n.field("outside_hours") != nil {
		r.missing(n, "inside_hours", "say what holds for a start inside business hours")
		return
	}
	known := append([]string{"outside_hours", "ends", "count_start_day", "roll", "due"}, ruleLeads...)
	before := len(r.problems)
	r.keys(n, known...)
	if len(r.problems) == before {
		r.reportf(n, "names no time: use one of %s", orList(ruleLeads))
	}
}

// counted reads a number of days, weeks or months.
func (r *reader) counted(n *node, lead string, value *node) sla.Rule {
	rule := sla.Rule{
		Count:         r.count(value),
		Ends:          sla.Ends(r.text(n.get("ends"))),
		CountStartDay: r.flag(n.get("count_start_day")),
	}
	switch lead {
	case "business_days":
		r.keys(n, lead, "ends", "count_start_day")
		rule.Op = sla.OpBusinessDays
		return rule
	case "months":
		rule.Op = sla.OpMonths
	case "weeks":
		rule.Op, rule.Count = sla.OpDays, weeks(rule.Count)
	default:
		rule.Op = sla.OpDays
	}
	r.keys(n, lead, "ends", "roll", "count_start_day")
	if roll := r.text(n.get("roll")); roll != "none" {
		rule.Roll = sla.Roll(roll)
	}
	return rule
}

func (r *reader) rules(n *node) []sla.Rule {
	var rules []sla.Rule
	for _, item := range r.list(n) {
		rule, _ := r.rule(item)
		rules = append(rules, rule)
	}
	return rules
}

func (r *reader) byHours(n *node) sla.Rule {
	r.keys(n, "inside_hours", "outside_hours")
	if n.get("outside_hours") == nil {
		r.missing(n, "outside_hours", "say what holds for a start outside business hours")
		return sla.Rule{}
	}
	inside, _ := r.rule(n.get("inside_hours"))
	outside, _ := r.rule(n.get("outside_hours"))
	return sla.Rule{Op: sla.OpHours, Args: []sla.Rule{inside, outside}}
}

// cases reads a rule for each value of a fact. The default goes last, because
// the first case that fits is taken.
func (r *reader) cases(n *node, by sla.Dimension) sla.Rule {
	rule := sla.Rule{Op: sla.OpCases, By: by}
	if !r.is(n, object) {
		return rule
	}
	var fallback []sla.Case
	for _, f := range n.fields {
		due, _ := r.rule(f.value)
		if f.key == "default" {
			fallback = append(fallback, sla.Case{Rule: due})
			continue
		}
		rule.Cases = append(rule.Cases, sla.Case{Value: f.key, Rule: due})
	}
	rule.Cases = append(rule.Cases, fallback...)
	return rule
}

// leadTime reads a time before the start.
func (r *reader) leadTime(n *node) sla.Rule {
	rule, ok := r.rule(n)
	if !ok {
		return sla.Rule{}
	}
	switch rule.Op {
	case sla.OpElapsed, sla.OpBusinessTime, sla.OpBusinessDays, sla.OpDays, sla.OpMonths:
	default:
		r.reportf(n, "before takes a length or a count, such as {weeks: 1}")
	}
	rule.Length, rule.Count = -rule.Length, -rule.Count
	return rule
}

// from reads a rule that counts from another moment than the promise's start.
func (r *reader) from(n *node) sla.Rule {
	r.keys(n, "from", "due")
	if n.get("due") == nil {
		r.missing(n, "due", "say how long after that moment, such as 24h")
		return sla.Rule{}
	}
	due, _ := r.rule(n.get("due"))
	return sla.Rule{Op: sla.OpFrom, From: r.moment(n.get("from")), Args: []sla.Rule{due}}
}

func (r *reader) moment(n *node) (moment sla.Moment) {
	text := r.text(n)
	if text == "" {
		return moment
	}
	if moment.UnmarshalText([]byte(text)) != nil {
		r.reportf(n, "%s", fmt.Sprintf("use %s, %s, %s, %s, %s or %s",
			sla.Occurred, sla.Detected, sla.Confirmed, sla.Declared, sla.Noticed, sla.Logged))
	}
	return moment
}
