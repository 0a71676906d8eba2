// Package about serves the pages about kigen itself: its settings and its documentation.
package about

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase"
	"kigen/sla/policy"
)

// reader is a request for a page of this package.
type reader struct{ *frame.Reader }

// Mount adds the pages to s.
func Mount(s *frame.Site) {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /settings":     (*reader).settings,
		"GET /display":      (*reader).display,
		"GET /help":         (*reader).help,
		"GET /help/{topic}": (*reader).help,
		"GET /help/words":   (*reader).words,
	} {
		s.Handle(pattern, func(p *frame.Reader, w http.ResponseWriter) { handle(&reader{p}, w) })
	}
}

// factView is a fact with its name.
type factView struct{ Name, Value string }

// settingsView is the page of settings.
type settingsView struct {
	web.Settings
	Policies  []policyView
	Calendars []calendarView
	Facts     []factView
}

// policyView is an alert policy as text.
type policyView struct{ To, When, What string }

// calendarView is a calendar with the vendors that use it.
type calendarView struct{ ID, Zone, Years, Vendors string }

func (p *reader) settings(w http.ResponseWriter) {
	view := settingsView{}
	if p.Settings != nil {
		view.Settings = *p.Settings
	}
	for i := range p.Tracker.Policies {
		view.Policies = append(view.Policies, p.policy(&p.Tracker.Policies[i]))
	}
	view.Calendars = p.calendars()
	view.Facts = []factView{
		{p.Say("settings_version"), p.Version},
		{p.Say("settings_zone"), p.Site.Zone.String()},
		{p.Say("settings_language"), p.Site.In(p.Site.Lang).Say("language")},
		{p.Say("settings_file"), cmp.Or(view.Path, p.Say("settings_built_in"))},
		{p.Say("settings_reports"), cmp.Or(view.Reports, p.Say("settings_none"))},
		{p.Say("settings_backups"), cmp.Or(view.Backups, p.Say("settings_none"))},
	}
	p.Render(w, http.StatusOK, "settings", frame.Page{Title: p.Say("settings_title"), Nav: "settings", Main: view})
}

// policy describes a policy: its destinations, clocks and alerts.
func (p *reader) policy(alerts *policy.Policy) policyView {
	var what []string
	if alerts.Logged {
		what = append(what, p.Say("policy_logged"))
	}
	for _, lead := range alerts.Warn {
		if lead.Share > 0 {
			what = append(what, p.Say("policy_warn_share", "Share", int(lead.Share*100+.5)))
		} else {
			what = append(what, p.Say("policy_warn", "Before", phrase.Duration(p.Lang, lead.Before)))
		}
	}
	if alerts.After > 0 {
		what = append(what, p.Say("policy_after", "After", phrase.Duration(p.Lang, alerts.After)))
	} else {
		what = append(what, p.Say("policy_overdue"))
	}
	if alerts.Repeat > 0 {
		what = append(what, p.Say("policy_repeat", "Every", phrase.Duration(p.Lang, alerts.Repeat)))
	}
	when := p.match(&alerts.When)
	if except := p.match(&alerts.Except); except != "" {
		when = strings.TrimSpace(when + " " + p.Say("policy_except", "What", except))
	}
	var quiet []string
	for _, to := range alerts.To {
		if alerts.Quiet[to] != nil {
			quiet = append(quiet, to)
		}
	}
	if len(quiet) > 0 {
		what = append(what, p.Say("policy_quiet", "To", strings.Join(quiet, ", ")))
	}
	return policyView{To: strings.Join(alerts.To, ", "), When: cmp.Or(when, p.Say("policy_all")), What: strings.Join(what, p.Say("policy_and"))}
}

// match describes the matching clocks; empty: all.
func (p *reader) match(m *policy.Match) string {
	var parts []string
	add := func(field string, values []string) {
		if len(values) > 0 {
			parts = append(parts, p.Say("field_"+field)+": "+strings.Join(values, p.Say("or")))
		}
	}
	vendors := make([]string, len(m.Vendor))
	for i, id := range m.Vendor {
		vendors[i] = p.VendorName(id)
	}
	add("vendor", vendors)
	add("service", m.Service)
	add("severity", frame.Words(p.Texts, "severity", m.Severity))
	add("impact", frame.Words(p.Texts, "impact", m.Impact))
	add("strength", frame.Words(p.Texts, "strength", m.Strength))
	add("kind", frame.Words(p.Texts, "kind", m.About))
	add("owed_by", frame.Words(p.Texts, "owed_by", m.OwedBy))
	add("duty", p.dutyNames(m.Duty))
	return strings.Join(parts, " · ")
}

// dutyNames names regimes by their ids.
func (p *reader) dutyNames(ids []string) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id
		if r := p.Tracker.Duties.Regime(id); r != nil {
			names[i] = r.Name.In(p.Lang)
		}
	}
	return names
}

// calendars lists the calendars of all promises.
func (p *reader) calendars() []calendarView {
	var views []calendarView
	for _, v := range p.Catalogue {
		for _, promise := range v.Promises {
			c := promise.Calendar
			if c == nil {
				continue
			}
			name := v.Name.In(p.Lang)
			i := slices.IndexFunc(views, func(view calendarView) bool { return view.ID == c.ID() })
			if i < 0 {
				first, last := c.Range()
				views = append(views, calendarView{c.ID(), c.Zone().String(), first.String()[:4] + "–" + last.String()[:4], name})
			} else if !strings.Contains(views[i].Vendors, name) {
				views[i].Vendors += ", " + name
			}
		}
	}
	return views
}
