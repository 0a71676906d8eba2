package api

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
)

type incidentOutput struct {
	ETag string `header:"ETag" doc:"The version, for If-Match"`
	Body incidentJSON
}

// incidentOutput builds the response of every operation that returns one incident.
func (s *server) incidentOutput(inc *sla.Incident, err error, lang web.LangParam) (*incidentOutput, error) {
	if err != nil {
		return nil, err
	}
	return &incidentOutput{ETag: entityTag(inc), Body: s.incidentView(inc, s.proseLang(lang))}, nil
}

// recorded answers a request that records an entry about an incident, with the incident as
// it stands then. record is the use case; invalid is why the entry could not be read.
func recorded[E any](
	ctx context.Context, s *server, in *web.IDParam, by tracker.Request,
	record func(context.Context, tracker.Request, sla.IncidentID, E) (*sla.Incident, error), entry E, invalid error,
) (*incidentOutput, error) {
	id, err := in.Incident()
	if err := cmp.Or(err, invalid); err != nil {
		return nil, err
	}
	inc, err := record(ctx, by, id, entry)
	return s.incidentOutput(inc, err, in.LangParam)
}

// logInput is a request to log an incident. With an idempotency key, a caller
// that got no response can safely repeat it.
type logInput struct {
	web.LangParam
	web.TimesParam
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"A repeated request with the same key logs the incident only once"`
	Body           web.NewIncident
}

// logOutput contains the incident and its address.
type logOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     incidentJSON
}

func (s *server) logIncident(ctx context.Context, in *logInput) (*logOutput, error) {
	entry, err := in.Body.Entry(s.Times(in.TimesParam))
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Log(ctx, web.RequestOf(ctx, web.APIActor, "", in.IdempotencyKey), entry)
	if err != nil {
		return nil, err
	}
	return &logOutput{
		Location: s.Base + apiRoot + "/incidents/" + inc.ID.String(), ETag: entityTag(inc),
		Body: s.incidentView(inc, s.proseLang(in.LangParam)),
	}, nil
}

// listInput has the same filters as the board.
type listInput struct {
	web.LangParam
	Vendor   string `query:"vendor" doc:"A vendor's id"`
	State    string `query:"state" enum:"overdue,at_risk,running,pending,late,met,no_commitment,not_applicable,waived,cancelled" doc:"Incidents with a clock in this state"`
	Severity string `query:"severity" enum:"critical,high,medium,low,unknown" doc:"Severity given by the SOC; unknown: none given yet"`
	Kind     string `query:"kind" enum:"incident,event,vulnerability,maintenance,change,contract_end,periodic" doc:"Incidents of this kind; absent: every kind"`
	Month    string `query:"month" doc:"Incidents due in this month, or begun in it if nothing is due" example:"2026-10"`
	Owner    string `query:"owner" maxLength:"100" doc:"The name of an owner; mine: the caller's; unowned: without one"`
	By       string `query:"by" maxLength:"100" doc:"The caller's name for owner=mine while access control is off"`
	Q        string `query:"q" maxLength:"200" doc:"Text in title, description, reference, owner or id"`
	Cursor   string `query:"cursor" doc:"The next value of the previous page"`
	Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

// listOutput is one page. Pages are linked by cursor instead of by number, so
// that incidents logged meanwhile cause no duplicates or gaps.
type listOutput struct {
	Body struct {
		Incidents []incidentJSON    `json:"incidents" nullable:"false"`
		Next      string            `json:"next,omitempty" doc:"Cursor of the next page; absent: this is the last page"`
		Counts    map[sla.State]int `json:"counts" doc:"Number of incidents by state, over all pages and ignoring the state filter"`
		Truncated bool              `json:"truncated,omitempty" doc:"More incidents contain the text than a search reads: these are the newest"`
	}
}

// listIncidents refuses an unknown vendor: an empty list would hide a typing
// mistake.
func (s *server) listIncidents(ctx context.Context, in *listInput) (*listOutput, error) {
	q := tracker.Query{Vendor: in.Vendor, State: sla.State(in.State), Severity: sla.Severity(in.Severity), Kind: sla.IncidentKind(in.Kind), Text: in.Q, Cursor: in.Cursor, Limit: in.Limit}
	if err := s.SelectMonth(&q, in.Month); err != nil {
		return nil, err
	}
	if err := web.SelectOwner(&q, in.Owner, web.Me(ctx, in.By)); err != nil {
		return nil, err
	}
	if _, ok := s.Catalogue.Vendor(in.Vendor); !ok && in.Vendor != "" {
		return nil, tracker.Invalid{s.UnknownVendor("query.vendor", in.Vendor)}
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

func (s *server) getIncident(ctx context.Context, in *web.IDParam) (*incidentOutput, error) {
	inc, _, err := s.Read(ctx, in)
	out, err := s.incidentOutput(inc, err, in.LangParam)
	if err == nil {
		out.Body.Refused, err = s.RefusedOf(ctx, inc.ID)
	}
	return out, err
}

type amendInput struct {
	web.IDParam
	web.TimesParam
	IfMatch string `header:"If-Match" doc:"The ETag of the version that the change is based on; a newer version gives 412 instead of being overwritten"`
	Body    web.ChangedIncident
}

func (s *server) amendIncident(ctx context.Context, in *amendInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	amendment, err := in.Body.Amendment(s.Times(in.TimesParam))
	if err != nil {
		return nil, err
	}
	inc, err := s.amendMatching(ctx, id, in.IfMatch, amendment)
	return s.incidentOutput(inc, err, in.LangParam)
}

type noticeInput struct {
	web.IDParam
	web.TimesParam
	Body web.NewNotice
}

func (s *server) recordNotice(ctx context.Context, in *noticeInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	notice, err := in.Body.Entry(s.Times(in.TimesParam))
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Notice(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, notice)
	return s.incidentOutput(inc, err, in.LangParam)
}

type ackInput struct {
	web.IDParam
	web.TimesParam
	Body *web.Acknowledgement // may be left out
}

// acknowledge accepts a request without a body, since all its fields are optional.
func (s *server) acknowledge(ctx context.Context, in *ackInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	read := s.Times(in.TimesParam)
	body := web.Acknowledgement{}
	if in.Body != nil {
		body = *in.Body
	}
	until := read.Time("until", body.Until)
	if err := read.Err(); err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Acknowledge(ctx, web.RequestOf(ctx, web.APIActor, body.By, ""), id, until)
	return s.incidentOutput(inc, err, in.LangParam)
}

type cancelInput struct {
	web.IDParam
	Body web.Cancellation
}

func (s *server) cancelIncident(ctx context.Context, in *cancelInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Cancel(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, in.Body.Reason)
	return s.incidentOutput(inc, err, in.LangParam)
}

type eraseInput struct {
	web.IDParam
	Body struct {
		Fields []string `json:"fields" minItems:"1" maxItems:"20" doc:"title, public_title, description, reference, tags, cancel_reason, waivers (their reasons), notices, notes and chasers (their texts), duties (reasons and references), file_names or files (their contents)"`
		Reason string   `json:"reason" minLength:"1" maxLength:"1000" doc:"Why they are erased; the history keeps it"`
	}
}

func (s *server) eraseIncident(ctx context.Context, in *eraseInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Erase(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, tracker.Erasure{Fields: in.Body.Fields, Reason: in.Body.Reason})
	return s.incidentOutput(inc, err, in.LangParam)
}

type eventsOutput struct {
	Body struct {
		Events []eventJSON `json:"events" nullable:"false"`
	}
}

// listEvents returns the history with its hashes, so that it can be verified
// without kigen.
func (s *server) listEvents(ctx context.Context, in *web.IDParam) (*eventsOutput, error) {
	_, events, err := s.Read(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &eventsOutput{}
	out.Body.Events = s.eventViews(events)
	return out, nil
}

// entityTag is the ETag of an incident's version. Clock states change with time
// under the same version, so the tag serves If-Match, not caching.
func entityTag(inc *sla.Incident) string { return `"` + strconv.FormatInt(inc.Version, 10) + `"` }

// staleVersion is an error: the change is based on an outdated version.
type staleVersion struct{ given, stands string }

// Error names both versions and the remedy.
func (e staleVersion) Error() string {
	return "If-Match " + e.given + ": the incident is now at " + e.stands + ": GET it, check what changed, then repeat the change with If-Match: " + e.stands
}

// matching returns the version that a change must be based on; 0: any. An
// unknown entity tag matches nothing (RFC 9110).
func (s *server) matching(ctx context.Context, id sla.IncidentID, header string) (version int64, err error) {
	if header == "" || strings.TrimSpace(header) == "*" {
		return 0, nil
	}
	var inc *sla.Incident
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		inc, err = r.Incident(ctx, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	for tag := range strings.SplitSeq(header, ",") {
		if strings.TrimSpace(tag) == entityTag(inc) {
			return inc.Version, nil
		}
	}
	return 0, staleVersion{given: header, stands: entityTag(inc)}
}

// amendMatching amends an incident if its version still matches If-Match.
func (s *server) amendMatching(ctx context.Context, id sla.IncidentID, header string, a tracker.Amendment) (*sla.Incident, error) {
	version, err := s.matching(ctx, id, header)
	if err != nil {
		return nil, err
	}
	if version != 0 {
		a.Version = version
	}
	inc, err := s.Tracker.Amend(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, a)
	if version != 0 && errors.Is(err, tracker.ErrConflict) { // changed between the read and the write
		_, err = s.matching(ctx, id, header)
		if err == nil {
			err = tracker.ErrConflict
		}
	}
	return inc, err
}
