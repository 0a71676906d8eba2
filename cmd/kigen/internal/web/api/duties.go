package api

import (
	"context"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/regime"
)

// dutyJSON is a regime as it applies to one incident.
type dutyJSON struct {
	Duty     string        `json:"duty" example:"jp-appi"`
	Name     calendar.Text `json:"name"`
	To       calendar.Text `json:"to" doc:"The authority"`
	OwedBy   string        `json:"owed_by" doc:"us"`
	Decision *decisionJSON `json:"decision" doc:"The decision that counts; null: undecided, and the clocks run as if it applied"`
	Clocks   []clockJSON   `json:"clocks" nullable:"false" doc:"One for each report; never part of a vendor's figures"`
	Notice   string        `json:"notice" doc:"An aid, not legal advice"`
}

// decisionJSON is a person's decision whether a regime applies.
type decisionJSON struct {
	Duty    string     `json:"duty"`
	Applies bool       `json:"applies"`
	Case    string     `json:"case,omitempty"`
	Reason  string     `json:"reason"`
	AwareAt *time.Time `json:"aware_at" doc:"null: as the incident says"`
	At      time.Time  `json:"at"`
	By      string     `json:"by"`
}

// submissionJSON is a recorded report of ours to an authority.
type submissionJSON struct {
	N           int        `json:"n" doc:"Counts the submissions of the incident from 1, in the order of recording"`
	Duty        string     `json:"duty"`
	Stage       string     `json:"stage"`
	SubmittedAt time.Time  `json:"submitted_at"`
	Reference   string     `json:"reference"`
	RecordedAt  time.Time  `json:"recorded_at"`
	RecordedBy  string     `json:"recorded_by"`
	Files       []fileJSON `json:"files" nullable:"false"`

	WithdrawnAt     *time.Time `json:"withdrawn_at,omitempty" doc:"The submission counts no more since then; absent: it counts"`
	WithdrawnBy     string     `json:"withdrawn_by,omitempty"`
	WithdrawnReason string     `json:"withdrawn_reason,omitempty"`
}

// dutyViews lists the regimes that have clocks for the incident.
func (s *server) dutyViews(inc *sla.Incident, lang string) []dutyJSON {
	views := []dutyJSON{}
	for i := range inc.Duties {
		id := inc.Duties[i].Regime()
		at := slices.IndexFunc(views, func(v dutyJSON) bool { return v.Duty == id })
		if at < 0 {
			at = len(views)
			views = append(views, s.dutyView(inc, id, lang))
		}
		views[at].Clocks = append(views[at].Clocks, s.clockView(&inc.Duties[i], lang))
	}
	return views
}

func (s *server) dutyView(inc *sla.Incident, id, lang string) dutyJSON {
	v := dutyJSON{Duty: id, Name: calendar.Text{Ja: id, En: id}, OwedBy: sla.Us, Clocks: []clockJSON{}, Notice: phrase.NotLegalAdvice(lang)}
	if r := s.Tracker.Duties.Regime(id); r != nil {
		v.Name, v.To = r.Name, r.To
	}
	if d := inc.Decided(id); d != nil {
		decided := s.decisionView(d)
		v.Decision = &decided
	}
	return v
}

func (s *server) decisionView(d *sla.Decision) decisionJSON {
	return decisionJSON{Duty: d.Regime, Applies: d.Applies, Case: d.Case, Reason: d.Reason, AwareAt: instant(d.AwareAt), At: d.At.In(s.Zone), By: d.By}
}

func (s *server) decisionViews(list []sla.Decision) []decisionJSON {
	views := make([]decisionJSON, len(list))
	for i := range list {
		views[i] = s.decisionView(&list[i])
	}
	return views
}

func (s *server) submissionViews(list []sla.Submission) []submissionJSON {
	views := make([]submissionJSON, len(list))
	for i := range list {
		n := &list[i]
		views[i] = submissionJSON{
			N: n.Number, Duty: n.Regime, Stage: n.Stage, SubmittedAt: n.SubmittedAt, Reference: n.Reference,
			RecordedAt: n.RecordedAt.In(s.Zone), RecordedBy: n.RecordedBy, Files: filesView(n.Files),
			WithdrawnBy: n.Withdrawal.By, WithdrawnReason: n.Withdrawal.Reason,
		}
		if !n.Counts() {
			views[i].WithdrawnAt = s.zoned(n.Withdrawal.At)
		}
	}
	return views
}

