package store

import (
	"strconv"
	"strings"

	"kigen/sla"
	"kigen/sla/policy"
)

// gateSQL is the condition for the clocks that a stage applies to. It reads the
// tables alone, so that a fault in the code that selects clocks for the planner is
// found. Its arguments are numbered from first on.
func gateSQL(s Stage, first int) (condition string, args []any) {
	condition, args = matchSQL(&s.When, first)
	if s.Except.IsZero() {
		return condition, args
	}
	except, more := matchSQL(&s.Except, first+len(args))
	return condition + " AND NOT (" + except + ")", append(args, more...)
}

// matchSQL is the condition for the rows that a match selects.
func matchSQL(m *policy.Match, first int) (condition string, args []any) {
	conditions := []string{"1 = 1"}
	among := func(column string, values []any) {
		if len(values) > 0 {
			conditions = append(conditions, column+" IN ("+placeholders(first+len(args), len(values))+")")
			args = append(args, values...)
		}
	}
	among("i.vendor", anys(m.Vendor))
	among("i.service", anys(m.Service))
	among("i.severity", anys(m.Severity))
	among("i.impact", anys(m.Impact))
	among("i.kind", anys(m.About))
	among("CASE WHEN c.promise >= 'us/' AND c.promise < 'us0' THEN 'us' ELSE 'vendor' END", anys(m.OwedBy))
	duties := make([]any, len(m.Duty))
	for i, duty := range m.Duty {
		duties[i] = sla.RegimePromise(duty)
	}
	among("c.promise", duties)
	if len(m.Strength) > 0 {
		kept := make([]string, len(m.Strength))
		for i, strength := range m.Strength {
			kept[i] = "(COALESCE((SELECT text FROM promised WHERE id = c.promised_id), '') || c.explanation) LIKE $" + strconv.Itoa(first+len(args))
			args = append(args, `%"strength":"`+string(strength)+`"%`)
		}
		conditions = append(conditions, "("+strings.Join(kept, " OR ")+")")
	}
	return strings.Join(conditions, " AND "), args
}
