package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/tracker"
)

// vendorJSON is who made which promises.
type vendorJSON struct {
	ID       string        `json:"id"`
	Name     calendar.Text `json:"name"`
	Services []string      `json:"services" nullable:"false"`
	Contact  string        `json:"contact"`
	Promises []promiseJSON `json:"promises" nullable:"false"`
}

// promiseJSON is one version of one published commitment.
type promiseJSON struct {
	ID            string        `json:"id"`
	Name          calendar.Text `json:"name"`
	Source        sla.Source    `json:"source"`
	EffectiveFrom string        `json:"effective_from,omitempty" doc:"First day in force; absent: not stated"`
	EffectiveTo   string        `json:"effective_to,omitempty" doc:"Last day in force; absent: still in force"`
	Strength      sla.Strength  `json:"strength"`
	Gate          sla.Gate      `json:"gate"`
	Start         string        `json:"start" doc:"The moment that it counts from"`
	Rule          string        `json:"rule"`
	Reading       string        `json:"reading" doc:"The reading in force"`
	Readings      []readingJSON `json:"readings" nullable:"false"`
	Stages        []stageJSON   `json:"stages" nullable:"false"`
	Channels      sla.Channels  `json:"channels"`
	Calendar      string        `json:"calendar"`
}

// readingJSON is one way to take the text where it leaves room.
type readingJSON struct {
	ID   string        `json:"id"`
	Says calendar.Text `json:"says"`
	Rule string        `json:"rule"`
}

// stageJSON is one notice out of several that a promise owes.
type stageJSON struct {
	ID    string        `json:"id"`
	Name  calendar.Text `json:"name"`
	After string        `json:"after,omitempty" doc:"The stage that it counts from; absent: the start"`
	Rule  string        `json:"rule"`
	Every bool          `json:"every" doc:"Falls due again after each notice"`
}

func vendorView(v *sla.Vendor) vendorJSON {
	view := vendorJSON{
		ID: v.ID, Name: v.Name, Services: append([]string{}, v.Services...), Contact: v.Contact,
		Promises: make([]promiseJSON, len(v.Promises)),
	}
	for i, p := range v.Promises {
		view.Promises[i] = promiseView(p)
	}
	return view
}

