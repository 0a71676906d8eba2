package api

import (
	"context"
	"slices"
	"time"

	"kigen/calendar"
	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// entryJSON is what the register keeps of a vendor beside its promises.
type entryJSON struct {
	Kept       string             `json:"kept" enum:"catalogue,file,register" doc:"Where its promises are written"`
	Version    int                `json:"version" doc:"The published version of the register; 0: it holds nothing about the vendor"`
	Owner      string             `json:"owner" doc:"Who looks after it with us"`
	Contacts   []register.Contact `json:"contacts" nullable:"false"`
	Contract   contractJSON       `json:"contract"`
	Coverage   []coverageJSON     `json:"coverage,omitempty" doc:"What the promises in force today cover, by service"`
	Documents  []documentJSON     `json:"documents,omitempty" doc:"Newest first; absent: none"`
	LastReview *reviewJSON        `json:"last_review,omitempty" doc:"Absent: never reviewed"`
	Doubts     []problemJSON      `json:"doubts,omitempty" doc:"What the published version probably does not mean; absent: none"`
}

// coverageJSON is what promises cover of a service.
type coverageJSON struct {
	Service string             `json:"service" doc:"Empty: the vendor lists no services"`
	Kinds   []sla.IncidentKind `json:"kinds" nullable:"false" doc:"With a promise"`
	Notice  register.Promised  `json:"notice" enum:"timed,as_needed,nothing" doc:"How the notice of an incident is promised"`
}

func coverageViews(list []register.ServiceCoverage) []coverageJSON {
	views := make([]coverageJSON, len(list))
	for i, c := range list {
		views[i] = coverageJSON{Service: c.Service, Kinds: append([]sla.IncidentKind{}, c.Kinds...), Notice: c.Notice}
	}
	return views
}

// contractJSON is the time of a contract.
type contractJSON struct {
	From string `json:"from,omitempty" doc:"First day; absent: not known"`
	To   string `json:"to,omitempty" doc:"Last day; absent: not known"`
}

// problemJSON is a fault of a text, or a doubt about it.
type problemJSON struct {
	Field   string `json:"field"`
	Value   string `json:"value"`
	Message string `json:"message" doc:"The fault and its remedy"`
}

func problemViews(problems []tracker.Problem, lang string) []problemJSON {
	views := make([]problemJSON, len(problems))
	for i, p := range problems {
		views[i] = problemJSON{Field: p.Field, Value: p.Value, Message: web.Said(lang, p)}
	}
	return views
}

// entryView is the part that the configuration holds.
func entryView(e register.Entry) entryJSON {
	return entryJSON{
		Kept: string(e.Kept), Version: e.Version, Owner: e.Owner, Contacts: append([]register.Contact{}, e.Contacts...),
		Contract: contractJSON{From: dateText(e.Contract.From), To: dateText(e.Contract.To)},
	}
}

// papers are the documents and reviews of one vendor, or of all.
type papers struct {
	documents []register.Document
	reviews   []register.Review
}

func (s *server) papersOf(ctx context.Context, vendor string) (p papers, err error) {
	if s.Register == nil {
		return papers{}, nil
	}
	if p.documents, err = s.Register.Documents(ctx, vendor); err == nil {
		p.reviews, err = s.Register.Reviews(ctx, vendor)
	}
	return p, err
}

// vendorView is a vendor with all that the register keeps of it.
func (s *server) vendorView(v *sla.Vendor, p papers, lang string) vendorJSON {
	if s.Register == nil {
		return vendorView(v, register.Entry{Kept: register.KeptInCatalogue})
	}
	view := vendorView(v, s.Register.Config.Register[v.ID])
	view.Coverage = coverageViews(register.Coverage(v, calendar.NewDate(s.Now().In(s.Zone).Date())))
	view.Doubts = problemViews(s.Register.Doubts(v.ID), lang)
	for i := range p.documents {
		if p.documents[i].Vendor == v.ID {
			view.Documents = append(view.Documents, s.documentView(&p.documents[i]))
		}
	}
	if i := slices.IndexFunc(p.reviews, func(r register.Review) bool { return r.Vendor == v.ID }); i >= 0 {
		last := s.reviewView(&p.reviews[i])
		view.LastReview = &last
	}
	return view
}

// refusedJSON is a published entry that is not in force.
type refusedJSON struct {
	Vendor   string        `json:"vendor"`
	Problems []problemJSON `json:"problems" nullable:"false"`
}

// refusedEntries lists the published entries that are not in force.
func (s *server) refusedEntries(lang string) []refusedJSON {
	list := []refusedJSON{}
	if s.Register == nil {
		return list
	}
	for _, vendor := range s.Register.RefusedVendors() {
		list = append(list, refusedJSON{Vendor: vendor, Problems: problemViews(s.Register.Refused(vendor), lang)})
	}
	return list
}

// versionJSON is a published version of an entry.
type versionJSON struct {
	Vendor    string    `json:"vendor"`
	Number    int       `json:"number"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Reason    string    `json:"reason"`
	Withdrawn bool      `json:"withdrawn" doc:"The version ended the entry"`
	Text      string    `json:"text" doc:"The vendor in YAML; empty: withdrawn"`
}

func (s *server) versionView(v *register.Version) versionJSON {
	return versionJSON{Vendor: v.Vendor, Number: v.Number, At: v.At.In(s.Zone), By: v.By, Reason: v.Reason, Withdrawn: v.Withdrawn(), Text: v.Text}
}

type versionsOutput struct {
	Body struct {
		Versions []versionJSON `json:"versions" nullable:"false" doc:"Newest first"`
	}
}

func (s *server) listVersions(ctx context.Context, in *vendorInput) (*versionsOutput, error) {
	versions, err := s.Register.Versions(ctx, in.ID)
	if err == nil && len(versions) == 0 {
		err = s.knownVendor(in.ID)
	}
	if err != nil {
		return nil, err
	}
	out := &versionsOutput{}
	out.Body.Versions = make([]versionJSON, len(versions))
	for i := range versions {
		out.Body.Versions[i] = s.versionView(&versions[i])
	}
	return out, nil
}

// knownVendor gives 404 for a vendor that nothing holds.
func (s *server) knownVendor(id string) error {
	if _, known := s.Catalogue.Vendor(id); !known {
		return noSuchVendor{s.UnknownVendor("path.id", id)}
	}
	return nil
}

type checkInput struct {
	web.LangParam
	web.TimesParam
	Body web.VendorText
}

type checkOutput struct {
	Body struct {
		Valid    bool           `json:"valid" doc:"It can be published"`
		Vendor   string         `json:"vendor" doc:"Its id; empty: not valid"`
		Problems []problemJSON  `json:"problems" nullable:"false"`
		Doubts   []problemJSON  `json:"doubts" nullable:"false" doc:"Valid, and probably not meant"`
		Promises []exampledJSON `json:"promises" nullable:"false"`
		Text     string         `json:"text" doc:"As it would be published"`
	}
}

// exampledJSON is a promise with an example.
type exampledJSON struct {
	promiseJSON
	Example exampleJSON `json:"example"`
}

// exampleJSON is the deadline of an incident of which every moment is the same instant.
type exampleJSON struct {
	Start time.Time  `json:"start"`
	Due   *time.Time `json:"due" doc:"Of the first stage, with the calendar's offset; null: no time promised"`
	State sla.State  `json:"state"`
}

// checkVendor says what a text would put in force. Mistakes in the text are its answer.
func (s *server) checkVendor(ctx context.Context, in *checkInput) (*checkOutput, error) {
	read := s.Times(in.TimesParam)
	start := read.Time("start", in.Body.Start)
	from, err := web.Date("from", in.Body.From)
	invalid, _ := tracker.AsInvalid(err)
	invalid.CheckText("text", registry.Lines(in.Body.Text))
	if timeProblems, is := tracker.AsInvalid(read.Err()); is {
		invalid = append(invalid, timeProblems...)
	}
	if len(invalid) > 0 {
		return nil, invalid
	}
	if start.IsZero() {
		start = s.Now().In(s.Zone)
	}
	out := &checkOutput{}
	b, lang := &out.Body, web.ErrorLang(ctx)
	b.Problems, b.Doubts, b.Promises = []problemJSON{}, []problemJSON{}, []exampledJSON{}
	text, checked, err := s.Register.CheckFrom(ctx, in.Body.Text, from)
	if problems, is := tracker.AsInvalid(err); is {
		b.Problems = problemViews(problems, lang)
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	b.Valid, b.Vendor, b.Text, b.Doubts = true, checked.Vendor.ID, text, problemViews(checked.Doubts, lang)
	for _, p := range checked.Vendor.Promises {
		example, err := exampleOf(p, start)
		if err != nil {
			return nil, err
		}
		b.Promises = append(b.Promises, exampledJSON{promiseView(p), example})
	}
	return out, nil
}

func exampleOf(p *sla.Promise, start time.Time) (exampleJSON, error) {
	var f sla.Facts
	for m := range f.Times {
		f.Times[m] = sla.Stamp{At: start, Basis: sla.Stated}
	}
	stage := &p.AllStages()[0]
	d, err := p.StageDeadline(stage, &f, time.Time{})
	return exampleJSON{Start: start, Due: instant(d.Due), State: d.State}, err
}

type publishInput struct{ Body web.NewVersion }

type publishedOutput struct {
	Body struct {
		versionJSON
		Doubts []problemJSON `json:"doubts" nullable:"false" doc:"Valid, and probably not meant"`
	}
}

func (s *server) publishVendor(ctx context.Context, in *publishInput) (*publishedOutput, error) {
	p, err := in.Body.Publication()
	if err != nil {
		return nil, err
	}
	by, err := s.registrant(ctx, in.Body.By)
	if err != nil {
		return nil, err
	}
	v, checked, err := s.Register.Publish(ctx, by, p)
	if err != nil {
		return nil, err
	}
	s.Note(ctx, web.APIActor, "vendor_published", v.Vendor)
	out := &publishedOutput{}
	out.Body.versionJSON, out.Body.Doubts = s.versionView(v), problemViews(checked.Doubts, web.ErrorLang(ctx))
	return out, nil
}

// registrant is the actor of a change of the register.
func (s *server) registrant(ctx context.Context, by string) (string, error) {
	var problems tracker.Invalid
	problems.CheckLine("by", by)
	if len(problems) > 0 {
		return "", problems
	}
	return web.RequestOf(ctx, web.APIActor, by, "").Actor, nil
}

type withdrawVendorInput struct {
	ID   string `path:"id" example:"acme"`
	Body web.Withdrawal
}

type versionOutput struct{ Body versionJSON }

func (s *server) withdrawVendor(ctx context.Context, in *withdrawVendorInput) (*versionOutput, error) {
	by, err := s.registrant(ctx, in.Body.By)
	if err != nil {
		return nil, err
	}
	v, err := s.Register.Withdraw(ctx, by, in.ID, in.Body.Reason, in.Body.Base)
	if err != nil {
		return nil, err
	}
	s.Note(ctx, web.APIActor, "vendor_withdrawn", v.Vendor)
	return &versionOutput{s.versionView(v)}, nil
}
