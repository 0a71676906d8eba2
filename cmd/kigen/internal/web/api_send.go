package web

import (
	"context"
	"errors"
	"strings"

	"kigen/sla/tracker"
)

// Dispatch is a report that was sent by hand.
type Dispatch struct {
	Period  string   `json:"period"`
	Edition int      `json:"edition" doc:"The kept edition that went out; it is kept now where anything had changed"`
	Key     string   `json:"key" doc:"Names this sending; its last part counts them"`
	To      []string `json:"to" nullable:"false" doc:"Destinations"`
	Files   []string `json:"files" nullable:"false" doc:"Names of the files that go with it"`
}

// sendInput asks for a report to be sent.
type sendInput struct {
	Month string `path:"month" example:"2026-10" doc:"Any finished period"`
	Body  struct {
		To []string `json:"to,omitempty" maxItems:"100" doc:"Destinations by their names in the configuration; none: those of report.to"`
	}
}

type sendOutput struct{ Body Dispatch }

// errReportBusy is a report that others are at.
var errReportBusy = errors.New("the report is being kept or sent")

// sendReport answers when the report is in the outbox: from there it goes as an
// alert does, and is tried again until it arrives.
func (s *server) sendReport(ctx context.Context, in *sendInput) (*sendOutput, error) {
	sent, err := s.Send(ctx, in.Month, in.Body.To)
	if errors.Is(err, tracker.ErrConflict) {
		return nil, errReportBusy
	}
	if err != nil {
		return nil, err
	}
	s.note(ctx, "report_sent", sent.Period+" "+strings.Join(sent.To, " "))
	return &sendOutput{*sent}, nil
}