func promiseView(p *sla.Promise) promiseJSON {
	view := promiseJSON{
		ID: p.ID, Name: p.Name, Source: p.Source, EffectiveFrom: dateText(p.From), EffectiveTo: dateText(p.To),
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

// dateText leaves an unstated date out instead of showing 1970.
func dateText(d calendar.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

type vendorsOutput struct {
	Body struct {
		Vendors []vendorJSON `json:"vendors" nullable:"false"`
	}
}

func (s *server) listVendors(context.Context, *struct{}) (*vendorsOutput, error) {
	out := &vendorsOutput{}
	out.Body.Vendors = make([]vendorJSON, len(s.Catalogue))
	for i, v := range s.Catalogue {
		out.Body.Vendors[i] = vendorView(v)
	}
	return out, nil
}

type vendorInput struct {
	ID string `path:"id" example:"sotas"`
}

type vendorOutput struct {
	Body vendorJSON
}

func (s *server) getVendor(_ context.Context, in *vendorInput) (*vendorOutput, error) {
	v, ok := s.Catalogue.Vendor(in.ID)
	if !ok {
		return nil, noSuchVendor{s.unknownVendor("path.id", in.ID)}
	}
	return &vendorOutput{Body: vendorView(v)}, nil
}

// noSuchVendor is a page that is not there, unlike a field with a wrong name in it.
type noSuchVendor struct{ problem tracker.Problem }

func (e noSuchVendor) Error() string { return tracker.Invalid{e.problem}.Error() }

// unknownVendor names the remedy: the ids that there are.
func (s *server) unknownVendor(field, id string) tracker.Problem {
	return tracker.Problem{Field: field, Value: id, Message: "is not known: use one of " + strings.Join(s.Catalogue.IDs(), ", ")}
}

// deadlineInput asks what would follow from a start; nothing is stored.
type deadlineInput struct {
	LangParam
	Vendor  string `query:"vendor" required:"true" doc:"A vendor's id" example:"sotas"`
	Start   string `query:"start" required:"true" doc:"RFC 3339, or 2026-05-02 22:10 in the configured zone" example:"2026-05-02T22:10:00+09:00"`
	Promise string `query:"promise" doc:"One of the vendor's promises; absent: its first"`
}

type deadlineOutput struct {
	Body deadlineJSON
}

func (s *server) getDeadline(_ context.Context, in *deadlineInput) (*deadlineOutput, error) {
	vendor, ok := s.Catalogue.Vendor(in.Vendor)
	if !ok {
		return nil, tracker.Invalid{s.unknownVendor("query.vendor", in.Vendor)}
	}
	start, err := tracker.ParseTime(in.Start, s.Zone)
	if err != nil {
		return nil, tracker.Invalid{tracker.BadTime("query.start", in.Start, err)}
	}
	facts := sla.Facts{Times: allAt(start)}
	promise, err := choose(vendor, &facts.Times, in.Promise)
	if err != nil {
		return nil, err
	}
	d, e, err := promise.Explain(&facts)
	if errors.Is(err, calendar.ErrRange) {
		return nil, tracker.Invalid{{Field: "query.start", Value: in.Start, Message: "leads outside the years of the vendor's calendar: give a time nearer to today"}}
	}
	if err != nil {
		return nil, err
	}
	return &deadlineOutput{Body: deadlineJSON{
		Vendor: vendor.ID, Promise: promise.ID, Start: start, Due: instant(d.Due), State: d.State, Rule: e.Rule,
		Explanation: steps(&e, s.proseLang(in.LangParam)), Reading: e.Reading, Alternatives: alternatives(&e),
	}}, nil
}

// allAt is an incident in which everything happened at once, so that each
// promise finds its own start known.
func allAt(at time.Time) (times sla.Times) {
	for m := range times {
		times[m] = sla.Stamp{At: at, Basis: sla.Stated}
	}
	return times
}

// choose finds the version in force of the promise asked for.
func choose(v *sla.Vendor, times *sla.Times, id string) (*sla.Promise, error) {
	promises := v.Applying(times)
	i := slices.IndexFunc(promises, func(p *sla.Promise) bool { return id == "" || p.ID == id })
	if i >= 0 {
		return promises[i], nil
	}
	known := make([]string, len(promises))
	for i, p := range promises {
		known[i] = p.ID
	}
	return nil, tracker.Invalid{{Field: "query.promise", Value: id, Message: "is no promise of " + v.ID + ": use one of " + strings.Join(known, ", ")}}
}

type reportInput struct {
	LangParam
	Month  string `path:"month" example:"2026-10"`
	Format string `query:"format" enum:"json,html,pdf,xlsx,csv" default:"json"`
	Vendor string `query:"vendor" doc:"of the vendor with this id alone"`
	Table  string `query:"table" doc:"of CSV: vendors, services, trend, cases, carried_over, uncommitted, excluded, corrections, definitions or versions" example:"vendors"`
	BOM    bool   `query:"bom" doc:"CSV begins with a byte order mark, for spreadsheets that need it"`
}

// reportOutput is a file in the format asked for. It has a policy of its own,
// because the HTML report carries its style with it.
type reportOutput struct {
	ContentType           string `header:"Content-Type"`
	ContentSecurityPolicy string `header:"Content-Security-Policy"`
	Body                  []byte
}

func (s *server) getReport(ctx context.Context, in *reportInput) (*reportOutput, error) {
	contentType, body, err := s.Report(ctx, ReportRequest{
		Period: in.Month, Format: in.Format, Lang: s.proseLang(in.LangParam), Vendor: in.Vendor, Table: in.Table, BOM: in.BOM,
	})
	if err != nil {
		return nil, err
	}
	return &reportOutput{ContentType: contentType, ContentSecurityPolicy: reportPolicy, Body: body}, nil
}

// Vendor gives a vendor in the API's own JSON form, for kigen's commands.
func Vendor(v *sla.Vendor) any { return vendorView(v) }
