package inboxes

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

// longestShown bounds the text on an item's page, in characters: the rest is in the original.
const longestShown = 20_000

// itemView is an item's page.
type itemView struct {
	Line
	Text     string
	Cut      bool   // the text is longer
	Shows    string // where the source shows it
	Times    []factView
	Evidence string
	// Originals are those that are kept, newest first.
	Originals []originalView
	Wordings  []wordingView // newest first; of a first one alone, none
	History   []decisionView
	Forms     *formsView // nil: nothing is to be decided, or not by the reader
}

type factView struct{ Name, Text string }

// originalView is the mail or document as it came, of a revision.
type originalView struct {
	N                            int
	At, Name, Size, SHA256, Link string
}

// wordingView is what an item said.
type wordingView struct {
	N           int
	At          string
	Title, Text string
	SHA256      string
}

// decisionView is what was decided about an item.
type decisionView struct {
	At, By, Origin, Text, Reason string
	About                        *About
}

func (p *reader) item(w http.ResponseWriter) { p.showItem(w, http.StatusOK, nil, formsView{}) }

// showItem answers with an item's page. posted holds what a refused form said.
func (p *reader) showItem(w http.ResponseWriter, status int, invalid tracker.Invalid, posted formsView) {
	at := p.LiveVersion() // before the query, so that later changes refresh the page
	id, err := p.asked()
	if err != nil {
		p.Fail(w, err)
		return
	}
	told, err := p.Intake.ItemTold(p.R.Context(), id)
	if err != nil {
		p.Fail(w, err)
		return
	}
	view, err := p.itemView(&told)
	if err == nil && p.decides() {
		view.Forms, err = p.forms(&told, posted)
	}
	if err != nil {
		p.Fail(w, err)
		return
	}
	p.Render(w, status, "item", frame.Page{
		Title: p.Say("item_number", "N", id) + " " + view.Title, Nav: "inbox", Problems: p.Problems(invalid), At: at, Main: view,
	})
}

func (p *reader) itemView(told *inbox.Told) (view itemView, err error) {
	it := &told.Item
	lines, err := Lines(p.Reader, []inbox.Item{*it})
	if err != nil {
		return view, err
	}
	view.Line, view.Shows, view.Evidence = lines[0], oneLine(it.Link), it.Evidence
	view.Text, view.Cut = shown(it.Text)
	view.Times = p.stated(it)
	view.Originals = p.originals(told)
	if len(told.Revisions) > 1 {
		for _, v := range slices.Backward(told.Revisions) {
			text, _ := shown(v.Text)
			view.Wordings = append(view.Wordings, wordingView{N: v.Revision, At: p.Instant(v.At), Title: oneLine(v.Title), Text: text, SHA256: v.Evidence})
		}
	}
	for _, d := range slices.Backward(told.Decisions) {
		view.History = append(view.History, p.decision(&d))
	}
	return view, nil
}

// shown is a text from outside, of bounded length.
func shown(text string) (visible string, cut bool) {
	visible = phrase.Lines(strings.TrimSpace(text))
	if letters := []rune(visible); len(letters) > longestShown {
		return string(letters[:longestShown]) + "…", true
	}
	return visible, false
}

// stated lists the times that an item states.
func (p *reader) stated(it *inbox.Item) (facts []factView) {
	t := &it.Times
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, factView{name, text})
		}
	}
	occurred := p.InstantOrNone(t.Occurred)
	if occurred != "" && t.Assumed {
		occurred = p.Say("item_published", "At", occurred)
	}
	add(prose.MomentLabel(p.Lang, sla.Occurred), occurred)
	add(prose.MomentLabel(p.Lang, sla.Detected), p.InstantOrNone(t.Detected))
	add(prose.MomentLabel(p.Lang, sla.Confirmed), p.InstantOrNone(t.Confirmed))
	add(p.Say("item_recovered"), p.InstantOrNone(t.Recovered))
	for _, w := range t.Windows {
		add(prose.MomentLabel(p.Lang, sla.Scheduled), p.Instant(w.Start)+" – "+p.InstantOrNone(w.End))
	}
	return facts
}

// decision says who or what decided what.
func (p *reader) decision(d *inbox.Decision) decisionView {
	v := decisionView{At: p.Instant(d.At), By: p.person(d.By), Origin: d.Origin, Reason: phrase.Line(d.Reason)}
	v.Text = p.Say("item_did_" + string(d.Action))
	if d.Incident != 0 {
		v.About = &About{ID: d.Incident.String(), Page: p.IncidentPath(d.Incident), Notice: d.Notice}
	}
	return v
}

// person is the name of who or what decided.
func (p *reader) person(name string) string {
	source, is := strings.CutPrefix(name, "intake:")
	switch {
	case is:
		return p.Say("item_by_source", "Source", source)
	case name == web.APIActor, name == frame.Actor:
		return p.Say("actor_" + name)
	}
	return tracker.Person(name)
}

// originals lead to what came, each under its hash.
func (p *reader) originals(told *inbox.Told) (views []originalView) {
	for _, v := range slices.Backward(told.Revisions) {
		if file := v.Original; file != nil {
			views = append(views, originalView{
				N: v.Revision, At: p.Instant(v.At), Name: oneLine(file.Name), Size: frame.Bytes(file.Size), SHA256: file.SHA256,
				Link: p.page(told.Item.ID) + "/original/" + file.SHA256,
			})
		}
	}
	return views
}

