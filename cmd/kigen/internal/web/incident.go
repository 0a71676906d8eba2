package web

import (
	"cmp"
	"context"
	"mime"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/chaser"
	"kigen/sla/tracker"
)

// IDParam is the incident id in the path.
type IDParam struct {
	ID string `path:"id" doc:"KGN-42 or 42" example:"KGN-42"`
	LangParam
}

// Incident reads the path's id.
func (p *IDParam) Incident() (sla.IncidentID, error) {
	id, err := sla.ParseIncidentID(p.ID)
	if err != nil {
		return 0, tracker.Invalidf("id", p.ID, "is not an incident id: write it as KGN-42 or 42")
	}
	return id, nil
}

// Read returns an incident and its history from one read transaction, so that
// they fit together.
func (s *Server) Read(ctx context.Context, p *IDParam) (inc *sla.Incident, events []sla.Event, err error) {
	id, err := p.Incident()
	if err != nil {
		return nil, nil, err
	}
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		if inc, err = r.Incident(ctx, id); err != nil {
			return err
		}
		events, err = r.Events(ctx, id)
		return err
	})
	return inc, events, err
}

// ReadEvidence returns a file of one of the incident's notices or notes by its hash,
// and writes into the access log that it was read. way is as in RequestOf.
func (s *Server) ReadEvidence(ctx context.Context, way string, p *IDParam, sha256 string) (file sla.Evidence, content []byte, err error) {
	id, err := p.Incident()
	if err != nil {
		return file, nil, err
	}
	err = s.Tracker.Store.View(ctx, func(r tracker.Reader) error {
		file, content, err = r.Evidence(ctx, id, sha256)
		return err
	})
	if err == nil {
		s.Note(ctx, way, "evidence_read", id.String()+" "+sha256)
	}
	return file, content, err
}

// FilesOf lists the files of an incident's notices and notes.
func FilesOf(inc *sla.Incident) (files []sla.Evidence) {
	for i := range inc.Notices {
		files = append(files, inc.Notices[i].Files...)
	}
	for i := range inc.Notes {
		files = append(files, inc.Notes[i].Files...)
	}
	for i := range inc.Submissions {
		files = append(files, inc.Submissions[i].Files...)
	}
	return files
}

// AttachmentHeader is a Content-Disposition with a file name in any script.
func AttachmentHeader(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// SelectMonth limits a query to a month in the configured zone.
func (s *Server) SelectMonth(q *tracker.Query, month string) error {
	if month == "" {
		return nil
	}
	first, err := time.ParseInLocation("2006-01", month, s.Zone)
	if err != nil {
		return tracker.Invalidf("query.month", month, "is not a month: write it as 2026-10")
	}
	q.From, q.To = first, first.AddDate(0, 1, 0)
	return nil
}

// Unreadable is reported as the state of an incident whose record is damaged.
const Unreadable sla.State = "unreadable"

// StateOf returns the most urgent state of an incident's clocks, in the order of
// the board. Only incidents at vendors without promises have no clocks.
func StateOf(inc *sla.Incident) sla.State {
	if inc.Unreadable != "" {
		return Unreadable
	}
	if !inc.CancelledAt.IsZero() {
		return sla.Cancelled
	}
	for _, state := range sla.States {
		if slices.ContainsFunc(inc.Clocks, func(c sla.Clock) bool { return c.State == state }) {
			return state
		}
	}
	return sla.NoCommitment
}

// Leading returns the clock that determines an incident's state: of several open
// ones the one due first, of settled ones the one due last; nil without clocks.
func Leading(clocks []sla.Clock) *sla.Clock {
	if len(clocks) == 0 {
		return nil
	}
	first := slices.MinFunc(clocks, func(a, b sla.Clock) int {
		due := a.Due.Compare(b.Due)
		if !a.State.Open() {
			due = -due
		}
		return cmp.Or(cmp.Compare(Rank(a.State), Rank(b.State)), due)
	})
	return &first
}

// Rank is a state's position in the order of the board.
func Rank(state sla.State) int { return slices.Index(sla.States[:], state) }

// Chaser drafts the mail to the vendor; false: the vendor owes no notice.
func (s *Server) Chaser(lang string, inc *sla.Incident) (chaser.Letter, bool) {
	vendor, _ := s.Catalogue.Vendor(inc.Vendor)
	return chaser.Write(lang, chaser.About{Incident: inc, Vendor: vendor, Now: s.Now(), Zone: s.Zone})
}

// RefusedOf lists the refused messages of an incident.
func (s *Server) RefusedOf(ctx context.Context, id sla.IncidentID) ([]Refusal, error) {
	if s.Refused == nil {
		return nil, nil
	}
	return s.Refused(ctx, id)
}

// AllAt sets every moment to the same time, so that the start of every promise
// is known.
func AllAt(at time.Time) (times sla.Times) {
	for m := range times {
		times[m] = sla.Stamp{At: at, Basis: sla.Stated}
	}
	return times
}

// UnknownVendor lists the known ids as the remedy.
func (s *Server) UnknownVendor(field, id string) tracker.Problem {
	return tracker.Problemf(field, id, "%s", s.Catalogue.Unknown(id))
}

// LangParam selects the language of the texts in a response.
type LangParam struct {
	Lang string `query:"lang" enum:"ja,en" doc:"Language of the texts; absent: the configured one"`
}
