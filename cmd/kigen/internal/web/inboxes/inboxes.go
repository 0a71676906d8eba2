// Package inboxes serves the inbox: what came in from vendors, what may be made of each
// item, and what that would do to the clocks. What an item says comes from outside: it is
// shown as plain text, and its links lead nowhere.
package inboxes

import (
	"errors"
	"net/http"
	"strconv"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/tracker"
)

// reader is a request for a page of this package.
type reader struct{ *frame.Reader }

// Mount adds the pages to s.
func Mount(s *frame.Site) {
	for pattern, handle := range map[string]func(*reader, http.ResponseWriter){
		"GET /inbox":                        (*reader).list,
		"GET /inbox/part":                   (*reader).listPart,
		"GET /inbox/{id}":                   (*reader).item,
		"GET /inbox/{id}/original/{sha256}": (*reader).original,
		"POST /inbox/{id}/notice":           (*reader).noticeForm,
		"POST /inbox/{id}/incident":         (*reader).incidentForm,
		"POST /inbox/{id}/preview":          (*reader).previewPart,
		"POST /inbox/{id}/link":             (*reader).linkForm,
		"POST /inbox/{id}/dismiss":          (*reader).dismissForm,
		"POST /inbox/{id}/undo":             (*reader).undoForm,
	} {
		s.Handle(pattern, func(p *frame.Reader, w http.ResponseWriter) {
			if p.Intake == nil {
				p.Missing(w)
				return
			}
			handle(&reader{p}, w)
		})
	}
}

// decides reports whether the reader may decide about items.
func (p *reader) decides() bool { return p.Who.Role.Includes(access.Analyst) }

// asked is the id of the item in the address.
func (p *reader) asked() (int64, error) {
	id, err := strconv.ParseInt(p.R.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, tracker.ErrNotFound
	}
	return id, nil
}

// refused returns the mistakes in err that a person can correct; nil: none. That another one
// was quicker is said with who that was.
func (p *reader) refused(err error) tracker.Invalid {
	var settled *intake.Settled
	if !errors.As(err, &settled) {
		return p.Refused(err)
	}
	text := p.Say("item_moved")
	switch {
	case settled.Moved:
	case settled.By == "":
		text = p.Say("item_settled", "State", p.stateName(settled.Item.State))
	default:
		text = p.Say("item_settled_by", "State", p.stateName(settled.Item.State), "By", p.person(settled.By), "At", p.Instant(settled.At))
	}
	return tracker.Invalidf("version", "", "%s", text)
}
