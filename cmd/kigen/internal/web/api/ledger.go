package api

import (
	"bytes"
	"context"
	"errors"

	"kigen/cmd/kigen/internal/ledger"
	"kigen/cmd/kigen/internal/sheetfile"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

type registerInput struct {
	web.LangParam
	Format string   `query:"format" enum:"csv,yaml" default:"csv" doc:"csv: a table of all vendors; yaml: whole entries, as the configuration has them"`
	Vendor []string `query:"vendor" maxItems:"200" doc:"Ids, separated by commas; absent: all"`
}

func (s *server) getRegister(ctx context.Context, in *registerInput) (*evidenceOutput, error) {
	for _, id := range in.Vendor {
		if _, known := s.Catalogue.Vendor(id); !known {
			return nil, tracker.Invalid{s.UnknownVendor("query.vendor", id)}
		}
	}
	out := &evidenceOutput{ContentPolicy: web.EvidencePolicy}
	var err error
	if in.Format == "yaml" {
		out.ContentType, out.Disposition = "application/yaml; charset=utf-8", web.AttachmentHeader("register.yaml")
		out.Body, err = ledger.YAML(s.Register, in.Vendor)
		return out, err
	}
	out.ContentType, out.Disposition = "text/csv; charset=utf-8", web.AttachmentHeader("register.csv")
	lang := s.proseLang(in.LangParam)
	rows, err := ledger.Rows(ctx, s.Register, in.Vendor, lang)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = ledger.Write(&text, lang, rows)
	out.Body = text.Bytes()
	return out, err
}

type importInput struct{ Body web.RegisterFile }

type importOutput struct {
	Body struct {
		DryRun  bool         `json:"dry_run" doc:"Nothing was published"`
		Changes []changeJSON `json:"changes" nullable:"false" doc:"One for each vendor that differs; the others stay as they are"`
	}
}

// changeJSON is what a file changes about one vendor.
type changeJSON struct {
	Vendor  string   `json:"vendor"`
	New     bool     `json:"new"`
	Fields  []string `json:"fields" nullable:"false" doc:"What differs"`
	Version int      `json:"version" doc:"That was published; 0: a dry run"`
	Text    string   `json:"text" doc:"The entry in YAML"`
}

// importRegister publishes what a file changes, all or none.
func (s *server) importRegister(ctx context.Context, in *importInput) (*importOutput, error) {
	b := &in.Body
	from, err := web.Date("from", b.From)
	if err != nil {
		return nil, err
	}
	by, err := s.registrant(ctx, b.By)
	if err != nil {
		return nil, err
	}
	var lines tracker.Invalid
	lines.CheckLine("name", b.Name)
	lines.CheckLine("reason", b.Reason)
	if len(lines) > 0 {
		return nil, lines
	}
	changes, err := ledger.Plan(ctx, s.Register, b.Name, b.Content)
	if err != nil {
		return nil, faultsOf(err)
	}
	out := &importOutput{}
	out.Body.DryRun, out.Body.Changes = b.DryRun, make([]changeJSON, len(changes))
	for i, c := range changes {
		out.Body.Changes[i] = changeJSON{Vendor: c.Vendor, New: c.New, Fields: append([]string{}, c.Fields...), Text: c.Text}
	}
	if b.DryRun {
		return out, nil
	}
	published, err := ledger.Apply(ctx, s.Register, by, b.Reason, from, changes)
	if err != nil {
		return nil, err
	}
	for i, v := range published {
		out.Body.Changes[i].Version, out.Body.Changes[i].Text = v.Number, v.Text
		s.Note(ctx, web.APIActor, "vendor_published", v.Vendor)
	}
	return out, nil
}

// faultsOf makes the faults of a file problems of the request.
func faultsOf(err error) error {
	var faults *sheetfile.Faults
	if !errors.As(err, &faults) {
		return err
	}
	var problems tracker.Invalid
	for i := range faults.List {
		one := &sheetfile.Faults{File: faults.File, Sheet: faults.Sheet, List: faults.List[i : i+1]}
		problems = append(problems, tracker.Problem{Field: "content", Message: localizer.Messagef("%s", one)})
	}
	return problems
}
