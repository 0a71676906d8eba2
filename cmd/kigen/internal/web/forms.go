package web

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

const (
	// boardActor is who did what was done on the board where nobody signs in.
	boardActor = "board"
	nameCookie = "kigen_name" // the name that a person last took an incident under
)

// deeds lists what a form can have done, for the line that says so.
var deeds = [...]string{"logged", "notice", "ack", "amend", "cancel"}

// problemView is one thing wrong with what was filled in.
type problemView struct{ Field, Label, Value, Message string }

// problems puts the labels that the form shows in place of JSON's names.
func (p *reader) problems(invalid tracker.Invalid) []problemView {
	views := make([]problemView, len(invalid))
	for i, problem := range invalid {
		field := problem.Field[strings.LastIndex(problem.Field, ".")+1:]
		views[i] = problemView{Field: field, Label: p.say("field_" + field), Value: problem.Value, Message: problem.In(p.lang)}
	}
	return views
}

// submit reads a form, runs the use case and goes back to the incident's
// page. What was refused is shown with the form as it was filled in.
func (p *reader) submit(w http.ResponseWriter, form string, do func(id sla.IncidentID) (*sla.Incident, error)) {
	if err := p.readForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			p.showIncident(w, http.StatusRequestEntityTooLarge, form, tracker.Invalid{{Field: "files", Message: p.say("files_too_large", "MiB", tracker.LargestFile>>20)}})
			return
		}
		p.unreadable(w, err)
		return
	}
	id, err := (&IDParam{ID: p.r.PathValue("id")}).incident()
	var inc *sla.Incident
	if err == nil {
		inc, err = do(id)
	}
	switch {
	case err == nil:
		http.Redirect(w, p.r, p.incidentPath(inc.ID)+"?done="+form, http.StatusSeeOther)
	case p.refused(err) != nil:
		p.showIncident(w, http.StatusUnprocessableEntity, form, p.refused(err))
	default:
		p.fail(w, err)
	}
}

// parseForm reports whether the form could be read; otherwise it has answered.
func (p *reader) parseForm(w http.ResponseWriter) bool {
	if err := p.readForm(); err != nil {
		p.unreadable(w, err)
		return false
	}
	return true
}

// unreadable says why a form could not be read, and what to do.
func (p *reader) unreadable(w http.ResponseWriter, err error) {
	status, text := http.StatusBadRequest, p.say("form_unreadable")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		status, text = http.StatusRequestEntityTooLarge, p.say("form_too_large", "MiB", large.Limit>>20)
	}
	title := p.say("form_unreadable_title")
	p.render(w, status, "missing", page{Title: title, Main: missingView{Title: title, Text: text}})
}

// readForm reads a form with or without files, all of it in memory: the body
// is bounded.
func (p *reader) readForm() error {
	if strings.HasPrefix(p.r.Header.Get("Content-Type"), "multipart/form-data") {
		return p.r.ParseMultipartForm(maxNoticeBody)
	}
	return p.r.ParseForm()
}

// refused is what a person can mend about err; nil: nothing.
func (p *reader) refused(err error) tracker.Invalid {
	if invalid, ok := tracker.AsInvalid(err); ok {
		return invalid
	}
	if errors.Is(err, tracker.ErrConflict) {
		return tracker.Invalid{{Field: "version", Message: p.say("conflict")}}
	}
	return nil
}

func (s *server) incidentPath(id sla.IncidentID) string {
	return s.Base + "/incidents/" + url.PathEscape(id.String())
}

// parentPage is the page that a form's address belongs to.
func parentPage(form string) string {
	if form == "/incidents" || form == "/incidents/preview" {
		return "/incidents/new"
	}
	return path.Dir(form)
}

// logForm goes the API's way, so that both refuse the same slips. The key that
// the form came with makes a double click log one incident.
func (p *reader) logForm(w http.ResponseWriter) {
	if !p.parseForm(w) {
		return
	}
	body := p.posted()
	entry, err := body.entry(p.Zone)
	var inc *sla.Incident
	if err == nil {
		inc, err = p.Tracker.Log(p.r.Context(), actor(p.r.Context(), "", boardActor), p.r.PostForm.Get("key"), entry)
	}
	switch {
	case err == nil:
		http.Redirect(w, p.r, p.incidentPath(inc.ID)+"?done=logged", http.StatusSeeOther)
	case p.refused(err) != nil:
		p.showNew(w, http.StatusUnprocessableEntity, p.refused(err))
	default:
		p.fail(w, err)
	}
}

// tags reads a list separated by commas, Western or Japanese.
func tags(text string) (list []string) {
	for _, tag := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",、,", r) }) {
		if tag = strings.TrimSpace(tag); tag != "" {
			list = append(list, tag)
		}
	}
	return list
}

func (p *reader) noticeForm(w http.ResponseWriter) {
	p.submit(w, "notice", func(id sla.IncidentID) (*sla.Incident, error) {
		form := p.r.PostForm
		body := newNotice{
			ReceivedAt: form.Get("received_at"), SentAt: form.Get("sent_at"), Channel: form.Get("channel"),
			Stage: form.Get("stage"), Reference: form.Get("notice_reference"), Text: form.Get("text"),
		}
		entry, err := body.entry(p.Zone)
		if err == nil {
			entry.Files, err = p.postedFiles()
		}
		if err != nil {
			return nil, err
		}
		return p.Tracker.Notice(p.r.Context(), actor(p.r.Context(), "", boardActor), id, entry)
	})
}

// ackForm remembers the name, which nobody wants to type twice in a night.
func (p *reader) ackForm(w http.ResponseWriter) {
	p.submit(w, "ack", func(id sla.IncidentID) (*sla.Incident, error) {
		by := strings.TrimSpace(p.r.PostForm.Get("by"))
		if by != "" {
			p.remember(w, nameCookie, by)
		}
		return p.Tracker.Acknowledge(p.r.Context(), actor(p.r.Context(), by, boardActor), id, p.snoozeEnd(p.r.PostForm.Get("snooze")))
	})
}

// remember keeps a choice of the reader in the browser, for a year. It is
// escaped, because a cookie holds no Japanese.
func (s *server) remember(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: url.QueryEscape(value), Path: s.Base + "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// rememberedName is the name that this person last took an incident under;
// empty: none.
func (p *reader) rememberedName() string {
	cookie, err := p.r.Cookie(nameCookie)
	if err != nil {
		return ""
	}
	name, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return ""
	}
	return name
}

// snoozeNames lists how long repeats can stay silent; the empty one is for good.
var snoozeNames = [...]string{"", "1h", "4h", "24h"}

func (p *reader) snoozes(chosen string) []choice {
	var list []choice
	for _, name := range snoozeNames {
		list = append(list, choice{name, p.say("snooze_" + name), name == chosen})
	}
	return list
}

// snoozeEnd is when repeats begin again; zero: never.
func (p *reader) snoozeEnd(name string) time.Time {
	length, err := time.ParseDuration(name)
	if err != nil || length <= 0 {
		return time.Time{}
	}
	return p.now.Add(length)
}

// cancelForm asks for a reason: an incident that vanished without one is what an
// auditor asks about first.
func (p *reader) cancelForm(w http.ResponseWriter) {
	p.submit(w, "cancel", func(id sla.IncidentID) (*sla.Incident, error) {
		reason := strings.TrimSpace(p.r.PostForm.Get("reason"))
		if reason == "" {
			return nil, tracker.Invalid{{Field: "reason", Message: p.say("reason_missing")}}
		}
		return p.Tracker.Cancel(p.r.Context(), actor(p.r.Context(), "", boardActor), id, reason)
	})
}
