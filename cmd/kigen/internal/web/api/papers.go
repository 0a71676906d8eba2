package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/registry"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase/localizer"
	"kigen/sla/register"
	"kigen/sla/tracker"
)

// absent is the error for a part of the register that is not there, which gives 404.
type absent struct{ localizer.Message }

func (e absent) Error() string { return e.In(localizer.English) }

// unmatched is a conflict with If-Match, which gives 412.
type unmatched struct{ *registry.Conflict }

// draftJSON is a text that is being written.
type draftJSON struct {
	Vendor   string    `json:"vendor"`
	Text     string    `json:"text"`
	Base     int       `json:"base" doc:"The published version that it began from; 0: a new entry"`
	Revision int       `json:"revision" doc:"Raised by each save; also the ETag"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
}

type draftOutput struct {
	ETag string `header:"ETag"`
	Body draftJSON
}

func (s *server) draftOutput(d *register.Draft) *draftOutput {
	return &draftOutput{
		ETag: fmt.Sprintf("%q", strconv.Itoa(d.Revision)),
		Body: draftJSON{Vendor: d.Vendor, Text: d.Text, Base: d.Base, Revision: d.Revision, At: d.At.In(s.Zone), By: d.By},
	}
}

func (s *server) getDraft(ctx context.Context, in *vendorInput) (*draftOutput, error) {
	d, err := s.Register.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, absent{localizer.Messagef("vendor %s has no draft: save one first", in.ID)}
	}
	return s.draftOutput(d), nil
}

type saveDraftInput struct {
	ID      string `path:"id" example:"acme"`
	IfMatch string `header:"If-Match" doc:"The ETag of the draft that it replaces; another one gives 412"`
	Body    web.NewDraft
}

func (s *server) saveDraft(ctx context.Context, in *saveDraftInput) (*draftOutput, error) {
	by, err := s.registrant(ctx, in.Body.By)
	if err != nil {
		return nil, err
	}
	revision, err := revisionOf(in.IfMatch, in.Body.Revision)
	if err != nil {
		return nil, err
	}
	d := &register.Draft{Vendor: in.ID, Text: in.Body.Text, Base: in.Body.Base, Revision: revision}
	if err := s.Register.SaveDraft(ctx, by, d); err != nil {
		return nil, conditional(in.IfMatch, err)
	}
	return s.draftOutput(d), nil
}

type dropDraftInput struct {
	ID       string `path:"id" example:"acme"`
	IfMatch  string `header:"If-Match" doc:"The ETag of the draft; another one gives 412"`
	Revision int    `query:"revision" minimum:"0" doc:"Its revision, unless If-Match names it; another one gives 409"`
}

func (s *server) dropDraft(ctx context.Context, in *dropDraftInput) (*struct{}, error) {
	revision, err := revisionOf(in.IfMatch, in.Revision)
	if err != nil {
		return nil, err
	}
	return nil, conditional(in.IfMatch, s.Register.DropDraft(ctx, in.ID, revision))
}

// revisionOf reads the revision of a draft from If-Match; without it, it is the given one.
func revisionOf(header string, given int) (int, error) {
	if header == "" {
		return given, nil
	}
	revision, err := strconv.Atoi(strings.Trim(strings.TrimSpace(header), `"`))
	if err != nil || revision < 1 {
		return 0, tracker.Invalidf("header.If-Match", header, "is no ETag of a draft: give the one that GET answered, such as \"3\"")
	}
	return revision, nil
}

// conditional is the error of a request with If-Match.
func conditional(header string, err error) error {
	var conflict *registry.Conflict
	if header != "" && errors.As(err, &conflict) {
		return unmatched{conflict}
	}
	return err
}

// documentJSON is an edition of a paper.
type documentJSON struct {
	Number  int       `json:"number"`
	Title   string    `json:"title"`
	Edition string    `json:"edition"`
	Dated   string    `json:"dated,omitempty" doc:"The day that it bears; absent: none"`
	Name    string    `json:"name" doc:"Of the file"`
	Type    string    `json:"type"`
	Size    int64     `json:"size" doc:"Bytes"`
	SHA256  string    `json:"sha256"`
	At      time.Time `json:"at" doc:"When it was added"`
	By      string    `json:"by"`
}

