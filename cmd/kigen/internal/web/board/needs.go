package board

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/chaser"
	"kigen/sla/tracker"
)

// namedAs is the posted name of the reader, which is remembered for the next time; of
// an empty one, the remembered name.
func (p *reader) namedAs(w http.ResponseWriter, field string) string {
	name := strings.TrimSpace(p.R.PostForm.Get(field))
	if name == "" {
		return p.RememberedName()
	}
	p.Remember(w, frame.NameCookie, name)
	return name
}

// ownerForm assigns the incident; an empty name leaves it without an owner.
func (p *reader) ownerForm(w http.ResponseWriter) {
	p.submit(w, "owner", func(id sla.IncidentID) (*sla.Incident, error) {
		return p.Tracker.Own(p.R.Context(), p.Request(p.RememberedName(), ""), id, p.R.PostForm.Get("owner"))
	})
}

// noteForm adds a note with files. Its key makes a double click add one.
func (p *reader) noteForm(w http.ResponseWriter) {
	p.submit(w, "note", func(id sla.IncidentID) (*sla.Incident, error) {
		files, err := p.PostedFiles()
		if err != nil {
			return nil, err
		}
		by := p.Request(p.namedAs(w, "author"), p.R.PostForm.Get("note_key"))
		inc, err := p.Tracker.Note(p.R.Context(), by, id, tracker.NoteEntry{Text: p.R.PostForm.Get("note"), Files: files})
		return inc, renamed(err, map[string]string{"text": "note", "files": "note_files"})
	})
}

// chaserForm records that the letter was sent.
func (p *reader) chaserForm(w http.ResponseWriter) {
	p.submit(w, "chaser", func(id sla.IncidentID) (*sla.Incident, error) {
		form := p.R.PostForm
		names := map[string]string{"sent_at": "chaser_sent_at", "to": "chaser_to", "channel": "chaser_channel"}
		body := web.NewChaser{
			SentAt: form.Get("chaser_sent_at"), To: form.Get("chaser_to"), Channel: form.Get("chaser_channel"), MessageID: form.Get("message_id"),
		}
		entry, err := body.Entry(p.Typed())
		if err != nil {
			return nil, renamed(err, names)
		}
		by := p.Request(p.RememberedName(), form.Get("chaser_key"))
		inc, err := p.Tracker.Chased(p.R.Context(), by, id, entry)
		return inc, renamed(err, names)
	})
}

// renamed names the fields of a refusal as the form does, where a page has another
// field of the same name.
func renamed(err error, names map[string]string) error {
	invalid, ok := tracker.AsInvalid(err)
	if !ok {
		return err
	}
	invalid = slices.Clone(invalid)
	for i := range invalid {
		if name := names[invalid[i].Field]; name != "" {
			invalid[i].Field = name
		}
	}
	return invalid
}

// bulkView is the form that changes the chosen incidents.
type bulkView struct {
	Back      string // query that carries the board's filter
	By, Owner string
	AsksName  bool
	On        bool // it was refused
}

func (p *reader) bulk(query url.Values) bulkView {
	return bulkView{
		Back: backQuery(filterOf(query)), AsksName: p.Who.Kind == access.KindOpen,
		By: p.RememberedName(), Owner: p.R.PostForm.Get("owner"), On: p.R.PostForm != nil,
	}
}

// bulkForm acknowledges or assigns the chosen incidents, or the one whose button was
// pressed, each for itself, and returns to the board. Refused ones stay chosen.
func (p *reader) bulkForm(w http.ResponseWriter) {
	if !p.ParseForm(w) {
		return
	}
	change, done := p.bulkChange(w)
	chosen := p.R.PostForm["id"]
	if one := p.R.PostForm.Get("take"); one != "" {
		chosen = []string{one}
	}
	ids, err := web.ParseIDs(chosen)
	if err == nil {
		err = p.checkBulk()
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		p.boardAgain(w, p.Problems(invalid), chosen)
		return
	}
	var problems []frame.Problem
	var left []string
	for _, r := range web.Each(tracker.Request{}, ids, change) {
		if r.Err != nil {
			problems, left = append(problems, p.bulkProblem(r)), append(left, r.ID.String())
		}
	}
	if len(problems) > 0 {
		p.boardAgain(w, problems, left)
		return
	}
	http.Redirect(w, p.R, p.boardLink(p.back(), "done", done), http.StatusSeeOther)
}

