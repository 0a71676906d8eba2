package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
)

// batchInput logs many incidents, all or none.
type batchInput struct {
	web.LangParam
	web.TimesParam
	DryRun         bool   `query:"dry_run" doc:"Validate the incidents and log none"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"180" doc:"A repeated request with the same key logs the incidents only once"`
	Body           struct {
		Incidents   []web.BatchedIncident `json:"incidents" minItems:"1" maxItems:"1000"`
		Import      string                `json:"import,omitempty" maxLength:"200" doc:"Names the import that the request belongs to. Deadlines that passed more than a day before it are alerted in one summary of all its requests"`
		More        bool                  `json:"more,omitempty" doc:"Further requests of the import follow, for which its summary waits two minutes"`
		History     bool                  `json:"history,omitempty" doc:"All of it is past: no deadline that has passed raises an alert, and there is no summary"`
		ByReference bool                  `json:"by_reference,omitempty" doc:"An incident whose vendor has one with the same reference is not logged again"`
	}
}

type batchOutput struct {
	Status int
	Body   batchJSON
}

// batchJSON lists the logged incidents in the order of the request.
type batchJSON struct {
	DryRun    bool          `json:"dry_run" doc:"Nothing was logged"`
	Incidents []batchedJSON `json:"incidents" nullable:"false"`
}

// batchedJSON is one incident of a batch. It has no explanations, because a
// thousand of them are megabytes.
type batchedJSON struct {
	ID     *sla.IncidentID `json:"id" doc:"Null in a dry run, unless the key shows that the incident is logged already"`
	State  sla.State       `json:"state"`
	Vendor string          `json:"vendor"`
	Title  string          `json:"title"`
	Due    *time.Time      `json:"due" doc:"The earliest deadline; null: no clock has one"`
	Before bool            `json:"logged_before,omitempty" doc:"It was logged before, by its reference or the same key: nothing was changed"`
}

func (s *server) logBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	by := web.RequestOf(ctx, web.APIActor, "", in.IdempotencyKey)
	batch, invalid := s.batchOf(in)
	if len(invalid) > 0 { // report all mistakes at once
		_, err := s.Tracker.PreviewBatch(ctx, by, batch)
		more, _ := tracker.AsInvalid(err)
		return nil, append(invalid, more...)
	}
	out := &batchOutput{Status: http.StatusCreated, Body: batchJSON{DryRun: in.DryRun}}
	log := s.Tracker.LogBatch
	if in.DryRun {
		out.Status, log = http.StatusOK, s.Tracker.PreviewBatch
	}
	logged, err := log(ctx, by, batch)
	if err != nil {
		return nil, err
	}
	out.Body.Incidents = make([]batchedJSON, len(logged))
	for i := range logged {
		out.Body.Incidents[i] = batched(logged[i])
	}
	return out, nil
}

// batchOf converts the request, with the mistakes in its times.
func (s *server) batchOf(in *batchInput) (b tracker.Batch, invalid tracker.Invalid) {
	body := &in.Body
	b = tracker.Batch{
		Entries: make([]tracker.Entry, len(body.Incidents)),
		Import:  body.Import, More: body.More, History: body.History, ByReference: body.ByReference,
	}
	for i := range body.Incidents {
		body.Incidents[i].Vendor = s.VendorNamed(body.Incidents[i].Vendor)
		entry, err := body.Incidents[i].Entry(s.BatchTimes(in.TimesParam))
		problems, _ := tracker.AsInvalid(err)
		for _, p := range problems {
			p.Field = "incidents[" + strconv.Itoa(i) + "]." + p.Field
			invalid = append(invalid, p)
		}
		b.Entries[i] = entry
	}
	return b, invalid
}

func batched(logged tracker.Batched) batchedJSON {
	inc := logged.Incident
	v := batchedJSON{State: web.StateOf(inc), Vendor: inc.Vendor, Title: inc.Title, Before: logged.Before}
	if inc.ID != 0 {
		v.ID = &inc.ID
	}
	if len(inc.Clocks) > 0 {
		v.Due = instant(web.Leading(inc.Clocks).Due)
	}
	return v
}
