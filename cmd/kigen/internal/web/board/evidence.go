package board

import (
	"net/http"
	"strconv"

	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
)

// evidence serves a file that is linked from an incident's page.
func (p *reader) evidence(w http.ResponseWriter) {
	file, content, err := p.ReadEvidence(p.R.Context(), frame.Actor, &web.IDParam{ID: p.R.PathValue("id")}, p.R.PathValue("sha256"))
	if err != nil {
		p.Fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Content-Disposition", web.AttachmentHeader(file.Name))
	h.Set("Content-Security-Policy", web.EvidencePolicy)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if _, err := w.Write(content); err != nil { //nolint:gosec // an attachment under a policy that runs nothing
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// fileView is a file on an incident's page. One that was erased has no Link.
type fileView struct{ Name, Link, Size, SHA256 string }

func (p *reader) fileViews(inc *sla.Incident, files []sla.Evidence) []fileView {
	views := make([]fileView, len(files))
	for i, f := range files {
		views[i] = fileView{Name: f.Name, Size: frame.Bytes(f.Size), SHA256: f.SHA256}
		if !f.Erased {
			views[i].Link = p.IncidentPath(inc.ID) + "/evidence/" + f.SHA256
		}
	}
	return views
}
