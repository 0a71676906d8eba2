package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// ItemAct is what every decision about an item takes.
type ItemAct struct {
	ItemParam
	KeyParam
	IfMatch string `header:"If-Match" doc:"The ETag of the item that was read; a newer version gives 412"`
}

// actOn decides about an item, and answers with it as it stands then.
func (s *server) actOn(ctx context.Context, in *ItemAct, by string, act func(tracker.Request, int64, int64) (*inbox.Item, error)) (*itemOutput, error) {
	id, err := in.item()
	if err != nil {
		return nil, err
	}
	version, err := s.itemMatching(ctx, id, in.IfMatch)
	if err != nil {
		return nil, noItem(err)
	}
	if _, err := act(web.RequestOf(ctx, web.APIActor, by, in.IdempotencyKey), id, version); err != nil {
		return nil, noItem(err)
	}
	return s.itemTold(ctx, id, in.LangParam)
}

// itemMatching returns the version that If-Match names; 0: any.
func (s *server) itemMatching(ctx context.Context, id int64, header string) (int64, error) {
	if header == "" || strings.TrimSpace(header) == "*" {
		return 0, nil
	}
	told, err := s.Intake.ItemTold(ctx, id)
	if err != nil {
		return 0, err
	}
	for tag := range strings.SplitSeq(header, ",") {
		if strings.TrimSpace(tag) == itemTag(&told.Item) {
			return told.Item.Version, nil
		}
	}
	return 0, staleItem{&intake.Settled{Item: told.Item, Moved: true}}
}

// staleItem is a conflict with If-Match, which gives 412.
type staleItem struct{ *intake.Settled }

type acceptInput struct {
	ItemAct
	web.TimesParam
	Body *acceptance // may be left out
}

// acceptance is the request body that accepts an item.
type acceptance struct {
	Incident string       `json:"incident,omitempty" doc:"The incident whose notice it is; absent: it becomes a new incident" example:"KGN-3"`
	Vendor   string       `json:"vendor,omitempty" doc:"Of the new incident; absent: the item's"`
	Service  string       `json:"service,omitempty" maxLength:"200"`
	Title    string       `json:"title,omitempty" maxLength:"300" doc:"Of the new incident; absent: the item's"`
	Impact   sla.Impact   `json:"impact,omitempty" enum:"serious,limited,none,unknown"`
	Scope    sla.Scope    `json:"scope,omitempty" enum:"all_customers,specific_customers,unknown"`
	Severity sla.Severity `json:"severity,omitempty" enum:"critical,high,medium,low"`
	web.Moments[string]
	ReceivedAt string `json:"received_at,omitempty" doc:"When the notice of the incident reached us; absent: as the item says"`
	SentAt     string `json:"sent_at,omitempty" doc:"The vendor's own date of the notice; absent: as the item says"`
	Channel    string `json:"channel,omitempty" maxLength:"100" doc:"Of the notice; absent: the item's"`
	Stage      string `json:"stage,omitempty" maxLength:"100" doc:"The stage of the promise that the notice answers; absent: the first open one"`
	Reason     string `json:"reason,omitempty" maxLength:"1000"`
	By         string `json:"by,omitempty" maxLength:"100" doc:"The person who decides"`
}

// misplaced names the fields of a new incident where the item becomes a notice, and those of
// a notice where it becomes an incident.
func (a *acceptance) misplaced() (problems tracker.Invalid) {
	if a.Incident == "" {
		for _, f := range [...][2]string{{"received_at", a.ReceivedAt}, {"sent_at", a.SentAt}, {"channel", a.Channel}, {"stage", a.Stage}} {
			if f[1] != "" {
				problems.Addf(f[0], f[1], "is a field of the notice of an incident: name it by incident, or leave this out")
			}
		}
		return problems
	}
	given := [][2]string{
		{"vendor", a.Vendor}, {"service", a.Service}, {"title", a.Title}, {"impact", string(a.Impact)}, {"scope", string(a.Scope)}, {"severity", string(a.Severity)},
	}
	for _, m := range sla.EnteredMoments() {
		given = append(given, [2]string{m.Field(), *a.At(m)})
	}
	for _, f := range given {
		if f[1] != "" {
			problems.Addf(f[0], f[1], "is a field of a new incident: leave it out, or leave out incident")
		}
	}
	return problems
}

