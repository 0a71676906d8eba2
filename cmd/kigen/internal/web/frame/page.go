// Package frame is what all pages share: texts, layout, language and zone of the reader,
// forms, errors, and parts that are rendered once for all open pages. The templates and
// the texts of all pages are here, so that they look and read as one.
package frame

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"sync"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"kigen/cmd/kigen/internal/access"
	"kigen/cmd/kigen/internal/web"
)

//go:embed templates
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pageNames lists the page templates.
var pageNames = [...]string{"board", "incident", "new", "import", "vendors", "vendor", "register", "duties", "reports", "report", "health", "settings", "display", "help", "words", "missing", "bundle", "login", "step", "account", "second", "codes", "people", "inbox", "item"}

// pages holds the templates by language and page. Each is parsed when it is first
// shown, and kept: all of them take 7 MB, most of which a daemon never needs.
type pages map[string]func() *template.Template

// loadPages makes every page once per language, because the function t in a
// template is bound to a language. base is the path prefix of all addresses.
func loadPages(all map[string]Texts, base string) pages {
	made := pages{}
	for lang, x := range all {
		functions := template.FuncMap{"t": x.Say, "verdict": x.VerdictName, "state": x.StateName, "base": func() string { return base }}
		for _, name := range pageNames {
			made[lang+"/"+name] = sync.OnceValue(func() *template.Template {
				return template.Must(template.New(name).Funcs(functions).ParseFS(templateFiles,
					"templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
			})
		}
	}
	return made
}

// in returns the template of a page.
func (p pages) in(lang, name string) *template.Template { return p[lang+"/"+name]() }

// confirmedForms lists the forms that confirm their success after the redirect.
var confirmedForms = [...]string{"logged", "notice", "ack", "owner", "note", "chaser", "chaser_send", "amend", "cancel", "erase", "withdraw", "reopen", "waive", "unwaive", "decision", "submission", "submission_withdrawn", "password", "sessions", "second", "display", "report_sent", "report_frozen", "report_same", "draft_saved", "draft_dropped", "published", "withdrawn", "document", "review", "item_notice", "item_logged", "item_linked", "item_dismissed", "item_undone"}

// Site serves the pages for people.
type Site struct {
	*web.Server
	texts  map[string]Texts // by language
	pages  pages
	assets string // hash of the static files

	shared sharedParts
}

// New loads texts and templates, and adds the static files and the pages about errors
// to s.
func New(s *web.Server) *Site {
	all := loadTexts()
	site := &Site{Server: s, texts: all, pages: loadPages(all, s.Base), assets: assetsHash()}
	s.Mux.HandleFunc("GET /static/{name}", site.static)
	site.Handle("/", (*Reader).Missing)
	s.Forbid = func(w http.ResponseWriter, r *http.Request, least access.Role) { site.reader(w, r).Forbidden(w, least) }
	return site
}

// Handle registers a page.
func (s *Site) Handle(pattern string, handle func(*Reader, http.ResponseWriter)) {
	s.Mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handle(s.reader(w, r), w) })
}

// In returns the texts of a language.
func (s *Site) In(lang string) Texts { return s.texts[lang] }

// Page is the data of every template; Main is specific to the page.
type Page struct {
	Lang, Title, Nav, Version, Assets string
	Now                               int64  // Unix milliseconds, so that countdowns use kigen's clock
	Time, Zone                        string // kigen's time of day
	Languages                         []Choice
	Done                              string // confirmation of the last form
	Elsewhere                         string // where else the person is signed in; empty: not said
	Problems                          []Problem
	Open                              bool   // access control is off
	Who                               string // the signed-in user; empty: none
	CanRead, CanWrite, CanManage      bool   // permissions of the caller
	Live                              bool   // the page refreshes itself
	OurDuties                         bool   // duties of ours are switched on
	Inbox                             *Inbox // nil: there is none
	At                                string // version that the page shows; empty: there are no announcements
	Main                              any
}

// Inbox is how many items wait in the inbox.
type Inbox struct {
	Waiting int
	Used    bool // a source is configured, or something came in
}

// waiting counts the items that wait in the inbox; nil: there is none, or it can't be told.
func (p *Reader) waiting() *Inbox {
	if p.Intake == nil {
		return nil
	}
	n, used, err := p.Intake.Waiting(p.R.Context())
	if err != nil { // the page itself matters more
		p.Log.DebugContext(p.R.Context(), "items of the inbox not counted", "error", err)
		return nil
	}
	return &Inbox{Waiting: n, Used: used}
}

// Render answers with a page.
func (p *Reader) Render(w http.ResponseWriter, status int, name string, view Page) {
	view = p.Complete(view)
	view.Elsewhere = p.elsewhere(w, &view)
	p.RenderPart(w, status, name, "layout", view)
}

// Complete fills in the fields that all pages share.
func (p *Reader) Complete(view Page) Page {
	view.Lang, view.Version, view.Assets = p.Lang, p.Version, p.assets
	view.Now, view.Time, view.Zone = p.Now.UnixMilli(), p.Now.Format("15:04"), p.Zone.String()
	view.Open, view.Who = p.Who.Kind == access.KindOpen, p.Who.Name
	view.CanRead, view.CanWrite = p.Who.Role.Includes(access.Viewer), p.Who.Role.Includes(access.Analyst)
	view.OurDuties = len(p.Tracker.Duties) > 0
	if view.CanRead {
		view.Inbox = p.waiting()
	}
	view.CanManage = p.Who.Role.Includes(access.Admin)
	if view.At == "" {
		view.At = p.LiveVersion()
	}
	for _, lang := range languages {
		query := p.R.URL.Query()
		query.Set("lang", lang)
		query.Del("done") // the confirmation is shown once
		here := url.URL{Path: p.Base + p.R.URL.Path, RawQuery: query.Encode()}
		if p.R.Method != http.MethodGet { // the response to a form has no address for GET
			here.Path = p.Base + web.ParentPage(p.R.URL.Path)
		}
		view.Languages = append(view.Languages, Choice{Value: here.String(), Text: p.Site.In(lang).Say("language"), Chosen: lang == p.Lang})
	}
	if done := p.R.URL.Query().Get("done"); slices.Contains(confirmedForms[:], done) {
		view.Done = p.Say("done_" + done)
	}
	return view
}

// RenderPart renders into memory first, so that a failing template does not send
// half a page.
func (p *Reader) RenderPart(w http.ResponseWriter, status int, name, part string, view Page) {
	var text bytes.Buffer
	if err := p.pages.in(p.Lang, name).ExecuteTemplate(&text, part, view); err != nil {
		p.Log.Log(p.R.Context(), web.FaultLevel(p.R.Context()), "page not rendered", "page", name, "error", err)
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
func (s *Site) static(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeFileFS(w, r, staticFiles, "static/"+r.PathValue("name"))
}

// Remember stores a choice in a cookie for a year, escaped because a cookie
// cannot contain Japanese.
func (s *Site) Remember(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: url.QueryEscape(value), Path: s.Base + "/", MaxAge: 365 * 24 * 60 * 60,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
