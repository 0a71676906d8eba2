package board

import (
	"net/http"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
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
	Problems []frame.Problem
	None     bool // the vendor has no promises
	Times    []readView
}

// readView is the interpretation of a typed time, with its zone.
type readView struct{ Label, Text string }

// readTimes shows how the typed times were interpreted.
func (p *reader) readTimes(body *web.NewIncident) (views []readView) {
	reader := when.Parser{Now: p.Now, Zone: p.Zone}
	for _, m := range sla.EnteredMoments() {
		read, err := reader.Time(*body.At(m))
		if said := read.Echo(p.Lang); err == nil && said != "" {
			views = append(views, readView{Label: prose.MomentLabel(p.Lang, m), Text: said})
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
	if !p.ParseForm(w) {
		return
	}
	view := newView{Preview: p.preview()}
	if p.R.URL.Query().Get("part") == "" { // a browser without scripts requests the whole page
		p.showNewWith(w, http.StatusOK, nil, view)
		return
	}
	p.RenderPart(w, http.StatusOK, "new", "preview", p.Complete(frame.Page{Main: view}))
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
	view.Vendor, view.Services = vendor.Name.In(p.Lang), vendor.Services
	kind, _ := sla.ParseKind(body.Kind) // an unknown one is a problem of the entry
	view.None = len(vendor.About(kind)) == 0
	view.Times = p.readTimes(&body)
	entry, err := body.Entry(p.Typed())
	var inc *sla.Incident
	if err == nil {
		inc, err = p.Tracker.Preview(p.R.Context(), entry)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		view.Problems = p.Problems(invalid)
		return view
	}
	if err != nil {
		p.Log.Log(p.R.Context(), web.FaultLevel(p.R.Context()), "preview failed", "error", err)
		return view
	}
	for i := range inc.Clocks {
		clock := &inc.Clocks[i]
		promise := frame.PromiseOf(vendor, inc, clock)
		shown := previewClock{clockView: p.clock(inc, clock), Fallback: p.fallback(clock, promise), Late: clock.State == sla.Overdue}
		shown.Stage = p.ClockName(inc, clock, promise)
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
	return p.Say("preview_fallback",
		"Promised", prose.Moment(p.Lang, promise.Start.String()), "Used", prose.Moment(p.Lang, c.Start.From.String()))
}
