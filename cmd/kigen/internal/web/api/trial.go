package api

import (
	"context"

	"kigen/cmd/kigen/internal/web"
)

// trialInput asks for a trial.
type trialInput struct {
	Body struct {
		Destination string `json:"destination" minLength:"1" doc:"The destination's name in the configuration"`
	}
}

type trialOutput struct{ Body web.Trial }

// tryDestination answers when the trial has ended: after a few seconds, or up to
// half a minute if a stage fails. A failed trial is a result, not an error.
func (s *server) tryDestination(ctx context.Context, in *trialInput) (*trialOutput, error) {
	trial, err := s.Trial(ctx, in.Body.Destination)
	if err != nil {
		return nil, err
	}
	s.Note(ctx, web.APIActor, "destination_tested", trial.Destination)
	return &trialOutput{trial}, nil
}
