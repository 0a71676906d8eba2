package api

import (
	"context"
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/chasing"
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

type sendChaserInput struct {
	web.IDParam
	KeyParam
	Body *chaserToSend // may be left out
}

// chaserToSend is the request body that sends a chaser.
type chaserToSend struct {
	To      []string `json:"to,omitempty" maxItems:"20" doc:"Mail addresses; absent: the contacts of the vendor's entry"`
	Subject string   `json:"subject,omitempty" doc:"Absent: as drafted. [KGN-n] is put before it where it lacks that"`
	Text    string   `json:"text,omitempty" maxLength:"20000" doc:"Absent: as drafted, signed with your name if it is known"`
	Via     string   `json:"via,omitempty" maxLength:"64" doc:"The destination of kind email whose server and sender are used; absent: the first one"`
	Again   bool     `json:"again,omitempty" doc:"Send it although one was sent in the last ten minutes"`
	By      string   `json:"by,omitempty" maxLength:"100" doc:"Who sends it"`
}

type sendChaserOutput struct {
	Body sentJSON
}

// sentJSON is what the mail server said of a chaser that is on record.
type sentJSON struct {
	Incident  sla.IncidentID `json:"incident"`
	Outcome   string         `json:"outcome" enum:"accepted,refused,unknown,repeated" doc:"accepted: the mail server has it. refused: it was not sent. unknown: no answer came, so it may have arrived; ask the vendor before you send it again. repeated: this request was made before, and sent nothing now"`
	Reason    string         `json:"reason,omitempty" doc:"Why it was not accepted"`
	To        []string       `json:"to" nullable:"false" doc:"The recipients that the server took"`
	Left      []leftJSON     `json:"left" nullable:"false" doc:"Those that it refused"`
	Subject   string         `json:"subject,omitempty"`
	MessageID string         `json:"message_id,omitempty" doc:"By which a reply finds the incident"`
}

// leftJSON is a recipient that a mail server refused.
type leftJSON struct {
	To     string `json:"to"`
	Reason string `json:"reason"`
}

// unsentProblem is the answer where a chaser was not sent; nil: the error is another one.
func unsentProblem(lang string, err error) error {
	var unsent *chasing.Unsent
	var recent *chasing.Recent
	switch {
	case errors.As(err, &unsent):
		return huma.Error502BadGateway(unsent.In(lang))
	case errors.As(err, &recent):
		return huma.Error409Conflict(recent.In(lang))
	}
	return nil
}

// sendChaser sends the mail once, and answers with what became of it.
func (s *server) sendChaser(ctx context.Context, in *sendChaserInput) (*sendChaserOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	body := chaserToSend{}
	if in.Body != nil {
		body = *in.Body
	}
	by := web.RequestOf(ctx, web.APIActor, body.By, in.IdempotencyKey)
	sent, err := s.Chasing.Send(ctx, by, id, chasing.Request{
		To: body.To, Subject: body.Subject, Text: body.Text, Via: body.Via, Lang: s.proseLang(in.LangParam), Again: body.Again,
	})
	if err != nil {
		return nil, err
	}
	out := &sendChaserOutput{Body: sentJSON{
		Incident: id, Outcome: string(sent.Outcome), Reason: sent.Reason, To: append([]string{}, sent.To...), Left: []leftJSON{}, Subject: sent.Subject, MessageID: sent.MessageID,
	}}
	if sent.Repeated {
		out.Body = sentJSON{Incident: id, Outcome: "repeated", To: []string{}, Left: []leftJSON{}}
	}
	for _, l := range sent.Left {
		out.Body.Left = append(out.Body.Left, leftJSON{l.Recipient, l.Failure.Error()})
	}
	return out, nil
}
