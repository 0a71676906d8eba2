package api

import (
	"context"
	"errors"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/chaser"
)

// errNothingToAsk says that the vendor owes no notice.
var errNothingToAsk = errors.New("nothing to ask the vendor for")

// chaserJSON is a drafted mail to the vendor, without a sender.
type chaserJSON struct {
	Incident sla.IncidentID `json:"incident"`
	Tone     chaser.Tone    `json:"tone" enum:"overdue,ahead,pending,late,request" doc:"The most urgent reason: a passed deadline, a coming one, one that cannot be calculated yet, a late notice; or a request without a promise"`
	Lang     string         `json:"lang" enum:"ja,en"`
	To       string         `json:"to" doc:"The vendor's contact if it is a mail address; otherwise empty"`
	Subject  string         `json:"subject"`
	Body     string         `json:"body"`
	ReplyBy  time.Time      `json:"reply_by" doc:"The time by which the mail asks for an answer"`
}

type chaserOutput struct {
	Body chaserJSON
}

// getChaser drafts the mail from the incident's current state. It records
// nothing, because kigen does not know whether a person sends the mail.
func (s *server) getChaser(ctx context.Context, in *web.IDParam) (*chaserOutput, error) {
	inc, _, err := s.Read(ctx, in)
	if err != nil {
		return nil, err
	}
	lang := s.proseLang(in.LangParam)
	letter, ok := s.Chaser(lang, inc)
	if !ok {
		return nil, errNothingToAsk
	}
	return &chaserOutput{Body: chaserJSON{
		Incident: inc.ID, Tone: letter.Tone, Lang: lang,
		To: letter.To, Subject: letter.Subject, Body: letter.Body, ReplyBy: letter.ReplyBy,
	}}, nil
}
