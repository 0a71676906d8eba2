package board

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/phrase"
	"kigen/sla/regime"
	"kigen/sla/tracker"
)

// dutyView is one report that we owe, with the decision about its regime.
type dutyView struct {
	clockView
	ID, Name, To string // of the regime
	Report       string
	Note         string // what the rule leaves to a person
	Decided      string // undecided, applies or does_not_apply
	Decision     string // in words
	Incident     string // on the page of all duties
	Title        string
	Link         string
	Guide        string // when the range of a guide begins, or the deadline would be if an unknown moment had come
	Guided       bool   // it is a range
}

// submissionView is a recorded report of ours.
type submissionView struct {
	N                     int
	Submitted, Report, By string
	Reference, Withdrawn  string
	Files                 []fileView
}

// dutiesView is the page of our own duties.
type dutiesView struct {
	Duties   []frame.Choice
	Shows    []frame.Choice
	Rows     []dutyView
	Switched []regimeView
	Notice   string
}

// regimeView is a regime that is switched on.
type regimeView struct{ ID, Name, To, Note, Label string }

// dutyForms are the forms of an incident's page about our duties.
type dutyForms struct {
	Duties   []frame.Choice // to decide about
	Applies  []frame.Choice
	Cases    []frame.Choice
	Reports  []frame.Choice // to submit, as duty/stage
	Withdraw []frame.Choice // submissions that count
}

// dutiesPage lists the reports that we owe, the most urgent first.
func (p *reader) dutiesPage(w http.ResponseWriter) {
	query := p.R.URL.Query()
	list, err := p.OurDuties(p.R.Context(), web.DutyFilter{Duty: query.Get("duty"), Open: query.Get("show") != "all"})
	if err != nil {
		p.Fail(w, err)
		return
	}
	view := dutiesView{Notice: phrase.NotLegalAdvice(p.Lang)}
	view.Duties = []frame.Choice{{Text: p.Say("duties_all")}}
	for _, r := range p.Tracker.Duties {
		view.Duties = append(view.Duties, frame.Choice{Value: r.ID, Text: r.Name.In(p.Lang), Chosen: r.ID == query.Get("duty")})
		view.Switched = append(view.Switched, regimeView{r.ID, r.Name.In(p.Lang), r.To.In(p.Lang), r.Note.In(p.Lang), p.Say("duty_label_" + string(labelOf(r)))})
	}
	for _, show := range []string{"open", "undecided", "all"} {
		view.Shows = append(view.Shows, frame.Choice{Value: show, Text: p.Say("duties_show_" + show), Chosen: show == query.Get("show")})
	}
	for _, d := range list {
		if query.Get("show") == "undecided" && regime.Standpoint(d.Incident, d.Clock.Regime()) != regime.Undecided {
			continue
		}
		row := p.duty(d.Incident, d.Clock)
		row.Incident, row.Title, row.Link = d.Incident.ID.String(), d.Incident.Title, p.IncidentPath(d.Incident.ID)+"#duties"
		view.Rows = append(view.Rows, row)
	}
	p.Render(w, http.StatusOK, "duties", frame.Page{Title: p.Say("duties_title"), Nav: "duties", Main: view})
}

// labelOf is how well the newest text with force was read.
func labelOf(r *regime.Regime) regime.Label {
	label := regime.LabelUnread
	var from calendar.Date
	for _, v := range r.Versions {
		if !v.Proposed && v.From >= from {
			label, from = v.Label, v.From
		}
	}
	return label
}

// duty formats one report that we owe.
func (p *reader) duty(inc *sla.Incident, c *sla.Clock) dutyView {
	id := c.Regime()
	v := dutyView{clockView: p.clock(inc, c), ID: id, Name: id, Report: p.reportName(c), Decided: regime.Standpoint(inc, id)}
	if r := p.Tracker.Duties.Regime(id); r != nil {
		v.Name, v.To, v.Note = r.Name.In(p.Lang), r.To.In(p.Lang), r.Note.In(p.Lang)
	}
	v.Decision = p.Say("decision_" + v.Decided)
	if d := inc.Decided(id); d != nil {
		v.Decision = p.Say("decided_"+v.Decided, "By", p.actor(tracker.Person(d.By)), "At", p.Instant(d.At), "Reason", d.Reason)
		if name := p.caseName(id, d.Case); name != "" {
			v.Decision += p.Say("decided_case", "Case", name)
		}
		if !d.AwareAt.IsZero() {
			v.Decision += p.Say("decided_aware", "At", p.Instant(d.AwareAt))
		}
	}
	if warn := c.Explanation.Bounds.Warn; !warn.IsZero() && c.State.Open() {
		v.Guide, v.Guided = p.Deadline(warn), c.Explanation.Guided()
	}
	return v
}

