package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// batchInput logs many incidents, all or none.
type batchInput struct {
	LangParam
	DryRun         bool   `query:"dry_run" doc:"Check everything and log nothing"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"180" doc:"The same incidents under the same key are logged once, however often they are sent"`
	Body           struct {
		Incidents []newIncident `json:"incidents" minItems:"1" maxItems:"1000"`
	}
}

type batchOutput struct {
	Status int
	Body   batchJSON
}

// batchJSON is what was logged, in the order of the request.
type batchJSON struct {
	DryRun    bool          `json:"dry_run" doc:"Nothing was logged"`
	Incidents []batchedJSON `json:"incidents" nullable:"false"`
}

// batchedJSON is one of them: enough to go on with, and no more, because a
// thousand explanations are megabytes.
type batchedJSON struct {
	ID     *sla.IncidentID `json:"id" doc:"Null in a dry run"`
	State  sla.State       `json:"state"`
	Vendor string          `json:"vendor"`
	Title  string          `json:"title"`
	Due    *time.Time      `json:"due" doc:"Of the clock that is due first; null: none has a deadline"`
}

func (s *server) logBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	entries := make([]tracker.Entry, len(in.Body.Incidents))
	var invalid tracker.Invalid
	for i := range in.Body.Incidents {
		entry, err := in.Body.Incidents[i].entry(s.Zone)
		problems, _ := tracker.AsInvalid(err)
		for _, p := range problems {
			p.Field = "incidents[" + strconv.Itoa(i) + "]." + p.Field
			invalid = append(invalid, p)
		}
		entries[i] = entry
	}
	if len(invalid) > 0 { // say all that is wrong at once
		_, err := s.Tracker.PreviewAll(ctx, entries)
		more, _ := tracker.AsInvalid(err)
		return nil, append(invalid, more...)
	}
	out := &batchOutput{Status: http.StatusCreated, Body: batchJSON{DryRun: in.DryRun}}
	var logged []*sla.Incident
	var err error
	if in.DryRun {
		out.Status = http.StatusOK
		logged, err = s.Tracker.PreviewAll(ctx, entries)
	} else {
		logged, err = s.Tracker.LogAll(ctx, actor(ctx, "", apiActor), in.IdempotencyKey, entries)
	}
	if err != nil {
		return nil, err
	}
	out.Body.Incidents = make([]batchedJSON, len(logged))
	for i, inc := range logged {
		out.Body.Incidents[i] = batched(inc)
	}
	return out, nil
}

func batched(inc *sla.Incident) batchedJSON {
	v := batchedJSON{State: stateOf(inc), Vendor: inc.Vendor, Title: inc.Title}
	if inc.ID != 0 {
		v.ID = &inc.ID
	}
	if len(inc.Clocks) > 0 {
		v.Due = instant(leading(inc.Clocks).Due)
	}
	return v
}