type decisionInput struct {
	web.IDParam
	web.TimesParam
	web.KeyParam
	Duty string `path:"duty" doc:"A duty that is switched on" example:"jp-appi"`
	Body web.NewDecision
}

func (s *server) decideDuty(ctx context.Context, in *decisionInput) (*incidentOutput, error) {
	entry, invalid := in.Body.Entry(in.Duty, s.Times(in.TimesParam))
	by := web.RequestOf(ctx, web.APIActor, in.Body.By, in.IdempotencyKey)
	return recorded(ctx, s, &in.IDParam, by, s.Tracker.Decide, entry, invalid)
}

type submissionInput struct {
	web.IDParam
	web.TimesParam
	web.KeyParam
	Body web.NewSubmission
}

func (s *server) recordSubmission(ctx context.Context, in *submissionInput) (*incidentOutput, error) {
	entry, invalid := in.Body.Entry(s.Times(in.TimesParam))
	by := web.RequestOf(ctx, web.APIActor, in.Body.By, in.IdempotencyKey)
	return recorded(ctx, s, &in.IDParam, by, s.Tracker.Submit, entry, invalid)
}

type withdrawSubmissionInput struct {
	web.IDParam
	N    int `path:"n" doc:"The n of the submission" example:"1"`
	Body web.Reason
}

func (s *server) withdrawSubmission(ctx context.Context, in *withdrawSubmissionInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.WithdrawSubmission(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, in.N, in.Body.Reason)
	return s.incidentOutput(inc, err, in.LangParam)
}

type dutiesInput struct {
	web.LangParam
	Duty string `query:"duty" maxLength:"64" doc:"One duty; absent: all"`
	All  bool   `query:"all" doc:"Also the reports that were submitted or that nobody owes"`
}

// ownedClockJSON is a clock of our own duties with its incident.
type ownedClockJSON struct {
	Incident sla.IncidentID `json:"incident" example:"KGN-42"`
	Vendor   string         `json:"vendor"`
	Title    string         `json:"title"`
	Duty     string         `json:"duty"`
	Decided  string         `json:"decided" enum:"undecided,applies,does_not_apply"`
	clockJSON
}

type dutiesOutput struct {
	Body struct {
		Duties []regimeJSON     `json:"duties" nullable:"false" doc:"Those that are switched on"`
		Clocks []ownedClockJSON `json:"clocks" nullable:"false"`
		Notice string           `json:"notice" doc:"An aid, not legal advice"`
	}
}

// regimeJSON is a duty that is switched on.
type regimeJSON struct {
	ID      string        `json:"id"`
	Name    calendar.Text `json:"name"`
	To      calendar.Text `json:"to"`
	Reports []string      `json:"reports" nullable:"false"`
	Cases   []string      `json:"cases" nullable:"false"`
}

func (s *server) listDuties(ctx context.Context, in *dutiesInput) (*dutiesOutput, error) {
	list, err := s.OurDuties(ctx, web.DutyFilter{Duty: in.Duty, Open: !in.All})
	if err != nil {
		return nil, err
	}
	out := &dutiesOutput{}
	lang := s.proseLang(in.LangParam)
	out.Body.Duties, out.Body.Clocks, out.Body.Notice = []regimeJSON{}, []ownedClockJSON{}, phrase.NotLegalAdvice(lang)
	for _, r := range s.Tracker.Duties {
		v := regimeJSON{ID: r.ID, Name: r.Name, To: r.To, Reports: append([]string{}, r.StageIDs()...), Cases: []string{}}
		for _, c := range r.Cases() {
			v.Cases = append(v.Cases, c.ID)
		}
		out.Body.Duties = append(out.Body.Duties, v)
	}
	for _, d := range list {
		id := d.Clock.Regime()
		out.Body.Clocks = append(out.Body.Clocks, ownedClockJSON{
			Incident: d.Incident.ID, Vendor: d.Incident.Vendor, Title: d.Incident.Title, Duty: id, Decided: regime.Standpoint(d.Incident, id), clockJSON: s.clockView(d.Clock, lang),
		})
	}
	return out, nil
}
