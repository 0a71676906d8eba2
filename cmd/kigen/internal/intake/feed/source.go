// Package feed watches what vendors publish: status pages, feeds, and pages that have
// neither. A Poller asks for the documents of one source when it is time, follows what
// they say, and hands the news to its keeper in one step.
//
// Its subpackages: fetch asks, format reads, follow compares.
package feed

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/intake/feed/follow"
	"kigen/cmd/kigen/internal/intake/feed/format"
	"kigen/sla/inbox"
)

// Source is a source of the configuration.
type Source struct {
	Name      string
	Vendor    string
	Service   string            // of what the documents name no service
	Services  map[string]string // the vendor's names, to those of the configuration
	Documents []Document        // the first one decides whether a poll succeeds
	Anchor    string            // the page's id or the channel's title; empty: as at the first poll
	Every     time.Duration
	Token     func(ctx context.Context) (string, error) // of Microsoft Graph; nil: none
}

// Document is a document of a source.
type Document struct {
	Name        string // unique in the source; the state is kept by it
	URL         string
	Format      format.Format
	Select      string // of a page: the watched part
	MustContain string // of a page
}

// Kinds are the keys of the configuration that name a source by its address.
var Kinds = []string{"feed", "statuspage", "statusio", "gcp", "aws", "azure", "m365", "slack", "page"}

// Where the documents of a page stand if the address names only its host.
var defaults = map[string]string{
	"gcp": "/incidents.json", "aws": "/rss/all.rss", "azure": "/en-us/status/feed/", "m365": "/v1.0/admin/serviceAnnouncement/issues", "slack": "/api/v2.0.0/current",
}

// Documents are the documents of a source by its key in the configuration and its address:
// the one that the address names, or, where it names only the host, those that the vendor's
// pages have.
func Documents(kind, address string) ([]Document, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no address of a source: write it as https://status.example.jp", address)
	}
	if u.User != nil {
		return nil, fmt.Errorf("the address of a source holds no password: leave it out of it")
	}
	u.Fragment = ""
	bare := strings.Trim(u.Path, "/") == ""
	if at, ok := defaults[kind]; ok && bare {
		u.Path = at
	}
	one := func(f format.Format) []Document { return []Document{{Name: string(f), URL: u.String(), Format: f}} }
	lower := strings.ToLower(u.Path)
	switch kind {
	case "feed":
		return one(format.Feed), nil
	case "page":
		return one(format.WatchedPage), nil
	case "statusio":
		return one(format.StatusIO), nil
	case "gcp":
		return one(format.GoogleCloud), nil
	case "azure":
		return one(format.Azure), nil
	case "m365":
		return one(format.Microsoft365), nil
	case "aws":
		if strings.HasSuffix(lower, ".rss") || strings.HasSuffix(lower, ".xml") {
			return one(format.AWSFeed), nil
		}
		return one(format.AWSCurrent), nil
	case "slack":
		return slack(u), nil
	case "statuspage":
		return statuspage(u, bare, lower), nil
	}
	return nil, fmt.Errorf("%q is no kind of source: use one of %s", kind, strings.Join(Kinds, ", "))
}

func statuspage(u *url.URL, bare bool, lower string) []Document {
	at := func(f format.Format, p string) Document {
		v := *u
		if p != "" {
			v.Path, v.RawQuery = p, ""
		}
		return Document{Name: string(f), URL: v.String(), Format: f}
	}
	switch {
	case bare:
		return []Document{at(format.StatuspageIncidents, incidentsPath), at(format.StatuspageMaintenances, maintenancesPath)}
	case strings.HasSuffix(lower, ".atom"), strings.HasSuffix(lower, ".rss"):
		return []Document{at(format.StatuspageHistory, "")}
	case strings.Contains(lower, "scheduled-maintenances"):
		return []Document{at(format.StatuspageMaintenances, "")}
	case strings.HasSuffix(lower, "/summary.json"):
		return []Document{at(format.StatuspageSummary, "")}
	}
	return []Document{at(format.StatuspageIncidents, "")}
}

const (
	incidentsPath    = "/api/v2/incidents.json"
	maintenancesPath = "/api/v2/scheduled-maintenances.json"
)

// slack are the two documents of Slack: what is over leaves the one for the other.
func slack(u *url.URL) []Document {
	history := *u
	history.Path = path.Join(path.Dir(u.Path), "history")
	docs := []Document{
		{Name: string(format.SlackCurrent), URL: u.String(), Format: format.SlackCurrent},
		{Name: string(format.SlackHistory), URL: history.String(), Format: format.SlackHistory},
	}
	if path.Base(u.Path) == "history" {
		return docs[1:]
	}
	return docs
}

// maintenances is the document in which a hook's planned work stands, where the source
// does not ask for it anyway.
func (s Source) maintenances() (Document, bool) {
	for _, d := range s.Documents {
		switch d.Format {
		case format.StatuspageMaintenances, format.StatuspageSummary:
			return Document{}, false
		case format.StatuspageIncidents:
			u, err := url.Parse(d.URL)
			if err != nil {
				return Document{}, false
			}
			u.Path, u.RawQuery = path.Join(path.Dir(u.Path), path.Base(maintenancesPath)), ""
			return Document{Name: string(format.StatuspageMaintenances), URL: u.String(), Format: format.StatuspageMaintenances}, true
		}
	}
	return Document{}, false
}

// Item is an item of follow in the form that all of intake has.
func (s Source) Item(i follow.Item) inbox.Item {
	times := i.Times()
	item := inbox.Item{
		Source: s.Name, SourceID: i.ID, Revision: i.Revised, State: i.State, Vendor: s.Vendor, Service: s.service(i), Kind: i.Kind,
		Title: i.Entry.Title, Text: i.Text(), Channel: s.channel(), Link: i.Entry.Link, ReceivedAt: i.FirstSeen,
		Times: inbox.Times{Occurred: usable(times["occurred"]), Assumed: times["occurred"].Basis == format.Assumed, Recovered: usable(times["resolved"])},
	}
	if published, ok := times["published"]; ok {
		item.SentAt = usable(published)
	} else {
		item.SentAt = usable(times["announced"])
	}
	if w := i.Entry.Window; !w.Start.IsZero() {
		item.Times.Windows = []inbox.Window{w}
	}
	if i.Reason.Key != "" {
		item.Reasons = append(item.Reasons, i.Reason)
	}
	for _, c := range i.Conflicts {
		item.Reasons = append(item.Reasons, inbox.Reason{Key: c.Why, Args: []string{"Field", c.Field, "Given", c.Given.UTC().Format(time.RFC3339)}})
	}
	return item
}

func usable(t follow.Time) time.Time {
	if t.Implausible {
		return time.Time{}
	}
	return t.At
}

// service is the vendor's name of what an item is about.
func (s Source) service(i follow.Item) string {
	for _, c := range i.Entry.Components {
		if name, ok := s.Services[c]; ok {
			return name
		}
	}
	if s.Service != "" || len(i.Entry.Components) == 0 {
		return s.Service
	}
	return i.Entry.Components[0]
}

// channel is the channel of a promise by which the source speaks.
func (s Source) channel() string {
	site := []format.Format{format.Feed, format.WatchedPage}
	if len(s.Documents) > 0 && slices.Contains(site, s.Documents[0].Format) {
		return "site"
	}
	return "status_page"
}