// original answers with one of an item's originals as an attachment that nothing runs in.
func (p *reader) original(w http.ResponseWriter) {
	id, err := p.asked()
	if err != nil {
		p.Fail(w, err)
		return
	}
	file, content, err := p.Intake.ItemOriginal(p.R.Context(), id, p.R.PathValue("sha256"))
	if err != nil {
		p.Fail(w, err)
		return
	}
	p.Note(p.R.Context(), frame.Actor, "evidence_read", "item "+strconv.FormatInt(id, 10)+" "+file.SHA256)
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", web.AttachmentHeader(file.Name))
	h.Set("Content-Security-Policy", web.EvidencePolicy)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if _, err := w.Write(content); err != nil { //nolint:gosec // an attachment under a policy that runs nothing
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// formsView is what a person can make of an item.
type formsView struct {
	Open     string // the form that is unfolded: notice, new, dismiss or undo
	Version  int64
	Key      string // idempotency key: a form that is sent twice decides once
	Choices  []choiceView
	Other    string // another incident that was asked for and can't be had
	New      newView
	Reason   string // of a refused form
	Undo     string // what taking the last decision back does; empty: nothing is decided
	Reopened bool   // the item may be decided although it does not wait
}

// choiceView is an incident that the item may be made a notice of, with what that would do.
type choiceView struct {
	About
	Chosen, Matched bool
	Vendor          string
	Effects         []effectView
	Stops           bool
	Problem         string // why it can't be a notice of it; empty: it can
}

// forms makes the forms that the item's state allows; nil: none.
func (p *reader) forms(told *inbox.Told, f formsView) (*formsView, error) {
	it := &told.Item
	f.Version, f.Key = it.Version, rand.Text()
	if !it.State.Open() {
		if !it.State.Linked() && it.State != inbox.Dismissed || len(told.Decisions) == 0 {
			return nil, nil
		}
		f.Open, f.Undo = "undo", p.undoing(&told.Decisions[len(told.Decisions)-1])
		return &f, nil
	}
	var err error
	if f.Choices, f.Other, err = p.choices(it); err != nil {
		return nil, err
	}
	if f.Open == "" {
		f.Open = "new"
		if len(f.Choices) > 0 && (f.Choices[0].Chosen || it.Kind == inbox.KindFollowup) {
			f.Open = "notice"
		}
	}
	f.New = p.newForm(it)
	return &f, nil
}

// undoing says what taking a decision back does.
func (p *reader) undoing(d *inbox.Decision) string {
	id := ""
	if d.Incident != 0 {
		id = d.Incident.String()
	}
	return p.Say("item_undoing_"+string(d.Action), "ID", id, "N", d.Notice)
}

// mostChoices is how many incidents are offered; any other one can be asked for.
const mostChoices = 5

// choices lists the incidents that an item may be about: the one that it was matched with,
// the one that the address asks for, and the most urgent ones of its vendor.
func (p *reader) choices(it *inbox.Item) (views []choiceView, other string, err error) {
	var list []*sla.Incident
	add := func(inc *sla.Incident) {
		if inc != nil && inc.CancelledAt.IsZero() && !slices.ContainsFunc(list, func(i *sla.Incident) bool { return i.ID == inc.ID }) {
			list = append(list, inc)
		}
	}
	wanted := strings.TrimSpace(p.R.FormValue("incident"))
	named, err := p.incidents([]inbox.Item{{Incident: wanted}, {Incident: it.Incident}})
	if err != nil {
		return nil, "", err
	}
	add(named[wanted])
	if wanted != "" && len(list) == 0 {
		other = wanted
	}
	add(named[it.Incident])
	chosen := len(list) > 0
	q := tracker.Query{Limit: mostChoices}
	if _, known := p.Catalogue.Vendor(it.Vendor); known {
		q.Vendor = it.Vendor
	}
	page, err := p.Incidents.List(p.R.Context(), q)
	if err != nil {
		return nil, "", err
	}
	for _, inc := range page.Incidents {
		if len(list) < mostChoices && inc.Unreadable == "" {
			add(inc)
		}
	}
	for i, inc := range list {
		v, err := p.choice(it, inc)
		if err != nil {
			return nil, "", err
		}
		v.Chosen, v.Matched = chosen && i == 0, v.ID == it.Incident
		views = append(views, v)
	}
	return views, other, nil
}

// choice says what would become of an incident with the item as its notice.
func (p *reader) choice(it *inbox.Item, inc *sla.Incident) (choiceView, error) {
	v := choiceView{Vendor: p.VendorName(inc.Vendor)}
	v.ID, v.Title, v.Page, v.State = inc.ID.String(), inc.Title, p.IncidentPath(inc.ID), web.StateOf(inc)
	v.StateName = p.StateOf(inc.Kind, "", v.State)
	after, err := p.Intake.PreviewNotice(p.R.Context(), it, inc)
	if err == nil {
		v.Effects, v.Stops = p.effects(inc, after)
	} else if invalid := p.Refused(err); invalid != nil {
		v.Problem, err = invalid[0].In(p.Lang), nil
	}
	return v, err
}

// entry is the item as a new incident, and as the form has it.
func (p *reader) entry(it *inbox.Item) tracker.Entry {
	e := p.Intake.EntryOf(it)
	if e.Kind == "" {
		e.Kind = sla.KindIncident
	}
	return e
}

// knownItem is an item as it stands.
func (p *reader) knownItem() (*inbox.Item, error) {
	id, err := p.asked()
	if err != nil {
		return nil, err
	}
	told, err := p.Intake.ItemTold(p.R.Context(), id)
	return &told.Item, err
}
