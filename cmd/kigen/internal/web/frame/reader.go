package frame

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
	"kigen/sla/tracker"
)

const (
	langCookie = "kigen_lang" // the chosen language
	zoneCookie = "kigen_zone" // the chosen time zone

	// NameCookie contains the name last used to acknowledge an incident.
	NameCookie = "kigen_name"
)

// Actor is the recorded actor of changes on the board while access control is off.
const Actor = sla.ActorBoard

// Reader is a request for a page, with its language, zone, time and identity.
type Reader struct {
	*Site
	Texts
	R    *http.Request
	Now  time.Time
	Zone *time.Location // in which times are shown and entered
	Who  access.Identity
}

// reader determines language and zone of a request.
func (s *Site) reader(w http.ResponseWriter, r *http.Request) *Reader {
	lang, zone := s.chosenLang(w, r), s.chosenZone(w, r)
	return &Reader{Site: s, Texts: s.texts[lang], R: r, Now: s.Now().In(zone), Zone: zone, Who: web.IdentityOf(r.Context())}
}

// chosenLang is the language of a request: that of ?lang=, which is remembered, else the
// remembered one, else the browser's, else the configured one. An empty ?lang= forgets
// the choice.
func (s *Site) chosenLang(w http.ResponseWriter, r *http.Request) string {
	chosen := LangChosen(r)
	if query := r.URL.Query(); query.Has("lang") {
		if asked := query.Get("lang"); asked == "" || known(asked) {
			chosen = asked
			s.Remember(w, langCookie, asked)
		}
	}
	for _, lang := range []string{chosen, accepted(r.Header.Get("Accept-Language")), s.Lang} {
		if known(lang) {
			return lang
		}
	}
	return languages[0]
}

// LangChosen is the language that the reader has chosen; empty: none.
func LangChosen(r *http.Request) string {
	cookie, err := r.Cookie(langCookie)
	if err != nil || !known(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// accepted is the language of the pages that a browser prefers; empty: it prefers none
// of them.
func accepted(header string) string {
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return ""
	}
	for _, tag := range wanted {
		if base, confidence := tag.Base(); confidence != language.No && known(base.String()) {
			return base.String()
		}
	}
	return ""
}

func known(lang string) bool { return slices.Contains(languages[:], lang) }

// chosenZone is the time zone of a request. ?zone= takes precedence and is
// remembered; an empty value resets it to the configured zone.
func (s *Site) chosenZone(w http.ResponseWriter, r *http.Request) *time.Location {
	name := ""
	if cookie, err := r.Cookie(zoneCookie); err == nil {
		name = strings.ReplaceAll(cookie.Value, "%2F", "/")
	}
	if query := r.URL.Query(); query.Has("zone") {
		name = strings.TrimSpace(query.Get("zone"))
		if name == "" || knownZone(name) != nil {
			s.Remember(w, zoneCookie, name)
		}
	}
	return cmp.Or(knownZone(name), s.Zone)
}

// knownZone returns nil for an unknown name, and for Local, which would reveal
// the server's zone.
func knownZone(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}

// Alone renders a page that has no reader, in the configured zone.
func (s *Site) Alone(ctx context.Context, lang string, now time.Time, name string, view func(*Reader) Page) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	if err != nil {
		return nil, err
	}
	p := &Reader{Site: s, Texts: s.texts[lang], R: r, Now: now.In(s.Zone), Zone: s.Zone}
	var page bytes.Buffer
	err = s.pages.in(lang, name).ExecuteTemplate(&page, name, p.Complete(view(p)))
	return page.Bytes(), err
}

// Request is the Request of a form's use case. name is that of the person, if the
// form asks for one.
func (p *Reader) Request(name, key string) tracker.Request {
	return web.RequestOf(p.R.Context(), Actor, name, key)
}

// Instant formats t in the person's zone.
func (p *Reader) Instant(t time.Time) string { return phrase.Instant(p.Lang, t.In(p.Zone), p.Now) }

// Deadline formats t in the person's zone; midnight is 24:00 of the day before.
func (p *Reader) Deadline(t time.Time) string { return phrase.Deadline(p.Lang, t.In(p.Zone), p.Now) }

// InstantOrNone is Instant, or nothing for a zero t.
func (p *Reader) InstantOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.Instant(t)
}

// Cite names the document that contains a clause, without its quote.
func (p *Reader) Cite(s *sla.Source) string {
	bare := *s
	bare.Quote = ""
	return prose.Citation(p.Lang, &bare)
}

// VendorName is a vendor's name, or its id if it is no longer configured.
func (p *Reader) VendorName(id string) string {
	if v, ok := p.Catalogue.Vendor(id); ok {
		return v.Name.In(p.Lang)
	}
	return id
}

// IncidentPath is the address of an incident's page.
func (s *Site) IncidentPath(id sla.IncidentID) string {
	return s.Base + "/incidents/" + url.PathEscape(id.String())
}

// ByteOrderMark reports whether a CSV begins with a byte order mark: spreadsheets in
// Japanese otherwise take it for their local code page.
func (p *Reader) ByteOrderMark() bool {
	if asked := p.R.URL.Query().Get("bom"); asked != "" {
		return asked == "1"
	}
	return p.Lang == "ja"
}

// Me is the name under which the reader owns incidents; empty: unknown.
func (p *Reader) Me() string { return web.Me(p.R.Context(), p.RememberedName()) }

// RememberedName is the name last used to acknowledge an incident; empty: none.
func (p *Reader) RememberedName() string {
	cookie, err := p.R.Cookie(NameCookie)
	if err != nil {
		return ""
	}
	name, err := url.QueryUnescape(cookie.Value)
	if err != nil {
		return ""
	}
	return name
}
