// Package board serves the pages for people: the board, incidents, vendors,
// reports, settings, health, help, the sign-in and the calendar feed.
package board

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

const (
	boardRows    = 100 // incidents on one page of the board
	answeredRows = 50  // incidents listed as answered today
)

// Mount adds the pages to s.
func Mount(s *web.Server) {
	b := newServer(s)
	b.routePages()
	b.routeSignIn()
	b.routeAccount()
	s.Record = b
	s.Forbid = func(w http.ResponseWriter, r *http.Request, least access.Role) { b.reader(w, r).forbidden(w, least) }
}

// routePages registers every page of the board.
func (s *server) routePages() {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /{$}":                              (*reader).board,
		"GET /board":                            (*reader).boardPart,
		"GET /incidents/new":                    (*reader).newForm,
		"POST /incidents":                       (*reader).logForm,
		"POST /incidents/preview":               (*reader).previewPart,
		"GET /incidents/import":                 (*reader).importForm,
		"POST /incidents/import":                (*reader).importFile,
		"GET /incidents/{id}":                   (*reader).incident,
		"POST /incidents/{id}/notices":          (*reader).noticeForm,
		"GET /incidents/{id}/evidence/{sha256}": (*reader).evidence,
		"POST /incidents/{id}/ack":              (*reader).ackForm,
		"POST /incidents/{id}/amend":            (*reader).amendForm,
		"POST /incidents/{id}/cancel":           (*reader).cancelForm,
		"POST /incidents/{id}/withdraw":         (*reader).withdrawForm,
		"POST /incidents/{id}/reopen":           (*reader).reopenForm,
		"POST /incidents/{id}/waive":            (*reader).waiveForm,
		"POST /incidents/{id}/unwaive":          (*reader).unwaiveForm,
		"POST /incidents/{id}/owner":            (*reader).ownerForm,
		"POST /incidents/{id}/notes":            (*reader).noteForm,
		"POST /incidents/{id}/chasers":          (*reader).chaserForm,
		"POST /incidents/bulk":                  (*reader).bulkForm,
		"POST /incidents/{id}/erase":            (*reader).eraseForm,
		"GET /calendar.ics":                     (*reader).feed,
		"GET /vendors":                          (*reader).vendors,
		"GET /vendors/{id}":                     (*reader).vendor,
		"GET /reports":                          (*reader).reports,
		"GET /reports/{month}":                  (*reader).report,
		"POST /reports/{month}/send":            (*reader).sendReport,
		"POST /reports/{month}/freeze":          (*reader).freezeReport,
		"GET /settings":                         (*reader).settings,
		"GET /help":                             (*reader).help,
		"GET /help/{topic}":                     (*reader).help,
		"GET /health":                           (*reader).healthPage,
		"GET /health/part":                      (*reader).healthPart,
		"/":                                     (*reader).missing,
	} {
		s.Mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handle(s.reader(w, r), w) })
	}
	s.Mux.HandleFunc("GET /static/{name}", s.static)
	s.Mux.HandleFunc("GET /events", s.Events)
}

// boardView is the board: incidents by state, the most urgent first.
type boardView struct {
	Filter   filterView
	Ahead    *timelineView // nil: the filter excludes it
	Groups   []groupView
	States   []stateCount
	Next     string // address of the next page; empty: this is the last page
	First    string // address of the first page, on a later one
	Overdue  int
	Asked    bool // a filter is set
	CutShort bool // more incidents contain the text than are listed
	Health   *healthView
	Bulk     bulkView
	Query    string // of the address that shows the same
}

// filterView is the current filter, for the form.
type filterView struct {
	Vendors, States, Severities, Owners []choice
	Month, Text                         string
}

// stateCount is a link that filters the board by one state, or removes that
// filter if it is set.
type stateCount struct {
	State  sla.State
	Name   string
	Count  int
	Link   string
	Chosen bool
}

func (p *reader) board(w http.ResponseWriter) {
	at := p.LiveVersion() // before the query, so that later changes refresh the page
	if view, ok := p.boardPage(w); ok {
		view.At = at
		p.render(w, http.StatusOK, "board", view)
	}
}

