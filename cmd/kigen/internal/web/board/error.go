package board

import (
	"errors"
	"net/http"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// fail answers with an error page.
func (p *reader) fail(w http.ResponseWriter, err error) {
	if _, ok := tracker.AsInvalid(err); ok || errors.Is(err, tracker.ErrNotFound) {
		p.missing(w)
		return
	}
	var wrong *tracker.ClockError
	if errors.As(err, &wrong) {
		p.render(w, http.StatusServiceUnavailable, "missing", page{
			Title: p.say("clock_wrong_title"), Main: missingView{Title: p.say("clock_wrong_title"), Text: wrong.Text().In(p.lang)},
		})
		return
	}
	if errors.Is(err, tracker.ErrUnreadable) {
		p.render(w, http.StatusInternalServerError, "missing", page{
			Title: p.say("unreadable_title"), Main: missingView{Title: p.say("unreadable_title"), Text: p.say("unreadable_text", "Error", err.Error())},
		})
		return
	}
	p.Log.Log(p.r.Context(), web.FaultLevel(p.r.Context()), "page failed", "path", p.r.URL.Path, "error", err)
	status, text := web.FaultStatus(w.Header(), err), "fault_text"
	if status == http.StatusServiceUnavailable {
		text = "fault_busy"
	}
	p.render(w, status, "missing", page{
		Title: p.say("fault_title"), Main: missingView{Title: p.say("fault_title"), Text: p.say(text)},
	})
}

// missingView is a page with only a message.
type missingView struct{ Title, Text string }

// missing answers that the page does not exist.
func (p *reader) missing(w http.ResponseWriter) {
	p.render(w, http.StatusNotFound, "missing", page{
		Title: p.say("missing_title"),
		Main:  missingView{Title: p.say("missing_title"), Text: p.say("missing_text", "Path", p.r.URL.Path)},
	})
}

// forbidden shows which role the page requires.
func (p *reader) forbidden(w http.ResponseWriter, least access.Role) {
	if p.who.Away {
		p.render(w, http.StatusForbidden, "missing", page{
			Title: p.say("forbidden_title"), Main: missingView{Title: p.say("forbidden_title"), Text: p.say("forbidden_away", "Address", p.Address(p.r))},
		})
		return
	}
	p.render(w, http.StatusForbidden, "missing", page{
		Title: p.say("forbidden_title"),
		Main: missingView{Title: p.say("forbidden_title"), Text: p.say("forbidden_text",
			"Least", phrase.Role(p.lang, string(least)), "Role", phrase.Role(p.lang, string(p.who.Role)))},
	})
}

// unreadable answers why a form could not be read, and the remedy.
func (p *reader) unreadable(w http.ResponseWriter, err error) {
	status, text := http.StatusBadRequest, p.say("form_unreadable")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		status, text = http.StatusRequestEntityTooLarge, p.say("form_too_large", "MiB", large.Limit>>20)
	}
	title := p.say("form_unreadable_title")
	p.render(w, status, "missing", page{Title: title, Main: missingView{Title: title, Text: text}})
}
