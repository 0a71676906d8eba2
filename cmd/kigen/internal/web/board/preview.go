package board

import (
	"net/http"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/prose"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// previewView shows the deadlines of a form that is not posted yet.
type previewView struct {
	Services []string
	Vendor   string // empty: none is chosen
	Clocks   []previewClock
	Problems []problemView
	None     bool // the vendor has no promises
	Times    []readView
}

// readView is the interpretation of a typed time, with its zone.
type readView struct{ Label, Text string }

// readTimes shows how the typed times were interpreted.
func (p *reader) readTimes(body *web.NewIncident) (views []readView) {
	reader := when.Parser{Now: p.now, Zone: p.Zone}
	for _, m := range sla.EnteredMoments() {
		read, err := reader.Time(*body.At(m))
		if said := read.Echo(p.lang); err == nil && said != "" {
			views = append(views, readView{Label: prose.MomentLabel(p.lang, m), Text: said})
		}
	}
	return views
}

// previewClock is a clock with its assumptions.
type previewClock struct {
	clockView
	Fallback string // why another moment is used as the start; empty: the promised one is
	Late     bool   // it would be overdue immediately
}

// previewPart answers with the deadlines that a partially filled form would
// have. It saves nothing.
func (p *reader) previewPart(w http.ResponseWriter) {
	if !p.parseForm(w) {
		return
	}
	view := newView{Preview: p.preview()}
	if p.r.URL.Query().Get("part") == "" { // a browser without scripts requests the whole page
		p.showNewWith(w, http.StatusOK, nil, view)
		return
	}
	p.renderPart(w, http.StatusOK, "new", "preview", p.complete(page{Main: view}))
}

// preview calculates the deadlines of the posted form. An incomplete vendor name
// is not an error.
func (p *reader) preview() *previewView {
	body := p.posted()
	view := &previewView{}
	vendor, ok := p.Catalogue.Vendor(body.Vendor)
	if !ok {
		return view
	}
	view.Vendor, view.Services = vendor.Name.In(p.lang), vendor.Services
	view.None = len(vendor.Promises) == 0
	view.Times = p.readTimes(&body)
	entry, err := body.Entry(p.typed())
	var inc *sla.Incident
	if err == nil {
		inc, err = p.Tracker.Preview(p.r.Context(), entry)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		view.Problems = p.problems(invalid)
		return view
	}
	if err != nil {
		p.Log.Log(p.r.Context(), web.FaultLevel(p.r.Context()), "preview failed", "error", err)
		return view
	}
	for i := range inc.Clocks {
		clock := &inc.Clocks[i]
		promise := promiseOf(vendor, inc, clock)
		shown := previewClock{clockView: p.clock(clock), Fallback: p.fallback(clock, promise), Late: clock.State == sla.Overdue}
		shown.Stage = promise.StageText(clock.Stage).In(p.lang)
		view.Clocks = append(view.Clocks, shown)
	}
	return view
}

// fallback explains which moment is used as the start while the promised one is
// unknown.
func (p *reader) fallback(c *sla.Clock, promise *sla.Promise) string {
	if promise == nil || c.Stage != "" || c.Start.Basis != sla.Assumed || c.Start.At.IsZero() {
		return ""
	}
	return p.say("preview_fallback",
		"Promised", prose.Moment(p.lang, promise.Start.String()), "Used", prose.Moment(p.lang, c.Start.From.String()))
}
