package intake

import (
	"context"
	"strings"

	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/tracker"
)

// PreviewNotice returns an incident as it would be with the item as a notice. It stores
// nothing.
func (s *Service) PreviewNotice(ctx context.Context, it *inbox.Item, inc *sla.Incident) (*sla.Incident, error) {
	return s.Tracker.PreviewNotice(ctx, inc, noticeOf(it))
}

// PreviewIncident returns the incident that an item would become. It stores nothing.
func (s *Service) PreviewIncident(ctx context.Context, it *inbox.Item, a *Acceptance) (*sla.Incident, error) {
	e, err := newIncident(s.Tracker, it, a)
	if err != nil {
		return nil, err
	}
	return s.Tracker.Preview(ctx, e)
}

// EntryOf is an item as a new incident, for a form to begin with.
func (s *Service) EntryOf(it *inbox.Item) tracker.Entry {
	e := entryOf(it, &Acceptance{})
	e.Service = serviceOf(s.Tracker.Catalogue, it, e.Vendor)
	return e
}

// NoticeOf is an item as a notice of its vendor, for a form to begin with.
func NoticeOf(it *inbox.Item) tracker.NoticeEntry { return noticeOf(it) }

// EntryTitle is an item's title as that of an incident.
func EntryTitle(it *inbox.Item) string { return entryOf(it, &Acceptance{}).Title }

// newIncident is an item as a new incident, of a service that the vendor's entry has.
func newIncident(t *tracker.Tracker, it *inbox.Item, a *Acceptance) (tracker.Entry, error) {
	e := entryOf(it, a)
	if e.Service == "" {
		e.Service = serviceOf(t.Catalogue, it, e.Vendor)
	}
	if e.Kind == sla.KindMaintenance && !e.Times[sla.Scheduled].Known() {
		return e, tracker.Invalidf("scheduled_at", "", "is not in the text: give the planned start")
	}
	return e, nil
}

// serviceOf is the item's service where the vendor's entry has it.
func serviceOf(c sla.Catalogue, it *inbox.Item, vendor string) string {
	v, ok := c.Vendor(vendor)
	if !ok {
		return ""
	}
	for _, s := range v.Services {
		if strings.EqualFold(s, strings.TrimSpace(it.Service)) {
			return s
		}
	}
	if len(v.Services) == 0 {
		return oneLine(it.Service)
	}
	return ""
}

// KindName is the name of a kind in "ja" or "en".
func KindName(k inbox.Kind, lang string) string { return catalog.In(lang).Say("kind_" + string(k)) }

// Waiting counts the items that wait for a person. used is false where no source is
// configured and nothing ever came in.
func (s *Service) Waiting(ctx context.Context) (n int, used bool, err error) {
	if n, err = s.Candidates(ctx); err != nil || n > 0 || len(s.Config.Sources) > 0 {
		return n, true, err
	}
	page, err := s.Items(ctx, inbox.Query{Limit: 1})
	return 0, len(page.Items) > 0, err
}
