// Package board serves the board and what it leads to: incidents with their forms, the
// import, health and the calendar feed.
package board

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/figure"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

const (
	boardRows    = 100 // incidents on one page of the board
	answeredRows = 50  // incidents listed as answered today
)

// reader is a request for a page of this package.
type reader struct{ *frame.Reader }

// Mount adds the pages to s.
func Mount(s *frame.Site) {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /{$}":                                  (*reader).board,
		"GET /board":                                (*reader).boardPart,
		"GET /incidents/new":                        (*reader).newForm,
		"POST /incidents":                           (*reader).logForm,
		"POST /incidents/preview":                   (*reader).previewPart,
		"GET /incidents/import":                     (*reader).importForm,
		"POST /incidents/import":                    (*reader).importFile,
		"GET /incidents/{id}":                       (*reader).incident,
		"POST /incidents/{id}/notices":              (*reader).noticeForm,
		"GET /incidents/{id}/evidence/{sha256}":     (*reader).evidence,
		"POST /incidents/{id}/ack":                  (*reader).ackForm,
		"POST /incidents/{id}/amend":                (*reader).amendForm,
		"POST /incidents/{id}/cancel":               (*reader).cancelForm,
		"POST /incidents/{id}/withdraw":             (*reader).withdrawForm,
		"POST /incidents/{id}/reopen":               (*reader).reopenForm,
		"POST /incidents/{id}/waive":                (*reader).waiveForm,
		"POST /incidents/{id}/unwaive":              (*reader).unwaiveForm,
		"POST /incidents/{id}/owner":                (*reader).ownerForm,
		"POST /incidents/{id}/notes":                (*reader).noteForm,
		"POST /incidents/{id}/chasers":              (*reader).chaserForm,
		"POST /incidents/{id}/chaser":               (*reader).sendForm,
		"POST /incidents/bulk":                      (*reader).bulkForm,
		"POST /incidents/{id}/erase":                (*reader).eraseForm,
		"GET /calendar.ics":                         (*reader).feed,
		"GET /duties":                               (*reader).dutiesPage,
		"POST /incidents/{id}/decision":             (*reader).decisionForm,
		"POST /incidents/{id}/submissions":          (*reader).submissionForm,
		"POST /incidents/{id}/submissions/withdraw": (*reader).withdrawSubmissionForm,
		"GET /health":                               (*reader).healthPage,
		"GET /health/part":                          (*reader).healthPart,
	} {
		s.Handle(pattern, func(p *frame.Reader, w http.ResponseWriter) { handle(&reader{p}, w) })
	}
	s.Mux.HandleFunc("GET /events", s.Events)
	s.Record = record{s}
}

// boardView is the board: incidents by state, the most urgent first.
type boardView struct {
	Filter   filterView
	Ahead    *figure.Timeline // nil: the filter excludes it
	Groups   []groupView
	Heads    []sortHead
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
	Vendors, States, Severities, Kinds, Owners []frame.Choice
	Sort                                       []frame.Choice
	Set                                        int // filters that are set
	Month, Text                                string
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
		p.Render(w, http.StatusOK, "board", view)
	}
}

// boardPart renders the part of the board that the page's script refreshes.
func (p *reader) boardPart(w http.ResponseWriter) {
	p.LivePart(w, func(shared *frame.Reader, w http.ResponseWriter) {
		p := &reader{shared}
		if view, ok := p.boardPage(w); ok {
			p.RenderPart(w, http.StatusOK, "board", "live", p.Complete(view))
		}
	})
}

// boardPage queries the incidents that the address selects. An invalid filter
// gives an empty board with the reason instead of an error page, because the
// board contains the form to correct it.
func (p *reader) boardPage(w http.ResponseWriter) (frame.Page, bool) {
	query := p.R.URL.Query()
	q := tracker.Query{
		Vendor: query.Get("vendor"), State: sla.State(query.Get("state")), Text: strings.TrimSpace(query.Get("q")),
		Severity: sla.Severity(query.Get("severity")), Kind: sla.IncidentKind(query.Get("kind")), Cursor: query.Get("cursor"), Limit: boardRows,
	}
	by := orderOf(query)
	if by.key != "" {
		q.Limit = sortedRows
	}
	var problems []frame.Problem
	err := p.SelectMonth(&q, query.Get("month"))
	if err == nil {
		err = web.SelectOwner(&q, query.Get("owner"), p.Me())
	}
	list := tracker.Page{}
	if err == nil {
		list, err = p.Incidents.List(p.R.Context(), q)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		problems, err = p.Problems(invalid), nil
	}
	if err != nil {
		p.Fail(w, err)
		return frame.Page{}, false
	}
	view := p.boardView(list, &q, query)
	if len(problems) == 0 && isNow(&q) {
		if err := p.addNow(&view, &q); err != nil {
			p.Fail(w, err)
			return frame.Page{}, false
		}
	}
	if by.key != "" {
		view.Groups = p.sorted(view.Groups, by)
	}
	fold(view.Groups, &q)
	title := p.Say("board_title")
	if view.Overdue > 0 {
		title = p.Say("board_title_overdue", "N", view.Overdue, "State", phrase.Verdict(p.Lang, string(sla.Overdue)))
	}
	return frame.Page{Title: title, Nav: "board", Live: true, Problems: problems, Main: view}, true
}

