package clause

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// Due is the rule of a deadline as the promise grammar writes it: a string such as "24h" or
// "as_needed", or an object such as {"business_days": 3, "ends": "close"}. It marshals to JSON
// with its keys in order.
type Due any

type object = map[string]any

// amount writes a length in the grammar.
func amount(n int, u length.Unit) Due {
	switch u {
	case length.Minutes:
		return fmt.Sprintf("%dm", n)
	case length.Hours:
		return fmt.Sprintf("%dh", n)
	case length.BusinessHours:
		return object{string(u): fmt.Sprintf("%dh", n)}
	case length.Days, length.Weeks, length.Months, length.BusinessDays:
	}
	return object{string(u): n}
}

// dueOf writes the rule of a promise. hours is the calendar that the paper states, or nil.
func dueOf(f *found, hours *Calendar) Due {
	switch {
	case f.cases != nil:
		return f.cases.due(f)
	case f.length == nil && f.ahead:
		return object{"before": "0m"}
	case f.length == nil:
		return "as_needed"
	}
	l := f.length
	switch l.Role {
	case length.Before:
		return object{"before": amount(l.Least, l.Unit)} // of a range the weaker end binds
	case length.Every:
		return object{"every": amount(l.N, l.Unit)}
	case length.Bare, length.Within, length.After, length.Keep:
	}
	due := amount(l.N, l.Unit)
	if rule, ok := due.(object); ok && l.Unit == length.BusinessDays && hours != nil {
		rule["ends"] = "end_of_day"
		if hours.stated() {
			rule["ends"] = "close"
		}
	}
	return due
}

func (b *branch) due(f *found) Due {
	one := func(l *length.Length) Due {
		if f.ahead {
			return object{"before": amount(l.Least, l.Unit)}
		}
		return amount(l.N, l.Unit)
	}
	switch b.kind {
	case "hours":
		return object{"inside_hours": one(b.first), "outside_hours": b.outside(one)}
	case "impact":
		return object{"by_impact": object{"serious": one(b.first), "default": one(b.then)}}
	}
	if b.opening {
		return object{b.kind: []any{"next_opening", one(b.first)}}
	}
	return object{b.kind: []any{one(b.first), one(b.then)}}
}

// outside is the rule outside business hours: a length, the next opening, or the later or
// earlier of both.
func (b *branch) outside(one func(*length.Length) Due) Due {
	switch {
	case b.opening && b.then != nil:
		return object{"later_of": []any{"next_opening", one(b.then)}}
	case b.opening:
		return "next_opening"
	}
	return one(b.then)
}

var (
	insideHours  = pattern.New(`(?i)(?:営業|業務|受付|窓口|サービスデスク|サポート)?(?:時間|窓口時間)帯?(?:内|中)?[^外以\d]{0,4}(?:の場合|内|\))|(?:during|inside|within|in) (?:business|working|office|support) hours`)
	outsideHours = pattern.New(`(?i)時間帯?(?:外|以外)|(?:上記|それ)以外|休日|夜間|outside|after[- ]hours|out of hours|off[- ]hours|weekends?`)
	laterOf      = pattern.New(`(?i)遅い(?:方|ほう)|whichever (?:is|occurs|comes) (?:the )?later|the later of`)
	earlierOf    = pattern.New(`(?i)早い(?:方|ほう)|whichever (?:is|occurs|comes) (?:the )?(?:earlier|sooner|first|shorter)|the earlier of`)
	nextOpening  = pattern.New(`(?i)翌営業日の(?:営業)?(?:開始|始業|朝)|次の?(?:営業)?(?:開始|始業)|next (?:business day|opening)(?:'s)? (?:start|opening|morning)|start of the next business day`)
	inBrackets   = pattern.New(`^(?:前|前まで(?:に)?)?\([^)]*(?:作業|場合|影響|停止|断)[^)]*\)`)
)

// branched joins the lengths of a statement that hold for one duty under different
// conditions into one promise.
func branched(text string, all []found) []found {
	if len(all) == 0 {
		return nil
	}
	first := all[0]
	opening := nextOpening.MatchString(text)
	switch {
	case insideHours.MatchString(text) && outsideHours.MatchString(text) && (len(all) == 2 || len(all) == 3 || opening):
		b := &branch{kind: "hours", first: first.length, opening: opening}
		for i := range all[1:] {
			if l := all[i+1].length; !strings.HasPrefix(text[l.From:], "翌") {
				b.then = l
			}
		}
		if b.then == nil && !b.opening || first.length.Role == length.Every {
			return all
		}
		first.cases = b
		return []found{first}
	case len(all) == 2 && all[0].duty == all[1].duty && (laterOf.MatchString(text) || earlierOf.MatchString(text)):
		kind := "later_of"
		if earlierOf.MatchString(text) {
			kind = "earlier_of"
		}
		first.cases = &branch{kind: kind, first: first.length, then: all[1].length, opening: opening}
		return []found{first}
	case len(all) == 2 && all[0].duty == all[1].duty && inBrackets.MatchString(text[all[0].length.To:]) && inBrackets.MatchString(text[all[1].length.To:]):
		first.cases = &branch{kind: "impact", first: first.length, then: all[1].length}
		return []found{first}
	}
	return all
}

// Flow writes a rule in YAML's flow style, as the promise grammar shows it.
func Flow(due Due) string {
	switch v := due.(type) {
	case object:
		keys := slices.SortedFunc(maps.Keys(v), func(a, b string) int { return strings.Compare(flowOrder(a), flowOrder(b)) })
		parts := make([]string, len(keys))
		for i, k := range keys {
			parts[i] = k + ": " + Flow(v[k])
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = Flow(one)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return fmt.Sprint(due)
}

// flowOrder puts what qualifies a rule behind it.
func flowOrder(key string) string {
	switch key {
	case "ends", "default":
		return "~" + key
	}
	return key
}
