package about

import (
	"net/http"

	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla/phrase/localizer"
)

// displayView is the page of the reader's own settings, which cookies hold: also a
// reader who is not signed in has them.
type displayView struct {
	Languages []frame.Choice
	Zone      string // the chosen one; empty: the configured one
	Default   string // the configured zone
	Zones     []string
	Example   string // the present time as it is shown
}

func (p *reader) display(w http.ResponseWriter) {
	view := displayView{Default: p.Site.Zone.String(), Zones: offeredZones(), Example: p.Instant(p.Now)}
	if p.Zone != p.Site.Zone {
		view.Zone = p.Zone.String()
	}
	chosen := frame.LangChosen(p.R)
	if query := p.R.URL.Query(); query.Has("lang") {
		chosen = query.Get("lang")
	}
	view.Languages = []frame.Choice{{Text: p.Say("display_browser"), Chosen: chosen == ""}}
	for _, lang := range localizer.Languages() {
		view.Languages = append(view.Languages, frame.Choice{Value: lang, Text: p.In(lang).Say("language"), Chosen: lang == chosen})
	}
	p.Render(w, http.StatusOK, "display", frame.Page{Title: p.Say("display_title"), Nav: "display", Main: view})
}

// offeredZones lists suggestions; every zone of the tz database is accepted.
func offeredZones() []string {
	return []string{"Asia/Tokyo", "UTC", "Asia/Singapore", "Asia/Kolkata", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Australia/Sydney"}
}