// reportName names the report that a clock of ours waits for.
func (p *reader) reportName(c *sla.Clock) string {
	return p.Tracker.Duties.Promise(c).StageText(c.Stage).In(p.Lang)
}

// dutyStage names a report with its authority, for the history.
func (p *reader) dutyStage(duty, stage string) string {
	c := &sla.Clock{Promise: sla.RegimePromise(duty), Stage: stage}
	to := duty
	if r := p.Tracker.Duties.Regime(duty); r != nil {
		to = r.To.In(p.Lang)
	}
	return p.Say("duty_report", "To", to, "Report", p.reportName(c))
}

// dutyName is the name of a regime; its id if it was switched off.
func (p *reader) dutyName(id string) string {
	if r := p.Tracker.Duties.Regime(id); r != nil {
		return r.Name.In(p.Lang)
	}
	return id
}

func (p *reader) caseName(duty, id string) string {
	if r := p.Tracker.Duties.Regime(duty); r != nil {
		for _, c := range r.Cases() {
			if c.ID == id && !c.Name.IsZero() {
				return c.Name.In(p.Lang)
			}
		}
	}
	return id
}

// dutyParts fills the part of an incident's page about our duties.
func (p *reader) dutyParts(view *incidentView, inc *sla.Incident) {
	for i := range inc.Duties {
		view.Duties = append(view.Duties, p.duty(inc, &inc.Duties[i]))
	}
	for i := range inc.Submissions {
		s := &inc.Submissions[i]
		v := submissionView{
			N: s.Number, Submitted: p.Instant(s.SubmittedAt), Report: p.dutyStage(s.Regime, s.Stage), By: p.actor(tracker.Person(s.RecordedBy)),
			Reference: s.Reference, Files: p.fileViews(inc, s.Files),
		}
		if !s.Counts() {
			v.Withdrawn = p.Say("withdrawn_at", "At", p.Instant(s.Withdrawal.At), "By", p.actor(tracker.Person(s.Withdrawal.By)), "Reason", s.Withdrawal.Reason)
		}
		view.Submitted = append(view.Submitted, v)
	}
	view.Advice = phrase.NotLegalAdvice(p.Lang)
}

// dutyForms fills the forms about our duties; empty lists leave them out.
func (p *reader) dutyForms(f *formsView, inc *sla.Incident) {
	seen := map[string]bool{}
	for i := range inc.Duties {
		c := &inc.Duties[i]
		id := c.Regime()
		if !seen[id] {
			seen[id] = true
			name := id
			if r := p.Tracker.Duties.Regime(id); r != nil {
				name = r.Name.In(p.Lang)
				for _, k := range r.Cases() {
					f.Duty.Cases = append(f.Duty.Cases, frame.Choice{Value: k.ID, Text: k.Name.In(p.Lang)})
				}
			}
			f.Duty.Duties = append(f.Duty.Duties, frame.Choice{Value: id, Text: name + " · " + p.Say("decision_"+regime.Standpoint(inc, id))})
		}
		if c.State.Open() || c.State == sla.NoCommitment || c.NotifiedAt.IsZero() && c.State != sla.NotApplicable {
			f.Duty.Reports = append(f.Duty.Reports, frame.Choice{Value: id + "/" + c.Stage, Text: p.dutyStage(id, c.Stage)})
		}
	}
	for _, applies := range []string{regime.Applies, regime.DoesNotApply} {
		f.Duty.Applies = append(f.Duty.Applies, frame.Choice{Value: applies, Text: p.Say("decision_" + applies)})
	}
	for _, s := range inc.Submissions {
		if s.Counts() {
			f.Duty.Withdraw = append(f.Duty.Withdraw, frame.Choice{Value: strconv.Itoa(s.Number), Text: p.dutyStage(s.Regime, s.Stage) + " · " + p.Instant(s.SubmittedAt)})
		}
	}
}

