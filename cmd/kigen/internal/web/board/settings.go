package board

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
)

// zoneCookie contains the chosen time zone.
const zoneCookie = "kigen_zone"

// settingsView is the page of settings.
type settingsView struct {
	web.Settings
	Policies  []policyView
	Calendars []calendarView
	Facts     []factView
	Zone      string // the chosen one; empty: the configured one
	Zones     []string
}

// policyView is an alert policy as text.
type policyView struct{ To, When, What string }

// calendarView is a calendar with the vendors that use it.
type calendarView struct{ ID, Zone, Years, Vendors string }

// chosenZone is the time zone of a request. ?zone= takes precedence and is
// remembered; an empty value resets it to the configured zone.
func (s *server) chosenZone(w http.ResponseWriter, r *http.Request) *time.Location {
	name := ""
	if cookie, err := r.Cookie(zoneCookie); err == nil {
		name = strings.ReplaceAll(cookie.Value, "%2F", "/")
	}
	if query := r.URL.Query(); query.Has("zone") {
		name = strings.TrimSpace(query.Get("zone"))
		if name == "" || knownZone(name) != nil {
			s.remember(w, zoneCookie, name)
		}
	}
	return cmp.Or(knownZone(name), s.Zone)
}

// knownZone returns nil for an unknown name, and for Local, which would reveal
// the server's zone.
func knownZone(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}

func (p *reader) settings(w http.ResponseWriter) {
	view := settingsView{Zones: offeredZones()}
	if p.Zone != p.server.Zone {
		view.Zone = p.Zone.String()
	}
	if p.Settings != nil {
		view.Settings = *p.Settings
	}
	for i := range p.Tracker.Policies {
		view.Policies = append(view.Policies, p.policy(&p.Tracker.Policies[i]))
	}
	view.Calendars = p.calendars()
	view.Facts = []factView{
		{p.say("settings_version"), p.Version},
		{p.say("settings_zone"), p.server.Zone.String()},
		{p.say("settings_language"), p.server.texts[p.server.Lang].say("language")},
		{p.say("settings_file"), cmp.Or(view.Path, p.say("settings_built_in"))},
		{p.say("settings_reports"), cmp.Or(view.Reports, p.say("settings_none"))},
		{p.say("settings_backups"), cmp.Or(view.Backups, p.say("settings_none"))},
	}
	p.render(w, http.StatusOK, "settings", page{Title: p.say("settings_title"), Nav: "settings", Main: view})
}

// offeredZones lists suggestions; every zone of the tz database is accepted.
func offeredZones() []string {
	return []string{"Asia/Tokyo", "UTC", "Asia/Singapore", "Asia/Kolkata", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Australia/Sydney"}
}

// policy describes a policy: its destinations, clocks and alerts.
func (p *reader) policy(policy *sla.Policy) policyView {
	var what []string
	if policy.Logged {
		what = append(what, p.say("policy_logged"))
	}
	for _, lead := range policy.Warn {
		if lead.Share > 0 {
			what = append(what, p.say("policy_warn_share", "Share", int(lead.Share*100+.5)))
		} else {
			what = append(what, p.say("policy_warn", "Before", phrase.Duration(p.lang, lead.Before)))
		}
	}
	if policy.After > 0 {
		what = append(what, p.say("policy_after", "After", phrase.Duration(p.lang, policy.After)))
	} else {
		what = append(what, p.say("policy_overdue"))
	}
	if policy.Repeat > 0 {
		what = append(what, p.say("policy_repeat", "Every", phrase.Duration(p.lang, policy.Repeat)))
	}
	when := p.match(&policy.When)
	if except := p.match(&policy.Except); except != "" {
		when = strings.TrimSpace(when + " " + p.say("policy_except", "What", except))
	}
	var quiet []string
	for _, to := range policy.To {
		if policy.Quiet[to] != nil {
			quiet = append(quiet, to)
		}
	}
	if len(quiet) > 0 {
		what = append(what, p.say("policy_quiet", "To", strings.Join(quiet, ", ")))
	}
	return policyView{To: strings.Join(policy.To, ", "), When: cmp.Or(when, p.say("policy_all")), What: strings.Join(what, p.say("policy_and"))}
}

// match describes the matching clocks; empty: all.
func (p *reader) match(m *sla.Match) string {
	var parts []string
	add := func(field string, values []string) {
		if len(values) > 0 {
			parts = append(parts, p.say("field_"+field)+": "+strings.Join(values, p.say("or")))
		}
	}
	vendors := make([]string, len(m.Vendor))
	for i, id := range m.Vendor {
		vendors[i] = p.vendorName(id)
	}
	add("vendor", vendors)
	add("service", m.Service)
	add("severity", worded(p.texts, "severity", m.Severity))
	add("impact", worded(p.texts, "impact", m.Impact))
	add("strength", worded(p.texts, "strength", m.Strength))
	return strings.Join(parts, " · ")
}

func worded[T ~string](x texts, name string, values []T) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = x.word(name, string(v))
	}
	return words
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
			name := v.Name.In(p.lang)
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
