package daemon

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// Issue is a report that is ready to go out: the edition, what a message says
// of it, and its files.
type Issue struct {
	Kept  *store.KeptReport // without an Edition it is still to be kept
	After int               // the newest edition when it was made
	Note  render.Note
	Files []sla.Attachment
}

// Issue makes a finished period's report ready. What has not changed since the
// newest edition goes out as that edition. Nothing is stored yet.
func (s *Reports) Issue(ctx context.Context, period report.Period) (*Issue, error) {
	kept, after, err := s.draft(ctx, period)
	if err != nil {
		return nil, err
	}
	r, err := s.opened(kept) // what is kept is what is sent
	if err != nil {
		return nil, err
	}
	i := &Issue{Kept: kept, After: after}
	if i.Note, err = s.note(r); err != nil {
		return nil, err
	}
	for _, format := range s.Formats {
		if err := s.enclose(i, r, format); err != nil {
			return nil, fmt.Errorf("report of %s: %w", period.Label, err)
		}
	}
	return i, nil
}

// opened reads an edition, also one that is still to be kept.
func (s *Reports) opened(kept *store.KeptReport) (report.Report, error) {
	if kept.Edition != 0 {
		return openEdition(kept, s.Zone)
	}
	r, err := report.Decode(kept.Model, s.Zone)
	if err != nil {
		return r, fmt.Errorf("report of %s: %w", kept.Period, err)
	}
	return r, nil
}

// enclose adds the report in one format.
func (s *Reports) enclose(i *Issue, r report.Report, format string) error {
	form, err := render.FormNamed(format)
	if err != nil {
		return err
	}
	title, err := render.Name(r.Period, s.Lang)
	if err != nil {
		return err
	}
	var whole bytes.Buffer
	if err := form.Write(&whole, r, s.Lang, render.CSVOptions{BOM: true}); err != nil {
		return err
	}
	file := render.NoteFile{Name: "kigen-" + r.Period.Label + "." + format, Title: title + " (" + strings.ToUpper(format) + ")"}
	if s.BaseURL != "" {
		query := url.Values{"format": {format}, "lang": {s.Lang}, "edition": {strconv.Itoa(cmp.Or(i.Kept.Edition, i.After+1))}}
		file.Link = s.BaseURL + "/reports/" + r.Period.Label + "?" + query.Encode()
	}
	i.Note.Files = append(i.Note.Files, file)
	i.Files = append(i.Files, sla.Attachment{Name: file.Name, Type: form.MediaType, Data: whole.Bytes()})
	return nil
}

// alert is the report as an alert under a key, without when and to whom.
func (i *Issue) alert(key string) (sla.Alert, error) {
	body, err := json.Marshal(i.Note)
	if err != nil {
		return sla.Alert{}, fmt.Errorf("report of %s: %w", i.Kept.Period, err)
	}
	return sla.Alert{Key: key, Reason: sla.ReasonReport, Body: body, Files: i.Files}, nil
}

// Send issues the report of a finished period at once, also where it was sent
// before; the message says so. It does not wait for quiet hours to end: a
// person is sending it. Without destinations it goes where the scheduled one
// does. What can't be had is tracker.Invalid.
func (m *Monthly) Send(ctx context.Context, label string, to []string) (*web.Dispatch, error) {
	to, err := m.addressees(to)
	if err != nil {
		return nil, err
	}
	now := m.Now().Round(0)
	period, err := readPeriod(label, m.Zone, now)
	if err != nil {
		return nil, err
	}
	scheduled, byHand, err := m.Store.Issued(ctx, period.Label)
	if err != nil {
		return nil, err
	}
	issue, err := m.Build(ctx, period)
	if err != nil {
		return nil, err
	}
	note, err := render.ByHand(period, m.Lang, byHand+1, scheduled || byHand > 0)
	if err != nil {
		return nil, err
	}
	issue.Note.Notes = append(issue.Note.Notes, note)
	alert, err := issue.alert(fmt.Sprintf("report/%s/sent/%d", period.Label, byHand+1))
	if err != nil {
		return nil, err
	}
	alert.At, alert.To = now, to
	raised, err := m.issue(ctx, issue, []sla.Alert{alert})
	if err != nil {
		return nil, err
	}
	if !raised { // somebody else sends it at this very moment
		return nil, fmt.Errorf("report of %s: %w", period.Label, tracker.ErrConflict)
	}
	sent := &web.Dispatch{Period: period.Label, Edition: issue.Kept.Edition, Key: alert.Key, To: to, Files: []string{}}
	for _, f := range issue.Files {
		sent.Files = append(sent.Files, f.Name)
	}
	return sent, nil
}

// addressees checks to whom a report is to be sent.
func (m *Monthly) addressees(to []string) ([]string, error) {
	known := strings.Join(m.Known, ", ")
	if len(to) == 0 {
		to = m.To
	}
	if len(to) == 0 {
		return nil, tracker.Invalid{{
			Field: "to", Message: "nobody is named, and report.to is empty: name one or more of " + known,
			Ja: "送り先の指定がなく、report.to も空です。次から指定してください: " + known,
		}}
	}
	for _, name := range to {
		if !slices.Contains(m.Known, name) {
			return nil, tracker.Invalid{{
				Field: "to", Value: name, Message: "is no destination: use " + known,
				Ja: "登録されていない通知先です。次のいずれかを指定してください: " + known,
			}}
		}
	}
	return to, nil
}

// issue stores the edition and the alerts together, and wakes the senders.
func (m *Monthly) issue(ctx context.Context, i *Issue, alerts []sla.Alert) (raised bool, err error) {
	raised, err = m.Store.IssueReport(ctx, &store.Issue{Kept: i.Kept, After: i.After, Alerts: alerts})
	if raised {
		m.Log.Info("report raised", "period", i.Kept.Period, "edition", i.Kept.Edition, "key", alerts[0].Key)
		m.Raised()
	}
	return raised, err
}
