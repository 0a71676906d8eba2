package board

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/chasing"
	"kigen/sla"
	"kigen/sla/tracker"
)

// sendView is the form by which kigen sends the letter; nil where it can't.
type sendView struct {
	To     string // addresses, separated by commas
	Key    string
	Recent bool // one was sent a moment ago
}

func (p *reader) sendPart(inc *sla.Incident) *sendView {
	if !p.Chasing.Ready() {
		return nil
	}
	return &sendView{To: strings.Join(p.Chasing.Recipients(inc.Vendor), ", "), Key: rand.Text(), Recent: chasing.IsRecent(inc, p.Now)}
}

// sendForm sends the letter. Its key makes a double click send one.
func (p *reader) sendForm(w http.ResponseWriter) {
	p.submit(w, "chaser_send", func(id sla.IncidentID) (*sla.Incident, error) {
		form := p.R.PostForm
		r := chasing.Request{Lang: p.Lang, Again: form.Get("send_again") != ""}
		for to := range strings.SplitSeq(form.Get("send_to"), ",") {
			if to = strings.TrimSpace(to); to != "" {
				r.To = append(r.To, to)
			}
		}
		name := p.namedAs(w, "send_by")
		if p.Who.Kind == access.KindOpen && name == "" {
			return nil, tracker.Invalidf("send_by", "", "%s", p.Say("send_by_missing"))
		}
		sent, err := p.Chasing.Send(p.R.Context(), p.Request(name, form.Get("send_key")), id, r)
		if err != nil {
			return nil, p.unsent(err)
		}
		switch sent.Outcome {
		case chasing.Refused:
			return nil, tracker.Invalidf("send_to", "", "%s", p.Say("send_refused", "Reason", sent.Reason))
		case chasing.Unknown:
			return nil, tracker.Invalidf("send_to", "", "%s", p.Say("send_unknown", "Reason", sent.Reason))
		}
		return sent.Incident, nil
	})
}

// unsent shows a failure of the mail server, or a recent letter, in the form.
func (p *reader) unsent(err error) error {
	var failure *chasing.Unsent
	var recent *chasing.Recent
	switch {
	case errors.As(err, &failure):
		return tracker.Invalidf("send_to", "", "%s", failure.In(p.Lang))
	case errors.As(err, &recent):
		return tracker.Invalidf("send_again", "", "%s", recent.In(p.Lang))
	case errors.Is(err, chasing.ErrNothingToAsk):
		return tracker.Invalidf("send_to", "", "%s", p.Say("send_nothing"))
	}
	return renamed(err, map[string]string{"to": "send_to", "via": "send_to", "by": "send_by"})
}
