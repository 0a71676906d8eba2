package web

import (
	"context"
	"time"
)

// The stages of a trial, in their order.
const (
	TrialPlanned   = "planned"   // its deadline was planned
	TrialRaised    = "raised"    // the watch loop found it due and committed the alert
	TrialAttempted = "attempted" // the destination's sender took it and began its request
	TrialSent      = "sent"      // the destination took the message, and that was recorded
)

// Trial is a synthetic deadline that went the way of an overdue alert.
type Trial struct {
	Destination string       `json:"destination"`
	OK          bool         `json:"ok" doc:"The message arrived"`
	Due         time.Time    `json:"due" doc:"The deadline that was planned"`
	Stages      []TrialStage `json:"stages" nullable:"false" doc:"What was reached, in order"`
	Failed      string       `json:"failed" doc:"The stage that was not reached; empty: none"`
	Reason      string       `json:"reason" doc:"Why it was not reached"`
	Receipt     string       `json:"receipt" doc:"How the destination names the message"`
}

// TrialStage is a stage that a trial reached.
type TrialStage struct {
	Stage string    `json:"stage" enum:"planned,raised,attempted,sent"`
	At    time.Time `json:"at"`
	LagMS int64     `json:"lag_ms" doc:"Milliseconds after the deadline; negative: before it"`
}

// Reached notes a stage. The last one makes the trial a success.
func (t *Trial) Reached(stage string, at time.Time) {
	t.Stages = append(t.Stages, TrialStage{Stage: stage, At: at, LagMS: at.Sub(t.Due).Milliseconds()})
	t.OK = stage == TrialSent
}

// Fail notes the stage that was not reached.
func (t *Trial) Fail(stage, reason string) { t.Failed, t.Reason = stage, reason }

// trialInput asks for a trial.
type trialInput struct {
	Body struct {
		Destination string `json:"destination" minLength:"1" doc:"Its name in the configuration"`
	}
}

type trialOutput struct{ Body Trial }

// tryDestination answers when the trial is over, which takes a few seconds, and
// up to half a minute where something is broken. That the message did not
// arrive is an answer, too.
func (s *server) tryDestination(ctx context.Context, in *trialInput) (*trialOutput, error) {
	trial, err := s.Trial(ctx, in.Body.Destination)
	if err != nil {
		return nil, err
	}
	s.note(ctx, "destination_tested", trial.Destination)
	return &trialOutput{trial}, nil
}