// times are the moments of a new incident that are given.
func (a *acceptance) times(read *web.TimeReader) map[sla.Moment]sla.Stamp {
	times := map[sla.Moment]sla.Stamp{}
	for _, m := range sla.EnteredMoments() {
		if text := *a.At(m); text != "" {
			times[m] = read.Stamp(m, text)
		}
	}
	return times
}

// notice is what the item says, with the fields that are given in its place; nil: none is.
func (a *acceptance) notice(it *inbox.Item, read *web.TimeReader) *tracker.NoticeEntry {
	if a.ReceivedAt+a.SentAt+a.Channel+a.Stage == "" {
		return nil
	}
	n := intake.NoticeOf(it)
	if a.ReceivedAt != "" {
		n.ReceivedAt = read.Time("received_at", a.ReceivedAt)
	}
	if a.SentAt != "" {
		n.SentAt = read.Time("sent_at", a.SentAt)
	}
	n.Channel, n.Stage = cmp.Or(a.Channel, n.Channel), cmp.Or(a.Stage, n.Stage)
	return &n
}

func (s *server) acceptItem(ctx context.Context, in *acceptInput) (*itemOutput, error) {
	body := acceptance{}
	if in.Body != nil {
		body = *in.Body
	}
	if problems := body.misplaced(); len(problems) > 0 {
		return nil, problems
	}
	read := s.Times(in.TimesParam)
	a := intake.Acceptance{
		Vendor: body.Vendor, Service: body.Service, Title: body.Title, Impact: body.Impact, Scope: body.Scope, Severity: body.Severity,
		Times: body.times(&read), Reason: body.Reason,
	}
	var err error
	if a.Incident, err = incidentNamed(body.Incident); err != nil {
		return nil, err
	}
	return s.actOn(ctx, &in.ItemAct, body.By, func(by tracker.Request, id, version int64) (*inbox.Item, error) {
		told, err := s.Intake.ItemTold(ctx, id)
		if err != nil {
			return nil, err
		}
		a.Notice, a.Version = body.notice(&told.Item, &read), version
		if a.Notice != nil { // made of the item as it was read
			a.Version = cmp.Or(version, told.Item.Version)
		}
		if err := read.Err(); err != nil {
			return nil, err
		}
		return s.Intake.Accept(ctx, by, id, a)
	})
}

// incidentNamed parses the id of an incident; empty: 0.
func incidentNamed(text string) (sla.IncidentID, error) {
	if text == "" {
		return 0, nil
	}
	id, err := sla.ParseIncidentID(text)
	if err != nil {
		return 0, tracker.Invalidf("incident", text, "is not an incident's id: use one such as KGN-1")
	}
	return id, nil
}

type linkInput struct {
	ItemAct
	Body struct {
		Incident string `json:"incident" minLength:"1" doc:"The incident that it belongs to" example:"KGN-3"`
		Reason   string `json:"reason,omitempty" maxLength:"1000"`
		By       string `json:"by,omitempty" maxLength:"100" doc:"The person who decides"`
	}
}

func (s *server) linkItem(ctx context.Context, in *linkInput) (*itemOutput, error) {
	incident, err := incidentNamed(in.Body.Incident)
	if err != nil {
		return nil, err
	}
	return s.actOn(ctx, &in.ItemAct, in.Body.By, func(by tracker.Request, id, version int64) (*inbox.Item, error) {
		return s.Intake.Link(ctx, by, id, incident, in.Body.Reason, version)
	})
}

