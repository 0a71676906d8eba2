package follow

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// Page is a watched page over the polls.
type Page struct {
	Base  []string `json:"base"`            // as it was when nothing was the matter
	Lines []string `json:"lines"`           // as it was read last
	Item  string   `json:"item,omitempty"`  // the change that is open
	Vague bool     `json:"vague,omitempty"` // the change has no word of trouble
}

// page compares a page with what it showed before. Its changes are candidates: no page
// says by its form what it means, so a person decides, and also whether it is over.
func (w *watch) page(r Read) {
	doc := w.Docs[r.Name]
	now := r.Document.Page
	if doc.Page == nil {
		doc.Page = &Page{Base: now.Lines, Lines: now.Lines}
		w.Docs[r.Name] = doc
		return
	}
	p := *doc.Page
	added := beyond(now.Lines, p.Lines)
	same := len(added) == 0 && len(beyond(p.Lines, now.Lines)) == 0
	p.Lines = now.Lines
	if !same {
		w.pageChanged(&p, now, r.Name)
	} else if p.Item != "" {
		w.unchanged[p.Item] = true
	}
	doc.Page = &p
	w.Docs[r.Name] = doc
}

func (w *watch) pageChanged(p *Page, now *format.Page, name string) {
	news := beyond(now.Lines, p.Base)
	troubled := slices.ContainsFunc(news, format.Troubled)
	back := len(news) == 0 && len(beyond(p.Base, now.Lines)) == 0
	quiet := !troubled && (slices.ContainsFunc(news, format.Calm) || slices.ContainsFunc(news, format.Pressing))
	switch {
	case p.Item != "" && back:
		w.pageSays(p.Item, now, news, "the text is what it was", format.Open)
		p.Item = ""
	case p.Item != "" && quiet:
		w.pageSays(p.Item, now, news, "the text tells of no trouble", format.Open)
		p.Item, p.Base = "", now.Lines
	case p.Item != "" && (!p.Vague || !troubled):
		w.pageSays(p.Item, now, news, "text", format.Open)
	case back:
	case quiet:
		p.Base = now.Lines
	default:
		p.Item, p.Vague = w.pageItem(now, news, name), !troubled
	}
}

// pageItem makes a candidate of a change.
func (w *watch) pageItem(now *format.Page, news []string, name string) string {
	sum := sha256.Sum256([]byte(name + "\n" + strings.Join(news, "\n")))
	id := "page:" + hex.EncodeToString(sum[:8])
	if _, taken := w.Items[id]; taken { // the same words at another time are another trouble
		id += "@" + w.now.UTC().Format("20060102T150405Z")
	}
	i := Item{ID: id, Keys: []string{id}, State: inbox.Candidate, FirstSeen: w.now, Reason: because(intake.ReasonFeedPage), Page: true}
	i.take(pageEntry(id, now, news), w.now, nil)
	w.out.New = append(w.out.New, id)
	w.put(i)
	return id
}

func (w *watch) pageSays(id string, now *format.Page, news []string, changed string, phase format.Phase) {
	i := w.Items[id].clone()
	e := pageEntry(id, now, news)
	e.Title, e.Subject, e.Phase = i.Entry.Title, i.Entry.Subject, phase
	i.take(e, w.now, []string{changed})
	w.out.Changed = append(w.out.Changed, id)
	w.put(i)
}

// pageEntry is a change of a page in the form of an entry. Its title is the first new line
// that tells of trouble.
func pageEntry(id string, now *format.Page, news []string) format.Entry {
	e := format.Entry{ID: id, Keys: []string{id}, Title: now.Title, Kind: inbox.KindIncident, Phase: format.Open}
	if len(news) > 0 {
		e.Title = news[0]
	}
	if n := slices.IndexFunc(news, format.Troubled); n >= 0 {
		e.Title = news[n]
	}
	e.Subject = format.Subject(e.Title)
	shown := news
	if len(shown) == 0 {
		shown = now.Lines
	}
	e.Updates = []format.Update{{ID: id, Text: strings.Join(shown, "\n")}}
	if format.Breached(strings.Join(news, "\n")) {
		e.Kind = inbox.KindSecurity
	}
	return e
}

// beyond are the lines of a that b has not. Two lines that differ in their digits alone
// are the same, such as those with a clock, unless they tell of trouble.
func beyond(a, b []string) []string {
	had := map[string]int{}
	for _, line := range b {
		had[form(line)]++
	}
	var out []string
	for _, line := range a {
		if f := form(line); had[f] > 0 {
			had[f]--
		} else {
			out = append(out, line)
		}
	}
	return out
}

func form(line string) string {
	line = format.Fold(line)
	if format.Troubled(line) {
		return line
	}
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '0'
		}
		return r
	}, line)
}
