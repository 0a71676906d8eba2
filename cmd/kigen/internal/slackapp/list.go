package slackapp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// Action id of the list's paging button; those of alerts are in buttons.go.
const actionList = "kigen_list"

// pageSize is the number of incidents per answer: it stays within Slack's
// limits with long titles and fits a phone's screen with usual ones.
const pageSize = 10

// place is a position in the list of open incidents.
type place struct {
	Vendor string `json:"v,omitempty"`
	Cursor string `json:"c,omitempty"`
}

// list shows the open incidents, most urgent first.
func (a *App) list(ctx context.Context, at place) answer {
	if at.Vendor != "" {
		if _, ok := a.Catalogue.Vendor(at.Vendor); !ok {
			return a.mistaken(&mistake{text: "unknown_vendor", word: at.Vendor})
		}
	}
	page, err := a.Incidents.List(ctx, tracker.Query{Vendor: at.Vendor, Cursor: at.Cursor, Limit: pageSize})
	if err != nil {
		return a.trouble(ctx, "list", err)
	}
	shown := openOnes(page.Incidents)
	result := answer{sections: []string{a.counts(page.Counts)}, replace: at.Cursor != ""}
	for _, inc := range shown {
		result.sections = append(result.sections, a.summary(inc))
	}
	if len(shown) == pageSize && a.more(ctx, at.Vendor, page.Next) {
		result.actions = append(result.actions, a.nextPage(place{Vendor: at.Vendor, Cursor: page.Next}))
	}
	return result
}

// openOnes cuts the list at the first settled incident: the list is sorted by
// urgency, so all later ones are settled too.
func openOnes(incidents []*sla.Incident) []*sla.Incident {
	for i, inc := range incidents {
		if !open(inc) && inc.Unreadable == "" {
			return incidents[:i]
		}
	}
	return incidents
}

func (a *App) more(ctx context.Context, vendor, cursor string) bool {
	if cursor == "" {
		return false
	}
	page, err := a.Incidents.List(ctx, tracker.Query{Vendor: vendor, Cursor: cursor, Limit: 1})
	return err == nil && len(openOnes(page.Incidents)) > 0
}

func (a *App) nextPage(at place) slack.BlockElement {
	value, err := json.Marshal(at)
	if err != nil {
		panic("slackapp: " + err.Error()) // a struct of two strings always marshals
	}
	return slack.NewButtonBlockElement(actionList, string(value), plain(a.texts.say("next_page", nil)))
}

// counts writes the number of open incidents per state.
func (a *App) counts(counts map[sla.State]int) string {
	var parts []string
	for _, state := range sla.States {
		if n := counts[state]; n > 0 && state.Open() {
			parts = append(parts, a.texts.count(string(state), n))
		}
	}
	if len(parts) == 0 {
		return a.texts.say("none_open", nil)
	}
	return a.texts.say("open", blanks{"Counts": strings.Join(parts, a.texts.say("comma", nil))})
}

// show describes one incident and adds its buttons.
func (a *App) show(ctx context.Context, id sla.IncidentID) answer {
	inc, err := a.incident(ctx, id)
	if err != nil {
		return a.trouble(ctx, "show", err)
	}
	result := answer{sections: []string{a.about(inc)}}
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		text := a.clock(inc, c)
		if why := prose.Explanation(a.Lang, &c.Explanation); len(why) > 0 {
			text += "\n" + quoted(why)
		}
		result.sections = append(result.sections, text)
	}
	result.actions = a.buttons(inc)
	return result
}

// about writes the logged facts of an incident.
func (a *App) about(inc *sla.Incident) string {
	lines := []string{a.texts.say("about", blanks{
		"ID": a.name(inc.ID), "Title": cutMarkup(escaped(inc.Title), longestLine),
		"Vendor": escaped(a.vendorName(inc.Vendor)),
	})}
	named := func(name, value string) {
		if value != "" {
			lines = append(lines, a.texts.say("fact", blanks{"Name": name, "Value": value}))
		}
	}
	add := func(field, value string) { named(a.label(field), value) }
	add("service", escaped(inc.Service))
	for _, m := range sla.EnteredMoments() {
		if s := inc.Times[m]; s.Known() {
			named(prose.MomentHeading(a.Lang, m), a.zoned(s.At.In(a.Zone)))
		}
	}
	add("impact", prose.Fact(a.Lang, sla.ByImpact, string(inc.Impact)))
	if inc.Severity != "" {
		add("severity", prose.Fact(a.Lang, sla.BySeverity, string(inc.Severity)))
	}
	add("reference", escaped(inc.Reference))
	for i := range inc.Notices {
		add("notice", a.numbered(&inc.Notices[i]))
	}
	lines = append(lines, a.owner(inc))
	if !inc.CancelledAt.IsZero() {
		add("cancelled", escaped(inc.CancelReason))
	}
	return strings.Join(lines, "\n")
}
