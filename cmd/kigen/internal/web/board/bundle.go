package board

import (
	"bytes"
	"context"
	"net/http"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
)

// bundleView is the incident's page in a bundle.
type bundleView struct {
	incidentView
	Events []bundleEvent
}

// bundleEvent is one event of the history with its hash.
type bundleEvent struct {
	eventView
	Seq  int64
	Hash string
}

// BundlePage renders the incident without forms and without links to kigen.
func (s *server) BundlePage(ctx context.Context, inc *sla.Incident, events []sla.Event, lang string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
	if err != nil {
		return nil, err
	}
	p := &reader{server: s, texts: s.texts[lang], r: r, now: events[len(events)-1].At.In(s.Zone), Zone: s.Zone}
	view := bundleView{incidentView: p.incidentPage(inc)}
	lines := p.history(inc, events) // newest first
	for i := range events {
		view.Events = append(view.Events, bundleEvent{lines[len(lines)-1-i], events[i].Seq, events[i].Hash})
	}
	for n := range view.Notices {
		linkFiles(view.Notices[n].Files)
	}
	for n := range view.Notes {
		linkFiles(view.Notes[n].Files)
	}
	var page bytes.Buffer
	err = s.pages[lang+"/bundle"].ExecuteTemplate(&page, "bundle", p.complete(pageOf(view)))
	return page.Bytes(), err
}

// linkFiles links the files to those in the bundle.
func linkFiles(files []fileView) {
	for i := range files {
		if files[i].Link == "" { // erased
			continue
		}
		files[i].Link = web.EvidenceName(sla.Evidence{Name: files[i].Name, SHA256: files[i].SHA256})
	}
}

// BundleReadme explains the files of a bundle and how to verify them.
func (s *server) BundleReadme(inc *sla.Incident, lang string) string {
	return s.texts[lang].say("bundle_readme", "ID", inc.ID.String())
}

func pageOf(view bundleView) page { return page{Title: view.ID + " " + view.Title, Main: view} }
