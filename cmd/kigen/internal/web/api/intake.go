package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

// routeIntake registers the operations of the inbox.
func (s *server) routeIntake(api huma.API) {
	route(s, api, http.MethodGet, "/intake", "list-items", "List what came in from vendors, newest first", s.listItems)
	route(s, api, http.MethodGet, "/intake/{id}", "get-item", "Get an item with its wordings and the decisions about it", s.getItem)
	route(s, api, http.MethodGet, "/intake/{id}/original", "get-original", "Get the mail or document as it came last", s.getOriginal)
	route(s, api, http.MethodGet, "/intake/{id}/original/{sha256}", "get-original-of-revision", "Get the mail or document of a revision as it came", s.getOriginalOfRevision)
	route(s, api, http.MethodPost, "/intake/{id}/accept", "accept-item", "Make an item the notice of an incident, or a new incident", s.acceptItem)
	route(s, api, http.MethodPost, "/intake/{id}/link", "link-item", "Make an item belong to an incident, without being its notice", s.linkItem)
	route(s, api, http.MethodPost, "/intake/{id}/dismiss", "dismiss-item", "Put an item away: it is nothing of ours", s.dismissItem)
	route(s, api, http.MethodPost, "/intake/{id}/undo", "undo-item", "Take the last decision about an item back: its notice is withdrawn, its incident cancelled", s.undoItem)
	s.routePush(api)
}

// ItemJSON is an item as the command line prints it, too.
type ItemJSON struct {
	ID         int64       `json:"id"`
	Source     string      `json:"source"`
	SourceID   string      `json:"source_id" doc:"The sender's id: a Message-ID, the id of a status page's incident"`
	Revision   int         `json:"revision" doc:"Which wording it is: 1 is the first"`
	State      inbox.State `json:"state" enum:"candidate,recorded,logged,dismissed,seen,ignored,unconfirmed"`
	Vendor     string      `json:"vendor" doc:"Empty: none of ours"`
	Service    string      `json:"service"`
	Kind       inbox.Kind  `json:"kind" enum:"incident_first,incident_followup,incident_final,recovery,maintenance,vulnerability,unrelated,incident,security,none"`
	Incident   *string     `json:"incident" doc:"That it is about, or belongs to; null: none, or not sure"`
	Notice     int         `json:"notice,omitempty" doc:"The n of the notice that it is recorded as"`
	Title      string      `json:"title"`
	Text       string      `json:"text" doc:"What is new in it, without quoted history"`
	Channel    string      `json:"channel"`
	Reference  string      `json:"reference"`
	Link       string      `json:"link,omitempty"`
	ReceivedAt *time.Time  `json:"received_at"`
	SentAt     *time.Time  `json:"sent_at"`
	Times      itemTimes   `json:"times"`
	Auto       bool        `json:"auto" doc:"Everything about it agrees: its source may record it by itself"`
	Reasons    []string    `json:"reasons" nullable:"false" doc:"Why it was matched, and why it was not taken by itself"`
	Evidence   string      `json:"evidence" doc:"The SHA-256 of the mail or document as it came"`
	Version    int64       `json:"version" doc:"Raised by each change; also the ETag"`
	TakenAt    *time.Time  `json:"taken_at"`
}

// itemTimes are the times that an item states.
type itemTimes struct {
	Occurred  *time.Time   `json:"occurred,omitempty"`
	Assumed   bool         `json:"assumed,omitempty" doc:"occurred is the time of a publication"`
	Detected  *time.Time   `json:"detected,omitempty"`
	Confirmed *time.Time   `json:"confirmed,omitempty"`
	Recovered *time.Time   `json:"recovered,omitempty"`
	Windows   []itemWindow `json:"windows,omitempty"`
}

// itemWindow is planned work.
type itemWindow struct {
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
}

// known is an instant as it is shown; nil if it is not known.
func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func (s *server) itemView(it *inbox.Item, lang string) ItemJSON {
	view := ItemJSON{
		ID: it.ID, Source: it.Source, SourceID: it.SourceID, Revision: it.Revision, State: it.State, Vendor: it.Vendor, Service: it.Service,
		Kind: it.Kind, Notice: it.Notice, Title: it.Title, Text: it.Text, Channel: it.Channel, Reference: it.Reference, Link: it.Link,
		ReceivedAt: known(it.ReceivedAt), SentAt: known(it.SentAt), Auto: it.Auto, Reasons: []string{}, Evidence: it.Evidence, Version: it.Version,
		Times: itemTimes{
			Occurred: known(it.Times.Occurred), Assumed: it.Times.Assumed, Detected: known(it.Times.Detected),
			Confirmed: known(it.Times.Confirmed), Recovered: known(it.Times.Recovered),
		},
	}
	if it.Incident != "" {
		view.Incident = &it.Incident
	}
	if !it.TakenAt.IsZero() {
		view.TakenAt = known(it.TakenAt.In(s.Zone))
	}
	for _, w := range it.Times.Windows {
		view.Times.Windows = append(view.Times.Windows, itemWindow{known(w.Start), known(w.End)})
	}
	for _, r := range it.Reasons {
		view.Reasons = append(view.Reasons, intake.Words(r, lang))
	}
	return view
}

