package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	mostFeed   = 5000                // deadlines of a kind in the feed
	feedPast   = 30 * 24 * time.Hour // how long an answered deadline stays
	feedAgain  = "PT15M"             // how often a calendar should ask
	farFuture  = 200 * 365 * 24 * time.Hour
	feedFormat = "text/calendar; charset=utf-8"
)

// feed is the deadlines as an iCalendar file to subscribe to: all open ones,
// and those that were answered in the last days.
func (p *reader) feed(w http.ResponseWriter) {
	vendor := p.r.URL.Query().Get("vendor")
	if _, ok := p.Catalogue.Vendor(vendor); !ok && vendor != "" {
		p.writeRefusal(w, p.unknownVendor("query.vendor", vendor))
		return
	}
	due, err := p.feedDeadlines(vendor)
	if err != nil {
		p.Log.ErrorContext(p.r.Context(), "feed failed", "error", err)
		p.writeProblem(w, http.StatusInternalServerError, insideTrouble)
		return
	}
	cal := ics.NewCalendarFor("kigen")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName(p.say("feed_name"))
	cal.SetXWRCalName(p.say("feed_name"))
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

func (p *reader) feedDeadlines(vendor string) ([]tracker.Deadline, error) {
	ctx := p.r.Context()
	answered, err := p.Incidents.Deadlines(ctx, tracker.DeadlineQuery{
		Vendor: vendor, From: p.now.Add(-feedPast), To: p.now.Add(feedPast), Answered: true, Limit: mostFeed,
	})
	if err != nil {
		return nil, err
	}
	open, err := p.Incidents.Deadlines(ctx, tracker.DeadlineQuery{
		Vendor: vendor, From: time.Unix(0, 0), To: p.now.Add(farFuture), Limit: mostFeed,
	})
	return append(open, answered...), err
}

// addToFeed makes an entry that ends at the deadline. Its UID is the clock's,
// so that a deadline that moves, moves in the subscriber's calendar too.
func (p *reader) addToFeed(cal *ics.Calendar, d *tracker.Deadline) {
	event := cal.AddEvent("clock-" + strconv.FormatInt(int64(d.Clock), 10) + "@kigen" + p.feedHost())
	event.SetDtStampTime(p.now)
	event.SetStartAt(d.Due)
	event.SetEndAt(d.Due)
	title := p.stateName(d.State) + ": " + p.vendorName(d.Vendor) + " " + d.Title
	event.SetSummary(title + " (" + d.Incident.String() + ")")
	lines := []string{p.say("due") + ": " + p.deadline(d.Due)}
	if d.Stage != "" {
		lines = append(lines, p.say("field_stage")+": "+d.Stage)
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

// feedHost tells two kigen in one calendar apart; empty: no public name is known.
func (s *server) feedHost() string {
	if u, err := url.Parse(s.PublicURL); err == nil && u.Hostname() != "" {
		return "." + u.Hostname()
	}
	return ""
}
