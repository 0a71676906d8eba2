package format

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"kigen/sla/inbox"
)

type sioResult struct {
	Result *struct {
		Overall     *sioState             `json:"status_overall"`
		Status      many[json.RawMessage] `json:"status"`
		Incidents   *many[sioEvent]       `json:"incidents"`
		Maintenance struct {
			Active   many[sioEvent] `json:"active"`
			Upcoming many[sioEvent] `json:"upcoming"`
		} `json:"maintenance"`
	} `json:"result"`
}

type sioState struct {
	Code word `json:"status_code"`
}

type sioEvent struct {
	ID         word             `json:"_id"`
	Name       word             `json:"name"`
	Opened     word             `json:"datetime_open"`
	Resolved   word             `json:"datetime_resolved"`
	Closed     word             `json:"datetime_closed"`
	Start      word             `json:"datetime_planned_start"`
	End        word             `json:"datetime_planned_end"`
	Messages   many[sioMessage] `json:"messages"`
	Components many[named]      `json:"components_affected"`
}

type sioMessage struct {
	Details  word `json:"details"`
	State    word `json:"state"`
	Status   word `json:"status"`
	Datetime word `json:"datetime"`
}

type named struct {
	Name word `json:"name"`
}

// securityEvent is the code of status.io for a breach: it says so whatever the title says.
const securityEvent = "600"

func readStatusIO(text string, _ Options) (Document, error) {
	var r sioResult
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return Document{}, err
	}
	if r.Result == nil || r.Result.Overall == nil || r.Result.Overall.Code == "" || r.Result.Status == nil || r.Result.Incidents == nil {
		return Document{}, errors.New("it has no result.status_overall, result.status or result.incidents")
	}
	var doc Document
	for _, v := range *r.Result.Incidents {
		e, err := v.entry()
		if err != nil {
			return Document{}, err
		}
		secured(&e)
		if slices.ContainsFunc(v.Messages, func(m sioMessage) bool { return m.Status == securityEvent }) {
			e.Kind = inbox.KindSecurity
		}
		doc.Entries = append(doc.Entries, e)
	}
	for n, events := range []many[sioEvent]{r.Result.Maintenance.Active, r.Result.Maintenance.Upcoming} {
		for _, v := range events {
			e, err := v.entry()
			if err != nil {
				return Document{}, err
			}
			e.Kind, e.Phase, e.Resolved = inbox.KindMaintenance, []Phase{Running, Scheduled}[n], Moment{}
			e.Window = inbox.Window{Start: Time(string(v.Start)), End: Time(string(v.End))}
			doc.Entries = append(doc.Entries, e)
		}
	}
	return doc, nil
}

func (v sioEvent) entry() (Entry, error) {
	if v.ID == "" || v.Name == "" {
		return Entry{}, errors.New("one of its incidents has no _id or no name")
	}
	e := Entry{
		ID: string(v.ID), Title: string(v.Name), Kind: inbox.KindIncident, Phase: Open,
		Published: stated(string(v.Opened), "datetime_open"),
	}
	for _, c := range v.Components {
		e.Components = append(e.Components, string(c.Name))
	}
	ids, latest := instants{}, Update{}
	for _, m := range v.Messages {
		at := Time(string(m.Datetime))
		u := Update{ids.id(e.ID, at, string(m.Details)), string(m.Status), at, plain(string(m.Details))}
		e.Updates = append(e.Updates, u)
		if latest.ID == "" || at.After(latest.At) {
			latest, e.Status, e.Severity = u, string(m.State), string(m.Status)
		}
	}
	for _, m := range []Moment{stated(string(v.Resolved), "datetime_resolved"), stated(string(v.Closed), "datetime_closed")} {
		if !m.At.IsZero() && e.Resolved.At.IsZero() {
			e.Phase, e.Resolved = Resolved, m
		}
	}
	if state, _ := strconv.Atoi(e.Status); state >= 400 && e.Phase == Open {
		e.Phase, e.Resolved = Resolved, moment(latest.At, "the message resolved", Stated)
	}
	return e, nil
}
