package format

import (
	"fmt"
	"strings"
	"time"

	"kigen/sla/pattern"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"kigen/sla/inbox"
)

var (
	incidentCode = pattern.New(`/incidents/([A-Za-z0-9_-]{4,60})/?(?:[?#].*)?$`)
	incidentTag  = pattern.New(`(?:Incident|Maintenance)/([0-9A-Za-z]+)$`)
	blockTime    = pattern.New(`^([A-Z][a-z]{2,8})\s+([0-9]{1,2})(?:,\s*([0-9]{4}))?,?\s+([0-9]{1,2}):([0-9]{2})\s*(?:-\s*(?:([A-Z][a-z]{2,8})\s+([0-9]{1,2}),?\s+)?([0-9]{1,2}):([0-9]{2})\s*)?([A-Za-z]{1,5})?`)
)

// readHistory reads history.atom or history.rss of a Statuspage. An entry is an incident;
// its content holds the updates, the newest first, with times that have no year.
func readHistory(text string, o Options) (Document, error) {
	c, err := readXML(text, o)
	if err != nil {
		return Document{}, err
	}
	doc := Document{Anchor: c.title}
	raw, err := contents(text)
	if err != nil {
		return Document{}, err
	}
	for n, i := range c.items {
		e := Entry{
			ID: i.guid, Title: i.title, Kind: inbox.KindIncident, Phase: Open, Link: i.link,
			Published: stated(i.published, "published"), Touched: Time(i.updated),
		}
		if m := incidentTag.FindStringSubmatch(i.guid); m != nil {
			e.ID, e.Keys = m[1], append(e.Keys, m[1], i.guid)
		}
		for _, address := range []string{i.link, i.guid} { // the id that the API has
			if m := incidentCode.FindStringSubmatch(address); m != nil {
				e.ID, e.Keys = m[1], append(e.Keys, i.guid)
			}
		}
		if e.ID == "" {
			return Document{}, errNoRoot
		}
		if n < len(raw) {
			e.blocks(raw[n])
		}
		if len(e.Updates) == 0 && i.text != "" {
			e.Updates = []Update{{ID: e.ID, At: e.Published.At, Text: i.text}}
		}
		e.settle()
		secured(&e)
		doc.Entries = append(doc.Entries, e)
	}
	doc.Entries = once(doc.Entries)
	return doc, nil
}

// contents are the raw contents of the items, in their order.
func contents(text string) ([]string, error) {
	f, err := parseFeed(text)
	if err != nil {
		return nil, err
	}
	var raw []string
	for _, i := range f.Items {
		if i != nil {
			raw = append(raw, longer(i.Content, i.Description))
		}
	}
	return raw, nil
}

// blocks reads the updates of a content.
func (e *Entry) blocks(content string) {
	root, err := html.Parse(strings.NewReader(content[:min(len(content), maxFragment)]))
	if err != nil {
		return
	}
	near := e.Touched
	if near.IsZero() {
		near = e.Published.At
	}
	var paragraphs []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == atom.P {
			paragraphs = append(paragraphs, n)
		}
	}
	ids := instants{}
	for _, p := range paragraphs {
		small, strong := child(p, atom.Small), child(p, atom.Strong)
		if small == nil || strong == nil {
			e.planned(nodeText(p), near)
			continue
		}
		start, _ := blockTimes(nodeText(small), near)
		body := nodeText(p)
		if _, after, ok := strings.Cut(body, nodeText(strong)); ok {
			body = strings.TrimLeft(after, " -–—\n")
		}
		status := strings.ToLower(strings.ReplaceAll(Line(nodeText(strong)), " ", "_"))
		e.Updates = append(e.Updates, Update{ids.id(e.ID, start, body), status, start, block(body)})
	}
	for i, j := 0, len(e.Updates)-1; i < j; i, j = i+1, j-1 { // the oldest first, also of one instant
		e.Updates[i], e.Updates[j] = e.Updates[j], e.Updates[i]
	}
}

// planned reads the window of planned work, which stands before the updates.
func (e *Entry) planned(text string, near time.Time) {
	upper := strings.ToUpper(text)
	i := strings.Index(upper, "SCHEDULED EVENT")
	if i < 0 || len(upper) != len(text) {
		return
	}
	start, end := blockTimes(Line(text[i+len("SCHEDULED EVENT"):]), near)
	e.Kind, e.Phase, e.Window = inbox.KindMaintenance, Scheduled, inbox.Window{Start: start, End: end}
}

// settle takes status, phase and end from the updates.
func (e *Entry) settle() {
	e.Updates = inOrder(e.Updates)
	for _, u := range e.Updates {
		if u.Status == "" {
			continue
		}
		e.Status = u.Status
		phase := phaseOfWork(u.Status)
		switch {
		case phase != "":
			e.Kind, e.Phase = inbox.KindMaintenance, phase
			if phase == Completed {
				e.Resolved = moment(u.At, "the block Completed", Stated)
			}
		case u.Status == "resolved":
			e.Phase, e.Resolved = Resolved, moment(u.At, "the block Resolved", Stated)
		case u.Status == "postmortem" || u.Status == "update":
		case e.Phase == Resolved:
			e.Phase, e.Resolved = Open, Moment{}
		}
	}
}

// blockTimes reads the time of a block, or the two of a window. The year is the one that
// brings it nearest to the stamp of the entry, never today's.
func blockTimes(text string, near time.Time) (start, end time.Time) {
	m := blockTime.FindStringSubmatch(text)
	if len(m) == 0 || near.IsZero() && m[3] == "" {
		return
	}
	zone := m[10]
	if zone == "" {
		return
	}
	start = nearest(m[1], m[2], m[3], m[4]+":"+m[5], zone, near)
	if m[8] == "" {
		return start, end
	}
	month, day := m[1], m[2]
	if m[6] != "" {
		month, day = m[6], m[7]
	}
	end = nearest(month, day, "", m[8]+":"+m[9], zone, near)
	if m[6] == "" && !end.IsZero() && !start.IsZero() && end.Before(start) {
		end = end.Add(24 * time.Hour)
	}
	return start, end
}

func nearest(month, day, year, clock, zone string, near time.Time) time.Time {
	if len(clock) == 4 {
		clock = "0" + clock
	}
	best := time.Time{}
	years := []string{year}
	if year == "" {
		years = nil
		for y := near.Year() - 1; y <= near.Year()+1; y++ {
			years = append(years, fmt.Sprint(y))
		}
	}
	for _, y := range years {
		t := Time(fmt.Sprintf("%s %s %s %s %s", day, month[:3], y, clock, zone))
		if !t.IsZero() && (best.IsZero() || t.Sub(near).Abs() < best.Sub(near).Abs()) {
			best = t
		}
	}
	return best
}

func child(n *html.Node, a atom.Atom) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.DataAtom == a {
			return d
		}
	}
	return nil
}

func nodeText(n *html.Node) string {
	var b strings.Builder
	textOf(&b, n)
	return block(b.String())
}