// boardPart renders the part of the board that the page's script refreshes.
func (p *reader) boardPart(w http.ResponseWriter) {
	p.livePart(w, func(p *reader, w http.ResponseWriter) {
		if view, ok := p.boardPage(w); ok {
			p.renderPart(w, http.StatusOK, "board", "live", p.complete(view))
		}
	})
}

// boardPage queries the incidents that the address selects. An invalid filter
// gives an empty board with the reason instead of an error page, because the
// board contains the form to correct it.
func (p *reader) boardPage(w http.ResponseWriter) (page, bool) {
	query := p.r.URL.Query()
	q := tracker.Query{
		Vendor: query.Get("vendor"), State: sla.State(query.Get("state")), Text: strings.TrimSpace(query.Get("q")),
		Severity: sla.Severity(query.Get("severity")), Cursor: query.Get("cursor"), Limit: boardRows,
	}
	var problems []problemView
	err := p.SelectMonth(&q, query.Get("month"))
	if err == nil {
		err = web.SelectOwner(&q, query.Get("owner"), p.me())
	}
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
		title = p.say("board_title_overdue", "N", view.Overdue, "State", phrase.Verdict(p.lang, string(sla.Overdue)))
	}
	return page{Title: title, Nav: "board", Live: true, Problems: problems, Main: view}, true
}

// isNow reports whether a query selects the current situation: no month, state,
// text or later page.
func isNow(q *tracker.Query) bool {
	return q.State == "" && q.Text == "" && q.From.IsZero() && q.Cursor == ""
}

// addNow adds the timeline and the incidents answered today.
func (p *reader) addNow(view *boardView, q *tracker.Query) (err error) {
	if q.Severity == "" && q.Owner == "" && !q.Unowned {
		if view.Ahead, err = p.timeline(q, view.Overdue); err != nil {
			return err
		}
	}
	now := p.now.In(p.Zone)
	answered, total, err := p.Incidents.Answered(p.r.Context(), tracker.AnsweredQuery{
		Vendor: q.Vendor, Severity: q.Severity, Owner: q.Owner, Unowned: q.Unowned, Limit: answeredRows,
		Since: time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, p.Zone),
	})
	if err == nil && total > 0 {
		view.Groups = p.withAnswered(view.Groups, answered, total)
	}
	return err
}

// withAnswered inserts the incidents answered today after the open groups and
// removes them from the groups of their states.
func (p *reader) withAnswered(groups []groupView, answered []*sla.Incident, total int) []groupView {
	today := groupView{Key: "answered", Tone: "answered", Name: p.say("group_answered"), Count: total}
	for _, inc := range answered {
		today.Rows = append(today.Rows, p.row(inc, web.Leading(inc.Clocks)))
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

// boardView builds the board. Each link keeps all filters except its own.
func (p *reader) boardView(list tracker.Page, q *tracker.Query, query url.Values) boardView {
	view := boardView{
		Filter: p.filter(query), CutShort: list.CutShort, Overdue: list.Counts[sla.Overdue], Health: p.health(), Bulk: p.bulk(query),
	}
	if filter := filterOf(query); len(filter) > 0 {
		view.Query = "?" + filter.Encode()
	}
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
	for _, name := range []string{"vendor", "state", "severity", "owner", "month", "q"} {
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

// asked returns the clocks that match the query; a month selects only the clocks
// attributed to it.
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
	f.Owners = p.ownerChoices(query.Get("owner"))
	for _, severity := range append(sla.Severities[:], sla.SeverityUnknown) {
		f.Severities = append(f.Severities, choice{string(severity), p.severityName(severity), string(severity) == query.Get("severity")})
	}
	return f
}

// ownerChoices offers the reader's own incidents and those without an owner. Another
// name comes from a link, or from a search.
func (p *reader) ownerChoices(chosen string) (list []choice) {
	if p.me() != "" || chosen == tracker.OwnerMine {
		list = append(list, choice{tracker.OwnerMine, p.say("owner_mine"), chosen == tracker.OwnerMine})
	}
	list = append(list, choice{tracker.OwnerNone, p.say("nobody"), chosen == tracker.OwnerNone})
	if chosen != "" && chosen != tracker.OwnerMine && chosen != tracker.OwnerNone {
		list = append(list, choice{chosen, chosen, true})
	}
	return list
}