type itemsInput struct {
	web.LangParam
	State    string `query:"state" enum:"candidate,recorded,logged,dismissed,seen,ignored,unconfirmed" doc:"Absent: every state"`
	Source   string `query:"source" maxLength:"64"`
	Vendor   string `query:"vendor" doc:"A vendor's id"`
	Incident string `query:"incident" doc:"Of this incident" example:"KGN-1"`
	Cursor   string `query:"cursor" doc:"The next value of the previous page"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type itemsOutput struct {
	Body struct {
		Items      []ItemJSON    `json:"items" nullable:"false"`
		Next       string        `json:"next,omitempty" doc:"Cursor of the next page; absent: this is the last page"`
		Candidates int           `json:"candidates" doc:"How many wait for a person, of all sources"`
		Sources    []watchedJSON `json:"sources" nullable:"false" doc:"Where kigen looks, and since when"`
	}
}

// watchedJSON is how a source is.
type watchedJSON struct {
	Name         string     `json:"name"`
	Kind         string     `json:"kind"`
	Vendor       string     `json:"vendor,omitempty"`
	WatchedSince *time.Time `json:"watched_since" doc:"null: it was never read"`
	LastSuccess  *time.Time `json:"last_success"`
	FailingSince *time.Time `json:"failing_since,omitempty"`
	Error        string     `json:"error,omitempty"`
}

func (s *server) listItems(ctx context.Context, in *itemsInput) (*itemsOutput, error) {
	q := inbox.Query{State: inbox.State(in.State), Source: in.Source, Vendor: in.Vendor, Limit: in.Limit}
	var problems tracker.Invalid
	if in.Incident != "" {
		id, err := sla.ParseIncidentID(in.Incident)
		if q.Incident = id; err != nil {
			problems.Addf("query.incident", in.Incident, "is not an incident's id: use one such as KGN-1")
		}
	}
	if in.Cursor != "" {
		before, err := strconv.ParseInt(in.Cursor, 10, 64)
		if q.Before = before; err != nil || before < 1 {
			problems.Addf("query.cursor", in.Cursor, "is not a cursor of this list: use the next of the page before")
		}
	}
	if _, ok := s.Catalogue.Vendor(in.Vendor); !ok && in.Vendor != "" {
		problems = append(problems, s.UnknownVendor("query.vendor", in.Vendor))
	}
	if len(problems) > 0 {
		return nil, problems
	}
	page, err := s.Intake.Items(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &itemsOutput{}
	out.Body.Items = make([]ItemJSON, len(page.Items))
	for i := range page.Items {
		out.Body.Items[i] = s.itemView(&page.Items[i], s.proseLang(in.LangParam))
	}
	if page.Next > 0 {
		out.Body.Next = strconv.FormatInt(page.Next, 10)
	}
	if out.Body.Candidates, err = s.Intake.Candidates(ctx); err != nil {
		return nil, err
	}
	out.Body.Sources, err = s.sourceViews(ctx)
	return out, err
}

func (s *server) sourceViews(ctx context.Context) ([]watchedJSON, error) {
	watched, err := s.Intake.Watched(ctx)
	views := make([]watchedJSON, len(watched))
	for i := range watched {
		w := &watched[i]
		views[i] = watchedJSON{
			Name: w.Name, Kind: string(w.Kind), Vendor: w.Vendor, WatchedSince: known(w.Since.In(s.Zone)), LastSuccess: known(w.LastSuccess.In(s.Zone)),
			FailingSince: known(w.FailingSince.In(s.Zone)), Error: w.Error,
		}
	}
	return views, err
}

// ItemParam names an item. It is exported, as all embedded inputs, because huma skips others.
type ItemParam struct {
	web.LangParam
	ID string `path:"id" doc:"The item's id, or the name of a source" example:"12"`
}

func (p *ItemParam) item() (int64, error) {
	id, err := strconv.ParseInt(p.ID, 10, 64)
	if err != nil || id < 1 {
		return 0, tracker.Invalidf("id", p.ID, "is not an item's id: use one that kigen intake list shows, such as 12")
	}
	return id, nil
}

// itemDecisionJSON is what was decided about an item.
type itemDecisionJSON struct {
	At       time.Time    `json:"at"`
	By       string       `json:"by"`
	Origin   string       `json:"origin,omitempty"`
	Action   inbox.Action `json:"action" enum:"record,log,link,dismiss,undo,reopen"`
	State    inbox.State  `json:"state"`
	Incident string       `json:"incident,omitempty"`
	Notice   int          `json:"notice,omitempty"`
	Reason   string       `json:"reason"`
}

// itemWordingJSON is one wording of an item.
type itemWordingJSON struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	Times    itemTimes `json:"times"`
	Evidence string    `json:"evidence" doc:"The SHA-256 of the mail or document as it came, also where that was erased"`
	// Original is absent where it was not kept, or was erased.
	Original *originalJSON `json:"original,omitempty" doc:"The mail or document as it came, for GET /intake/{id}/original/{sha256}; absent: it was not kept, or was erased"`
}

// originalJSON is a mail or document as it came.
type originalJSON struct {
	Name   string `json:"name"`
	Type   string `json:"type" doc:"The media type that it was sent as"`
	Size   int64  `json:"size" doc:"Bytes"`
	SHA256 string `json:"sha256"`
}

func originalOf(v *inbox.Revision) *originalJSON {
	if v.Original == nil {
		return nil
	}
	return &originalJSON{v.Original.Name, v.Original.Type, v.Original.Size, v.Original.SHA256}
}

type itemOutput struct {
	ETag string `header:"ETag" doc:"The version, for If-Match"`
	Body struct {
		ItemJSON
		Revisions []itemWordingJSON  `json:"revisions" nullable:"false" doc:"Oldest first"`
		Decisions []itemDecisionJSON `json:"decisions" nullable:"false" doc:"Oldest first"`
	}
}

func (s *server) getItem(ctx context.Context, in *ItemParam) (*itemOutput, error) {
	id, err := in.item()
	if err != nil {
		return nil, err
	}
	return s.itemTold(ctx, id, in.LangParam)
}

func (s *server) itemTold(ctx context.Context, id int64, lang web.LangParam) (*itemOutput, error) {
	told, err := s.Intake.ItemTold(ctx, id)
	if err != nil {
		return nil, noItem(err)
	}
	out := &itemOutput{ETag: itemTag(&told.Item)}
	out.Body.ItemJSON = s.itemView(&told.Item, s.proseLang(lang))
	out.Body.Revisions, out.Body.Decisions = []itemWordingJSON{}, []itemDecisionJSON{}
	for i := range told.Revisions {
		v := &told.Revisions[i]
		out.Body.Revisions = append(out.Body.Revisions, itemWordingJSON{v.Revision, v.At.In(s.Zone), v.Title, v.Text, s.itemView(&v.Item, "en").Times, v.Evidence, originalOf(v)})
	}
	for _, d := range told.Decisions {
		view := itemDecisionJSON{At: d.At.In(s.Zone), By: d.By, Origin: d.Origin, Action: d.Action, State: d.State, Notice: d.Notice, Reason: d.Reason}
		if d.Incident != 0 {
			view.Incident = d.Incident.String()
		}
		out.Body.Decisions = append(out.Body.Decisions, view)
	}
	return out, nil
}

func itemTag(it *inbox.Item) string { return `"` + strconv.FormatInt(it.Version, 10) + `"` }

// noItem names what is missing.
func noItem(err error) error {
	if what, ok := strings.CutSuffix(err.Error(), ": "+tracker.ErrNotFound.Error()); ok && !strings.HasPrefix(what, "incident") {
		return absent{localizer.Messagef("%s is not here: kigen intake list shows what came in", what)}
	}
	return err
}

func (s *server) getOriginal(ctx context.Context, in *ItemParam) (*evidenceOutput, error) {
	id, err := in.item()
	if err != nil {
		return nil, err
	}
	file, content, err := s.Intake.ItemEvidence(ctx, id)
	return s.original(ctx, id, file, content, err)
}

// OriginalParam names the original of a revision.
type OriginalParam struct {
	ItemParam
	SHA256 string `path:"sha256" doc:"The SHA-256 of the original, in hex"`
}

func (s *server) getOriginalOfRevision(ctx context.Context, in *OriginalParam) (*evidenceOutput, error) {
	id, err := in.item()
	if err != nil {
		return nil, err
	}
	file, content, err := s.Intake.ItemOriginal(ctx, id, in.SHA256)
	return s.original(ctx, id, file, content, err)
}

// original answers with an original as an attachment that nothing runs in.
func (s *server) original(ctx context.Context, id int64, file sla.Evidence, content []byte, err error) (*evidenceOutput, error) {
	if err != nil {
		return nil, noItem(err)
	}
	s.Note(ctx, web.APIActor, "evidence", fmt.Sprintf("item %d %s", id, file.SHA256))
	return &evidenceOutput{
		ContentType: "application/octet-stream", Disposition: web.AttachmentHeader(file.Name), ContentPolicy: web.EvidencePolicy, Body: content,
	}, nil
}