func (s *server) documentView(d *register.Document) documentJSON {
	return documentJSON{
		Number: d.Number, Title: d.Title, Edition: d.Edition, Dated: dateText(d.Dated), Name: d.File.Name, Type: d.File.Type,
		Size: d.File.Size, SHA256: d.File.SHA256, At: d.At.In(s.Zone), By: d.By,
	}
}

type documentsOutput struct {
	Body struct {
		Documents []documentJSON `json:"documents" nullable:"false" doc:"Newest first"`
	}
}

func (s *server) listDocuments(ctx context.Context, in *vendorInput) (*documentsOutput, error) {
	documents, err := s.Register.Documents(ctx, in.ID)
	if err == nil && len(documents) == 0 {
		err = s.knownVendor(in.ID)
	}
	if err != nil {
		return nil, err
	}
	out := &documentsOutput{}
	out.Body.Documents = make([]documentJSON, len(documents))
	for i := range documents {
		out.Body.Documents[i] = s.documentView(&documents[i])
	}
	return out, nil
}

type addDocumentInput struct {
	ID   string `path:"id" example:"sotas"`
	Body web.NewDocument
}

type documentOutput struct{ Body documentJSON }

func (s *server) addDocument(ctx context.Context, in *addDocumentInput) (*documentOutput, error) {
	if err := s.knownVendor(in.ID); err != nil {
		return nil, err
	}
	e, err := in.Body.Entry()
	if err != nil {
		return nil, err
	}
	by, err := s.registrant(ctx, in.Body.By)
	if err != nil {
		return nil, err
	}
	d, err := s.Register.Keep(ctx, by, in.ID, e)
	if err != nil {
		return nil, err
	}
	return &documentOutput{s.documentView(d)}, nil
}

type documentInput struct {
	ID string `path:"id" example:"sotas"`
	N  int    `path:"n" doc:"The number of the document" example:"1"`
}

func (s *server) getDocument(ctx context.Context, in *documentInput) (*evidenceOutput, error) {
	d, content, err := s.Register.Document(ctx, in.ID, in.N)
	if errors.Is(err, tracker.ErrNotFound) {
		return nil, absent{localizer.Messagef("vendor %s has no document %d: list them with GET /api/v1/vendors/%s/documents", in.ID, in.N, in.ID)}
	}
	if err != nil {
		return nil, err
	}
	return &evidenceOutput{ContentType: d.File.Type, Disposition: web.AttachmentHeader(d.File.Name), ContentPolicy: web.EvidencePolicy, Body: content}, nil
}

// reviewJSON records that a person looked through an entry.
type reviewJSON struct {
	Number int       `json:"number"`
	On     string    `json:"reviewed_on"`
	Next   string    `json:"next_on,omitempty" doc:"When it is due again; absent: not planned"`
	Note   string    `json:"note"`
	At     time.Time `json:"at" doc:"When it was recorded"`
	By     string    `json:"by"`
}

func (s *server) reviewView(r *register.Review) reviewJSON {
	return reviewJSON{Number: r.Number, On: dateText(r.On), Next: dateText(r.Next), Note: r.Note, At: r.At.In(s.Zone), By: r.By}
}

type reviewsOutput struct {
	Body struct {
		Reviews []reviewJSON `json:"reviews" nullable:"false" doc:"Newest first"`
	}
}

func (s *server) listReviews(ctx context.Context, in *vendorInput) (*reviewsOutput, error) {
	reviews, err := s.Register.Reviews(ctx, in.ID)
	if err == nil && len(reviews) == 0 {
		err = s.knownVendor(in.ID)
	}
	if err != nil {
		return nil, err
	}
	out := &reviewsOutput{}
	out.Body.Reviews = make([]reviewJSON, len(reviews))
	for i := range reviews {
		out.Body.Reviews[i] = s.reviewView(&reviews[i])
	}
	return out, nil
}

type addReviewInput struct {
	ID   string `path:"id" example:"sotas"`
	Body web.NewReview
}

type reviewOutput struct{ Body reviewJSON }

func (s *server) addReview(ctx context.Context, in *addReviewInput) (*reviewOutput, error) {
	if err := s.knownVendor(in.ID); err != nil {
		return nil, err
	}
	review, err := in.Body.Review()
	if err != nil {
		return nil, err
	}
	by, err := s.registrant(ctx, in.Body.By)
	if err != nil {
		return nil, err
	}
	recorded, err := s.Register.Review(ctx, by, in.ID, review)
	if err != nil {
		return nil, err
	}
	return &reviewOutput{s.reviewView(recorded)}, nil
}
