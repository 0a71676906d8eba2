package board

import (
	"context"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
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

// record renders incidents for their bundles.
type record struct{ *frame.Site }

// BundlePage renders the incident without forms and without links to kigen.
func (s record) BundlePage(ctx context.Context, inc *sla.Incident, events []sla.Event, lang string) ([]byte, error) {
	return s.Alone(ctx, lang, events[len(events)-1].At, "bundle", func(shown *frame.Reader) frame.Page {
		p := &reader{shown}
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
		return frame.Page{Title: view.ID + " " + view.Title, Main: view}
	})
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
func (s record) BundleReadme(inc *sla.Incident, lang string) string {
	return s.In(lang).Say("bundle_readme", "ID", inc.ID.String())
}