type dismissInput struct {
	ItemAct
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"1000"`
		By     string `json:"by,omitempty" maxLength:"100" doc:"The person who decides"`
	}
}

func (s *server) dismissItem(ctx context.Context, in *dismissInput) (*itemOutput, error) {
	reason, person := "", ""
	if in.Body != nil {
		reason, person = in.Body.Reason, in.Body.By
	}
	return s.actOn(ctx, &in.ItemAct, person, func(by tracker.Request, id, version int64) (*inbox.Item, error) {
		return s.Intake.Dismiss(ctx, by, id, reason, version)
	})
}

type undoItemInput struct {
	ItemAct
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"Why; it stays in the record"`
		By     string `json:"by,omitempty" maxLength:"100" doc:"The person who decides"`
	}
}

func (s *server) undoItem(ctx context.Context, in *undoItemInput) (*itemOutput, error) {
	return s.actOn(ctx, &in.ItemAct, in.Body.By, func(by tracker.Request, id, version int64) (*inbox.Item, error) {
		return s.Intake.Undo(ctx, by, id, in.Body.Reason, version)
	})
}

type pushInput struct {
	ItemParam
	ContentType string `header:"Content-Type" doc:"message/rfc822, or application/json"`
	Timestamp   string `header:"Kigen-Timestamp" doc:"Unix seconds, of a signed push"`
	Signature   string `header:"Kigen-Signature" doc:"sha256= and the hex digits of the HMAC-SHA256, by the source's secret, of timestamp, full stop and body"`
	RawBody     []byte
}

type pushOutput struct {
	Status int
	Body   struct {
		Items []ItemJSON `json:"items" nullable:"false" doc:"As they stand now; empty: a page's hook, which is a hint to read the page"`
	}
}

// routePush registers the push of mails and hooks.
func (s *server) routePush(api huma.API) {
	const path = "/intake/{id}"
	media := map[string]*huma.MediaType{}
	for _, name := range []string{"message/rfc822", "application/json"} {
		media[name] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op := huma.Operation{
		Method: http.MethodPost, Path: apiRoot + path, OperationID: "push-item", Summary: "Send a mail or a hook to the source with this name",
		Description:  "Takes an analyst's token, or the signature of the source's secret. A hook of a status page needs neither: it only makes kigen read the page.",
		MaxBodyBytes: intake.LargestMail, Tags: []string{tagIntake}, Errors: errorsOf(http.MethodPost, path), DefaultStatus: http.StatusCreated,
		RequestBody: &huma.RequestBody{Content: media, Required: true}, SkipValidateBody: true,
	}
	huma.Register(api, op, func(ctx context.Context, in *pushInput) (*pushOutput, error) {
		out, err := s.push(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, "body", err)
		}
		return out, nil
	})
}

func (s *server) push(ctx context.Context, in *pushInput) (*pushOutput, error) {
	src, known := s.Intake.SourceNamed(in.ID)
	if !known {
		return nil, tracker.Invalidf("id", in.ID, "is no source: use one of %s", strings.Join(s.Intake.Config.Names(), ", "))
	}
	out := &pushOutput{Status: http.StatusCreated}
	out.Body.Items = []ItemJSON{}
	switch {
	case intake.Hinted(src):
		out.Status = http.StatusAccepted
		return out, s.Intake.Hint(ctx, in.ID, in.RawBody)
	case !web.MayPush(ctx) && !intake.Signed(src, in.Timestamp, in.Signature, in.RawBody, s.Now()):
		return nil, huma.Error401Unauthorized("the signature is not that of this body by the source's secret, or its timestamp is more than 5 minutes away: sign timestamp, full stop and body anew")
	}
	taken, err := s.Intake.Push(ctx, in.ID, in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	isNew := false
	for i := range taken.Items {
		out.Body.Items = append(out.Body.Items, s.itemView(&taken.Items[i], s.proseLang(in.LangParam)))
		isNew = isNew || taken.Results[i] != intake.ResultUnchanged
	}
	if !isNew {
		out.Status = http.StatusOK
	}
	return out, nil
}
