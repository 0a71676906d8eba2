package web

import (
	"context"
	"errors"
	"time"

	"kigen/sla"
	"kigen/sla/chaser"
)

// errNothingToAsk is the answer where the vendor owes nothing.
var errNothingToAsk = errors.New("nothing to ask the vendor for")

// chaserJSON is a mail that only lacks its sender.
type chaserJSON struct {
	Incident sla.IncidentID `json:"incident"`
	Tone     chaser.Tone    `json:"tone" enum:"overdue,ahead,pending,late,request" doc:"What presses most: a deadline that passed, one ahead, one that can't be worked out yet, a late notice; or a request that claims no promise"`
	Lang     string         `json:"lang" enum:"ja,en"`
	To       string         `json:"to" doc:"The vendor's contact where that is a mail address; else empty"`
	Subject  string         `json:"subject"`
	Body     string         `json:"body"`
	ReplyBy  time.Time      `json:"reply_by" doc:"By when the letter asks for an answer"`
}

type chaserOutput struct {
	Body chaserJSON
}

// getChaser writes the letter as things stand now. Reading it records nothing:
// that it was sent is for a person to say.
func (s *server) getChaser(ctx context.Context, in *IDParam) (*chaserOutput, error) {
	inc, _, err := s.read(ctx, in)
	if err != nil {
		return nil, err
	}
	lang := s.proseLang(in.LangParam)
	letter, ok := s.chaser(lang, inc)
	if !ok {
		return nil, errNothingToAsk
	}
	return &chaserOutput{Body: chaserJSON{
		Incident: inc.ID, Tone: letter.Tone, Lang: lang,
		To: letter.To, Subject: letter.Subject, Body: letter.Body, ReplyBy: letter.ReplyBy,
	}}, nil
}

func (s *server) chaser(lang string, inc *sla.Incident) (chaser.Letter, bool) {
	vendor, _ := s.Catalogue.Vendor(inc.Vendor)
	return chaser.Write(lang, chaser.About{Incident: inc, Vendor: vendor, Now: s.Now(), Zone: s.Zone})
}
