package board

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

const (
	mostFeed   = 5000                // open deadlines in the feed, and answered ones
	feedPast   = 30 * 24 * time.Hour // how long an answered deadline is listed
	feedAgain  = "PT15M"             // refresh interval for calendar programs
	farFuture  = 200 * 365 * 24 * time.Hour
	feedFormat = "text/calendar; charset=utf-8"
)

// feed serves the deadlines as an iCalendar file: all open ones, and those
// answered within feedPast.
func (p *reader) feed(w http.ResponseWriter) {
	vendor := p.R.URL.Query().Get("vendor")
	if _, ok := p.Catalogue.Vendor(vendor); !ok && vendor != "" {
		p.WriteRefusal(w, p.R, p.UnknownVendor("query.vendor", vendor))
		return
	}
	owedBy := p.R.URL.Query().Get("owed_by")
	if owedBy != "" && owedBy != sla.Us && owedBy != owedByVendor {
		p.WriteRefusal(w, p.R, tracker.Problemf("query.owed_by", owedBy, "is unknown: use vendor or us, or leave it out for both"))
		return
	}
	due, err := p.feedOf(vendor, p.R.URL.Query().Get("incident"))
	due = slices.DeleteFunc(due, func(d tracker.Deadline) bool { return owedBy != "" && owedBy != debtor(&d) })
	if invalid, ok := tracker.AsInvalid(err); ok {
		p.WriteRefusal(w, p.R, invalid[0])
		return
	}
	if errors.Is(err, tracker.ErrNotFound) {
		p.WriteRefusal(w, p.R, tracker.Problemf("query.incident", p.R.URL.Query().Get("incident"), "does not exist: see GET /api/v1/incidents"))
		return
	}
	if err != nil {
		p.Log.Log(p.R.Context(), web.FaultLevel(p.R.Context()), "feed failed", "error", err)
		p.WriteFault(w, p.R, err)
		return
	}
	cal := ics.NewCalendarFor("kigen")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName(p.Say("feed_name"))
	cal.SetXWRCalName(p.Say("feed_name"))
	cal.SetRefreshInterval(feedAgain) // the library adds that it is a duration
	cal.SetXPublishedTTL(feedAgain)
	for i := range due {
		p.addToFeed(cal, &due[i])
	}
	w.Header().Set("Content-Type", feedFormat)
	w.Header().Set("Content-Disposition", `inline; filename="kigen.ics"`)
	if err := cal.SerializeTo(w, ics.WithNewLineWindows); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// feedOf is the deadlines of one incident, or of a vendor or all.
func (p *reader) feedOf(vendor, incident string) ([]tracker.Deadline, error) {
	if incident == "" {
		return p.feedDeadlines(vendor)
	}
	inc, _, err := p.Read(p.R.Context(), &web.IDParam{ID: incident})
	if err != nil {
		return nil, err
	}
	var due []tracker.Deadline
	for _, c := range inc.AllClocks() {
		decidedAgainst := c.Regime() != "" && c.State == sla.NotApplicable
		if !c.Due.IsZero() && c.State != sla.Cancelled && !decidedAgainst {
			due = append(due, tracker.Deadline{
				Incident: inc.ID, Kind: inc.Kind, Clock: c.ID, Vendor: inc.Vendor, Title: inc.Title,
				Promise: c.Promise, Stage: c.Stage, State: c.State, Due: c.Due.UTC(),
			})
		}
	}
	return due, nil
}

// owedByVendor is what a vendor owes, in the words of the alert policies.
const owedByVendor = "vendor"

// debtor is who owes a deadline.
func debtor(d *tracker.Deadline) string {
	if sla.RegimeOf(d.Promise) != "" {
		return sla.Us
	}
	return owedByVendor
}

// feedDeadlines is what vendors owe, then what we owe: of each the open deadlines and
// those that were answered lately.
func (p *reader) feedDeadlines(vendor string) (due []tracker.Deadline, err error) {
	for _, ours := range []bool{false, true} {
		for _, q := range []tracker.DeadlineQuery{
			{From: time.Unix(0, 0), To: p.Now.Add(farFuture)},
			{From: p.Now.Add(-feedPast), To: p.Now.Add(feedPast), Answered: true},
		} {
			q.Vendor, q.Ours, q.Limit = vendor, ours, mostFeed
			found, err := p.Incidents.Deadlines(p.R.Context(), q)
			if err != nil {
				return nil, err
			}
			due = append(due, found...)
		}
	}
	return due, nil
}

// addToFeed adds an entry that ends at the deadline. Its UID names the clock, so
// that a moved deadline also moves in the subscriber's calendar.
func (p *reader) addToFeed(cal *ics.Calendar, d *tracker.Deadline) {
	event := cal.AddEvent("clock-" + strconv.FormatInt(int64(d.Clock), 10) + "@kigen" + p.feedHost())
	event.SetDtStampTime(p.Now)
	event.SetStartAt(d.Due)
	event.SetEndAt(d.Due)
	title := p.StateOf(d.Kind, d.Promise, d.State) + ": " + p.VendorName(d.Vendor) + " " + d.Title
	lines := []string{p.Say("due") + ": " + p.Deadline(d.Due)}
	switch duty := sla.RegimeOf(d.Promise); {
	case duty != "":
		title = p.Say("feed_duty", "State", p.StateOf(d.Kind, d.Promise, d.State), "Report", p.dutyStage(duty, d.Stage), "Vendor", p.VendorName(d.Vendor), "Title", d.Title)
		lines = append(lines, feedText(p.Say("feed_owed_by_us", "Duty", p.dutyName(duty))), phrase.NotLegalAdvice(p.Lang))
	case d.Stage != "":
		lines = append(lines, p.Say("field_stage")+": "+feedText(d.Stage))
	}
	event.SetSummary(feedText(title) + " (" + d.Incident.String() + ")")
	if p.PublicURL != "" {
		link := p.PublicURL + "/incidents/" + d.Incident.String()
		event.SetURL(link)
		lines = append(lines, link)
	}
	event.SetDescription(strings.Join(lines, "\n"))
	event.SetTimeTransparency(ics.TransparencyTransparent)
	event.AddCategory(string(d.State))
	event.AddCategory("owed_by_" + debtor(d))
	if d.State == sla.Overdue {
		event.SetPriority(1)
	}
}

// feedText drops control characters, which RFC 5545 forbids in a text: a carriage return
// would begin another property. The library escapes the rest.
func feedText(text string) string {
	return phrase.Line(strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text))
}

// feedHost distinguishes two installations in one calendar; empty: the public
// URL is not configured.
func (p *reader) feedHost() string {
	if u, err := url.Parse(p.PublicURL); err == nil && u.Hostname() != "" {
		return "." + u.Hostname()
	}
	return ""
}
