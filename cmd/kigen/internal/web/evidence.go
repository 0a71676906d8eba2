package web

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"kigen/sla"
	"kigen/sla/tracker"
)

// maxNoticeBody bounds a request that brings evidence: its files, and what
// base64 and a text add to them.
const maxNoticeBody = tracker.LargestFile/3*4 + 2<<20

// evidencePolicy lets nothing run of what a vendor, or whoever wrote to us in
// its name, has sent.
const evidencePolicy = "default-src 'none'; sandbox"

// postedFiles reads the files that came with a form. A browser sends an empty
// part where none was chosen.
func (p *reader) postedFiles() ([]tracker.Attachment, error) {
	if p.r.MultipartForm == nil {
		return nil, nil
	}
	var files []tracker.Attachment
	for _, header := range p.r.MultipartForm.File["files"] {
		if header.Filename == "" && header.Size == 0 {
			continue
		}
		part, err := header.Open()
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		files = append(files, attachment(header.Filename, content))
	}
	return files, nil
}

// attachment trusts the content and not what the sender calls it.
func attachment(name string, content []byte) tracker.Attachment {
	return tracker.Attachment{Name: name, Type: http.DetectContentType(content), Content: content}
}

// newFile is a file in the body that records a notice.
type newFile struct {
	Name    string `json:"name" minLength:"1" maxLength:"500" example:"notice.eml"`
	Content []byte `json:"content" doc:"Base64"`
}

// fileJSON is a file as it is read back.
type fileJSON struct {
	Name   string `json:"name"`
	Type   string `json:"type" doc:"As sniffed from the content"`
	Size   int64  `json:"size" doc:"Bytes"`
	SHA256 string `json:"sha256"`
}

func filesView(files []sla.Evidence) []fileJSON {
	views := make([]fileJSON, len(files))
	for i, f := range files {
		views[i] = fileJSON(f)
	}
	return views
}

// evidenceInput names a file by its hash.
type evidenceInput struct {
	IDParam
	SHA256 string `path:"sha256" pattern:"^[0-9a-f]{64}$" doc:"As the notice's files name it"`
}

// evidenceOutput is a file to save, never to show: a browser opens nothing of
// it in our name.
type evidenceOutput struct {
	ContentType   string `header:"Content-Type"`
	Disposition   string `header:"Content-Disposition"`
	ContentPolicy string `header:"Content-Security-Policy"`
	Body          []byte
}

func (s *server) getEvidence(ctx context.Context, in *evidenceInput) (*evidenceOutput, error) {
	id, err := in.incident()
	if err != nil {
		return nil, err
	}
	var file sla.Evidence
	var content []byte
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		file, content, err = r.Evidence(ctx, id, in.SHA256)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &evidenceOutput{
		ContentType: file.Type, Disposition: attachmentHeader(file.Name), ContentPolicy: evidencePolicy, Body: content,
	}, nil
}

// attachmentHeader names a file to save, in any script.
func attachmentHeader(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// evidence hands a file to the reader of an incident's page.
func (p *reader) evidence(w http.ResponseWriter) {
	out, err := p.getEvidence(p.r.Context(), &evidenceInput{IDParam: IDParam{ID: p.r.PathValue("id")}, SHA256: p.r.PathValue("sha256")})
	if err != nil {
		p.fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", out.ContentType)
	h.Set("Content-Disposition", out.Disposition)
	h.Set("Content-Security-Policy", out.ContentPolicy)
	h.Set("Content-Length", strconv.Itoa(len(out.Body)))
	if _, err := w.Write(out.Body); err != nil {
		p.Log.Debug("answer not delivered", "error", err)
	}
}

// fileView is a file on an incident's page.
type fileView struct{ Name, Link, Size, SHA256 string }

func (p *reader) fileViews(inc *sla.Incident, files []sla.Evidence) []fileView {
	views := make([]fileView, len(files))
	for i, f := range files {
		views[i] = fileView{Name: f.Name, Link: p.incidentPath(inc.ID) + "/evidence/" + f.SHA256, Size: bytesText(f.Size), SHA256: f.SHA256}
	}
	return views
}

// bytesText is a size as people compare it.
func bytesText(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<10), 'f', 1, 64) + " KiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}
