package grammar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
)

// Bounds of a rule. They are far beyond any vendor's promise, and low enough that
// a typing error does not exceed a calendar's years.
const (
	MaxLength = 10 * 366 * 24 * time.Hour // of a length of real or open time
	MaxCount  = 10_000                    // of business days or calendar days
	MaxMonths = 1_200                     // of calendar months
	MaxDepth  = 8                         // of rules inside rules
	MaxArgs   = 16                        // of later_of and earlier_of
)

// RuleError is one thing wrong with a rule.
type RuleError struct {
	Path    string // where inside the rule, such as args[1]; empty: the rule itself
	Op      sla.Op
	Value   string // the value found; empty: nothing to show
	Message string // the fault and its remedy
}

// Error names the place, the operation, the value and the remedy.
func (e *RuleError) Error() string {
	return located(join(e.Path, e.Op.String()), e.Value, e.Message)
}

// CheckRule reports all faults of a rule, as joined *RuleErrors. A valid rule gives a
// result for every start and all facts, except for starts near the edge of the
// calendar's years.
func CheckRule(r *sla.Rule) error {
	var c ruleCheck
	c.rule(r, "", 1)
	return errors.Join(c.problems...)
}

// ruleCheck collects the faults of a rule and the rules inside it.
type ruleCheck struct{ problems []error }

func (c *ruleCheck) addf(r *sla.Rule, path string, value any, format string, args ...any) {
	c.problems = append(c.problems, &RuleError{
		Path: path, Op: r.Op, Value: fmt.Sprint(value), Message: fmt.Sprintf(format, args...),
	})
}

// opUses says which fields an operation reads. The others must be empty: a value
// that is silently ignored would silently change the promise.
type opUses struct{ length, count, ends, startDay, counting, roll, by, from, args bool }

func usesOf(op sla.Op) (uses opUses, known bool) {
	switch op {
	case sla.OpNone, sla.OpNextOpening, sla.OpNextDayStart, sla.OpStart:
		return opUses{}, true
	case sla.OpElapsed, sla.OpBusinessTime:
		return opUses{length: true}, true
	case sla.OpBusinessDays:
		return opUses{count: true, ends: true, startDay: true}, true
	case sla.OpDays:
		return opUses{count: true, ends: true, startDay: true, roll: true}, true
	case sla.OpMonths:
		return opUses{count: true, ends: true, startDay: true, counting: true, roll: true}, true
	case sla.OpLaterOf, sla.OpEarlierOf, sla.OpHours, sla.OpThen, sla.OpEvery:
		return opUses{args: true}, true
	case sla.OpRolled:
		return opUses{ends: true, roll: true, args: true}, true
	case sla.OpCases:
		return opUses{by: true}, true
	case sla.OpFrom, sla.OpLapses:
		return opUses{from: true, args: true}, true
	}
	return opUses{}, false
}

func (c *ruleCheck) rule(r *sla.Rule, path string, depth int) {
	uses, known := usesOf(r.Op)
	if !known {
		c.addf(r, path, r.Op, "is not an operation of a rule: use one of the Op constants")
		return
	}
	if depth > MaxDepth {
		c.addf(r, path, "", "rules are nested deeper than %d: write a simpler rule", MaxDepth)
		return
	}
	c.unused(r, path, uses)
	c.length(r, path, uses)
	c.count(r, path, uses)
	c.ends(r, path, uses)
	c.counting(r, path)
	c.arity(r, path)
	for i := range r.Args {
		c.inner(r, &r.Args[i], join(path, fmt.Sprintf("args[%d]", i)), depth)
	}
	c.cases(r, path, depth)
}

