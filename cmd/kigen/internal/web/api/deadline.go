package api

import (
	"context"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/deadline"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
	"kigen/sla/when"
)

// deadlineInput asks for the deadline of a start or of moments.
type deadlineInput struct {
	web.LangParam
	Vendor string `query:"vendor" required:"true" doc:"A vendor's id" example:"sotas"`
	Start  string `query:"start" doc:"Used for every moment that is not given. RFC 3339, or 2026-05-02 22:10 in the configured zone" example:"2026-05-02T22:10:00+09:00"`
	web.Moments[string]
	LoggedAt string `query:"logged_at" doc:"When it was logged in kigen"`
	Service  string `query:"service" doc:"The vendor's product"`
	Impact   string `query:"impact" enum:"serious,limited,none,unknown"`
	Scope    string `query:"scope" enum:"all_customers,specific_customers,unknown"`
	Severity string `query:"severity" enum:"critical,high,medium,low"`
	About    string `query:"about" enum:"incident,event,vulnerability,maintenance,change,contract_end,periodic" doc:"The kind that the promises are about; absent: incident, or that of promise"`
	Promise  string `query:"promise" doc:"One of the vendor's promises; absent: its first that applies to the service and the other facts"`
	Stage    string `query:"stage" doc:"One of the promise's stages; absent: its first"`
}

type deadlineOutput struct {
	Body deadlineJSON
}

// deadlineJSON is a calculated deadline.
type deadlineJSON struct {
	Vendor       string            `json:"vendor"`
	Promise      string            `json:"promise"`
	Stage        string            `json:"stage" doc:"Empty: the promise has no stages"`
	Start        *time.Time        `json:"start" doc:"null: unknown"`
	StartFrom    string            `json:"start_from" doc:"The moment that was used as the start; notice: the vendor's notice for an earlier stage"`
	Due          *time.Time        `json:"due" doc:"With the calendar's offset; null: no time promised"`
	State        sla.State         `json:"state"`
	NotProvable  bool              `json:"not_provable" doc:"Lateness would depend on an assumption"`
	Rule         string            `json:"rule"`
	Explanation  []stepJSON        `json:"explanation" nullable:"false"`
	Reading      string            `json:"reading"`
	Alternatives []alternativeJSON `json:"alternatives" nullable:"false"`
}

func (s *server) getDeadline(_ context.Context, in *deadlineInput) (*deadlineOutput, error) {
	if _, ok := s.Catalogue.Vendor(in.Vendor); !ok {
		return nil, tracker.Invalid{s.UnknownVendor("query.vendor", in.Vendor)}
	}
	lang := s.proseLang(in.LangParam)
	asker := deadline.Asker{
		Catalogue: s.Catalogue, Lang: lang, About: sla.IncidentKind(in.About), Promise: in.Promise, Stage: in.Stage,
		Time: func(text string) (when.Time, error) {
			at, err := when.ISO(text, s.Zone)
			return when.Time{At: at}, err
		},
	}
	answers, _, err := asker.Ask(in.question())
	if invalid, ok := tracker.AsInvalid(err); ok {
		for i := range invalid {
			invalid[i].Field = "query." + invalid[i].Field
		}
		return nil, invalid
	}
	if err != nil {
		return nil, err
	}
	a := first(answers)
	return &deadlineOutput{Body: deadlineJSON{
		Vendor: a.Vendor, Promise: a.Promise, Stage: a.Stage, Start: a.Start, StartFrom: a.StartFrom,
		Due: a.Due, State: a.State, NotProvable: a.NotProvable, Rule: a.Rule,
		Explanation: steps(&a.Explained, lang), Reading: a.Reading, Alternatives: alternatives(&a.Explained),
	}}, nil
}

// first is the first answer of a promise that applies, or the first of all. A vendor with
// a promise for each of its services has one that applies among several that do not.
func first(answers []deadline.Answer) *deadline.Answer {
	applies := func(a deadline.Answer) bool { return a.State != sla.NotApplicable }
	return &answers[max(slices.IndexFunc(answers, applies), 0)]
}

// question converts the parameters.
func (in *deadlineInput) question() *deadline.Question {
	q := &deadline.Question{
		Vendor: in.Vendor, Start: in.Start, Service: in.Service,
		Impact: sla.Impact(in.Impact), Scope: sla.Scope(in.Scope), Severity: sla.Severity(in.Severity),
		Moments: map[sla.Moment]string{sla.Logged: in.LoggedAt},
	}
	for _, m := range sla.EnteredMoments() {
		q.Moments[m] = *in.At(m)
	}
	return q
}