// bulkChange is the chosen use case and the confirmation of it.
func (p *reader) bulkChange(w http.ResponseWriter) (change func(tracker.Request, sla.IncidentID) (*sla.Incident, error), done string) {
	by := p.Request(p.namedAs(w, "by"), "")
	if p.assigns() {
		owner := p.R.PostForm.Get("owner")
		return func(_ tracker.Request, id sla.IncidentID) (*sla.Incident, error) {
			return p.Tracker.Own(p.R.Context(), by, id, owner)
		}, "owner"
	}
	return func(_ tracker.Request, id sla.IncidentID) (*sla.Incident, error) {
		return p.Tracker.Acknowledge(p.R.Context(), by, id, p.snoozeEnd(""))
	}, "ack"
}

func (p *reader) assigns() bool {
	return p.R.PostForm.Get("take") == "" && p.R.PostForm.Get("do") == "assign"
}

// checkBulk requires the name of the owner: the reader's own, who takes the incidents,
// or the one that was typed.
func (p *reader) checkBulk() error {
	switch {
	case p.assigns() && strings.TrimSpace(p.R.PostForm.Get("owner")) == "":
		return tracker.Invalidf("owner", "", "%s", p.Say("owner_missing"))
	case !p.assigns() && web.Me(p.R.Context(), p.R.PostForm.Get("by")) == "" && p.RememberedName() == "":
		return tracker.Invalidf("by", "", "%s", p.Say("by_missing"))
	}
	return nil
}

// bulkProblem says why one incident was refused.
func (p *reader) bulkProblem(r web.Together) frame.Problem {
	why := p.Say("bulk_trouble")
	if invalid := p.Refused(r.Err); invalid != nil {
		sentences := make([]string, len(invalid))
		for i, problem := range invalid {
			sentences[i] = problem.In(p.Lang)
		}
		why = strings.Join(sentences, " ")
	} else if errors.Is(r.Err, tracker.ErrNotFound) {
		why = p.Say("bulk_missing")
	} else {
		p.Log.ErrorContext(p.R.Context(), "incident not changed", "incident", r.ID, "error", r.Err)
	}
	return frame.Problem{Message: r.ID.String() + ": " + why}
}

// boardAgain answers a refused form with the board from which it came. The chosen
// incidents stay chosen.
func (p *reader) boardAgain(w http.ResponseWriter, problems []frame.Problem, chosen []string) {
	at := p.LiveVersion()
	here := p.R.Clone(p.R.Context())
	here.Method, here.URL = http.MethodGet, &url.URL{Path: "/", RawQuery: p.back().Encode()}
	here.PostForm["id"] = chosen
	p.R = here
	if view, ok := p.boardPage(w); ok {
		view.At, view.Problems = at, append(problems, view.Problems...)
		p.Render(w, http.StatusUnprocessableEntity, "board", view)
	}
}

// noteView is a note on an incident's page.
type noteView struct {
	At, By, Text string
	Files        []fileView
}

// chasedView is a chaser that was sent.
type chasedView struct{ Sent, To, Channel, MessageID, By string }

// noteViews lists the notes, newest first, as notices are.
func (p *reader) noteViews(inc *sla.Incident) (views []noteView) {
	for _, n := range slices.Backward(inc.Notes) {
		views = append(views, noteView{
			At: p.Instant(n.At), By: p.actor(tracker.Person(n.By)), Text: n.Text, Files: p.fileViews(inc, n.Files),
		})
	}
	return views
}

// chasedViews lists the chasers that were sent, newest first.
func (p *reader) chasedViews(inc *sla.Incident) (views []chasedView) {
	for _, c := range slices.Backward(inc.Chasers) {
		views = append(views, chasedView{
			Sent: p.Instant(c.SentAt), To: c.To, Channel: p.channel(c.Channel), MessageID: c.MessageID,
			By: p.actor(tracker.Person(c.RecordedBy)),
		})
	}
	return views
}

// mailTo lists the vendor's mail addresses with links that open a mail program. A link
// omits the body, because mail programs truncate long links.
func mailTo(contact, subject string) (links []linkView) {
	for _, address := range chaser.Addresses(contact) {
		// In a mailto link a plus sign is not a space.
		query := strings.ReplaceAll(url.QueryEscape(subject), "+", "%20")
		links = append(links, linkView{Text: address, Address: "mailto:" + url.PathEscape(address) + "?subject=" + query})
	}
	return links
}

// linkView is a link with its text.
type linkView struct{ Text, Address string }

// chaserChannels lists the ways of asking a vendor, a mail first.
func (p *reader) chaserChannels() (list []frame.Choice) {
	for i, name := range [...]string{"email", "phone", "portal", "support"} {
		list = append(list, frame.Choice{Value: name, Text: p.channel(name), Chosen: i == 0})
	}
	return list
}
