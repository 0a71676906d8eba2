// Package chat sends chasers from a chat.
package chat

import (
	"context"

	"kigen/cmd/kigen/internal/chasing"
	"kigen/cmd/kigen/internal/slackapp"
	"kigen/sla"
	"kigen/sla/tracker"
)

// Post sends chasers to the contacts of the vendor.
type Post struct{ *chasing.Service }

// Recipients lists the contacts; none where no mail can be sent.
func (p Post) Recipients(vendor string) []string {
	if !p.Ready() {
		return nil
	}
	return p.Service.Recipients(vendor)
}

// Send sends a chaser.
func (p Post) Send(ctx context.Context, by tracker.Request, id sla.IncidentID, lang string) (slackapp.Sent, error) {
	sent, err := p.Service.Send(ctx, by, id, chasing.Request{Lang: lang})
	if err != nil {
		return slackapp.Sent{}, err
	}
	s := slackapp.Sent{To: sent.To}
	switch sent.Outcome {
	case chasing.Refused:
		s.Refused = sent.Reason
	case chasing.Unknown:
		s.Unknown = sent.Reason
	}
	return s, nil
}
