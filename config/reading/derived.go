package reading

import (
	"slices"
	"strings"

	"kigen/config/tree"
	"kigen/sla"
)

// derived reads {due: RULE} with its modifiers: the moment it counts from, the move
// from a closed day, and the moment that it lapses before.
func (r *Reader) derived(n *tree.Node) sla.Rule {
	r.Keys(n, "from", "due", "roll", "ends", "lapses_before")
	if n.Get("due") == nil {
		r.Missing(n, "due", "give the length after that moment, such as 24h")
		return sla.Rule{}
	}
	due, _ := r.Rule(n.Get("due"))
	from, roll, ends, lapses := n.Get("from"), n.Get("roll"), n.Get("ends"), n.Get("lapses_before")
	if from == nil && roll == nil && ends == nil && lapses == nil {
		r.Reportf(n, "adds nothing to its due: write the due alone, or add from, roll, ends or lapses_before")
	}
	if from != nil {
		due = r.countedFrom(from, due)
	}
	if roll != nil || ends != nil {
		due = sla.Rule{Op: sla.OpRolled, Roll: r.roll(roll), Ends: sla.Ends(r.Text(ends)), Args: []sla.Rule{due}}
	}
	if lapses != nil {
		due = sla.Rule{Op: sla.OpLapses, From: r.moment(lapses), Args: []sla.Rule{due}}
	}
	return due
}

// countedFrom makes a rule count from a moment, from the latest or earliest of
// several, or from the result of another rule.
func (r *Reader) countedFrom(n *tree.Node, due sla.Rule) sla.Rule {
	if n.Kind != tree.Scalar {
		point, isPoint := r.point(n)
		if !isPoint {
			point, _ = r.Rule(n)
		}
		return sla.Rule{Op: sla.OpThen, Args: []sla.Rule{point, due}}
	}
	if strings.HasPrefix(n.Text, "next_") || n.Text != "" && '0' <= n.Text[0] && n.Text[0] <= '9' {
		point, _ := r.Rule(n)
		return sla.Rule{Op: sla.OpThen, Args: []sla.Rule{point, due}}
	}
	return sla.Rule{Op: sla.OpFrom, From: r.moment(n), Args: []sla.Rule{due}}
}

// point reads {latest_of: [detected, declared]} or {earliest_of: …} as a rule.
func (r *Reader) point(n *tree.Node) (rule sla.Rule, isPoint bool) {
	key := "latest_of"
	rule.Op = sla.OpLaterOf
	if n.Field(key) == nil {
		key, rule.Op = "earliest_of", sla.OpEarlierOf
	}
	if n.Kind != tree.Object || n.Field(key) == nil {
		return sla.Rule{}, false
	}
	r.Keys(n, key)
	list := n.Get(key)
	var seen []sla.Moment
	for _, item := range r.List(list) {
		m := r.moment(item)
		if slices.Contains(seen, m) {
			r.Reportf(item, "appears twice: keep one")
		}
		seen = append(seen, m)
		rule.Args = append(rule.Args, sla.Rule{Op: sla.OpFrom, From: m, Args: []sla.Rule{{Op: sla.OpStart}}})
	}
	if len(seen) < 2 {
		r.Reportf(list, "needs at least two moments, such as [detected, declared]")
	}
	return rule, true
}

// Start reads the moment from which a promise counts. With several, the first is
// the promise's start and every rule counts from the latest or earliest of all.
func (r *Reader) Start(n *tree.Node, p *sla.Promise) {
	if n == nil || n.Kind == tree.Scalar {
		p.Start = r.moment(n)
		return
	}
	point, isPoint := r.point(n)
	if !isPoint || len(point.Args) < 2 {
		if !isPoint {
			r.Reportf(n, "is %s: use a moment such as detected, or {latest_of: [detected, declared]}, or {earliest_of: […]}", n.Kind)
		}
		return
	}
	p.Start = point.Args[0].From
	from := func(rule *sla.Rule) {
		if rule.Op != sla.OpNone {
			*rule = sla.Rule{Op: sla.OpThen, Args: []sla.Rule{point, *rule}}
		}
	}
	from(&p.Due)
	for i := range p.Readings {
		from(&p.Readings[i].Due)
	}
	for i := range p.Stages {
		if p.Stages[i].After == "" {
			from(&p.Stages[i].Due)
			if p.Stages[i].Guide != nil {
				from(p.Stages[i].Guide)
			}
		}
	}
	if p.Expect != nil {
		from(p.Expect)
	}
}

func (r *Reader) moment(n *tree.Node) (moment sla.Moment) {
	text := r.Text(n)
	if text == "" {
		return moment
	}
	moment, err := sla.ParseMoment(text)
	if err != nil {
		r.Reportf(n, "use %s", sla.MomentNames())
	}
	return moment
}
