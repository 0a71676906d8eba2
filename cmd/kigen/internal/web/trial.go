package web

import (
	"time"
)

// The stages of a trial, in their order.
const (
	TrialPlanned   = "planned"   // the test deadline was planned
	TrialRaised    = "raised"    // the watch loop committed the alert
	TrialAttempted = "attempted" // the destination's sender began the request
	TrialSent      = "sent"      // the destination accepted the message, and the receipt was recorded
)

// Trial is the result of a test alert: a synthetic deadline that passed through
// the same steps as an overdue alert.
type Trial struct {
	Destination string       `json:"destination"`
	OK          bool         `json:"ok" doc:"The message arrived"`
	Due         time.Time    `json:"due" doc:"The planned deadline"`
	Stages      []TrialStage `json:"stages" nullable:"false" doc:"The stages that were reached, in order"`
	Failed      string       `json:"failed" doc:"The stage that was not reached; empty: none"`
	Reason      string       `json:"reason" doc:"Why it was not reached"`
	Receipt     string       `json:"receipt" doc:"The destination's identifier of the message"`
}

// TrialStage is a stage that a trial reached.
type TrialStage struct {
	Stage string    `json:"stage" enum:"planned,raised,attempted,sent"`
	At    time.Time `json:"at"`
	LagMS int64     `json:"lag_ms" doc:"Milliseconds after the deadline; negative: before it"`
}

// Reached records a stage. The last stage makes the trial successful.
func (t *Trial) Reached(stage string, at time.Time) {
	t.Stages = append(t.Stages, TrialStage{Stage: stage, At: at, LagMS: at.Sub(t.Due).Milliseconds()})
	t.OK = stage == TrialSent
}

// Fail records the stage that was not reached.
func (t *Trial) Fail(stage, reason string) { t.Failed, t.Reason = stage, reason }
