package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/access"
	"kigen/sla/phrase"
)

// Health is how kigen itself fares: whether it keeps time, and whether what it
// has to tell arrives. Zero times are unknown or none.
type Health struct {
	At           time.Time `json:"at"`
	LastStep     time.Time `json:"last_step"`
	NextPlanned  time.Time `json:"next_planned,omitzero"`
	NextDue      time.Time `json:"next_due,omitzero"`
	OldestUnsent time.Time `json:"oldest_unsent,omitzero"` // since when the oldest alert has waited
	AuditedAt    time.Time `json:"audited_at,omitzero"`
	Untold       int       `json:"untold"` // passed deadlines that nobody was told of

	Destinations []DestinationHealth `json:"destinations"`
	Backup       *BackupHealth       `json:"backup,omitempty"`    // nil: none is scheduled
	Heartbeat    *HeartbeatHealth    `json:"heartbeat,omitempty"` // nil: nobody waits for it
	Faults       []Fault             `json:"faults"`
}

// DestinationHealth is how one destination fares since kigen was started.
type DestinationHealth struct {
	Name         string    `json:"name"`
	LastSent     time.Time `json:"last_sent,omitzero"`
	FailingSince time.Time `json:"failing_since,omitzero"` // zero: it works, or nothing was sent yet
	Reason       string    `json:"reason,omitempty"`       // of the last failure
}

// BackupHealth is how the scheduled backups fare.
type BackupHealth struct {
	Last time.Time `json:"last,omitzero"`
}

// HeartbeatHealth is how the heartbeat fares.
type HeartbeatHealth struct {
	Last time.Time `json:"last,omitzero"`
}

// Fault is something that a person has to look at.
type Fault struct {
	Text   calendar.Text `json:"text"`
	Alerts bool          `json:"alerts"` // it may keep an alert from arriving: kigen is not ready
}

// Fault adds a fault.
func (h *Health) Fault(alerts bool, text calendar.Text) {
	h.Faults = append(h.Faults, Fault{Text: text, Alerts: alerts})
}

// ready reports whether nothing may keep an alert from arriving.
func (h *Health) ready() bool {
	for _, f := range h.Faults {
		if f.Alerts {
			return false
		}
	}
	return true
}

// readyz says whether kigen can do its work right now; to whoever may read, in
// a line for each fault, or as JSON where that is asked for.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	var h Health
	if s.Health != nil {
		h = s.Health(r.Context())
	}
	status := http.StatusOK
	if !h.ready() {
		status = http.StatusServiceUnavailable
	}
	// Whoever restarts kigen asks without a password, and what is wrong names
	// destinations: that is none of a stranger's business.
	reads := identityOf(r.Context()).Role.Includes(access.Viewer)
	if reads && strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(h); err != nil {
			s.Log.Debug("answer not delivered", "error", err)
		}
		return
	}
	text := "ready\n"
	switch {
	case status != http.StatusOK && reads:
		text = ""
		for _, f := range h.Faults {
			text += "not ready: " + f.Text.En + "\n"
		}
	case status != http.StatusOK:
		text = "not ready\n"
	}
	s.plain(w, status, text)
}

// healthView is kigen's own state for people: in one line on the board, in
// full on a page of its own.
type healthView struct {
	Parts  []string // in one line
	Faults []string // what a person has to look at; none: all is well
	Rows   []healthRow
}

// healthRow is one line of the page.
type healthRow struct {
	Name, Text, More string
	Red              bool
}

// health is nil where nobody knows.
func (p *reader) health() *healthView {
	if p.Health == nil {
		return nil
	}
	h := p.Health(p.r.Context())
	view := &healthView{}
	for _, f := range h.Faults {
		view.Faults = append(view.Faults, f.Text.In(p.lang))
	}
	step := p.ago(h.At, h.LastStep)
	view.Parts = []string{p.say("health_step", "Ago", step), p.nextDue(&h), p.oldestUnsent(&h), p.destinations(&h)}
	view.Rows = []healthRow{
		{Name: p.say("health_row_step"), Text: step},
		p.ahead("health_row_due", h.At, h.NextDue),
		p.ahead("health_row_planned", h.At, h.NextPlanned),
		p.waiting(&h),
		p.audit(&h),
	}
	for _, d := range h.Destinations {
		view.Rows = append(view.Rows, p.destination(&h, d))
	}
	if h.Backup != nil {
		view.Rows = append(view.Rows, healthRow{Name: p.say("health_row_backup"), Text: p.ago(h.At, h.Backup.Last), More: p.instantOrNone(h.Backup.Last)})
	}
	if h.Heartbeat != nil {
		view.Rows = append(view.Rows, healthRow{Name: p.say("health_row_heartbeat"), Text: p.ago(h.At, h.Heartbeat.Last)})
	}
	return view
}

