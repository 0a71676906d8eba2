package reading

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kigen/config/tree"
	"kigen/sla"
	"kigen/sla/grammar"
)

// ruleForms lists the forms of a due rule, for remedies.
const ruleForms = "use a length such as 24h, next_opening, next_business_day_start, as_needed, or a mapping such as {business_days: 3}"

// Rule returns a due rule, and whether it is one that can be computed.
func (r *Reader) Rule(n *tree.Node) (sla.Rule, bool) {
	before := len(r.Problems)
	var rule sla.Rule
	switch n.Kind {
	case tree.Scalar:
		rule = r.plainRule(n)
	case tree.Object:
		rule = r.ruleObject(n)
	default:
		r.Reportf(n, "is %s: %s", n.Kind, ruleForms)
	}
	if len(r.Problems) > before {
		return sla.Rule{}, false
	}
	// The inner rules were checked at their own lines.
	err := grammar.CheckRule(&rule)
	for _, e := range Unjoin(err) {
		var problem *grammar.RuleError
		if errors.As(e, &problem) {
			r.Refused(n.Holding(problem.Value), problem.Value, problem.Message)
		}
	}
	return rule, err == nil
}

// Refused reports a problem of a check, with the rejected value unless the node is that
// value itself.
func (r *Reader) Refused(n *tree.Node, value, message string) {
	if n.Kind != tree.Scalar && value != "" {
		message = fmt.Sprintf("%q: %s", value, message)
	}
	r.Reportf(n, "%s", message)
}

