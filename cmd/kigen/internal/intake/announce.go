package intake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/outbox"
	"kigen/sla/policy"
)

// mostSingly is how many candidates of one batch are announced one by one; more are one
// message, so that a flood of mails is no flood of messages.
const mostSingly = 5

// announced is what an alert about a candidate holds. The board, and buttons in a message,
// find the items by their ids.
type announced struct {
	Title    string   `json:"title"`
	Lines    []string `json:"lines"`
	Link     string   `json:"link"`
	LinkText string   `json:"link_text"`
	Items    []int64  `json:"items,omitempty"`
	Incident string   `json:"incident,omitempty"`
	// Notifies: the one item may be the notice of Incident.
	Notifies bool `json:"notifies,omitempty"`
	// Subject is the title, and Waiting are lines that no longer hold, once a decision about
	// the one item was made.
	Subject string   `json:"subject,omitempty"`
	Waiting []string `json:"waiting,omitempty"`
}

// announce raises alerts about the new candidates, in the transaction that stores them.
//
// They go to the destinations that the policies of alerts: alert first about such an
// incident, without a key of its own: who would get the vendor's silence gets what may end
// it. What may be the notice of an overdue clock goes to all who were alerted about that
// clock, too, and waits for no quiet hours.
func (t *taking) announce() error {
	var together []inbox.Item
	for i := range t.fresh {
		it := &t.fresh[i]
		overdue, people, err := t.overdue(it)
		if err != nil {
			return err
		}
		if !overdue && len(t.fresh) > mostSingly {
			together = append(together, *it)
			continue
		}
		to, err := t.audience(it)
		if err != nil {
			return err
		}
		if overdue {
			for _, name := range people {
				to[name] = t.now
			}
		}
		if err := t.raise(it, to, overdue); err != nil {
			return err
		}
	}
	return t.raiseTogether(together)
}

// overdue reports whether an item may be the notice of an overdue clock, and who was alerted
// about that.
func (t *taking) overdue(it *inbox.Item) (is bool, people []string, err error) {
	inc, err := t.about(it)
	if inc == nil || err != nil || !it.Kind.Notifies() {
		return false, nil, err
	}
	for i := range inc.Clocks {
		clock := &inc.Clocks[i]
		if clock.State != sla.Overdue {
			continue
		}
		is = true
		for _, p := range t.Tracker.Policies.For(inc, clock) {
			if !clock.Due.Add(p.After).After(t.now) {
				people = append(people, p.To...)
			}
		}
	}
	return is, people, nil
}

// about reads the incident that an item was matched with; nil: none.
func (t *taking) about(it *inbox.Item) (*sla.Incident, error) {
	if it.Incident == "" {
		return nil, nil
	}
	id, err := sla.ParseIncidentID(it.Incident)
	if err != nil {
		return nil, nil //nolint:nilerr // the reader's mistake: a candidate without an incident
	}
	return t.tx.Incident(t.ctx, id)
}

// audience lists the destinations of a candidate, with the instant from which each gets it.
func (t *taking) audience(it *inbox.Item) (map[string]time.Time, error) {
	inc, err := t.about(it)
	if err != nil {
		return nil, err
	}
	clocks := []*sla.Clock{{}} // of an incident that is not logged yet, nothing else is known
	if inc == nil {
		inc = &sla.Incident{Vendor: it.Vendor, Kind: kindOf(it.Kind), Facts: sla.Facts{Service: it.Service}}
	} else if all := inc.AllClocks(); len(all) > 0 {
		clocks = all
	}
	var fits policy.Policies
	for _, c := range clocks {
		fits = append(fits, firstOf(t.Tracker.Policies.For(inc, c))...)
	}
	if len(fits) == 0 { // better to the wrong people than to none
		fits = firstOf(t.Tracker.Policies)
	}
	if len(fits) == 0 {
		fits = t.Tracker.Policies
	}
	return fits.Destinations(t.now), nil
}

