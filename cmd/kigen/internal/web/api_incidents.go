package web

import (
	"context"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// apiActor is who did what came through the API where nobody has to say who they are.
const apiActor = "api"

// IDParam is the incident that a path names.
type IDParam struct {
	ID string `path:"id" doc:"KGN-42 or 42" example:"KGN-42"`
	LangParam
}

// incident reads the path's id.
func (p *IDParam) incident() (sla.IncidentID, error) {
	id, err := sla.ParseIncidentID(p.ID)
	if err != nil {
		return 0, tracker.Invalid{{Field: "id", Value: p.ID, Message: "is no incident id: write it as KGN-42 or 42"}}
	}
	return id, nil
}

type incidentOutput struct {
	ETag string `header:"ETag" doc:"The version, for If-Match"`
	Body incidentJSON
}

// incidentOutput ends every call that answers with one incident.
func (s *server) incidentOutput(inc *sla.Incident, err error, lang LangParam) (*incidentOutput, error) {
	if err != nil {
		return nil, err
	}
	return &incidentOutput{ETag: entityTag(inc), Body: s.incidentView(inc, s.proseLang(lang))}, nil
}

// logInput is a request to log an incident. With a key, a caller that got no
// answer may simply ask again.
type logInput struct {
	LangParam
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same request under the same key logs one incident, however often it is sent"`
	Body           newIncident
}

// logOutput says where the incident is from now on.
type logOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     incidentJSON
}

func (s *server) logIncident(ctx context.Context, in *logInput) (*logOutput, error) {
	entry, err := in.Body.entry(s.Zone)
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Log(ctx, actor(ctx, "", apiActor), in.IdempotencyKey, entry)
	if err != nil {
		return nil, err
	}
	return &logOutput{
		Location: s.Base + apiRoot + "/incidents/" + inc.ID.String(), ETag: entityTag(inc),
		Body: s.incidentView(inc, s.proseLang(in.LangParam)),
	}, nil
}