// ago says how long ago something was.
func (p *reader) ago(now, then time.Time) string {
	if then.IsZero() {
		return p.say("health_never")
	}
	return p.say("health_ago", "By", phrase.Duration(p.lang, max(0, now.Sub(then))))
}

func (p *reader) nextDue(h *Health) string {
	if h.NextDue.IsZero() {
		return p.say("health_no_due")
	}
	return p.say("health_due", "In", phrase.Duration(p.lang, max(0, h.NextDue.Sub(h.At))))
}

func (p *reader) oldestUnsent(h *Health) string {
	if h.OldestUnsent.IsZero() {
		return p.say("health_unsent_none")
	}
	return p.say("health_unsent", "By", phrase.Duration(p.lang, max(0, h.At.Sub(h.OldestUnsent))))
}

// ahead is the row of an instant that is still to come.
func (p *reader) ahead(name string, now, then time.Time) healthRow {
	if then.IsZero() {
		return healthRow{Name: p.say(name), Text: p.say("health_none")}
	}
	in := p.say("health_in", "In", phrase.Duration(p.lang, max(0, then.Sub(now))))
	return healthRow{Name: p.say(name), Text: in, More: p.instantOrNone(then)}
}

func (p *reader) waiting(h *Health) healthRow {
	row := healthRow{Name: p.say("health_row_unsent"), Text: p.say("health_none")}
	if !h.OldestUnsent.IsZero() {
		row.Text = p.say("health_waits", "By", phrase.Duration(p.lang, max(0, h.At.Sub(h.OldestUnsent))))
		row.More = p.instantOrNone(h.OldestUnsent)
	}
	return row
}

// destinations says in a few words whether everything gets through.
func (p *reader) destinations(h *Health) string {
	var broken []string
	for _, d := range h.Destinations {
		if !d.FailingSince.IsZero() {
			broken = append(broken, p.say("health_broken", "Name", d.Name, "Since", p.instantOrNone(d.FailingSince)))
		}
	}
	if len(broken) == 0 {
		return p.say("health_destinations_ok")
	}
	return strings.Join(broken, p.say("and"))
}

func (p *reader) destination(h *Health, d DestinationHealth) healthRow {
	row := healthRow{Name: p.say("health_row_destination", "Name", d.Name)}
	switch {
	case !d.FailingSince.IsZero():
		row.Text, row.More, row.Red = p.say("health_failing", "Since", p.instantOrNone(d.FailingSince)), d.Reason, true
	case d.LastSent.IsZero():
		row.Text = p.say("health_nothing_sent")
	default:
		row.Text, row.More = p.say("health_works"), p.say("health_last_sent", "Ago", p.ago(h.At, d.LastSent))
	}
	return row
}

func (p *reader) audit(h *Health) healthRow {
	row := healthRow{Name: p.say("health_row_audit")}
	switch {
	case h.AuditedAt.IsZero():
		row.Text = p.say("health_not_audited")
	case h.Untold > 0:
		row.Text, row.Red = p.say("health_untold", "N", h.Untold), true
	default:
		row.Text = p.say("health_all_told")
	}
	if !h.AuditedAt.IsZero() {
		row.More = p.ago(h.At, h.AuditedAt)
	}
	return row
}

// healthPage shows kigen's own state in full.
func (p *reader) healthPage(w http.ResponseWriter) {
	if p.Health == nil {
		p.missing(w)
		return
	}
	p.render(w, http.StatusOK, "health", page{Title: p.say("health_title"), Nav: "health", Live: true, Main: p.health()})
}

// healthPart is the part of the page that changes.
func (p *reader) healthPart(w http.ResponseWriter) {
	if p.Health == nil {
		p.missing(w)
		return
	}
	p.renderPart(w, http.StatusOK, "health", "live", p.complete(page{Title: p.say("health_title"), Main: p.health()}))
}
