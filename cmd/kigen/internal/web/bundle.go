package web

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"time"

	"kigen/sla"
	"kigen/sla/tracker"
)

// bundleFile is one file of an evidence bundle.
type bundleFile struct {
	name    string
	content []byte
}

type bundleOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// getBundle packs everything about one incident, with the hashes by which it
// can be checked without kigen.
func (s *server) getBundle(ctx context.Context, in *IDParam) (*bundleOutput, error) {
	id, err := in.incident()
	if err != nil {
		return nil, err
	}
	var inc *sla.Incident
	var events []sla.Event
	var files []bundleFile
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error { // as it stood at one instant
		if inc, err = r.Incident(ctx, id); err != nil {
			return err
		}
		if events, err = r.Events(ctx, id); err != nil {
			return err
		}
		files, err = evidenceFiles(ctx, r, inc)
		return err
	})
	if err != nil {
		return nil, err
	}
	lang := s.proseLang(in.LangParam)
	records, err := s.bundleRecords(ctx, inc, events, lang)
	if err != nil {
		return nil, err
	}
	body, err := packBundle(append(records, files...), events[len(events)-1].At)
	if err != nil {
		return nil, err
	}
	return &bundleOutput{ContentType: "application/zip", Disposition: attachmentHeader(id.String() + ".zip"), Body: body}, nil
}

// evidenceFiles are the files that came with the notices, once each, under
// their hash and name.
func evidenceFiles(ctx context.Context, r tracker.Reader, inc *sla.Incident) ([]bundleFile, error) {
	var files []bundleFile
	seen := map[string]bool{}
	for _, n := range inc.Notices {
		for _, f := range n.Files {
			if seen[f.SHA256] {
				continue
			}
			seen[f.SHA256] = true
			_, content, err := r.Evidence(ctx, inc.ID, f.SHA256)
			if err != nil {
				return nil, err
			}
			files = append(files, bundleFile{evidenceName(f), content})
		}
	}
	return files, nil
}

func evidenceName(f sla.Evidence) string { return path.Join("evidence", f.SHA256[:16]+"-"+f.Name) }

// bundleRecords are the incident and its history, for programs, for people and
// for whoever checks them.
func (s *server) bundleRecords(ctx context.Context, inc *sla.Incident, events []sla.Event, lang string) ([]bundleFile, error) {
	incident, err := json.MarshalIndent(s.incidentView(inc, lang), "", "  ")
	if err != nil {
		return nil, err
	}
	history, err := json.MarshalIndent(s.eventViews(events), "", "  ")
	if err != nil {
		return nil, err
	}
	page, err := s.bundlePage(ctx, inc, events, lang)
	if err != nil {
		return nil, err
	}
	files := []bundleFile{
		{"README.txt", []byte(s.texts[lang].say("bundle_readme", "ID", inc.ID.String()))},
		{"incident.html", page},
		{"incident.json", append(incident, '\n')},
		{"events.json", append(history, '\n')},
	}
	// What each event's hash was taken of, byte for byte: its own file hashes to
	// what kigen sealed, and begins with the hash of the one before.
	var sealed bytes.Buffer
	for i := range events {
		name := fmt.Sprintf("events/%04d.txt", events[i].Seq)
		fmt.Fprintf(&sealed, "%s  %s\n", events[i].Hash, name)
		files = append(files, bundleFile{name, events[i].Sealed()})
	}
	return append(files, bundleFile{"EVENTS.sha256", sealed.Bytes()}), nil
}

// packBundle writes the files and the list of their hashes. The same state
// gives the same bytes.
func packBundle(files []bundleFile, at time.Time) ([]byte, error) {
	var sums bytes.Buffer
	for _, f := range files {
		sum := sha256.Sum256(f.content)
		fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(sum[:]), f.name)
	}
	files = append(files, bundleFile{"SHA256SUMS", sums.Bytes()})
	var packed bytes.Buffer
	out := zip.NewWriter(&packed)
	for _, f := range files {
		part, err := out.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at.UTC()})
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// bundleView is the incident's page in a bundle, which has nothing beside it.
type bundleView struct {
	incidentView
	Events []bundleEvent
}

// bundleEvent is one line of the history with its hash.
type bundleEvent struct {
	eventView
	Seq  int64
	Hash string
}

// bundlePage renders the incident for people, without forms and without links
// to anywhere else.
func (s *server) bundlePage(ctx context.Context, inc *sla.Incident, events []sla.Event, lang string) ([]byte, error) {
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
		for i := range view.Notices[n].Files {
			file := &view.Notices[n].Files[i]
			file.Link = evidenceName(sla.Evidence{Name: file.Name, SHA256: file.SHA256})
		}
	}
	var page bytes.Buffer
	err = s.pages[lang+"/bundle"].ExecuteTemplate(&page, "bundle", p.complete(pageOf(view)))
	return page.Bytes(), err
}

func pageOf(view bundleView) page { return page{Title: view.ID + " " + view.Title, Main: view} }
