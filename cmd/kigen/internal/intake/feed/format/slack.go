package format

import (
	"encoding/json"
	"errors"
	"strings"

	"kigen/sla/inbox"
)

type slackIncident struct {
	ID       word            `json:"id"`
	Created  word            `json:"date_created"`
	Updated  word            `json:"date_updated"`
	Title    word            `json:"title"`
	Type     word            `json:"type"`
	Status   word            `json:"status"`
	URL      word            `json:"url"`
	Services many[word]      `json:"services"`
	Notes    many[slackNote] `json:"notes"`
}

type slackNote struct {
	Created word `json:"date_created"`
	Body    word `json:"body"`
}

func readSlackCurrent(text string, o Options) (Document, error) {
	var c struct {
		Status word                 `json:"status"`
		Active *many[slackIncident] `json:"active_incidents"`
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return Document{}, err
	}
	if c.Status == "" || c.Active == nil {
		return Document{}, errors.New("it has no status or no active_incidents")
	}
	return slackEntries(*c.Active, o)
}

func readSlackHistory(text string, o Options) (Document, error) {
	incidents, err := list[slackIncident](text)
	if err != nil {
		return Document{}, err
	}
	return slackEntries(incidents, o)
}

// slackEntries gives no severity, because Slack states none.
func slackEntries(incidents []slackIncident, o Options) (Document, error) {
	var doc Document
	for _, i := range incidents {
		if i.ID == "" || i.Title == "" || i.Created == "" {
			return Document{}, errors.New("one of its incidents has no id, title or date_created")
		}
		e := Entry{
			ID: string(i.ID), Title: string(i.Title), Status: string(i.Status), Kind: inbox.KindIncident, Phase: Open,
			Published: stated(string(i.Created), "date_created"), Touched: Time(string(i.Updated)), Link: link(string(i.URL), o.URL),
			Moving: true, // the end stands in a stamp that every change moves
		}
		for _, s := range i.Services {
			e.Components = append(e.Components, string(s))
		}
		ids := instants{}
		for _, n := range i.Notes {
			at := Time(string(n.Created))
			e.Updates = append(e.Updates, Update{ID: ids.id(e.ID, at, string(n.Body)), At: at, Text: plain(string(n.Body))})
		}
		status := strings.ToLower(e.Status)
		switch {
		case strings.EqualFold(string(i.Type), "maintenance"), phaseOfWork(status) != "":
			e.Kind, e.Phase = inbox.KindMaintenance, phaseOfWork(status)
			if e.Phase == "" {
				e.Phase = Running
				if status == "resolved" {
					e.Phase = Completed
				}
			}
		case status == "resolved":
			e.Phase, e.Resolved = Resolved, stated(string(i.Updated), "date_updated with status resolved")
		}
		secured(&e)
		doc.Entries = append(doc.Entries, e)
	}
	return doc, nil
}