func (p *reader) decisionForm(w http.ResponseWriter) {
	p.submit(w, "decision", func(id sla.IncidentID) (*sla.Incident, error) {
		form := p.R.PostForm
		body := web.NewDecision{Applies: form.Get("applies") == regime.Applies, Reason: form.Get("decision_reason"), AwareAt: form.Get("duty_aware_at"), Case: form.Get("case")}
		entry, err := body.Entry(form.Get("duty"), p.Typed())
		if err != nil {
			return nil, inForm(err, "aware_at", "duty_aware_at")
		}
		by := p.personOf(w, form)
		inc, err := p.Tracker.Decide(p.R.Context(), p.Request(by, form.Get("decision_key")), id, entry)
		return inc, inForm(err, "aware_at", "duty_aware_at", "reason", "decision_reason")
	})
}

func (p *reader) submissionForm(w http.ResponseWriter) {
	p.submit(w, "submission", func(id sla.IncidentID) (*sla.Incident, error) {
		form := p.R.PostForm
		duty, stage, _ := strings.Cut(form.Get("report"), "/")
		body := web.NewSubmission{Duty: duty, Stage: stage, SubmittedAt: form.Get("submission_at"), Reference: form.Get("submission_reference")}
		entry, err := body.Entry(p.Typed())
		if err == nil {
			entry.Files, err = p.PostedFiles()
		}
		if err != nil {
			return nil, inForm(err, "submitted_at", "submission_at")
		}
		by := p.personOf(w, form)
		inc, err := p.Tracker.Submit(p.R.Context(), p.Request(by, form.Get("submission_key")), id, entry)
		return inc, inForm(err, "submitted_at", "submission_at", "reference", "submission_reference", "stage", "report")
	})
}

// inForm names the fields of a refused request as the form does, which has other fields
// of the same names: pairs of the request's name and the form's.
func inForm(err error, names ...string) error {
	invalid, ok := tracker.AsInvalid(err)
	if !ok {
		return err
	}
	for i := range invalid {
		for pair := range slices.Chunk(names, 2) {
			if invalid[i].Field == pair[0] {
				invalid[i].Field = pair[1]
			}
		}
	}
	return invalid
}

// personOf is the name that a person without an account gives, which is remembered.
func (p *reader) personOf(w http.ResponseWriter, form url.Values) string {
	name := strings.TrimSpace(form.Get("decider"))
	if name != "" {
		p.Remember(w, frame.NameCookie, name)
	}
	return name
}

func (p *reader) withdrawSubmissionForm(w http.ResponseWriter) {
	p.submit(w, "submission_withdrawn", func(id sla.IncidentID) (*sla.Incident, error) {
		reason, err := p.reason()
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(p.R.PostForm.Get("submission"))
		if err != nil {
			return nil, tracker.Invalidf("submission", p.R.PostForm.Get("submission"), "%s", p.Say("withdraw_which"))
		}
		return p.Tracker.WithdrawSubmission(p.R.Context(), p.Request("", ""), id, n, reason)
	})
}

// dutyLine describes an event about our duties.
func (p *reader) dutyLine(e *sla.Event) (text string, details []string, err error) {
	switch e.Kind {
	case sla.EventDecided:
		var b history.Decision
		err = json.Unmarshal(e.Body, &b)
		name := b.Duty
		if r := p.Tracker.Duties.Regime(b.Duty); r != nil {
			name = r.Name.In(p.Lang)
		}
		if b.Applies {
			return p.Say("event_applies", "Duty", name, "Reason", b.Reason), nil, err
		}
		return p.Say("event_does_not_apply", "Duty", name, "Reason", b.Reason), nil, err
	case sla.EventSubmitted:
		var b history.Submission
		err = json.Unmarshal(e.Body, &b)
		for _, f := range b.Files {
			details = append(details, p.Say("event_file", "Name", f.Name, "SHA256", f.SHA256))
		}
		return p.Say("event_submitted", "Report", p.dutyStage(b.Duty, b.Stage), "At", p.Instant(b.SubmittedAt)), details, err
	}
	var b history.SubmissionWithdrawn
	err = json.Unmarshal(e.Body, &b)
	return p.Say("event_submission_withdrawn", "Report", p.dutyStage(b.Duty, b.Stage), "At", p.Instant(b.SubmittedAt), "Reason", b.Reason), nil, err
}