// inner checks a rule inside another one.
func (c *ruleCheck) inner(outer, r *sla.Rule, path string, depth int) {
	if r.Op == sla.OpEvery {
		c.addf(outer, path, "", "every can't stand inside another rule: make it the whole due of a promise about: %s", sla.KindPeriodic)
	}
	if r.Op == sla.OpNone && outer.Op != sla.OpHours && outer.Op != sla.OpCases {
		c.addf(outer, path, "", "a rule without a time can't be compared or counted: leave it out, or give a time")
	}
	c.rule(r, path, depth+1)
}

func (c *ruleCheck) unused(r *sla.Rule, path string, uses opUses) {
	for _, field := range []struct {
		name      string
		set, used bool
	}{
		{"a length", r.Length != 0, uses.length},
		{"a count", r.Count != 0, uses.count},
		{"ends", r.Ends != "", uses.ends},
		{"count_start_day", r.CountStartDay, uses.startDay},
		{"counting", r.Counting != "", uses.counting},
		{"roll", r.Roll != sla.RollNone, uses.roll},
		{"cases", r.By != "" || len(r.Cases) > 0, uses.by},
		{"from", r.From != 0, uses.from},
		{"inner rules", len(r.Args) > 0, uses.args},
	} {
		if field.set && !field.used {
			c.addf(r, path, "", "%s has no meaning here: leave it out", field.name)
		}
	}
}

func (c *ruleCheck) length(r *sla.Rule, path string, uses opUses) {
	if uses.length && (r.Length == 0 || r.Length < -MaxLength || r.Length > MaxLength) {
		c.addf(r, path, r.Length, "use a length of more than 0 and at most %.0fh (10 years)", MaxLength.Hours())
	}
}

func (c *ruleCheck) count(r *sla.Rule, path string, uses opUses) {
	if !uses.count {
		return
	}
	limit := MaxCount
	if r.Op == sla.OpMonths {
		limit = MaxMonths
	}
	thisMonth := r.Count == 0 && r.Op == sla.OpMonths && r.Ends == sla.EndOfMonth
	if r.Count == 0 && !thisMonth || r.Count < -limit || r.Count > limit {
		c.addf(r, path, r.Count, "use a count of 1 to %d", limit)
	}
}

func (c *ruleCheck) ends(r *sla.Rule, path string, uses opUses) {
	_, isClock := r.Ends.Clock()
	switch {
	case !uses.ends: // unused has refused any value
	case r.Ends == "", r.Ends == sla.EndOfDay, r.Ends == sla.SameTime, r.Ends == sla.Noon, isClock:
	case r.Ends == sla.Close:
		if uses.roll && r.Roll == sla.RollNone {
			c.addf(r, path, r.Ends, "ends needs a business day to end on: set roll to %s or %s", sla.RollNext, sla.RollPrevious)
		}
	case r.Ends == sla.EndOfMonth:
		if r.Op != sla.OpMonths && r.Op != sla.OpDays {
			c.addf(r, path, r.Ends, "only a length in days or months ends with a month, such as {months: 1, ends: %s}", sla.EndOfMonth)
		}
	default:
		c.addf(r, path, r.Ends, "use %s, %s, %s, %s, %s or a time of day such as 17:30 for ends", sla.Close, sla.EndOfDay, sla.EndOfMonth, sla.SameTime, sla.Noon)
	}
	switch r.Roll {
	case sla.RollNone:
		if r.Op == sla.OpRolled {
			c.addf(r, path, r.Ends, "ends acts where the time falls on a closed day and is moved from it: set roll to %s or %s", sla.RollNext, sla.RollPrevious)
		}
	case sla.RollNext, sla.RollPrevious:
	default:
		c.addf(r, path, r.Roll, "use %s or %s for roll, or leave it out", sla.RollNext, sla.RollPrevious)
	}
}

func (c *ruleCheck) counting(r *sla.Rule, path string) {
	switch r.Counting {
	case "", sla.CivilCodeJP, sla.SameDate:
	default:
		c.addf(r, path, r.Counting, "use %s or %s for counting, or leave it out", sla.CivilCodeJP, sla.SameDate)
	}
}

