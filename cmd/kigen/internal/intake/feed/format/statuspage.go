package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"kigen/sla/inbox"
)

// page is the anchor of Statuspage. The pages of incident.io answer in the same form.
type page struct {
	ID word `json:"id"`
}

type spDocument struct {
	Page      loose[page]     `json:"page"`
	Incidents json.RawMessage `json:"incidents"`
	Planned   json.RawMessage `json:"scheduled_maintenances"`
	Status    json.RawMessage `json:"status"`
}

type spIncident struct {
	ID             word                    `json:"id"`
	Name           word                    `json:"name"`
	Status         word                    `json:"status"`
	Impact         word                    `json:"impact"`
	Shortlink      word                    `json:"shortlink"`
	CreatedAt      word                    `json:"created_at"`
	UpdatedAt      word                    `json:"updated_at"`
	StartedAt      word                    `json:"started_at"`
	ResolvedAt     word                    `json:"resolved_at"`
	ScheduledFor   word                    `json:"scheduled_for"`
	ScheduledUntil word                    `json:"scheduled_until"`
	Updates        many[spUpdate]          `json:"incident_updates"`
	Components     loose[many[spAffected]] `json:"components"`
}

type spUpdate struct {
	ID        word                    `json:"id"`
	Status    word                    `json:"status"`
	Body      word                    `json:"body"`
	CreatedAt word                    `json:"created_at"`
	DisplayAt word                    `json:"display_at"`
	Affected  loose[many[spAffected]] `json:"affected_components"`
}

type spAffected struct {
	Name word `json:"name"`
}

var errNoPage = errors.New("it has no page.id")

// readStatuspage reads the JSON of a Statuspage that has all of the keys.
func readStatuspage(keys ...string) reader {
	return func(text string, _ Options) (Document, error) {
		var f spDocument
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			return Document{}, err
		}
		if f.Page.v.ID == "" {
			return Document{}, errNoPage
		}
		doc := Document{Anchor: string(f.Page.v.ID)}
		fields := map[string]json.RawMessage{"incidents": f.Incidents, "scheduled_maintenances": f.Planned, "status": f.Status}
		for _, key := range keys {
			if fields[key] == nil {
				return Document{}, fmt.Errorf("it has no %q", key)
			}
		}
		for _, key := range []string{"incidents", "scheduled_maintenances"} {
			if fields[key] == nil {
				continue
			}
			var incidents many[spIncident]
			if err := json.Unmarshal(fields[key], &incidents); err != nil {
				return Document{}, err
			}
			if incidents == nil {
				return Document{}, fmt.Errorf("its %q is no list", key)
			}
			for _, i := range incidents {
				e, err := i.entry(key == "scheduled_maintenances")
				if err != nil {
					return Document{}, err
				}
				doc.Entries = append(doc.Entries, e)
			}
		}
		return doc, nil
	}
}

func (i spIncident) entry(planned bool) (Entry, error) {
	if i.ID == "" || i.Name == "" {
		return Entry{}, errors.New("one of its incidents has no id or no name")
	}
	e := Entry{
		ID: string(i.ID), Title: string(i.Name), Status: string(i.Status), Impact: string(i.Impact), Kind: inbox.KindIncident,
		Published: stated(string(i.CreatedAt), "created_at"), Touched: Time(string(i.UpdatedAt)), Link: link(string(i.Shortlink), ""),
	}
	for _, c := range i.Components.v {
		e.Components = append(e.Components, string(c.Name))
	}
	for n, u := range i.Updates {
		e.Updates = append(e.Updates, u.update(i.ID, n))
		for _, c := range u.Affected.v {
			e.Components = append(e.Components, string(c.Name))
		}
	}
	if planned || i.ScheduledFor != "" || i.Impact == "maintenance" || phaseOfWork(e.Status) != "" {
		i.plan(&e)
		return e, nil
	}
	e.Started = stated(string(i.StartedAt), "started_at")
	e.Phase = Open
	if i.ResolvedAt != "" || e.Status == "resolved" || e.Status == "postmortem" {
		e.Phase = Resolved
		e.Resolved = stated(string(i.ResolvedAt), "resolved_at")
		for _, u := range e.Updates {
			if e.Resolved.At.IsZero() && u.Status == "resolved" {
				e.Resolved = moment(u.At, "the update resolved", Stated)
			}
		}
	}
	secured(&e)
	return e, nil
}

func (u spUpdate) update(incident word, n int) Update {
	at := Time(string(u.DisplayAt))
	if at.IsZero() {
		at = Time(string(u.CreatedAt))
	}
	id := string(u.ID)
	if id == "" {
		id = fmt.Sprintf("%s/%s", incident, stampOr(at, n))
	}
	return Update{ID: id, Status: string(u.Status), At: at, Text: plain(string(u.Body))}
}

// plan makes planned work of an incident. It comes under the key "incident" in hooks.
func (i spIncident) plan(e *Entry) {
	e.Kind = inbox.KindMaintenance
	e.Window = inbox.Window{Start: Time(string(i.ScheduledFor)), End: Time(string(i.ScheduledUntil))}
	if e.Phase = phaseOfWork(e.Status); e.Phase == "" {
		e.Phase = Scheduled
	}
	if e.Phase != Completed {
		return
	}
	e.Resolved = stated(string(i.ResolvedAt), "resolved_at")
	for _, u := range e.Updates {
		if phaseOfWork(u.Status) == Completed {
			e.Resolved = moment(u.At, "the update completed", Stated)
		}
	}
}

// phaseOfWork is the phase of planned work that has a status; empty: it is none of these.
func phaseOfWork(status string) Phase {
	switch strings.ToLower(strings.ReplaceAll(status, " ", "_")) {
	case "scheduled":
		return Scheduled
	case "in_progress", "verifying":
		return Running
	case "completed", "complete":
		return Completed
	case "cancelled", "canceled":
		return Cancelled
	}
	return ""
}

func stampOr(t interface{ IsZero() bool }, n int) string {
	if at, ok := t.(interface{ Unix() int64 }); ok && !t.IsZero() {
		return fmt.Sprint(at.Unix())
	}
	return fmt.Sprintf("no. %d", n)
}

// Hook is what a delivery of a Statuspage says. It is unsigned: no more than a hint that
// the page is worth a look.
type Hook struct {
	Page  string
	Entry Entry // its ID is empty where the delivery is about a component only
}

// ReadHook reads the body of a delivery.
func ReadHook(body []byte) (Hook, error) {
	var h struct {
		Page        page             `json:"page"`
		Incident    *spIncident      `json:"incident"`
		Maintenance *spIncident      `json:"maintenance"`
		Component   *json.RawMessage `json:"component_update"`
	}
	if err := json.Unmarshal(body, &h); err != nil {
		return Hook{}, refuse(NotTheFeed, "the delivery is no JSON of a status page: %w", err)
	}
	if h.Page.ID == "" {
		return Hook{}, refuse(NotTheFeed, "the delivery is none of a status page: %w", errNoPage)
	}
	hook := Hook{Page: string(h.Page.ID)}
	incident := h.Incident
	if incident == nil {
		incident = h.Maintenance
	}
	if incident == nil {
		return hook, nil
	}
	e, err := incident.entry(h.Maintenance != nil)
	if err != nil {
		return Hook{}, refuse(NotTheFeed, "the delivery is none of a status page: %w", err)
	}
	finish(&e)
	hook.Entry = e
	return hook, nil
}
