package frame

import (
	"errors"
	"net/http"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// Fail answers with an error page.
func (p *Reader) Fail(w http.ResponseWriter, err error) {
	if _, ok := tracker.AsInvalid(err); ok || errors.Is(err, tracker.ErrNotFound) {
		p.Missing(w)
		return
	}
	var wrong *tracker.ClockError
	if errors.As(err, &wrong) {
		p.Render(w, http.StatusServiceUnavailable, "missing", Page{
			Title: p.Say("clock_wrong_title"), Main: Message{Title: p.Say("clock_wrong_title"), Text: wrong.In(p.Lang)},
		})
		return
	}
	if errors.Is(err, tracker.ErrUnreadable) {
		p.Render(w, http.StatusInternalServerError, "missing", Page{
			Title: p.Say("unreadable_title"), Main: Message{Title: p.Say("unreadable_title"), Text: p.Say("unreadable_text", "Error", err.Error())},
		})
		return
	}
	p.Log.Log(p.R.Context(), web.FaultLevel(p.R.Context()), "page failed", "path", p.R.URL.Path, "error", err)
	status, text := web.FaultStatus(w.Header(), err), "fault_text"
	if status == http.StatusServiceUnavailable {
		text = "fault_busy"
	}
	p.Render(w, status, "missing", Page{
		Title: p.Say("fault_title"), Main: Message{Title: p.Say("fault_title"), Text: p.Say(text)},
	})
}

// Message is a page with only a message.
type Message struct{ Title, Text string }

// Missing answers that the page does not exist.
func (p *Reader) Missing(w http.ResponseWriter) {
	p.Render(w, http.StatusNotFound, "missing", Page{
		Title: p.Say("missing_title"),
		Main:  Message{Title: p.Say("missing_title"), Text: p.Say("missing_text", "Path", p.R.URL.Path)},
	})
}

// Forbidden shows which role the page requires.
func (p *Reader) Forbidden(w http.ResponseWriter, least access.Role) {
	if p.Who.Away {
		p.Render(w, http.StatusForbidden, "missing", Page{
			Title: p.Say("forbidden_title"), Main: Message{Title: p.Say("forbidden_title"), Text: p.Say("forbidden_away", "Address", p.Address(p.R))},
		})
		return
	}
	p.Render(w, http.StatusForbidden, "missing", Page{
		Title: p.Say("forbidden_title"),
		Main: Message{Title: p.Say("forbidden_title"), Text: p.Say("forbidden_text",
			"Least", phrase.Role(p.Lang, string(least)), "Role", phrase.Role(p.Lang, string(p.Who.Role)))},
	})
}

// Unreadable answers why a form could not be read, and the remedy.
func (p *Reader) Unreadable(w http.ResponseWriter, err error) {
	status, text := http.StatusBadRequest, p.Say("form_unreadable")
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		status, text = http.StatusRequestEntityTooLarge, p.Say("form_too_large", "MiB", large.Limit>>20)
	}
	if invalid, ok := tracker.AsInvalid(err); ok {
		status, text = http.StatusUnprocessableEntity, invalid[0].Field+" "+invalid[0].Value+": "+invalid[0].In(p.Lang)
	}
	title := p.Say("form_unreadable_title")
	p.Render(w, status, "missing", Page{Title: title, Main: Message{Title: title, Text: text}})
}
