package api

import (
	"context"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// Replay compares a month's clocks with their results under the current promises
// and calendars. The API and kigen's commands share this form.
type Replay struct {
	Month        string             `json:"month" example:"2026-10"`
	Incidents    int                `json:"incidents" doc:"Incidents of the month"`
	Cancelled    int                `json:"cancelled" doc:"Of these, cancelled: not compared"`
	Unconfigured int                `json:"unconfigured" doc:"Of these, at vendors that are no longer configured: not compared"`
	Differences  []ReplayDifference `json:"differences" nullable:"false" doc:"Clocks whose result would differ"`
}

// ReplayDifference is a clock whose result would differ.
type ReplayDifference struct {
	Incident sla.IncidentID `json:"incident" example:"KGN-42"`
	Vendor   string         `json:"vendor"`
	Promise  string         `json:"promise"`
	Stage    string         `json:"stage"`
	Stands   *ReplayOutcome `json:"stands" doc:"Current result; null: no such clock"`
	Would    *ReplayOutcome `json:"would" doc:"Result under the current promises; null: no such clock"`
}

// ReplayOutcome is the result of a clock.
type ReplayOutcome struct {
	State sla.State  `json:"state"`
	Due   *time.Time `json:"due" doc:"With the calendar's offset; null: none"`
	Terms string     `json:"terms" doc:"Hash of the promise's version"`
}

// NewReplay converts a comparison for the API.
func NewReplay(month string, c *tracker.Comparison) *Replay {
	r := &Replay{
		Month: month, Incidents: c.Incidents, Cancelled: c.Cancelled, Unconfigured: c.Unconfigured,
		Differences: make([]ReplayDifference, len(c.Differences)),
	}
	for i, d := range c.Differences {
		r.Differences[i] = ReplayDifference{
			Incident: d.Incident, Vendor: d.Vendor, Promise: d.Promise, Stage: d.Stage,
			Stands: replayOutcome(d.Stands), Would: replayOutcome(d.Would),
		}
	}
	return r
}

func replayOutcome(o tracker.Outcome) *ReplayOutcome {
	if o.State == "" {
		return nil
	}
	return &ReplayOutcome{State: o.State, Due: instant(o.Due), Terms: o.Terms}
}

type replayInput struct {
	Month string `path:"month" example:"2026-10"`
}

type replayOutput struct {
	Body *Replay
}

func (s *server) getReplay(ctx context.Context, in *replayInput) (*replayOutput, error) {
	compared, err := s.Replay(ctx, in.Month)
	if err != nil {
		return nil, err
	}
	return &replayOutput{Body: NewReplay(in.Month, compared)}, nil
}
