package web

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
)

//go:embed templates
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// langCookie remembers the language that a reader chose.
const langCookie = "kigen_lang"

// pageNames lists the pages; each has a template of its name.
var pageNames = [...]string{"board", "incident", "new", "vendors", "vendor", "reports", "report", "health", "settings", "missing", "bundle", "login"}

// loadPages parses every page once for each language, because the wording is
// bound to the functions that a template calls; base is the path that kigen is
// served below.
func loadPages(all map[string]texts, base string) map[string]*template.Template {
	pages := map[string]*template.Template{}
	for lang, x := range all {
		for _, name := range pageNames {
			page := template.New(name).Funcs(template.FuncMap{"t": x.say, "base": func() string { return base }})
			pages[lang+"/"+name] = template.Must(page.ParseFS(templateFiles,
				"templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
		}
	}
	return pages
}

// reader is one person's request for a page: in which language and when.
type reader struct {
	*server
	texts
	r    *http.Request
	now  time.Time
	Zone *time.Location // in which this person reads and enters times
	who  access.Identity
}

// reader finds out how to speak to whoever asks. ?lang= wins and is remembered.
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
	return &reader{server: s, texts: s.texts[lang], r: r, now: s.Now().In(zone), Zone: zone, who: identityOf(r.Context())}
}

func known(lang string) bool { return slices.Contains(languages[:], lang) }

// page is what every template gets; Main is the page's own.
type page struct {
	Lang, Title, Nav, Version, Assets string
	Now                               int64  // Unix milliseconds, so that a page's countdown trusts our clock
	Time, Zone                        string // what our clock shows
	Languages                         []choice
	Done                              string // what was just done, for people
	Problems                          []problemView
	Open                              bool   // anyone on this machine may do anything
	Who                               string // who is signed in; empty: nobody
	CanRead, CanWrite, CanManage      bool   // what whoever is here may do
	Live                              bool   // the page keeps itself up to date
	At                                string // version that the page shows; empty: nobody tells it of news
	Main                              any
}

// choice is an entry of a list to choose from.
type choice struct {
	Value, Text string
	Chosen      bool
}

// render answers with a page.
func (p *reader) render(w http.ResponseWriter, status int, name string, view page) {
	p.renderPart(w, status, name, "layout", p.complete(view))
}

// complete adds what every page has around its own part.
func (p *reader) complete(view page) page {
	view.Lang, view.Version, view.Assets = p.lang, p.Version, p.assets
	view.Now, view.Time, view.Zone = p.now.UnixMilli(), p.now.Format("15:04"), p.Zone.String()
	view.Open, view.Who = p.who.Kind == access.KindOpen, p.who.Name
	view.CanRead, view.CanWrite = p.who.Role.Includes(access.Viewer), p.who.Role.Includes(access.Analyst)
	view.CanManage = p.who.Role.Includes(access.Admin)
	if view.At == "" {
		view.At = p.liveVersion()
	}
	for _, lang := range languages {
		query := p.r.URL.Query()
		query.Set("lang", lang)
		query.Del("done") // said once is enough
		here := url.URL{Path: p.Base + p.r.URL.Path, RawQuery: query.Encode()}
		if p.r.Method != http.MethodGet { // the answer to a form has no address of its own
			here.Path = p.Base + parentPage(p.r.URL.Path)
		}
		view.Languages = append(view.Languages, choice{Value: here.String(), Text: p.server.texts[lang].say("language"), Chosen: lang == p.lang})
	}
	if done := p.r.URL.Query().Get("done"); slices.Contains(deeds[:], done) {
		view.Done = p.say("done_" + done)
	}
	return view
}

// renderPart renders into memory first, so that a fault in a template never
// leaves half a page behind.
func (p *reader) renderPart(w http.ResponseWriter, status int, name, part string, view page) {
	var text bytes.Buffer
	if err := p.pages[p.lang+"/"+name].ExecuteTemplate(&text, part, view); err != nil {
		p.Log.ErrorContext(p.r.Context(), "page not rendered", "page", name, "error", err)
		p.plain(w, http.StatusInternalServerError, insideTrouble+"\n")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := w.Write(text.Bytes()); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// assetsHash names the content of the static files, so that a browser asks
// anew exactly when they changed.
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

// static files are kept by browsers for good: their address changes with their content.
func (s *server) static(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeFileFS(w, r, staticFiles, "static/"+r.PathValue("name"))
}
