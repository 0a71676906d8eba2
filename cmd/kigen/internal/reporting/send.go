package reporting

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
	"kigen/sla/outbox"
	"kigen/sla/report"
	"kigen/sla/tracker"
	"kigen/store"
)

// SendResult is the result of sending a report by hand.
type SendResult struct {
	Period  string   `json:"period"`
	Edition int      `json:"edition" doc:"Number of the edition that was sent; a new one is saved if the report had changed"`
	Key     string   `json:"key" doc:"Identifies this sending; its last part is a counter"`
	To      []string `json:"to" nullable:"false" doc:"Destinations"`
	Files   []string `json:"files" nullable:"false" doc:"Names of the attached files"`
}

// Message is a report ready to be sent: the edition, a summary of it and its
// files.
type Message struct {
	Edition *store.Edition // with the Number 0 it is stored when the message is sent
	After   int            // number of the newest edition when Edition was made
	Note    render.Note
	Files   []outbox.Attachment
}

// Prepare makes the message for a finished period. A report that has not changed
// since the newest edition is sent as that edition. Prepare stores nothing.
func (s *Reports) Prepare(ctx context.Context, period report.Period) (*Message, error) {
	edition, after, err := s.draft(ctx, period)
	if err != nil {
		return nil, err
	}
	r, err := openEdition(edition, s.Zone) // the files are made from the stored bytes
	if err != nil {
		return nil, err
	}
	m := &Message{Edition: edition, After: after}
	if m.Note, err = s.note(r); err != nil {
		return nil, err
	}
	done, err := s.Renderings.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	for _, format := range s.Formats {
		if err := s.attach(m, r, format); err != nil {
			return nil, fmt.Errorf("report of %s: %w", period.Label, err)
		}
	}
	return m, nil
}

// attach adds the report in one format.
func (s *Reports) attach(m *Message, r report.Report, format string) error {
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
		query := url.Values{"format": {format}, "lang": {s.Lang}, "edition": {strconv.Itoa(cmp.Or(m.Edition.Number, m.After+1))}}
		file.Link = s.BaseURL + "/reports/" + r.Period.Label + "?" + query.Encode()
	}
	m.Note.Files = append(m.Note.Files, file)
	m.Files = append(m.Files, outbox.Attachment{Name: file.Name, Type: form.MediaType, Data: whole.Bytes()})
	return nil
}

// alert makes the alert that carries the message, without its instant and its
// destinations.
func (m *Message) alert(key string) (outbox.Alert, error) {
	body, err := json.Marshal(m.Note)
	if err != nil {
		return outbox.Alert{}, fmt.Errorf("report of %s: %w", m.Edition.Period, err)
	}
	return outbox.Alert{Key: key, Reason: outbox.ReasonReport, Body: body, Files: m.Files}, nil
}

// Send sends the report of a finished period at once to the named destinations,
// or to those of the schedule if none are named. It may be sent again: the
// message then says so. Quiet hours do not delay it, because a person sends it.
// A field of the request that cannot be met is tracker.Invalid.
func (j *Monthly) Send(ctx context.Context, label string, to []string) (*SendResult, error) {
	to, err := j.destinations(to)
	if err != nil {
		return nil, err
	}
	now := j.Now().Round(0)
	period, err := readPeriod(label, j.Zone, now)
	if err != nil {
		return nil, err
	}
	scheduled, byHand, err := j.Store.ReportsSent(ctx, period.Label)
	if err != nil {
		return nil, err
	}
	message, err := j.Prepare(ctx, period)
	if err != nil {
		return nil, err
	}
	note, err := render.ByHand(period, j.Lang, byHand+1, scheduled || byHand > 0)
	if err != nil {
		return nil, err
	}
	message.Note.Notes = append(message.Note.Notes, note)
	alert, err := message.alert(fmt.Sprintf("report/%s/sent/%d", period.Label, byHand+1))
	if err != nil {
		return nil, err
	}
	alert.At, alert.To = now, to
	raised, err := j.raise(ctx, message, []outbox.Alert{alert}, false)
	if err != nil {
		return nil, err
	}
	if !raised { // another request took the same number in the meantime
		return nil, fmt.Errorf("report of %s: %w", period.Label, tracker.ErrConflict)
	}
	sent := &SendResult{Period: period.Label, Edition: message.Edition.Number, Key: alert.Key, To: to, Files: []string{}}
	for _, f := range message.Files {
		sent.Files = append(sent.Files, f.Name)
	}
	return sent, nil
}

// Destinations lists the names of all destinations, and of those that get the scheduled
// report.
func (j *Monthly) Destinations() (all, scheduled []string) { return j.Known, j.To }

// destinations checks the named destinations; none: those of the schedule.
func (j *Monthly) destinations(to []string) ([]string, error) {
	known := strings.Join(j.Known, ", ")
	if len(to) == 0 {
		to = j.To
	}
	if len(to) == 0 {
		return nil, tracker.Invalidf("to", "", "is missing, and report.to is empty: name one or more of %s", known)
	}
	for _, name := range to {
		if !slices.Contains(j.Known, name) {
			return nil, tracker.Invalidf("to", name, "is not a destination: use %s", known)
		}
	}
	return to, nil
}

// raise stores the message's edition and its alerts together, and wakes the
// senders. raised is false if the first alert was raised before.
func (j *Monthly) raise(ctx context.Context, m *Message, alerts []outbox.Alert, scheduled bool) (raised bool, err error) {
	raised, err = j.Store.RaiseReport(ctx, &store.ReportSending{Edition: m.Edition, After: m.After, Alerts: alerts, Scheduled: scheduled})
	if raised {
		j.Log.Info("report raised", "period", m.Edition.Period, "edition", m.Edition.Number, "key", alerts[0].Key)
		if j.Raised != nil {
			j.Raised()
		}
	}
	return raised, err
}