// isNow reports whether a query selects the current situation: no month, state,
// text or later page.
func isNow(q *tracker.Query) bool {
	return q.State == "" && q.Text == "" && q.From.IsZero() && q.Cursor == ""
}

// addNow adds the timeline and the incidents answered today.
func (p *reader) addNow(view *boardView, q *tracker.Query) (err error) {
	if q.Severity == "" && q.Kind == "" && q.Owner == "" && !q.Unowned {
		if view.Ahead, err = p.ahead(q, view.Overdue); err != nil {
			return err
		}
	}
	today := calendar.NewDate(p.Now.In(p.Zone).Date())
	answered, total, err := p.Incidents.Answered(p.R.Context(), tracker.AnsweredQuery{
		Vendor: q.Vendor, Severity: q.Severity, Owner: q.Owner, Unowned: q.Unowned, Kind: q.Kind, Limit: answeredRows,
		Since: today.In(p.Zone),
	})
	if err == nil && total > 0 {
		view.Groups = p.withAnswered(view.Groups, answered, total)
	}
	return err
}

// ahead draws the next deadlines.
func (p *reader) ahead(q *tracker.Query, overdue int) (*figure.Timeline, error) {
	due, err := p.Incidents.Deadlines(p.R.Context(), tracker.DeadlineQuery{
		Vendor: q.Vendor, From: p.Now, To: p.Now.Add(figure.Span), Limit: figure.Most + 1,
	})
	if err != nil {
		return nil, err
	}
	return figure.Ahead(p.Reader, due, overdue, p.boardLink(p.R.URL.Query(), "state", string(sla.Overdue))), nil
}

// withAnswered inserts the incidents answered today after the open groups and
// removes them from the groups of their states.
func (p *reader) withAnswered(groups []groupView, answered []*sla.Incident, total int) []groupView {
	today := groupView{Key: "answered", Tone: "answered", Name: p.Say("group_answered"), Count: total}
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
		view.States = append(view.States, stateCount{state, p.StateName(state), n, link, chosen})
	}
	view.Asked = view.Filter.Set > 0
	view.Groups, view.Heads = p.groups(list, q), p.sortHeads(query)
	return view
}

// boardLink is the board's address with one parameter changed.
func (p *reader) boardLink(query url.Values, name, value string) string {
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
		return p.Base + "/"
	}
	return p.Base + "/?" + changed.Encode()
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
		f.Vendors = append(f.Vendors, frame.Choice{Value: v.ID, Text: v.Name.In(p.Lang), Chosen: v.ID == query.Get("vendor")})
	}
	for _, state := range sla.States {
		f.States = append(f.States, frame.Choice{Value: string(state), Text: p.StateName(state), Chosen: string(state) == query.Get("state")})
	}
	f.Owners, f.Sort = p.ownerChoices(query.Get("owner")), p.sortChoices(query)
	for _, name := range []string{"vendor", "state", "severity", "kind", "owner", "month", "q"} {
		f.Set += min(1, len(query.Get(name)))
	}
	f.Kinds = frame.Choices(p.Texts, "kind", sla.Kinds(), sla.IncidentKind(query.Get("kind")))
	for _, severity := range append(sla.Severities[:], sla.SeverityUnknown) {
		f.Severities = append(f.Severities, frame.Choice{Value: string(severity), Text: p.SeverityName(severity), Chosen: string(severity) == query.Get("severity")})
	}
	return f
}

// ownerChoices offers the reader's own incidents and those without an owner. Another
// name comes from a link, or from a search.
func (p *reader) ownerChoices(chosen string) (list []frame.Choice) {
	if p.Me() != "" || chosen == tracker.OwnerMine {
		list = append(list, frame.Choice{Value: tracker.OwnerMine, Text: p.Say("owner_mine"), Chosen: chosen == tracker.OwnerMine})
	}
	list = append(list, frame.Choice{Value: tracker.OwnerNone, Text: p.Say("nobody"), Chosen: chosen == tracker.OwnerNone})
	if chosen != "" && chosen != tracker.OwnerMine && chosen != tracker.OwnerNone {
		list = append(list, frame.Choice{Value: chosen, Text: chosen, Chosen: true})
	}
	return list
}
