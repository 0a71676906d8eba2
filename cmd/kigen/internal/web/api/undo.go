package api

import (
	"context"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/tracker"
)

// waivedJSON is when and why a promise was waived.
type waivedJSON struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Whole  bool      `json:"whole" doc:"The whole promise is waived: stages that start later are waived, too"`
}

func (s *server) waiverView(w sla.Waiver) *waivedJSON {
	if w.At.IsZero() {
		return nil
	}
	return &waivedJSON{At: w.At.In(s.Zone), By: w.By, Reason: w.Reason, Whole: w.Whole}
}

type withdrawInput struct {
	web.IDParam
	N    int `path:"n" doc:"The n of the notice" example:"1"`
	Body web.Reason
}

func (s *server) withdrawNotice(ctx context.Context, in *withdrawInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.WithdrawNotice(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, in.N, in.Body.Reason)
	return s.incidentOutput(inc, err, in.LangParam)
}

type reopenInput struct {
	web.IDParam
	Body web.Reason
}

func (s *server) reopenIncident(ctx context.Context, in *reopenInput) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	inc, err := s.Tracker.Reopen(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, in.Body.Reason)
	return s.incidentOutput(inc, err, in.LangParam)
}

type waiveInput struct {
	web.IDParam
	Promise string `path:"promise" doc:"The promise of a clock" example:"incident-notice"`
	Body    web.WaivedStage
}

func (s *server) waive(ctx context.Context, in *waiveInput) (*incidentOutput, error) {
	return s.setWaiver(ctx, in, s.Tracker.Waive)
}

func (s *server) unwaive(ctx context.Context, in *waiveInput) (*incidentOutput, error) {
	return s.setWaiver(ctx, in, s.Tracker.Unwaive)
}

// waiving is the use case that waives a promise, or lifts its waiver.
type waiving func(ctx context.Context, by tracker.Request, id sla.IncidentID, promise, stage, reason string) (*sla.Incident, error)

func (s *server) setWaiver(ctx context.Context, in *waiveInput, do waiving) (*incidentOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	inc, err := do(ctx, web.RequestOf(ctx, web.APIActor, "", ""), id, in.Promise, in.Body.Stage, in.Body.Reason)
	return s.incidentOutput(inc, err, in.LangParam)
}