// firstOf leaves out escalations.
func firstOf(ps policy.Policies) policy.Policies {
	return slices.DeleteFunc(slices.Clone(ps), func(p policy.Policy) bool { return p.After > 0 })
}

func (t *taking) raise(it *inbox.Item, to map[string]time.Time, overdue bool) error {
	say := catalog.In(t.Lang)
	vendor := t.called(it.Vendor)
	body := announced{
		Title: say.Say("candidate_title", "Vendor", vendor, "Title", oneLine(it.Title)),
		Lines: []string{say.Say("line_kind", "Kind", say.Say("kind_"+string(it.Kind))), say.Say("line_source", "Source", it.Source)},
		Items: []int64{it.ID}, Incident: it.Incident, Notifies: it.Incident != "" && it.Kind.Notifies(),
	}
	if it.Incident != "" {
		body.Lines = append(body.Lines, say.Say("line_incident", "Incident", it.Incident))
	}
	if overdue {
		body.Subject = body.Title
		body.Title = say.Say("candidate_waiting", "Incident", it.Incident, "Vendor", vendor, "Title", oneLine(it.Title))
		body.Waiting = []string{say.Say("candidate_overdue", "Incident", it.Incident)}
	}
	for _, r := range it.Reasons {
		body.Lines = append(body.Lines, Words(r, t.Lang))
	}
	body.Link = fmt.Sprintf("/inbox/%d", it.ID)
	return t.send(outbox.ItemKey(it.ID, it.Revision), &body, to)
}

// raiseTogether announces many candidates in one message.
func (t *taking) raiseTogether(items []inbox.Item) error {
	if len(items) == 0 {
		return nil
	}
	say := catalog.In(t.Lang)
	body := announced{Title: say.Say("candidates_title", "N", len(items))}
	to := map[string]time.Time{}
	for i := range items {
		it := &items[i]
		if i < 2*mostSingly {
			body.Lines = append(body.Lines, say.Say("candidate_title", "Vendor", t.called(it.Vendor), "Title", oneLine(it.Title)))
		}
		body.Items = append(body.Items, it.ID)
		own, err := t.audience(it)
		if err != nil {
			return err
		}
		for name, at := range own {
			if before, is := to[name]; !is || at.Before(before) {
				to[name] = at
			}
		}
	}
	if more := len(items) - 2*mostSingly; more > 0 {
		body.Lines = append(body.Lines, say.Say("candidate_more", "N", more))
	}
	return t.send(fmt.Sprintf("intake/%d+%d", items[0].ID, len(items)), &body, to)
}

// send raises the alerts about candidates.
func (t *taking) send(key string, body *announced, to map[string]time.Time) error {
	body.Link, body.LinkText = cmp.Or(body.Link, "/inbox"), catalog.In(t.Lang).Say("open_inbox")
	return t.sendBody(outbox.ReasonCandidate, key, body, to)
}

// sendBody raises one alert for each instant at which destinations may get it. The earliest
// one has the key; the others have the instant in theirs, too.
func (t *taking) sendBody(reason outbox.Reason, key string, body *announced, to map[string]time.Time) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	byInstant := map[int64][]string{}
	for name, at := range to {
		byInstant[at.UnixMilli()] = append(byInstant[at.UnixMilli()], name)
	}
	for n, ms := range slices.Sorted(maps.Keys(byInstant)) {
		names := byInstant[ms]
		slices.Sort(names)
		alert := &outbox.Alert{Key: key, Reason: reason, At: t.now, NotBefore: time.UnixMilli(ms), To: names, Body: text}
		if n > 0 {
			alert.Key += fmt.Sprintf("/%d", ms)
		}
		if _, err := t.tx.Raise(t.ctx, alert); err != nil {
			return err
		}
	}
	return nil
}

// called is the name of a vendor in messages.
func (s *Service) called(vendor string) string {
	if v, ok := s.Tracker.Catalogue.Vendor(vendor); ok {
		return v.Name.In(s.Lang)
	}
	if vendor != "" {
		return vendor
	}
	return catalog.In(s.Lang).Say("no_vendor")
}
