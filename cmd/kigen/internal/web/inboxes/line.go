package inboxes

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/intake"
	"kigen/cmd/kigen/internal/web"
	"kigen/cmd/kigen/internal/web/frame"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/phrase"
	"kigen/sla/tracker"
)

// Line is an item as lists show it.
type Line struct {
	ID                       int64
	Page                     string // its address
	Title                    string
	State                    inbox.State
	StateName                string
	Tone                     sla.State // of its state, for colour and sign
	Vendor, Service, Kind    string
	Channel, Source          string
	Reference                string
	Received, Sent           string
	ReceivedThere, SentThere string // as the sender's clocks had it; empty: in the reader's zone
	About                    *About // nil: it belongs to no incident, and may be about none
	Reasons                  []string
	Waits                    bool // for a person
}

// About is the incident that an item belongs to, or may be about.
type About struct {
	ID, Title, Page string
	State           sla.State
	StateName       string
	Notice          int // the number of the notice that it is recorded as; 0: none
}

// tones shows the state of an item as that of a clock.
var tones = map[inbox.State]sla.State{
	inbox.Candidate: sla.Pending, inbox.Recorded: sla.Met, inbox.Logged: sla.Running, inbox.Dismissed: sla.Cancelled,
	inbox.Seen: sla.NotApplicable, inbox.Ignored: sla.NotApplicable, inbox.Unconfirmed: sla.NotApplicable,
}

// Lines shows items with the incidents that they are about.
func Lines(p *frame.Reader, items []inbox.Item) ([]Line, error) {
	r := &reader{p}
	about, err := r.incidents(items)
	lines := make([]Line, len(items))
	for i := range items {
		lines[i] = r.line(&items[i], about)
	}
	return lines, err
}

// incidents reads the incidents that items name, by their ids. One that can't be read is
// left out: its item says what it says.
func (p *reader) incidents(items []inbox.Item) (map[string]*sla.Incident, error) {
	found := map[string]*sla.Incident{}
	err := p.Tracker.Store.View(p.R.Context(), func(r tracker.Reader) error {
		for i := range items {
			id, err := sla.ParseIncidentID(items[i].Incident)
			if err != nil || found[items[i].Incident] != nil {
				continue
			}
			inc, err := r.Incident(p.R.Context(), id)
			if err != nil {
				if p.Refused(err) == nil && !isMissing(err) {
					return err
				}
				continue
			}
			found[items[i].Incident] = inc
		}
		return nil
	})
	return found, err
}

func (p *reader) line(it *inbox.Item, about map[string]*sla.Incident) Line {
	v := Line{
		ID: it.ID, Page: p.page(it.ID), Title: cmp.Or(oneLine(it.Title), p.Say("item_untitled")), State: it.State, StateName: p.stateName(it.State),
		Tone: tones[it.State], Vendor: p.vendorOf(it), Service: oneLine(it.Service), Kind: phrase.Capital(intake.KindName(it.Kind, p.Lang)),
		Channel: phrase.Channel(p.Lang, it.Channel), Source: it.Source, Reference: oneLine(it.Reference),
		Received: p.InstantOrNone(it.ReceivedAt), Sent: p.InstantOrNone(it.SentAt), ReceivedThere: p.there(it.ReceivedAt), SentThere: p.there(it.SentAt),
		Waits: it.State == inbox.Candidate,
	}
	for _, r := range it.Reasons {
		v.Reasons = append(v.Reasons, phrase.Line(intake.Words(r, p.Lang)))
	}
	if it.Incident != "" {
		v.About = &About{ID: it.Incident, Notice: it.Notice}
		if inc := about[it.Incident]; inc != nil {
			v.About.Title, v.About.Page = inc.Title, p.IncidentPath(inc.ID)
			v.About.State = web.StateOf(inc)
			v.About.StateName = p.StateOf(inc.Kind, "", v.About.State)
		}
	}
	return v
}

// page is the address of an item.
func (p *reader) page(id int64) string { return p.Base + "/inbox/" + strconv.FormatInt(id, 10) }

func (p *reader) stateName(s inbox.State) string { return p.Say("item_" + string(s)) }

func (p *reader) vendorOf(it *inbox.Item) string {
	if it.Vendor == "" {
		return p.Say("item_no_vendor")
	}
	return p.VendorName(it.Vendor)
}

// there is an instant as the item has it, if that is not the reader's zone.
func (p *reader) there(t time.Time) string {
	_, offset := t.Zone()
	_, ours := t.In(p.Zone).Zone()
	if t.IsZero() || offset == ours {
		return ""
	}
	return t.Format("2006-01-02 15:04 -07:00")
}

// oneLine is a text from outside on one line, in which nothing acts on how what stands around
// it reads.
func oneLine(text string) string { return phrase.Line(strings.Join(strings.Fields(text), " ")) }
