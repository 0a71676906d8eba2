package slackapp

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"

	"kigen/sla"
	"kigen/sla/tracker"
)

// The actions of our own messages; those of alerts are in buttons.go.
const actionList = "kigen_list"

// pageSize is how many incidents an answer shows: what fits Slack's limits with
// long titles, and a phone's screen without.
const pageSize = 10

// place is a page of the list of open incidents.
type place struct {
	Vendor string `json:"v,omitempty"`
	Cursor string `json:"c,omitempty"`
}

// list shows the incidents that are open, what needs a person first.
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
	told := answer{sections: []string{a.counts(page.Counts)}, replace: at.Cursor != ""}
	for _, inc := range shown {
		told.sections = append(told.sections, a.summary(inc))
	}
	if len(shown) == pageSize && a.more(ctx, at.Vendor, page.Next) {
		told.actions = append(told.actions, a.nextPage(place{Vendor: at.Vendor, Cursor: page.Next}))
	}
	return told
}

// openOnes are those before the first that is settled: a list is in the order
// of what needs a person.
func openOnes(incidents []*sla.Incident) []*sla.Incident {
	for i, inc := range incidents {
		if !open(inc) {
			return incidents[:i]
		}
	}
	return incidents
}

// more reports whether the next page begins with an open incident.
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
		panic("slackapp: " + err.Error()) // two strings
	}
	return slack.NewButtonBlockElement(actionList, string(value), plain(a.words.say("next_page", nil)))
}

// counts says how many incidents are open, by state.
func (a *App) counts(counts map[sla.State]int) string {
	var parts []string
	for _, state := range sla.States {
		if n := counts[state]; n > 0 && state.Open() {
			parts = append(parts, a.words.count("state_"+string(state), n))
		}
	}
	if len(parts) == 0 {
		return a.words.say("none_open", nil)
	}
	return a.words.say("open", blanks{"Counts": strings.Join(parts, a.words.say("comma", nil))})
}

// show tells one incident with what can be done about it.
func (a *App) show(ctx context.Context, id sla.IncidentID) answer {
	inc, err := a.incident(ctx, id)
	if err != nil {
		return a.trouble(ctx, "show", err)
	}
	told := answer{sections: []string{a.about(inc)}}
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		text := a.clock(c)
		if why := c.Explanation.Lines(a.Lang); len(why) > 0 {
			text += "\n" + quoted(why)
		}
		told.sections = append(told.sections, text)
	}
	told.actions = a.buttons(inc)
	return told
}

// about is what was logged.
func (a *App) about(inc *sla.Incident) string {
	lines := []string{a.words.say("about", blanks{
		"ID": a.name(inc.ID), "Title": cutMarkup(escaped(inc.Title), longestLine),
		"Vendor": escaped(a.vendorName(inc.Vendor)),
	})}
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, a.words.say("fact", blanks{"Name": a.words.say(label, nil), "Value": value}))
		}
	}
	add("label_service", escaped(inc.Service))
	for _, m := range moments {
		if s := inc.Times[m]; s.Known() {
			add("label_"+m.String()+"_at", a.zoned(s.At.In(a.Zone)))
		}
	}
	add("label_impact", sla.FactText(a.Lang, sla.ByImpact, string(inc.Impact)))
	if inc.Severity != "" {
		add("label_severity", sla.FactText(a.Lang, sla.BySeverity, string(inc.Severity)))
	}
	add("label_reference", escaped(inc.Reference))
	for i := range inc.Notices {
		add("label_notice", a.zoned(inc.Notices[i].ReceivedAt.In(a.Zone)))
	}
	lines = append(lines, a.owner(inc))
	if !inc.CancelledAt.IsZero() {
		add("label_cancelled", escaped(inc.CancelReason))
	}
	return strings.Join(lines, "\n")
}