// listInput narrows the list as the board does.
type listInput struct {
	LangParam
	Vendor   string `query:"vendor" doc:"A vendor's id"`
	State    string `query:"state" enum:"overdue,at_risk,running,pending,late,met,no_commitment,not_applicable,waived,cancelled" doc:"Incidents with a clock in this state"`
	Severity string `query:"severity" enum:"critical,high,medium,low,unknown" doc:"Graded so by the SOC; unknown: not graded yet"`
	Month    string `query:"month" doc:"2026-10: due in that month, or begun in it where nothing is due" example:"2026-10"`
	Q        string `query:"q" maxLength:"200" doc:"Text in title, description, reference or id"`
	Cursor   string `query:"cursor" doc:"next of the page before"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// listOutput is one page. Callers follow Next instead of counting pages, so that
// what is logged meanwhile neither shifts nor doubles a line.
type listOutput struct {
	Body struct {
		Incidents []incidentJSON    `json:"incidents" nullable:"false"`
		Next      string            `json:"next,omitempty" doc:"Cursor of the next page; absent: this is the last"`
		Counts    map[sla.State]int `json:"counts" doc:"Incidents by state, over all pages and whatever state was asked for"`
		Truncated bool              `json:"truncated,omitempty" doc:"More incidents hold the text than a search reads: these are the newest"`
	}
}

// listIncidents refuses a vendor that is not known: an empty list would read as
// "no incidents" where a slip of the pen was the reason.
func (s *server) listIncidents(ctx context.Context, in *listInput) (*listOutput, error) {
	q := tracker.Query{Vendor: in.Vendor, State: sla.State(in.State), Severity: sla.Severity(in.Severity), Text: in.Q, Cursor: in.Cursor, Limit: in.Limit}
	if err := s.selectMonth(&q, in.Month); err != nil {
		return nil, err
	}
	if _, ok := s.Catalogue.Vendor(in.Vendor); !ok && in.Vendor != "" {
		return nil, tracker.Invalid{s.unknownVendor("query.vendor", in.Vendor)}
	}
	page, err := s.Incidents.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Incidents = make([]incidentJSON, len(page.Incidents))
	for i, inc := range page.Incidents {
		out.Body.Incidents[i] = s.incidentView(inc, s.proseLang(in.LangParam))
	}
	out.Body.Next, out.Body.Counts, out.Body.Truncated = page.Next, page.Counts, page.CutShort
	return out, nil
}

// selectMonth narrows a query to a month of the configured zone.
func (s *server) selectMonth(q *tracker.Query, month string) error {
	if month == "" {
		return nil
	}
	first, err := time.ParseInLocation("2006-01", month, s.Zone)
	if err != nil {
		return tracker.Invalid{{Field: "query.month", Value: month, Message: "is no month: write it as 2026-10",
			Ja: "月として読めません。2026-10 のように入力してください。"}}
	}
	q.From, q.To = first, first.AddDate(0, 1, 0)
	return nil
}

func (s *server) getIncident(ctx context.Context, in *IDParam) (*incidentOutput, error) {
	inc, _, err := s.read(ctx, in)
	return s.incidentOutput(inc, err, in.LangParam)
}

// read finds an incident with its history, as they stood together.
func (s *server) read(ctx context.Context, p *IDParam) (inc *sla.Incident, events []sla.Event, err error) {
	id, err := p.incident()
	if err != nil {
		return nil, nil, err
	}
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		if inc, err = r.Incident(ctx, id); err != nil {
			return err
		}
		events, err = r.Events(ctx, id)
		return err
	})
	return inc, events, err
}

type amendInput struct {
	IDParam
	IfMatch string `header:"If-Match" doc:"The ETag that was read: a change made meanwhile is refused with 412 instead of overwritten"`
	Body    changedIncident
}

func (s *server) amendIncident(ctx context.Context, in *amendInput) (*incidentOutput, error) {
	id, err := in.incident()
	if err != nil {
		return nil, err
	}
	amendment, err := in.Body.amendment(s.Zone)
	if err != nil {
		return nil, err
	}
	inc, err := s.amendMatching(ctx, id, in.IfMatch, amendment)
	return s.incidentOutput(inc, err, in.LangParam)
}

type noticeInput struct {
	IDParam
	Body newNotice
}

func (s *server) recordNotice(ctx context.Context, in *noticeInput) (*incidentOutput, error) {
	id, err := in.incident()
	if err != nil {
		return nil, err
	}
	notice, err := in.Body.entry(s.Zone)
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Notice(ctx, actor(ctx, "", apiActor), id, notice)
	return s.incidentOutput(inc, err, in.LangParam)
}

type ackInput struct {
	IDParam
	Body *acknowledgement // may be left out
}

// acknowledge takes an empty request too: most callers have nothing to add.
func (s *server) acknowledge(ctx context.Context, in *ackInput) (*incidentOutput, error) {
	id, err := in.incident()
	if err != nil {
		return nil, err
	}
	read := timeReader{zone: s.Zone}
	body := acknowledgement{}
	if in.Body != nil {
		body = *in.Body
	}
	until := read.time("until", body.Until)
	if err := read.err(); err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Acknowledge(ctx, actor(ctx, body.By, apiActor), id, until)
	return s.incidentOutput(inc, err, in.LangParam)
}

type cancelInput struct {
	IDParam
	Body cancellation
}

func (s *server) cancelIncident(ctx context.Context, in *cancelInput) (*incidentOutput, error) {
	id, err := in.incident()
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Cancel(ctx, actor(ctx, "", apiActor), id, in.Body.Reason)
	return s.incidentOutput(inc, err, in.LangParam)
}

type eventsOutput struct {
	Body struct {
		Events []eventJSON `json:"events" nullable:"false"`
	}
}

// listEvents gives the history with its hashes, so that it can be checked
// outside kigen.
func (s *server) listEvents(ctx context.Context, in *IDParam) (*eventsOutput, error) {
	_, events, err := s.read(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{}
	out.Body.Events = s.eventViews(events)
	return out, nil
}

func (s *server) eventViews(events []sla.Event) []eventJSON {
	views := make([]eventJSON, len(events))
	for i, e := range events {
		views[i] = eventJSON{
			Seq: e.Seq, At: e.At.In(s.Zone), Actor: e.Actor, Kind: e.Kind, Body: e.Body, Prev: e.Prev, Hash: e.Hash, Origin: e.Origin,
		}
	}
	return views
}
