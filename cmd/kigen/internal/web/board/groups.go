package board

import (
	"cmp"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// groupView is a group of incidents on the board.
type groupView struct {
	Key   string // of a state, of a time left, or "answered"
	Tone  string // selects colour and sign: a state, or "answered"
	Name  string
	Open  bool // the state is an open one
	Count int
	More  bool // there may be more on another page
	Rows  []rowView

	Folded bool // shown when it is opened

	rank int // position among the groups
}

// groups splits a page, which is ordered by state. Deadlines ahead are grouped by the
// time left, because a passed warning alone does not make one urgent; those whose
// lateness is not provable are apart. Under a state filter, an incident can be in the
// group of a more urgent state, because of another of its clocks.
func (p *reader) groups(list tracker.Page, q *tracker.Query) []groupView {
	var groups []groupView
	for _, inc := range list.Incidents {
		clock := web.Leading(asked(inc, q))
		row := p.row(inc, clock)
		group := p.groupOf(&row, clock)
		i := slices.IndexFunc(groups, func(g groupView) bool { return g.Key == group.Key })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group)
		}
		groups[i].Rows = append(groups[i].Rows, row)
	}
	for i := range groups {
		g := &groups[i]
		g.Count = len(g.Rows)
		g.More = list.Next != "" || q.Cursor != ""
		if g.Key == g.Tone && sla.State(g.Key) != sla.Overdue {
			g.Count, g.More = list.Counts[sla.State(g.Key)], false // over all pages
		}
		if g.Open {
			slices.SortStableFunc(g.Rows, func(a, b rowView) int { return a.due.Compare(b.due) })
		}
	}
	slices.SortStableFunc(groups, func(a, b groupView) int { return cmp.Compare(a.rank, b.rank) })
	return damagedFirst(groups)
}

// groupOf is the group of a row, without rows.
func (p *reader) groupOf(row *rowView, clock *sla.Clock) groupView {
	state := row.State
	g := groupView{Key: string(state), Tone: string(state), Name: p.StateName(state), Open: state.Open(), rank: groupRank(state)}
	switch {
	case clock == nil || clock.State != state:
	case (state == sla.AtRisk || state == sla.Running) && !clock.Due.IsZero():
		left := p.timeLeft(clock.Due)
		g.Key, g.Tone, g.Name = left.key, string(left.tone), p.Say(left.key)
		g.rank = groupRank(sla.AtRisk) + left.rank
	case clock.NotProvable():
		g.Key, g.Name = string(state)+"_not_provable", p.Say("group_not_provable", "State", g.Name, "Verdict", phrase.Verdict(p.Lang, "not_provable"))
		g.rank++
	}
	return g
}

// groupRank leaves room for the groups into which a state is split.
func groupRank(state sla.State) int { return 10 * web.Rank(state) }

// timeLeft is a group of deadlines ahead.
type timeLeft struct {
	key  string // also of its name in the locales
	tone sla.State
	rank int
}

func (p *reader) timeLeft(due time.Time) timeLeft {
	const soon = 24 * time.Hour
	switch {
	case p.today(due):
		return timeLeft{"group_today", sla.AtRisk, 0}
	case due.Sub(p.Now) <= soon:
		return timeLeft{"group_soon", sla.AtRisk, 1}
	}
	return timeLeft{"group_later", sla.Running, 2}
}

// today reports whether a deadline is on this day; one at midnight ends the day before.
func (p *reader) today(due time.Time) bool {
	tomorrow := calendar.NewDate(p.Now.In(p.Zone).Date()) + 1
	return !due.After(tomorrow.In(p.Zone))
}

// damagedFirst moves unreadable incidents to the front, because kigen does not
// watch their deadlines.
func damagedFirst(groups []groupView) []groupView {
	i := slices.IndexFunc(groups, func(g groupView) bool { return g.Key == string(web.Unreadable) })
	if i < 0 {
		return groups
	}
	damaged := groups[i]
	damaged.Open, damaged.Count, damaged.More = true, len(damaged.Rows), false
	return slices.Insert(slices.Delete(groups, i, i+1), 0, damaged)
}
