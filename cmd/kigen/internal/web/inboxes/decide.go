package inboxes

import (
	"net/http"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/intake"
	"kigen/sla"
	"kigen/sla/tracker"
)

// deciding is one form about an item as it was sent.
type deciding struct {
	by      tracker.Request
	id      int64
	version int64
	reason  string
}

// submit reads a form, decides, and leads back to the item. A refused form is shown again
// with what was typed.
func (p *reader) submit(w http.ResponseWriter, form, done string, decide func(*deciding) error) {
	if !p.ParseForm(w) {
		return
	}
	id, err := p.asked()
	if err != nil {
		p.Fail(w, err)
		return
	}
	posted := p.R.PostForm
	d := &deciding{by: p.Request("", posted.Get("key")), id: id, reason: strings.TrimSpace(posted.Get("reason"))}
	d.version, err = strconv.ParseInt(posted.Get("version"), 10, 64)
	if err != nil {
		err = tracker.Invalidf("version", "", "%s", p.Say("item_moved"))
	} else {
		err = decide(d)
	}
	switch invalid := p.refused(err); {
	case err == nil:
		http.Redirect(w, p.R, p.page(id)+"?done="+done, http.StatusSeeOther)
	case invalid != nil:
		p.showItem(w, http.StatusUnprocessableEntity, invalid, formsView{Open: form, Reason: posted.Get("reason")})
	case isMissing(err) && posted.Get("incident") != "":
		p.showItem(w, http.StatusUnprocessableEntity, p.noIncident(), formsView{Open: form})
	default:
		p.Fail(w, err)
	}
}

// noticeForm makes the item a notice of the chosen incident.
func (p *reader) noticeForm(w http.ResponseWriter) {
	p.submit(w, "notice", "item_notice", func(d *deciding) error {
		incident, err := p.chosen()
		if err != nil {
			return err
		}
		_, err = p.Intake.Accept(p.R.Context(), d.by, d.id, intake.Acceptance{Incident: incident, Version: d.version})
		return err
	})
}

// linkForm makes the item belong to the chosen incident, without stopping a clock.
func (p *reader) linkForm(w http.ResponseWriter) {
	p.submit(w, "notice", "item_linked", func(d *deciding) error {
		incident, err := p.chosen()
		if err != nil {
			return err
		}
		_, err = p.Intake.Link(p.R.Context(), d.by, d.id, incident, "", d.version)
		return err
	})
}

// chosen is the incident that a form names.
func (p *reader) chosen() (sla.IncidentID, error) {
	id, err := sla.ParseIncidentID(strings.TrimSpace(p.R.PostForm.Get("incident")))
	if err != nil {
		return 0, p.noIncident()
	}
	return id, nil
}

func (p *reader) noIncident() tracker.Invalid {
	return tracker.Invalidf("incident", p.R.PostForm.Get("incident"), "%s", p.Say("item_choose"))
}

// incidentForm makes the item a new incident, with what was mended.
func (p *reader) incidentForm(w http.ResponseWriter) {
	p.submit(w, "new", "item_logged", func(d *deciding) error {
		it, err := p.knownItem()
		if err != nil {
			return err
		}
		a, err := p.acceptance(it)
		if err != nil {
			return err
		}
		a.Version = d.version
		_, err = p.Intake.Accept(p.R.Context(), d.by, d.id, a)
		return err
	})
}

// dismissForm puts the item away, with the reason.
func (p *reader) dismissForm(w http.ResponseWriter) {
	p.submit(w, "dismiss", "item_dismissed", func(d *deciding) error {
		if d.reason == "" {
			return tracker.Invalidf("reason", "", "%s", p.Say("reason_missing"))
		}
		_, err := p.Intake.Dismiss(p.R.Context(), d.by, d.id, d.reason, d.version)
		return err
	})
}

// undoForm takes the last decision back, with the reason.
func (p *reader) undoForm(w http.ResponseWriter) {
	p.submit(w, "undo", "item_undone", func(d *deciding) error {
		if d.reason == "" {
			return tracker.Invalidf("reason", "", "%s", p.Say("reason_missing"))
		}
		_, err := p.Intake.Undo(p.R.Context(), d.by, d.id, d.reason, d.version)
		return err
	})
}
