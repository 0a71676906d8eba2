package api

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/phrase"
	"kigen/sla/record"
	"kigen/sla/tracker"
)

// verifyScript checks a bundle without kigen.
//
//go:embed bundleverify.sh
var verifyScript []byte

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

// getBundle packs all data of an incident, with hashes by which it can be
// verified without kigen.
func (s *server) getBundle(ctx context.Context, in *web.IDParam) (*bundleOutput, error) {
	id, err := in.Incident()
	if err != nil {
		return nil, err
	}
	var inc *sla.Incident
	var events []sla.Event
	var files []bundleFile
	var head record.Head
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error { // one read transaction, for a consistent state
		if inc, err = r.Incident(ctx, id); err != nil {
			return err
		}
		if events, err = r.Events(ctx, id); err != nil {
			return err
		}
		if head, err = r.Head(ctx); err != nil {
			return err
		}
		files, err = evidenceFiles(ctx, r, inc)
		return err
	})
	if err == nil {
		err = checkVerdict(inc, events)
	}
	if err != nil {
		return nil, err
	}
	lang := s.proseLang(in.LangParam)
	records, err := s.bundleRecords(ctx, inc, events, lang)
	if err != nil {
		return nil, err
	}
	records = append(records,
		bundleFile{"RECORD.txt", fmt.Appendf(nil, "%d %s\n", head.Count, head.Hash)},
		bundleFile{"verify.sh", verifyScript})
	body, err := packBundle(append(records, files...), events[len(events)-1].At)
	if err != nil {
		return nil, err
	}
	s.Note(ctx, web.APIActor, "bundle_read", id.String())
	return &bundleOutput{ContentType: "application/zip", Disposition: web.AttachmentHeader(id.String() + ".zip"), Body: body}, nil
}

// checkVerdict refuses to pack an incident that is not what its history tells.
func checkVerdict(inc *sla.Incident, events []sla.Event) error {
	differences := history.FoldEvents(events).Differences(inc)
	if len(differences) == 0 {
		return nil
	}
	return fmt.Errorf("%s %w: it is not what its history tells: %s", inc.ID, tracker.ErrUnreadable, strings.Join(differences, "; "))
}

// evidenceFiles returns the files of the notices, and the list of their original names.
// Equal contents under two names are two files.
func evidenceFiles(ctx context.Context, r tracker.Reader, inc *sla.Incident) ([]bundleFile, error) {
	var files []bundleFile
	var names bytes.Buffer
	seen, listed := map[string]bool{}, map[string]bool{}
	for _, f := range web.FilesOf(inc) {
		name := web.EvidenceName(f)
		if line := name + "\t" + phrase.Line(f.Name) + "\n"; !listed[line] {
			listed[line] = true
			names.WriteString(line)
		}
		if seen[name] || f.Erased {
			continue
		}
		seen[name] = true
		_, content, err := r.Evidence(ctx, inc.ID, f.SHA256)
		if err != nil {
			return nil, err
		}
		files = append(files, bundleFile{name, content})
	}
	if len(files) == 0 {
		return nil, nil
	}
	return append(files, bundleFile{"EVIDENCE.txt", names.Bytes()}), nil
}

// bundleRecords returns the incident and its history as JSON, as a page, and as
// the hashed bytes of each event.
func (s *server) bundleRecords(ctx context.Context, inc *sla.Incident, events []sla.Event, lang string) ([]bundleFile, error) {
	incident, err := json.MarshalIndent(s.incidentView(inc, lang), "", "  ")
	if err != nil {
		return nil, err
	}
	history, err := json.MarshalIndent(s.eventViews(events), "", "  ")
	if err != nil {
		return nil, err
	}
	page, err := s.Record.BundlePage(ctx, inc, events, lang)
	if err != nil {
		return nil, err
	}
	files := []bundleFile{
		{"README.txt", []byte(s.Record.BundleReadme(inc, lang))},
		{"incident.html", page},
		{"incident.json", append(incident, '\n')},
		{"events.json", append(history, '\n')},
	}
	// The exact bytes of each event that its hash was computed from; they begin
	// with the hash of the previous event.
	var sealed bytes.Buffer
	for i := range events {
		name := fmt.Sprintf("events/%04d.txt", events[i].Seq)
		fmt.Fprintf(&sealed, "%s  %s\n", events[i].Hash, name)
		files = append(files, bundleFile{name, events[i].Sealed()},
			bundleFile{fmt.Sprintf("bodies/%04d.json", events[i].Seq), events[i].Body})
	}
	return append(files, bundleFile{"EVENTS.sha256", sealed.Bytes()}), nil
}

// packBundle writes the files and the list of their hashes. The result is the
// same for the same input.
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
