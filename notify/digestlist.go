package notify

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"

	"kigen/sla"
)

// items writes each alert as a line.
func (g *digester) items() []Item {
	items := make([]Item, len(g.digest.Lines))
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		id := l.Incident.String()
		parts := []string{g.who(l), g.standing(l)}
		if l.Acknowledged.Quiets(g.now) && g.stateNow(l).Open() {
			parts = append(parts, g.say("line_owner", words{"By": g.owner(l)}))
		}
		items[i] = Item{
			Label: id, URL: g.link("/incidents/" + id),
			Text:  strings.Join(append(parts, oneLine(l.Title)), " – "),
			Short: shortened(id+" "+shortened(g.vendor(l), 16)+" "+g.standing(l), 80),
		}
	}
	return items
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (g *digester) who(l *sla.Line) string {
	if l.Service == "" {
		return g.vendor(l)
	}
	return g.say("who", words{"Vendor": g.vendor(l), "Service": shortened(oneLine(l.Service), 24)})
}

// digestText adds the lines to the plain text of a digest's message.
func (w Writer) digestText(m *Message, d *sla.Delivery) string {
	lines := []string{m.compose()}
	for i, item := range m.Items {
		if d.Digest.Part > 0 {
			lines = append(lines, item.Short)
			continue
		}
		if i == mostItemsInText {
			lines = append(lines, newSpeaker(w.Lang).say("digest_more", words{"Count": grouped(len(m.Items) - i)}))
			break
		}
		lines = append(lines, strings.TrimSpace(item.Label+" "+item.Text))
	}
	return strings.Join(lines, "\n")
}

// cases are the lines for machines.
func (g *digester) cases() []Facts {
	cases := make([]Facts, len(g.digest.Lines))
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		cases[i] = Facts{
			Reason: l.Reason, Incident: l.Incident, Reference: l.Reference, Vendor: l.Vendor, Service: l.Service,
			Promise: l.Promise, Stage: l.Stage, State: g.stateNow(l), Due: l.Due, BreachedAt: l.BreachedAt, NoticeAt: l.NoticeAt,
		}
		if l.Acknowledged.Quiets(g.now) {
			cases[i].Acknowledged = l.Acknowledged.By
		}
	}
	return cases
}

// attachment is the whole list as CSV. A spreadsheet takes it for Unicode by
// its byte order mark.
func (g *digester) attachment(key string) sla.Attachment {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	write := func(record ...string) {
		for i := range record {
			record[i] = inert(record[i])
		}
		_ = w.Write(record) // a buffer takes everything
	}
	write("incident", "reason", "vendor", "service", "title", "reference", "severity", "promise", "stage",
		"state", "due", "notice_at", "acknowledged_by", "link")
	for i := range g.digest.Lines {
		l := &g.digest.Lines[i]
		by := ""
		if l.Acknowledged.Quiets(g.now) {
			by = l.Acknowledged.By
		}
		id := l.Incident.String()
		write(id, string(l.Reason), l.Vendor, l.Service, oneLine(l.Title), l.Reference, string(l.Severity), l.Promise, l.Stage,
			string(g.stateNow(l)), g.stamp(l.Due), g.stamp(l.NoticeAt), by, g.link("/incidents/"+id))
	}
	w.Flush()
	return sla.Attachment{Name: fileName(key), Type: "text/csv; charset=utf-8", Data: out.Bytes()}
}

func (g *digester) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(g.zone()).Format(time.RFC3339)
}

// inert keeps a spreadsheet from running a text as a formula.
func inert(text string) string {
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}

// fileName names the file of a delivery after its key, so that it can be found
// again.
func fileName(key string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, key)
	return "kigen-" + plain + ".csv"
}
