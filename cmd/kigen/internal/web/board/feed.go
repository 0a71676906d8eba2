package board

import (
	"errors"
	"net/http"
	"net/url"
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
	due, err := p.feedOf(vendor, p.R.URL.Query().Get("incident"))
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
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		if !c.Due.IsZero() && c.State != sla.Cancelled {
			due = append(due, tracker.Deadline{
				Incident: inc.ID, Clock: c.ID, Vendor: inc.Vendor, Title: inc.Title, Stage: c.Stage, State: c.State, Due: c.Due.UTC(),
			})
		}
	}
	return due, nil
}

func (p *reader) feedDeadlines(vendor string) ([]tracker.Deadline, error) {
	ctx := p.R.Context()
	answered, err := p.Incidents.Deadlines(ctx, tracker.DeadlineQuery{
		Vendor: vendor, From: p.Now.Add(-feedPast), To: p.Now.Add(feedPast), Answered: true, Limit: mostFeed,
	})
	if err != nil {
		return nil, err
	}
	open, err := p.Incidents.Deadlines(ctx, tracker.DeadlineQuery{
		Vendor: vendor, From: time.Unix(0, 0), To: p.Now.Add(farFuture), Limit: mostFeed,
	})
	return append(open, answered...), err
}

// addToFeed adds an entry that ends at the deadline. Its UID names the clock, so
// that a moved deadline also moves in the subscriber's calendar.
func (p *reader) addToFeed(cal *ics.Calendar, d *tracker.Deadline) {
	event := cal.AddEvent("clock-" + strconv.FormatInt(int64(d.Clock), 10) + "@kigen" + p.feedHost())
	event.SetDtStampTime(p.Now)
	event.SetStartAt(d.Due)
	event.SetEndAt(d.Due)
	title := p.StateName(d.State) + ": " + p.VendorName(d.Vendor) + " " + d.Title
	event.SetSummary(feedText(title) + " (" + d.Incident.String() + ")")
	lines := []string{p.Say("due") + ": " + p.Deadline(d.Due)}
	if d.Stage != "" {
		lines = append(lines, p.Say("field_stage")+": "+feedText(d.Stage))
	}
	if p.PublicURL != "" {
		link := p.PublicURL + "/incidents/" + d.Incident.String()
		event.SetURL(link)
		lines = append(lines, link)
	}
	event.SetDescription(strings.Join(lines, "\n"))
	event.SetTimeTransparency(ics.TransparencyTransparent)
	event.AddCategory(string(d.State))
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