// Unjoin lists the errors that errors.Join joined; a nil error gives an empty list.
func Unjoin(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

var spelled = regexp.MustCompile(`^(\d+) (minute|hour|business hour|business day|day|week|month)s?$`)

// plainRule reads 24h, next_opening, or a phrase such as 3 business days.
func (r *Reader) plainRule(n *tree.Node) sla.Rule {
	text := r.Text(n)
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
	switch words := spelled.FindStringSubmatch(text); {
	case words != nil:
		return r.phrase(n, words[1], words[2])
	case text[0] == '-':
		r.Reportf(n, "for a time before the start use before, such as {before: 24h}")
	case text[0] < '0' || text[0] > '9':
		r.Reportf(n, ruleForms)
	default:
		return r.lengthRule(n, sla.OpElapsed, text)
	}
	return sla.Rule{}
}

func (r *Reader) lengthRule(n *tree.Node, op sla.Op, text string) sla.Rule {
	length, remedy := ParseLength(text)
	if remedy != "" {
		r.Reportf(n, "%s", remedy)
	}
	return sla.Rule{Op: op, Length: length}
}

// phrase reads a number with its unit.
func (r *Reader) phrase(n *tree.Node, number, unit string) sla.Rule {
	count, err := strconv.Atoi(number)
	if err != nil {
		r.Reportf(n, "use a smaller number")
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

// weeks converts weeks to days without overflow; values above the limit stay above it.
func weeks(count int) int { return 7 * min(count, grammar.MaxCount) }

// ruleLeads are the keys of which a rule has exactly one.
var ruleLeads = []string{
	"business_hours", "business_days", "days", "weeks", "months", "years", "later_of", "earlier_of",
	"inside_hours", "by_severity", "by_scope", "by_impact", "before", "every", "from", "due",
}

// ruleObject reads a rule written as a mapping.
func (r *Reader) ruleObject(n *tree.Node) sla.Rule {
	lead := ""
	for _, key := range ruleLeads {
		if n.Field(key) == nil || key == "due" && lead == "from" {
			continue
		}
		if lead != "" {
			r.Reportf(n, "%s and %s are two rules: use one, or combine them in later_of or earlier_of", lead, key)
			return sla.Rule{}
		}
		lead = key
	}
	value := n.Get(lead)
	switch {
	case lead == "":
		r.noLead(n)
		return sla.Rule{}
	case value == nil:
		r.Missing(n, lead, "give it a value")
		return sla.Rule{}
	}
	switch lead {
	case "business_hours":
		r.Keys(n, lead)
		return sla.Rule{Op: sla.OpBusinessTime, Length: r.Length(value)}
	case "business_days", "days", "weeks", "months", "years":
		return r.counted(n, lead, value)
	case "later_of":
		r.Keys(n, lead)
		return sla.Rule{Op: sla.OpLaterOf, Args: r.rules(value)}
	case "earlier_of":
		r.Keys(n, lead)
		return sla.Rule{Op: sla.OpEarlierOf, Args: r.rules(value)}
	case "inside_hours":
		return r.byHours(n)
	case "before":
		r.Keys(n, lead)
		return r.leadTime(value)
	case "every":
		r.Keys(n, lead)
		inner, _ := r.Rule(value)
		return sla.Rule{Op: sla.OpEvery, Args: []sla.Rule{inner}}
	case "from", "due":
		return r.derived(n)
	}
	r.Keys(n, lead)
	return r.cases(value, sla.Dimension(strings.TrimPrefix(lead, "by_")))
}

func (r *Reader) noLead(n *tree.Node) {
	if n.Field("outside_hours") != nil {
		r.Missing(n, "inside_hours", "give the rule for a start inside business hours")
		return
	}
	for _, f := range n.Fields {
		if unit, isLength := elapsedUnits[f.Key]; isLength {
			r.Reportf(f.Value, "write a length of real time as %s%s", f.Value.Shown(), unit)
			return
		}
	}
	known := append([]string{"outside_hours", "ends", "count_start_day", "counting", "roll", "lapses_before"}, ruleLeads...)
	before := len(r.Problems)
	r.Keys(n, known...)
	if len(r.Problems) == before {
		r.Reportf(n, "has no rule: use one of %s", tree.OrList(ruleLeads))
	}
}

// elapsedUnits are mistaken keys for elapsed time, formed by analogy with days, and
// their unit in a length.
var elapsedUnits = map[string]string{"hours": "h", "hour": "h", "minutes": "m", "minute": "m", "seconds": "s", "second": "s"}

const monthsInYear = 12

// counted reads a number of days, weeks, months or years.
func (r *Reader) counted(n *tree.Node, lead string, value *tree.Node) sla.Rule {
	rule := sla.Rule{
		Ends:          sla.Ends(r.Text(n.Get("ends"))),
		CountStartDay: r.Flag(n.Get("count_start_day")),
	}
	if thisMonth := lead == "months" && rule.Ends == sla.EndOfMonth && value.Text == "0"; !thisMonth {
		rule.Count = r.Count(value)
	}
	switch lead {
	case "business_days":
		r.Keys(n, lead, "ends", "count_start_day")
		rule.Op = sla.OpBusinessDays
		return rule
	case "months", "years":
		rule.Op, rule.Counting = sla.OpMonths, sla.Counting(r.Text(n.Get("counting")))
		if lead == "years" {
			rule.Count = monthsInYear * min(rule.Count, grammar.MaxMonths)
		}
		r.Keys(n, lead, "ends", "roll", "count_start_day", "counting")
		rule.Roll = r.roll(n.Get("roll"))
		return rule
	case "weeks":
		rule.Op, rule.Count = sla.OpDays, weeks(rule.Count)
	default:
		rule.Op = sla.OpDays
	}
	r.Keys(n, lead, "ends", "roll", "count_start_day")
	rule.Roll = r.roll(n.Get("roll"))
	return rule
}

func (r *Reader) roll(n *tree.Node) sla.Roll {
	if roll := r.Text(n); roll != "none" {
		return sla.Roll(roll)
	}
	return sla.RollNone
}

func (r *Reader) rules(n *tree.Node) []sla.Rule {
	var rules []sla.Rule
	for _, item := range r.List(n) {
		rule, _ := r.Rule(item)
		rules = append(rules, rule)
	}
	return rules
}

func (r *Reader) byHours(n *tree.Node) sla.Rule {
	r.Keys(n, "inside_hours", "outside_hours")
	if n.Get("outside_hours") == nil {
		r.Missing(n, "outside_hours", "give the rule for a start outside business hours")
		return sla.Rule{}
	}
	inside, _ := r.Rule(n.Get("inside_hours"))
	outside, _ := r.Rule(n.Get("outside_hours"))
	return sla.Rule{Op: sla.OpHours, Args: []sla.Rule{inside, outside}}
}

// cases reads a rule per value of a fact. The default is moved last, because the first
// matching case applies.
func (r *Reader) cases(n *tree.Node, by sla.Dimension) sla.Rule {
	rule := sla.Rule{Op: sla.OpCases, By: by}
	if !r.Is(n, tree.Object) {
		return rule
	}
	var fallback []sla.Case
	for _, f := range n.Fields {
		due, _ := r.Rule(f.Value)
		if f.Key == "default" {
			fallback = append(fallback, sla.Case{Rule: due})
			continue
		}
		rule.Cases = append(rule.Cases, sla.Case{Value: f.Key, Rule: due})
	}
	rule.Cases = append(rule.Cases, fallback...)
	return rule
}

var noLength = regexp.MustCompile(`^0[hms]?$`)

// leadTime reads a time before the start.
func (r *Reader) leadTime(n *tree.Node) sla.Rule {
	if n.Kind == tree.Scalar && noLength.MatchString(n.Text) { // in advance, by any length
		return sla.Rule{Op: sla.OpStart}
	}
	rule, ok := r.Rule(n)
	if !ok {
		return sla.Rule{}
	}
	switch rule.Op {
	case sla.OpElapsed, sla.OpBusinessTime, sla.OpBusinessDays, sla.OpDays, sla.OpMonths:
	default:
		r.Reportf(n, "before takes a length or a count, such as {weeks: 1}")
	}
	rule.Length, rule.Count = -rule.Length, -rule.Count
	return rule
}
