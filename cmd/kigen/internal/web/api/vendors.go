package api

import (
	"context"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// vendorJSON is a vendor with its promises.
type vendorJSON struct {
	ID       string        `json:"id"`
	Name     calendar.Text `json:"name"`
	Services []string      `json:"services" nullable:"false"`
	Contact  string        `json:"contact"`
	Promises []promiseJSON `json:"promises" nullable:"false"`
	States   []stateJSON   `json:"states" nullable:"false" doc:"What the vendor states that no clock can follow"`
	entryJSON
}

// stateJSON is a sentence that no clock can follow.
type stateJSON struct {
	Name   calendar.Text `json:"name"`
	Source sla.Source    `json:"source"`
}

// promiseJSON is one version of a published commitment.
type promiseJSON struct {
	ID            string           `json:"id"`
	Name          calendar.Text    `json:"name"`
	About         sla.IncidentKind `json:"about" doc:"The kind of incidents that it applies to"`
	Source        sla.Source       `json:"source"`
	EffectiveFrom string           `json:"effective_from,omitempty" doc:"First day in force; absent: not stated"`
	EffectiveTo   string           `json:"effective_to,omitempty" doc:"Last day in force; absent: still in force"`
	Strength      sla.Strength     `json:"strength"`
	Gate          sla.Gate         `json:"gate"`
	Start         string           `json:"start" doc:"The moment that the time counts from"`
	Rule          string           `json:"rule"`
	Anchor        string           `json:"anchor,omitempty" doc:"The day from which the first round of a periodic promise counts; absent: the first evidence"`
	Reading       string           `json:"reading" doc:"The interpretation in use"`
	Readings      []readingJSON    `json:"readings" nullable:"false"`
	Stages        []stageJSON      `json:"stages" nullable:"false"`
	Channels      sla.Channels     `json:"channels"`
	Calendar      string           `json:"calendar"`
}

// readingJSON is one interpretation of an ambiguous text.
type readingJSON struct {
	ID   string        `json:"id"`
	Says calendar.Text `json:"says"`
	Rule string        `json:"rule"`
}

// stageJSON is one of several notices that a promise requires.
type stageJSON struct {
	ID    string        `json:"id"`
	Name  calendar.Text `json:"name"`
	After string        `json:"after,omitempty" doc:"The stage that it counts from; absent: the start"`
	Rule  string        `json:"rule"`
	Every bool          `json:"every" doc:"Due again after each notice"`
}

func vendorView(v *sla.Vendor, e register.Entry) vendorJSON {
	view := vendorJSON{
		ID: v.ID, Name: v.Name, Services: append([]string{}, v.Services...), Contact: v.Contact,
		Promises: make([]promiseJSON, len(v.Promises)), States: make([]stateJSON, len(v.States)),
		entryJSON: entryView(e),
	}
	for i, s := range v.States {
		view.States[i] = stateJSON{Name: s.Says, Source: s.Source}
	}
	for i, p := range v.Promises {
		view.Promises[i] = promiseView(p)
	}
	return view
}

func promiseView(p *sla.Promise) promiseJSON {
	view := promiseJSON{
		ID: p.ID, Name: p.Name, About: p.KindOf(), Anchor: dateText(p.Anchor), Source: p.Source, EffectiveFrom: dateText(p.From), EffectiveTo: dateText(p.To),
		Strength: p.Strength, Gate: p.Gate, Start: p.Start.String(), Rule: p.Due.String(), Reading: p.Reading,
		Readings: make([]readingJSON, len(p.Readings)), Stages: make([]stageJSON, len(p.Stages)), Channels: p.Channels,
	}
	if p.Calendar != nil {
		view.Calendar = p.Calendar.ID()
	}
	for i, r := range p.Readings {
		view.Readings[i] = readingJSON{ID: r.ID, Says: r.Says, Rule: r.Due.String()}
	}
	for i, stage := range p.Stages {
		view.Stages[i] = stageJSON{ID: stage.ID, Name: stage.Name, After: stage.After, Rule: stage.Due.String(), Every: stage.Every}
	}
	return view
}

// dateText formats a date; an unstated one is empty.
func dateText(d calendar.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

type vendorsOutput struct {
	Body struct {
		Vendors []vendorJSON  `json:"vendors" nullable:"false"`
		Refused []refusedJSON `json:"refused" nullable:"false" doc:"Published entries that are faulty, and not in force"`
	}
}

func (s *server) listVendors(ctx context.Context, _ *struct{}) (*vendorsOutput, error) {
	out := &vendorsOutput{}
	kept, err := s.papersOf(ctx, "")
	if err != nil {
		return nil, err
	}
	lang := web.ErrorLang(ctx)
	out.Body.Vendors, out.Body.Refused = make([]vendorJSON, len(s.Catalogue)), s.refusedEntries(lang)
	for i, v := range s.Catalogue {
		out.Body.Vendors[i] = s.vendorView(v, kept, lang)
	}
	return out, nil
}

type vendorInput struct {
	ID string `path:"id" example:"sotas"`
}

type vendorOutput struct {
	Body vendorJSON
}

func (s *server) getVendor(ctx context.Context, in *vendorInput) (*vendorOutput, error) {
	v, ok := s.Catalogue.Vendor(in.ID)
	if !ok {
		return nil, noSuchVendor{s.UnknownVendor("path.id", in.ID)}
	}
	kept, err := s.papersOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &vendorOutput{Body: s.vendorView(v, kept, web.ErrorLang(ctx))}, nil
}

// noSuchVendor is the error for an unknown vendor in the path, which gives 404.
type noSuchVendor struct{ problem tracker.Problem }

func (e noSuchVendor) Error() string { return tracker.Invalid{e.problem}.Error() }

// Vendor converts a vendor to the JSON form of the API, for kigen's commands.
func Vendor(v *sla.Vendor, e register.Entry) any { return vendorView(v, e) }
