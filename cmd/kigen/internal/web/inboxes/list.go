package inboxes

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/inbox"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// rows is how many items one page lists.
const rows = 50

// everyState is the filter's value for items in all states; without a filter, only those that
// wait are listed.
const everyState = "all"

// listView is the list of items, newest first.
type listView struct {
	States, Sources, Vendors []frame.Choice
	Asked                    bool // a filter is set
	Waiting                  bool // it lists what waits for a person
	Lines                    []Line
	First, Next              string // addresses of other pages; empty: there are none
	Query                    string // of the address that shows the same
	Watched                  []watchedView
}

// watchedView is how a source is.
type watchedView struct {
	Name, Kind, Vendor, Since, Last string
	Failing                         string // since when, and why
}

func isMissing(err error) bool { return errors.Is(err, tracker.ErrNotFound) }

func (p *reader) list(w http.ResponseWriter) {
	at := p.LiveVersion() // before the query, so that later changes refresh the page
	if view, ok := p.listPage(w); ok {
		view.At = at
		p.Render(w, http.StatusOK, "inbox", view)
	}
}

// listPart renders the part of the list that the page's script refreshes.
func (p *reader) listPart(w http.ResponseWriter) {
	p.LivePart(w, func(shared *frame.Reader, w http.ResponseWriter) {
		p := &reader{shared}
		if view, ok := p.listPage(w); ok {
			p.RenderPart(w, http.StatusOK, "inbox", "live", p.Complete(view))
		}
	})
}

func (p *reader) listPage(w http.ResponseWriter) (frame.Page, bool) {
	query := p.R.URL.Query()
	q := inbox.Query{State: inbox.Candidate, Source: query.Get("source"), Vendor: query.Get("vendor"), Limit: rows}
	if state := query.Get("state"); state == everyState {
		q.State = ""
	} else if state != "" {
		q.State = inbox.State(state)
	}
	if before, err := strconv.ParseInt(query.Get("before"), 10, 64); err == nil && before > 0 {
		q.Before = before
	}
	view, err := p.listed(&q, query)
	if err != nil {
		p.Fail(w, err)
		return frame.Page{}, false
	}
	return frame.Page{Title: p.Say("inbox_title"), Nav: "inbox", Live: true, Main: view}, true
}

func (p *reader) listed(q *inbox.Query, query url.Values) (listView, error) {
	view := listView{Waiting: q.State == inbox.Candidate}
	page, err := p.Intake.Items(p.R.Context(), *q)
	if err != nil {
		return view, err
	}
	if view.Lines, err = Lines(p.Reader, page.Items); err != nil {
		return view, err
	}
	watched, err := p.Intake.Watched(p.R.Context())
	if err != nil {
		return view, err
	}
	view.Watched = p.watched(watched)
	kept := url.Values{}
	for _, name := range []string{"state", "source", "vendor"} {
		if value := query.Get(name); value != "" {
			kept.Set(name, value)
			view.Asked = true
		}
	}
	if q.Before > 0 {
		view.First = p.listLink(kept)
		kept.Set("before", strconv.FormatInt(q.Before, 10))
	}
	if len(kept) > 0 {
		view.Query = "?" + kept.Encode()
	}
	if page.Next > 0 {
		next := maps.Clone(kept)
		next.Set("before", strconv.FormatInt(page.Next, 10))
		view.Next = p.listLink(next)
	}
	p.filters(&view, q, watched)
	return view, nil
}

func (p *reader) listLink(query url.Values) string {
	if len(query) == 0 {
		return p.Base + "/inbox"
	}
	return p.Base + "/inbox?" + query.Encode()
}

// filters offers the states, the sources of the configuration and what people hand in, and
// the vendors.
func (p *reader) filters(view *listView, q *inbox.Query, watched []intake.Watched) {
	for _, s := range inbox.States {
		value := string(s)
		if s == inbox.Candidate {
			value = ""
		}
		view.States = append(view.States, frame.Choice{Value: value, Text: p.stateName(s), Chosen: s == q.State})
	}
	view.States = append(view.States, frame.Choice{Value: everyState, Text: p.Say("all"), Chosen: q.State == ""})
	names := []string{}
	for i := range watched {
		names = append(names, watched[i].Name)
	}
	for _, name := range []string{intake.ByHand, q.Source} {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		view.Sources = append(view.Sources, frame.Choice{Value: name, Text: name, Chosen: name == q.Source})
	}
	for _, v := range p.Catalogue {
		view.Vendors = append(view.Vendors, frame.Choice{Value: v.ID, Text: v.Name.In(p.Lang), Chosen: v.ID == q.Vendor})
	}
}

func (p *reader) watched(sources []intake.Watched) (views []watchedView) {
	for i := range sources {
		s := &sources[i]
		v := watchedView{Name: s.Name, Kind: string(s.Kind), Since: p.InstantOrNone(s.Since), Last: p.InstantOrNone(s.LastSuccess)}
		if s.Vendor != "" {
			v.Vendor = p.VendorName(s.Vendor)
		}
		if !s.FailingSince.IsZero() {
			v.Failing = p.Say("source_failing", "Since", p.Instant(s.FailingSince), "Error", phrase.Line(s.Error))
		}
		views = append(views, v)
	}
	return views
}
