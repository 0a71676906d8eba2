package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	boardRows    = 100 // incidents that one page of the board holds
	answeredRows = 50  // incidents that it shows as answered today
)

// routePages is every page on one screen.
func (s *server) routePages() {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /{$}":                              (*reader).board,
		"GET /board":                            (*reader).boardPart,
		"GET /incidents/new":                    (*reader).newForm,
		"POST /incidents":                       (*reader).logForm,
		"POST /incidents/preview":               (*reader).previewPart,
		"GET /incidents/{id}":                   (*reader).incident,
		"POST /incidents/{id}/notices":          (*reader).noticeForm,
		"GET /incidents/{id}/evidence/{sha256}": (*reader).evidence,
		"POST /incidents/{id}/ack":              (*reader).ackForm,
		"POST /incidents/{id}/amend":            (*reader).amendForm,
		"POST /incidents/{id}/cancel":           (*reader).cancelForm,
		"GET /calendar.ics":                     (*reader).feed,
		"GET /vendors":                          (*reader).vendors,
		"GET /vendors/{id}":                     (*reader).vendor,
		"GET /reports":                          (*reader).reports,
		"GET /reports/{month}":                  (*reader).report,
		"GET /settings":                         (*reader).settings,
		"GET /health":                           (*reader).healthPage,
		"GET /health/part":                      (*reader).healthPart,
		"/":                                     (*reader).missing,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handle(s.reader(w, r), w) })
	}
	s.mux.HandleFunc("GET /static/{name}", s.static)
	s.mux.HandleFunc("GET /events", s.events)
}

// boardView is the board: incidents by state, what needs a person first.
type boardView struct {
	Filter   filterView
	Ahead    *timelineView // nil: the filter asks for something else
	Groups   []groupView
	States   []stateCount
	Next     string // address of the next page; empty: this is the last
	First    string // address of the first page, on a later one
	Overdue  int
	Asked    bool // something was filtered for
	CutShort bool // more incidents hold the text than are listed
	Health   *healthView
}

// filterView is the filter as it was set, so that the form shows it again.
type filterView struct {
	Vendors, States, Severities []choice
	Month, Text                 string
}

// groupView is the incidents of one state, or those that were answered today.
type groupView struct {
	Key   string // the state, or answered: gives it its colour and sign
	Name  string
	Open  bool // its incidents are
	Count int  // over all pages
	Rows  []rowView
}

// stateCount is a link that narrows the board to one state, or widens it again
// when it is the chosen one.
type stateCount struct {
	State  sla.State
	Name   string
	Count  int
	Link   string
	Chosen bool
}

func (p *reader) board(w http.ResponseWriter) {
	at := p.liveVersion() // before the store is asked: what changes meanwhile is news
	if view, ok := p.boardPage(w); ok {
		view.At = at
		p.render(w, http.StatusOK, "board", view)
	}
}

// boardPart is the part of the board that changes, for a page that keeps
// itself up to date.
func (p *reader) boardPart(w http.ResponseWriter) {
	p.livePart(w, func(p *reader, w http.ResponseWriter) {
		if view, ok := p.boardPage(w); ok {
			p.renderPart(w, http.StatusOK, "board", "live", p.complete(view))
		}
	})
}

// boardPage asks the store for the page that the address names. A filter that
// makes no sense gives an empty board that says why, not an error page: the form
// to mend it is there.
func (p *reader) boardPage(w http.ResponseWriter) (page, bool) {
	query := p.r.URL.Query()
	q := tracker.Query{
		Vendor: query.Get("vendor"), State: sla.State(query.Get("state")), Text: strings.TrimSpace(query.Get("q")),
		Severity: sla.Severity(query.Get("severity")), Cursor: query.Get("cursor"), Limit: boardRows,
	}
	var problems []problemView
	err := p.selectMonth(&q, query.Get("month"))
	list := tracker.Page{}
	if err == nil {
		list, err = p.Incidents.List(p.r.Context(), q)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		problems, err = p.problems(invalid), nil
	}
	if err != nil {
		p.fail(w, err)
		return page{}, false
	}
	view := p.boardView(list, &q, query)
	if len(problems) == 0 && isNow(&q) {
		if err := p.addNow(&view, &q); err != nil {
			p.fail(w, err)
			return page{}, false
		}
	}
	title := p.say("board_title")
	if view.Overdue > 0 {
		title = p.say("board_title_overdue", "N", view.Overdue)
	}
	return page{Title: title, Nav: "board", Live: true, Problems: problems, Main: view}, true
}

// isNow reports whether a query asks for how things stand now, and not for a
// part of the past or a later page.
func isNow(q *tracker.Query) bool {
	return q.State == "" && q.Text == "" && q.From.IsZero() && q.Cursor == ""
}

// addNow adds what lies ahead, and what was answered today.
func (p *reader) addNow(view *boardView, q *tracker.Query) (err error) {
	if q.Severity == "" {
		if view.Ahead, err = p.timeline(q, view.Overdue); err != nil {
			return err
		}
	}
	now := p.now.In(p.Zone)
	answered, total, err := p.Incidents.Answered(p.r.Context(), tracker.AnsweredQuery{
		Vendor: q.Vendor, Severity: q.Severity, Limit: answeredRows,
		Since: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, p.Zone),
	})
	if err == nil && total > 0 {
		view.Groups = p.withAnswered(view.Groups, answered, total)
	}
	return err
}

