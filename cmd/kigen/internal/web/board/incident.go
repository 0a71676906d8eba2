package board

import (
	"net/http"
	"slices"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/figure"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/cmd/kigen/internal/web/inboxes"
	"kigen/sla"
	"kigen/sla/backdated"
	"kigen/sla/inbox"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// incidentView is an incident's page.
type incidentView struct {
	ID, Title, Description, Reference string
	Vendor, Service, Contact          string
	Kind                              string // empty: an incident
	NoticeTitle                       string // of the form that records a notice, or evidence
	State                             sla.State
	StateName                         string
	Facts                             []factView // logged facts as text
	Tags                              []string
	Who, Until                        string // the owner, and until when repeats are suppressed
	Waiting                           bool   // for the vendor
	Cancelled                         string // when and why; empty: it is not cancelled
	Version                           int64
	Shown                             string // values shown by the amend form, as JSON
	Clocks                            []clockView
	Notices                           []noticeView
	Notes                             []noteView
	Chased                            []chasedView // chasers that were sent
	Duties                            []dutyView   // our own
	Submitted                         []submissionView
	Advice                            string // an aid, not legal advice
	Back, BackQuery                   string // the board from which the reader came, and the query that carries it along
	History                           []eventView
	Refused                           []refusalView
	Candidates, Linked                []inboxes.Line // that may be its notice, and that belong to it
	Chaser                            *chaserView    // nil: the vendor owes no notice
	Forms                             formsView
}

// chaserView is the drafted mail to the vendor, with links to its known addresses.
type chaserView struct {
	Send          *sendView // nil: kigen can send no mail
	To            []linkView
	Subject, Body string
}

type factView struct{ Name, Value string }

type noticeView struct {
	N                                                   int
	Received, Sent, Channel, Stage, Reference, Text, By string
	Withdrawn                                           string // when and why; empty: it counts
	Backdated                                           string // how long after its receipt it was recorded; empty: soon
	Files                                               []fileView
}

func (p *reader) incident(w http.ResponseWriter) { p.showIncident(w, http.StatusOK, "", nil) }

// showIncident answers with an incident's page. form names a refused form, which
// is shown with its entries and mistakes.
func (p *reader) showIncident(w http.ResponseWriter, status int, form string, invalid tracker.Invalid) {
	at := p.LiveVersion() // before the query, so that later changes refresh the page
	inc, events, err := p.Read(p.R.Context(), &web.IDParam{ID: p.R.PathValue("id")})
	if err != nil {
		p.Fail(w, err)
		return
	}
	refused, err := p.RefusedOf(p.R.Context(), inc.ID)
	if err != nil {
		p.Fail(w, err)
		return
	}
	view := p.incidentPage(inc)
	view.Refused = p.refusals(refused)
	if err := p.itemsOf(inc.ID, &view); err != nil {
		p.Fail(w, err)
		return
	}
	view.Back, view.BackQuery = p.boardLink(p.back(), "", ""), backQuery(p.back())
	view.History = p.history(inc, events)
	view.Forms, view.Shown = p.forms(inc), shownJSON(p.amendValues(inc))
	if view.Chaser != nil && len(view.Chaser.To) > 0 {
		view.Forms.Values["chaser_to"] = view.Chaser.To[0].Text
	}
	if form != "" {
		view.Forms.Open = form
		for name := range p.R.PostForm {
			view.Forms.Values[name] = p.R.PostForm.Get(name)
		}
		refill(&view.Forms, p.R.PostForm.Get)
	}
	p.Render(w, status, "incident", frame.Page{
		Title: view.ID + " " + view.Title, Nav: "board", Problems: p.Problems(invalid), At: at, Main: view,
	})
}

// mostItems is how many items of the inbox an incident's page lists.
const mostItems = 50

// itemsOf adds what came in about an incident.
func (p *reader) itemsOf(id sla.IncidentID, view *incidentView) error {
	if p.Intake == nil {
		return nil
	}
	page, err := p.Intake.Items(p.R.Context(), inbox.Query{Incident: id, Limit: mostItems})
	if err != nil {
		return err
	}
	lines, err := inboxes.Lines(p.Reader, page.Items)
	for i := range lines {
		lines[i].About = nil // the page is that of the incident
		switch {
		case lines[i].Waits:
			view.Candidates = append(view.Candidates, lines[i])
		case lines[i].State.Linked():
			view.Linked = append(view.Linked, lines[i])
		}
	}
	return err
}

// incidentPage builds the view without history and forms. Notices are listed
// newest first.
func (p *reader) incidentPage(inc *sla.Incident) incidentView {
	view := incidentView{
		ID: inc.ID.String(), Title: inc.Title, Description: inc.Description, Reference: inc.Reference,
		Vendor: p.VendorName(inc.Vendor), Service: inc.Service, State: web.StateOf(inc), StateName: p.StateOf(inc.Kind, "", web.StateOf(inc)),
		Kind: p.otherKind(inc), NoticeTitle: p.Say(noticeTitle(inc)), Facts: p.facts(inc), Tags: inc.Tags, Who: inc.Owner, Until: p.silentUntil(inc), Version: inc.Version,
		Waiting: slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return c.State.Open() }),
	}
	vendor, ok := p.Catalogue.Vendor(inc.Vendor)
	if ok {
		view.Contact = vendor.Contact
	}
	for i := range inc.Clocks {
		clock := p.clock(inc, &inc.Clocks[i])
		promise := frame.PromiseOf(vendor, inc, &inc.Clocks[i])
		clock.Stage = p.ClockName(inc, &inc.Clocks[i], promise)
		clock.Picture = figure.Of(p.Reader, inc, &inc.Clocks[i], promise)
		view.Clocks = append(view.Clocks, clock)
	}
	for _, n := range slices.Backward(inc.Notices) {
		view.Notices = append(view.Notices, noticeView{
			N: n.Number, Withdrawn: p.withdrawn(&n), Backdated: p.backdated(inc, &n),
			Received: p.Instant(n.ReceivedAt), Sent: p.InstantOrNone(n.SentAt), Channel: p.channel(n.Channel), Stage: p.stage(inc, "", n.Stage),
			Reference: n.Reference, Text: n.Text, By: p.actor(tracker.Person(n.RecordedBy)), Files: p.fileViews(inc, n.Files),
		})
	}
	p.dutyParts(&view, inc)
	view.Notes, view.Chased = p.noteViews(inc), p.chasedViews(inc)
	view.Chaser = p.chaserPart(inc, view.Contact)
	if !inc.CancelledAt.IsZero() {
		view.Cancelled = p.Say("cancelled_at", "At", p.Instant(inc.CancelledAt), "Reason", inc.CancelReason)
	}
	return view
}