func (c *ruleCheck) arity(r *sla.Rule, path string) {
	n := len(r.Args)
	switch r.Op {
	case sla.OpLaterOf, sla.OpEarlierOf:
		if n < 2 || n > MaxArgs {
			c.addf(r, path, n, "compares rules: give 2 to %d of them", MaxArgs)
		}
	case sla.OpHours:
		if n != 2 {
			c.addf(r, path, n, "give two rules, for a start inside and outside business hours")
		}
	case sla.OpThen:
		if n != 2 {
			c.addf(r, path, n, "give two rules: the one that is counted from, and the one that is counted")
		}
	case sla.OpEvery:
		if n != 1 || !repeats(&r.Args[0]) {
			c.addf(r, path, "", "takes a length or a count after which it falls due again, such as {months: 12}")
		}
	case sla.OpRolled:
		if n != 1 {
			c.addf(r, path, n, "give the one rule whose result is moved from a closed day")
		}
	case sla.OpFrom, sla.OpLapses:
		if n != 1 && r.Op == sla.OpFrom {
			c.addf(r, path, n, "give the one rule that counts from the other moment")
		} else if n != 1 {
			c.addf(r, path, n, "give the one rule that lapses before the moment")
		}
		if !r.From.Known() {
			c.addf(r, path, r.From, "use %s", sla.MomentNames())
		}
	default: // unused has refused any value
	}
}

// repeats reports whether the rule is a length or a count that can be counted again and
// again.
func repeats(r *sla.Rule) bool {
	switch r.Op {
	case sla.OpElapsed, sla.OpBusinessTime:
		return r.Length > 0
	case sla.OpBusinessDays, sla.OpDays, sla.OpMonths:
		return r.Count > 0
	}
	return false
}

// cases requires no default: while the fact is unknown the strictest case
// applies, and for a value without a case no time is promised.
func (c *ruleCheck) cases(r *sla.Rule, path string, depth int) {
	if r.Op != sla.OpCases {
		return
	}
	values, ok := valuesOf(r.By)
	if !ok {
		c.addf(r, path, r.By, "use severity, scope or impact")
		return
	}
	last := len(r.Cases) - 1
	if last < 0 || r.Cases[0].Value == "" {
		c.addf(r, path, "", "name at least one %s before the default: %s", r.By, orList(values))
	}
	seen := make(map[string]bool, len(r.Cases))
	for i := range r.Cases {
		value := r.Cases[i].Value
		at := join(path, fmt.Sprintf("cases[%d]", i))
		if value != "" && !slices.Contains(values, value) {
			c.addf(r, at, value, "use %s", orList(values))
		}
		if value == "" && i < last {
			c.addf(r, at, "", "the default hides the cases behind it: put it last")
		}
		if seen[value] {
			c.addf(r, at, value, "comes twice: keep one")
		}
		seen[value] = true
		c.inner(r, &r.Cases[i].Rule, join(at, "rule"), depth)
	}
}

// valuesOf lists the values of a fact, and false for an unknown dimension.
func valuesOf(by sla.Dimension) ([]string, bool) {
	switch by {
	case sla.BySeverity:
		return names(sla.Severities[:]), true
	case sla.ByScope:
		return names(sla.Scopes[:]), true
	case sla.ByImpact:
		return names(sla.Impacts[:]), true
	}
	return nil, false
}

func names[T ~string](values []T) []string {
	plain := make([]string, len(values))
	for i, v := range values {
		plain[i] = string(v)
	}
	return plain
}

// orList writes "a, b or c".
func orList(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

func join(path, rest string) string {
	if path == "" {
		return rest
	}
	return path + "." + rest
}

// located writes "path: "value": message", without the parts that are empty.
func located(path, value, message string) string {
	if value != "" {
		message = fmt.Sprintf("%q: %s", value, message)
	}
	if path == "" {
		return message
	}
	return path + ": " + message
}