// withAnswered puts what was answered today behind what is open. It stands
// there alone, not in the group of its state as well.
func (p *reader) withAnswered(groups []groupView, answered []*sla.Incident, total int) []groupView {
	today := groupView{Key: "answered", Name: p.say("group_answered"), Count: total}
	for _, inc := range answered {
		today.Rows = append(today.Rows, p.row(inc, leading(inc.Clocks)))
	}
	shown := func(row rowView) bool {
		return slices.ContainsFunc(today.Rows, func(r rowView) bool { return r.ID == row.ID })
	}
	settled := len(groups)
	for i := range groups {
		if groups[i].Open {
			continue
		}
		settled = min(settled, i)
		groups[i].Rows = slices.DeleteFunc(groups[i].Rows, shown)
	}
	groups = slices.Insert(groups, settled, today)
	return slices.DeleteFunc(groups, func(g groupView) bool { return len(g.Rows) == 0 })
}

// boardView makes the links keep every filter but the one that they change.
func (p *reader) boardView(list tracker.Page, q *tracker.Query, query url.Values) boardView {
	view := boardView{Filter: p.filter(query), CutShort: list.CutShort, Overdue: list.Counts[sla.Overdue], Health: p.health()}
	query.Del("lang")
	query.Del("done")
	if list.Next != "" {
		view.Next = p.boardLink(query, "cursor", list.Next)
	}
	if query.Get("cursor") != "" {
		view.First = p.boardLink(query, "cursor", "")
	}
	query.Del("cursor")
	for _, state := range sla.States {
		n := list.Counts[state]
		chosen := query.Get("state") == string(state)
		if n == 0 && !chosen {
			continue
		}
		link := p.boardLink(query, "state", string(state))
		if chosen {
			link = p.boardLink(query, "state", "")
		}
		view.States = append(view.States, stateCount{state, p.stateName(state), n, link, chosen})
	}
	for _, name := range []string{"vendor", "state", "severity", "month", "q"} {
		view.Asked = view.Asked || query.Get(name) != ""
	}
	view.Groups = p.groups(list, q)
	return view
}

// boardLink is the board's address with one parameter changed.
func (s *server) boardLink(query url.Values, name, value string) string {
	changed := url.Values{}
	for key, values := range query {
		if key != name && len(values) > 0 && values[0] != "" {
			changed.Set(key, values[0])
		}
	}
	if value != "" {
		changed.Set(name, value)
	}
	if len(changed) == 0 {
		return s.Base + "/"
	}
	return s.Base + "/?" + changed.Encode()
}

// groups cuts a page, which is ordered by state, into its states. With a
// state asked for, an incident may stand in a group of an earlier one, where
// another of its clocks put it.
func (p *reader) groups(list tracker.Page, q *tracker.Query) []groupView {
	var groups []groupView
	for _, inc := range list.Incidents {
		row := p.row(inc, leading(asked(inc, q)))
		i := slices.IndexFunc(groups, func(g groupView) bool { return g.Key == string(row.State) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, groupView{
				Key: string(row.State), Name: p.stateName(row.State), Open: row.State.Open(), Count: list.Counts[row.State],
			})
		}
		groups[i].Rows = append(groups[i].Rows, row)
	}
	return groups
}

// asked is the clocks that put an incident where it stands in a list: of a
// month only those that belong to it.
func asked(inc *sla.Incident, q *tracker.Query) []sla.Clock {
	if q.From.IsZero() {
		return inc.Clocks
	}
	return slices.DeleteFunc(slices.Clone(inc.Clocks), func(c sla.Clock) bool {
		at := inc.AttributedAt(&c)
		return at.Before(q.From) || !at.Before(q.To) || q.State != "" && q.State != c.State
	})
}

func (p *reader) filter(query url.Values) filterView {
	f := filterView{Month: query.Get("month"), Text: query.Get("q")}
	for _, v := range p.Catalogue {
		f.Vendors = append(f.Vendors, choice{v.ID, v.Name.In(p.lang), v.ID == query.Get("vendor")})
	}
	for _, state := range sla.States {
		f.States = append(f.States, choice{string(state), p.stateName(state), string(state) == query.Get("state")})
	}
	for _, severity := range append(sla.Severities[:], sla.SeverityUnknown) {
		f.Severities = append(f.Severities, choice{string(severity), p.severityName(severity), string(severity) == query.Get("severity")})
	}
	return f
}

// severityName names a severity as the SOC graded it; nobody graded an unknown one.
func (p *reader) severityName(severity sla.Severity) string {
	if severity == sla.SeverityUnknown {
		severity = ""
	}
	return p.say("severity_" + string(severity))
}

func (p *reader) stateName(state sla.State) string { return p.say("state_" + string(state)) }

// fail answers with what went wrong.
func (p *reader) fail(w http.ResponseWriter, err error) {
	if _, ok := tracker.AsInvalid(err); ok || errors.Is(err, tracker.ErrNotFound) {
		p.missing(w)
		return
	}
	p.Log.ErrorContext(p.r.Context(), "page failed", "path", p.r.URL.Path, "error", err)
	p.render(w, http.StatusInternalServerError, "missing", page{
		Title: p.say("fault_title"), Main: missingView{Title: p.say("fault_title"), Text: p.say("fault_text")},
	})
}

// missingView is a page that only says something.
type missingView struct{ Title, Text string }

// missing says that there is nothing here.
func (p *reader) missing(w http.ResponseWriter) {
	p.render(w, http.StatusNotFound, "missing", page{
		Title: p.say("missing_title"),
		Main:  missingView{Title: p.say("missing_title"), Text: p.say("missing_text", "Path", p.r.URL.Path)},
	})
}
