package notify

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"

	"kigen/notify/wire"
	"kigen/sla"
	"kigen/sla/outbox"
	"kigen/sla/phrase"
)

// items writes each alert as a line.
func (g *digestBuilder) items() []wire.Item {
	items := make([]wire.Item, len(g.digest.Lines))
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		id := l.Incident.String()
		parts := []string{g.who(l), g.standing(l)}
		if l.Acknowledged.Quiets(g.now) && g.stateNow(l).Open() {
			parts = append(parts, g.text("line_owner", textData{"By": g.owner(l)}))
		}
		items[i] = wire.Item{
			Label: id, URL: g.link("/incidents/" + id),
			Text:  strings.Join(append(parts, oneLine(l.Title)), " – "),
			Short: shortened(id+" "+shortened(g.vendor(l), 16)+" "+g.standing(l), 80),
		}
	}
	return items
}

// oneLine joins text of several lines into one. enclose escapes the other
// control characters.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (g *digestBuilder) who(l *outbox.Line) string {
	if id := sla.RegimeOf(l.Promise); id != "" {
		to := id
		if r := g.Duties.Regime(id); r != nil {
			to = r.To.In(g.Lang)
		}
		return g.text("who", textData{"Vendor": g.vendor(l), "Service": shortened(to, 24)})
	}
	if l.Service == "" {
		return g.vendor(l)
	}
	return g.text("who", textData{"Vendor": g.vendor(l), "Service": shortened(oneLine(l.Service), 24)})
}

// digestText adds the lines to the plain text of a digest's message.
func (w Writer) digestText(m *wire.Message, d *outbox.Delivery) string {
	lines := []string{m.Compose()}
	for i, item := range m.Items {
		if d.Digest.Part > 0 {
			lines = append(lines, item.Short)
			continue
		}
		if i == mostItemsInText {
			lines = append(lines, textsIn(w.Lang).text("digest_more", textData{"Count": grouped(len(m.Items) - i)}))
			break
		}
		lines = append(lines, strings.TrimSpace(item.Label+" "+item.Text))
	}
	return strings.Join(lines, "\n")
}

// cases returns the lines in the form for webhook receivers.
func (g *digestBuilder) cases() []wire.Facts {
	cases := make([]wire.Facts, len(g.digest.Lines))
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		cases[i] = wire.Facts{
			Reason: l.Reason, Incident: l.Incident, Reference: l.Reference, Vendor: l.Vendor, Service: l.Service,
			Promise: l.Promise, Stage: l.Stage, State: g.stateNow(l), Due: l.Due, BreachedAt: l.BreachedAt, NotifiedAt: l.NotifiedAt,
		}
		if l.Acknowledged.Quiets(g.now) {
			cases[i].Acknowledged = l.Acknowledged.By
		}
	}
	return cases
}

// attachment is the whole list as CSV. The byte order mark makes spreadsheets
// read it as UTF-8.
func (g *digestBuilder) attachment(key string) outbox.Attachment {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	write := func(record ...string) {
		for i := range record {
			record[i] = inert(phrase.Line(record[i]))
		}
		_ = w.Write(record) // a buffer takes everything
	}
	write("incident", "reason", "vendor", "service", "title", "reference", "severity", "promise", "stage",
		"state", "due", "notified_at", "acknowledged_by", "link")
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		by := ""
		if l.Acknowledged.Quiets(g.now) {
			by = l.Acknowledged.By
		}
		id := l.Incident.String()
		write(id, string(l.Reason), l.Vendor, l.Service, oneLine(l.Title), l.Reference, string(l.Severity), l.Promise, l.Stage,
			string(g.stateNow(l)), g.stamp(l.Due), g.stamp(l.NotifiedAt), by, g.link("/incidents/"+id))
	}
	w.Flush()
	return outbox.Attachment{Name: fileName(key), Type: "text/csv; charset=utf-8", Data: out.Bytes()}
}

func (g *digestBuilder) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(g.zone()).Format(time.RFC3339)
}

// inert prevents a spreadsheet from evaluating a text as a formula.
func inert(text string) string {
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}

// fileName derives a file's name from its delivery's key, so that a search can
// find the file by name.
func fileName(key string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, key)
	return "kigen-" + plain + ".csv"
}