// noticeTitle is the key of the form's title: what ends or is done again and again is
// answered by evidence.
func noticeTitle(inc *sla.Incident) string {
	if inc.Kind == sla.KindContractEnd || inc.Kind == sla.KindPeriodic {
		return "evidence_title"
	}
	return "notice_title"
}

// backdated marks a notice whose time of receipt rests on the word of who recorded it.
func (p *reader) backdated(inc *sla.Incident, n *sla.Notice) string {
	if !backdated.Marks(inc, n) {
		return ""
	}
	return phrase.RecordedAfter(p.Lang, backdated.After(n))
}

func (p *reader) chaserPart(inc *sla.Incident, contact string) *chaserView {
	letter, ok := p.Chaser(p.Lang, inc)
	if !ok {
		return nil
	}
	return &chaserView{To: mailTo(contact, letter.Subject), Subject: letter.Subject, Body: letter.Body, Send: p.sendPart(inc)}
}

// stage returns a stage's name in the given promise; an empty promise means the
// first one with that stage.
func (p *reader) stage(inc *sla.Incident, promise, stage string) string {
	if regime := sla.RegimeOf(promise); regime != "" {
		return p.dutyStage(regime, stage)
	}
	i := slices.IndexFunc(inc.Clocks, func(c sla.Clock) bool { return c.Stage == stage && (promise == "" || c.Promise == promise) })
	if i < 0 {
		return stage
	}
	vendor, _ := p.Catalogue.Vendor(inc.Vendor)
	return frame.PromiseOf(vendor, inc, &inc.Clocks[i]).StageText(stage).In(p.Lang)
}

// facts lists the logged facts, the most important first.
func (p *reader) facts(inc *sla.Incident) []factView {
	facts := []factView{
		{p.Say("field_impact"), p.Word("impact", string(inc.Impact))},
		{p.Say("field_scope"), p.Word("scope", string(inc.Scope))},
	}
	if inc.Severity != "" {
		facts = append(facts, factView{p.Say("field_severity"), p.SeverityName(inc.Severity)})
	}
	for m, stamp := range inc.Times {
		if stamp.Known() {
			facts = append(facts, factView{prose.Moment(p.Lang, sla.Moment(m).String()), p.Instant(stamp.At)})
		}
	}
	if inc.PublicTitle != "" {
		facts = append(facts, factView{p.Say("field_public_title"), inc.PublicTitle})
	}
	if inc.Reference != "" {
		facts = append(facts, factView{p.Say("field_reference"), inc.Reference})
	}
	return facts
}
