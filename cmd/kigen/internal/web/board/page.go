package board

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"time"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
)

//go:embed templates
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// langCookie contains the chosen language.
const langCookie = "kigen_lang"

// pageNames lists the page templates.
var pageNames = [...]string{"board", "incident", "new", "import", "vendors", "vendor", "reports", "report", "health", "settings", "help", "missing", "bundle", "login", "step", "account", "second", "codes", "people"}

// loadPages parses every page once per language, because the function t in a
// template is bound to a language. base is the path prefix of all addresses.
func loadPages(all map[string]texts, base string) map[string]*template.Template {
	pages := map[string]*template.Template{}
	for lang, x := range all {
		functions := template.FuncMap{"t": x.say, "verdict": x.verdictName, "state": x.stateName, "base": func() string { return base }}
		common := template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html"))
		for _, name := range pageNames {
			page := template.Must(common.Clone())
			pages[lang+"/"+name] = template.Must(page.New(name).ParseFS(templateFiles, "templates/"+name+".html"))
		}
	}
	return pages
}

// server serves the pages for people.
type server struct {
	*web.Server
	texts  map[string]texts              // by language
	pages  map[string]*template.Template // by language and page
	assets string                        // hash of the static files

	shared sharedParts
}

// newServer loads texts and templates.
func newServer(s *web.Server) *server {
	all := loadTexts()
	return &server{Server: s, texts: all, pages: loadPages(all, s.Base), assets: assetsHash()}
}

// reader is a request for a page, with its language, zone, time and identity.
type reader struct {
	*server
	texts
	r    *http.Request
	now  time.Time
	Zone *time.Location // in which times are shown and entered
	who  access.Identity
}

// reader determines language and zone of a request. ?lang= takes precedence and
// is remembered.
func (s *server) reader(w http.ResponseWriter, r *http.Request) *reader {
	lang := s.Lang
	if cookie, err := r.Cookie(langCookie); err == nil && known(cookie.Value) {
		lang = cookie.Value
	}
	if asked := r.URL.Query().Get("lang"); known(asked) {
		lang = asked
		s.remember(w, langCookie, lang)
	}
	if !known(lang) {
		lang = languages[0]
	}
	zone := s.chosenZone(w, r)
	return &reader{server: s, texts: s.texts[lang], r: r, now: s.Now().In(zone), Zone: zone, who: web.IdentityOf(r.Context())}
}

func known(lang string) bool { return slices.Contains(languages[:], lang) }

// page is the data of every template; Main is specific to the page.
type page struct {
	Lang, Title, Nav, Version, Assets string
	Now                               int64  // Unix milliseconds, so that countdowns use kigen's clock
	Time, Zone                        string // kigen's time of day
	Languages                         []choice
	Done                              string // confirmation of the last form
	Elsewhere                         string // where else the person is signed in; empty: not said
	Problems                          []problemView
	Open                              bool   // access control is off
	Who                               string // the signed-in user; empty: none
	CanRead, CanWrite, CanManage      bool   // permissions of the caller
	Live                              bool   // the page refreshes itself
	At                                string // version that the page shows; empty: there are no announcements
	Main                              any
}

// choice is an entry of a list to choose from.
type choice struct {
	Value, Text string
	Chosen      bool
}

// render answers with a page.
func (p *reader) render(w http.ResponseWriter, status int, name string, view page) {
	view = p.complete(view)
	view.Elsewhere = p.elsewhere(w, &view)
	p.renderPart(w, status, name, "layout", view)
}

// complete fills in the fields that all pages share.
func (p *reader) complete(view page) page {
	view.Lang, view.Version, view.Assets = p.lang, p.Version, p.assets
	view.Now, view.Time, view.Zone = p.now.UnixMilli(), p.now.Format("15:04"), p.Zone.String()
	view.Open, view.Who = p.who.Kind == access.KindOpen, p.who.Name
	view.CanRead, view.CanWrite = p.who.Role.Includes(access.Viewer), p.who.Role.Includes(access.Analyst)
	view.CanManage = p.who.Role.Includes(access.Admin)
	if view.At == "" {
		view.At = p.LiveVersion()
	}
	for _, lang := range languages {
		query := p.r.URL.Query()
		query.Set("lang", lang)
		query.Del("done") // the confirmation is shown once
		here := url.URL{Path: p.Base + p.r.URL.Path, RawQuery: query.Encode()}
		if p.r.Method != http.MethodGet { // the response to a form has no address for GET
			here.Path = p.Base + web.ParentPage(p.r.URL.Path)
		}
		view.Languages = append(view.Languages, choice{Value: here.String(), Text: p.server.texts[lang].say("language"), Chosen: lang == p.lang})
	}
	if done := p.r.URL.Query().Get("done"); slices.Contains(confirmedForms[:], done) {
		view.Done = p.say("done_" + done)
	}
	return view
}

// renderPart renders into memory first, so that a failing template does not send
// half a page.
func (p *reader) renderPart(w http.ResponseWriter, status int, name, part string, view page) {
	var text bytes.Buffer
	if err := p.pages[p.lang+"/"+name].ExecuteTemplate(&text, part, view); err != nil {
		p.Log.Log(p.r.Context(), web.FaultLevel(p.r.Context()), "page not rendered", "page", name, "error", err)
		p.Plain(w, http.StatusInternalServerError, web.InternalTrouble+"\n")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(text.Bytes()); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// assetsHash is a hash of the static files. It is part of their addresses, so
// that browsers load them again when they change.
func assetsHash() string {
	sum := sha256.New()
	err := fs.WalkDir(staticFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := staticFiles.ReadFile(path)
		sum.Write(text)
		return err
	})
	if err != nil {
		panic("web: " + err.Error())
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// static serves the static files. Browsers cache them permanently, because their
// addresses change with their content.
func (s *server) static(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeFileFS(w, r, staticFiles, "static/"+r.PathValue("name"))
}

// remember stores a choice in a cookie for a year, escaped because a cookie
// cannot contain Japanese.
func (s *server) remember(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: url.QueryEscape(value), Path: s.Base + "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
