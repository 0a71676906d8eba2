package api

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase/localizer"
	"kigen/sla/tracker"
)

// KeyParam is the idempotency key of a change.
type KeyParam struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"180" doc:"A repeated request with the same key changes nothing more"`
}

type ownerInput struct {
	web.IDParam
	KeyParam
	Body web.NewOwner
}

func (s *server) assign(ctx context.Context, in *ownerInput) (*incidentOutput, error) {
	by := web.RequestOf(ctx, web.APIActor, in.Body.By, in.IdempotencyKey)
	return recorded(ctx, s, &in.IDParam, by, s.Tracker.Own, in.Body.Owner.Value, nil)
}

type noteInput struct {
	web.IDParam
	KeyParam
	Body web.NewNote
}

func (s *server) addNote(ctx context.Context, in *noteInput) (*incidentOutput, error) {
	by := web.RequestOf(ctx, web.APIActor, in.Body.By, in.IdempotencyKey)
	return recorded(ctx, s, &in.IDParam, by, s.Tracker.Note, in.Body.Entry(), nil)
}

type chasedInput struct {
	web.IDParam
	web.TimesParam
	KeyParam
	Body web.NewChaser
}

func (s *server) recordChaser(ctx context.Context, in *chasedInput) (*incidentOutput, error) {
	entry, invalid := in.Body.Entry(s.Times(in.TimesParam))
	by := web.RequestOf(ctx, web.APIActor, in.Body.By, in.IdempotencyKey)
	return recorded(ctx, s, &in.IDParam, by, s.Tracker.Chased, entry, invalid)
}

// The changes that several incidents can get at once.
const (
	actionAcknowledge = "acknowledge"
	actionAssign      = "assign"
)

type togetherInput struct {
	web.LangParam
	web.TimesParam
	KeyParam
	Body struct {
		IDs    []string             `json:"ids" minItems:"1" maxItems:"100" doc:"KGN-42 or 42"`
		Action string               `json:"action" enum:"acknowledge,assign"`
		Owner  web.Optional[string] `json:"owner,omitempty" maxLength:"100" doc:"For assign, where it is required: the person or team who has them; empty or null: unassigned"`
		Until  string               `json:"until,omitempty" doc:"For acknowledge: repeated alerts are suppressed until then; absent: permanently"`
		By     string               `json:"by,omitempty" maxLength:"100" doc:"The person who does it"`
	}
}

type togetherOutput struct {
	Body struct {
		Results []togetherJSON `json:"results" nullable:"false"`
	}
}

// togetherJSON is the outcome for one incident.
type togetherJSON struct {
	ID     sla.IncidentID `json:"id"`
	Done   bool           `json:"done"`
	State  sla.State      `json:"state,omitempty" doc:"Absent: it was not changed"`
	Owner  *string        `json:"owner" doc:"Null: unassigned, or not changed"`
	Status int            `json:"status" doc:"As the response for this incident alone would have"`
	Detail string         `json:"detail,omitempty" doc:"Why it was not changed"`
}

// changeTogether gives each incident a result of its own, in the order of the ids.
func (s *server) changeTogether(ctx context.Context, in *togetherInput) (*togetherOutput, error) {
	body := &in.Body
	ids, err := web.ParseIDs(body.IDs)
	read := s.Times(in.TimesParam)
	until := read.Time("until", body.Until)
	invalid, _ := tracker.AsInvalid(err)
	more, _ := tracker.AsInvalid(read.Err())
	invalid = append(append(invalid, more...), in.misplaced()...)
	if len(invalid) > 0 {
		return nil, invalid
	}
	by := web.RequestOf(ctx, web.APIActor, body.By, in.IdempotencyKey)
	results := web.Each(by, ids, func(by tracker.Request, id sla.IncidentID) (*sla.Incident, error) {
		if body.Action == actionAssign {
			return s.Tracker.Own(ctx, by, id, body.Owner.Value)
		}
		return s.Tracker.Acknowledge(ctx, by, id, until)
	})
	out := &togetherOutput{}
	out.Body.Results = make([]togetherJSON, len(results))
	for i, r := range results {
		out.Body.Results[i] = s.togetherView(ctx, r)
	}
	return out, nil
}

// misplaced refuses fields that the action does not use, and a missing owner.
func (in *togetherInput) misplaced() (invalid tracker.Invalid) {
	switch {
	case in.Body.Action == actionAssign && !in.Body.Owner.Given:
		invalid.Addf("owner", "", "is required to assign: give a name, or null for no owner")
	case in.Body.Action == actionAcknowledge && in.Body.Owner.Given:
		invalid.Addf("owner", in.Body.Owner.Value, "does not belong to acknowledge: leave it out, or use the action assign")
	}
	if in.Body.Action == actionAssign && in.Body.Until != "" {
		invalid.Addf("until", in.Body.Until, "does not belong to assign: leave it out, or use the action acknowledge")
	}
	return invalid
}

func (s *server) togetherView(ctx context.Context, r web.Together) togetherJSON {
	if r.Err == nil {
		return togetherJSON{ID: r.ID, Done: true, State: web.StateOf(r.Incident), Owner: ownerView(r.Incident), Status: 200}
	}
	v := togetherJSON{ID: r.ID, Status: 500, Detail: localizer.Sentence(web.ErrorLang(ctx), web.InternalTrouble)}
	problem := s.problem(ctx, "body", r.Err)
	var status huma.StatusError
	if errors.As(problem, &status) {
		v.Status, v.Detail = status.GetStatus(), localizer.Sentence(web.ErrorLang(ctx), status.Error())
	}
	var model *huma.ErrorModel
	if errors.As(problem, &model) && len(model.Errors) > 0 {
		sentences := make([]string, len(model.Errors))
		for i, d := range model.Errors {
			sentences[i] = web.Sentence(d)
		}
		v.Detail = strings.Join(sentences, "; ")
	}
	return v
}

// ownerView is null for an incident without an owner.
func ownerView(inc *sla.Incident) *string {
	if inc.Owner == "" {
		return nil
	}
	return &inc.Owner
}

// noteJSON is a note in a response.
type noteJSON struct {
	At    time.Time  `json:"at"`
	By    string     `json:"by"`
	Text  string     `json:"text"`
	Files []fileJSON `json:"files" nullable:"false"`
}

func (s *server) noteViews(notes []sla.Note) []noteJSON {
	views := make([]noteJSON, len(notes))
	for i, n := range notes {
		views[i] = noteJSON{At: n.At.In(s.Zone), By: n.By, Text: n.Text, Files: filesView(n.Files)}
	}
	return views
}

// sentChaserJSON is a chaser that was sent.
type sentChaserJSON struct {
	SentAt     time.Time `json:"sent_at"`
	To         string    `json:"to"`
	Channel    string    `json:"channel"`
	MessageID  string    `json:"message_id"`
	RecordedAt time.Time `json:"recorded_at"`
	RecordedBy string    `json:"recorded_by"`
}

func (s *server) chaserViews(chasers []sla.Chaser) []sentChaserJSON {
	views := make([]sentChaserJSON, len(chasers))
	for i, c := range chasers {
		views[i] = sentChaserJSON{
			SentAt: c.SentAt, To: c.To, Channel: c.Channel, MessageID: c.MessageID,
			RecordedAt: c.RecordedAt.In(s.Zone), RecordedBy: c.RecordedBy,
		}
	}
	return views
}
