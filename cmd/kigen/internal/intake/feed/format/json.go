package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kigen/sla/inbox"
)

type gcpIncident struct {
	ID       word            `json:"id"`
	Number   word            `json:"number"`
	Begin    word            `json:"begin"`
	Created  word            `json:"created"`
	Modified word            `json:"modified"`
	End      word            `json:"end"`
	Desc     word            `json:"external_desc"`
	Updates  many[gcpUpdate] `json:"updates"`
	Impact   word            `json:"status_impact"`
	Severity word            `json:"severity"`
	Service  word            `json:"service_name"`
	Products many[titled]    `json:"affected_products"`
	URI      word            `json:"uri"`
}

type gcpUpdate struct {
	Created word `json:"created"`
	When    word `json:"when"`
	Text    word `json:"text"`
	Status  word `json:"status"`
}

type titled struct {
	Title word `json:"title"`
}

// list reads a document that is a list: null is none.
func list[T any](text string) ([]T, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return nil, errNoList
	}
	var l many[T]
	err := json.Unmarshal([]byte(text), &l)
	return l, err
}

func readGoogleCloud(text string, o Options) (Document, error) {
	incidents, err := list[gcpIncident](text)
	if err != nil {
		return Document{}, err
	}
	var doc Document
	for _, i := range incidents {
		if i.ID == "" || i.Begin == "" && i.Created == "" || i.URI == "" && i.Number == "" {
			return Document{}, errors.New("one of its incidents has no id, begin or uri")
		}
		e := Entry{
			ID: string(i.ID), Title: string(i.Desc), Status: "", Impact: string(i.Impact), Severity: string(i.Severity), Kind: inbox.KindIncident, Phase: Open,
			Started: stated(string(i.Begin), "begin"), Published: stated(string(i.Created), "created"), Touched: Time(string(i.Modified)),
			Link: link(string(i.URI), o.URL),
		}
		if e.Title == "" {
			e.Title = string(i.Service)
		}
		if i.End != "" {
			e.Phase, e.Resolved = Resolved, stated(string(i.End), "end")
		}
		for _, p := range i.Products {
			e.Components = append(e.Components, string(p.Title))
		}
		if len(i.Products) == 0 {
			e.Components = []string{string(i.Service)}
		}
		ids := instants{}
		for _, u := range i.Updates {
			at := Time(string(u.When))
			if at.IsZero() {
				at = Time(string(u.Created))
			}
			e.Updates = append(e.Updates, Update{ids.id(e.ID, at, string(u.Text)), string(u.Status), at, plain(string(u.Text))})
		}
		if latest := inOrder(e.Updates); len(latest) > 0 {
			e.Status = latest[len(latest)-1].Status
		}
		secured(&e)
		doc.Entries = append(doc.Entries, e)
	}
	return doc, nil
}

// instants names updates that have no id of their own by their instant. Where two have the
// same, the text makes the difference: their order may be another one in the next document.
type instants map[string]bool

func (s instants) id(entry string, at time.Time, text string) string {
	id := entry + "/" + stamp(at)
	if s[id] {
		id += "/" + hash(Line(text))
	}
	s[id] = true
	return id
}

type awsEvent struct {
	Date     word                              `json:"date"`
	ARN      word                              `json:"arn"`
	Region   word                              `json:"region_name"`
	Status   word                              `json:"status"`
	Service  word                              `json:"service"`
	Name     word                              `json:"service_name"`
	Summary  word                              `json:"summary"`
	Log      many[awsLog]                      `json:"event_log"`
	Impacted loose[map[string]json.RawMessage] `json:"impacted_services"`
}

type awsLog struct {
	Message   word `json:"message"`
	Status    word `json:"status"`
	Timestamp word `json:"timestamp"`
}

func readAWSCurrent(text string, _ Options) (Document, error) {
	events, err := list[awsEvent](text)
	if err != nil {
		return Document{}, err
	}
	var doc Document
	for _, v := range events {
		if v.Date == "" || v.Service == "" && v.ARN == "" {
			return Document{}, errors.New("one of its events has no date, service or arn")
		}
		id := string(v.ARN)
		if id == "" {
			id = fmt.Sprintf("%s_%s", v.Service, v.Date)
		}
		e := Entry{
			ID: id, Title: string(v.Summary), Status: string(v.Status), Impact: string(v.Status), Kind: inbox.KindIncident, Phase: Open,
			Published: moment(epoch(v.Date), "date", Stated), Components: []string{string(v.Service)},
		}
		for key := range v.Impacted.v {
			e.Components = append(e.Components, clip(key, 100))
		}
		slices.Sort(e.Components)
		ids := instants{}
		for _, l := range v.Log {
			at := epoch(l.Timestamp)
			e.Updates = append(e.Updates, Update{ids.id(e.ID, at, string(l.Message)), string(l.Status), at, plain(string(l.Message))})
		}
		if v.Status == "0" {
			e.Phase = Resolved
			for _, u := range e.Updates {
				if u.Status == "0" {
					e.Resolved = moment(u.At, "event_log, status 0", Stated)
				}
			}
		}
		if e.Title == "" {
			e.Title = strings.TrimSpace(string(v.Name + " " + v.Region))
		}
		secured(&e)
		doc.Entries = append(doc.Entries, e)
	}
	return doc, nil
}

type graphPage struct {
	Context string            `json:"@odata.context"`
	Next    string            `json:"@odata.nextLink"`
	Value   *many[graphIssue] `json:"value"`
}

type graphIssue struct {
	ID             word            `json:"id"`
	Title          word            `json:"title"`
	Start          word            `json:"startDateTime"`
	End            word            `json:"endDateTime"`
	Modified       word            `json:"lastModifiedDateTime"`
	Classification word            `json:"classification"`
	Status         word            `json:"status"`
	Service        word            `json:"service"`
	Resolved       *bool           `json:"isResolved"`
	Posts          many[graphPost] `json:"posts"`
}

type graphPost struct {
	Created     word `json:"createdDateTime"`
	Description struct {
		Content word `json:"content"`
	} `json:"description"`
}

// graphOver are the states in which Microsoft is done with an issue.
var graphOver = []string{"servicerestored", "falsepositive", "postincidentreviewpublished", "resolved", "resolvedexternal", "mitigated", "mitigatedexternal", "serviceoperational"}

func readMicrosoft365(text string, o Options) (Document, error) {
	var p graphPage
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return Document{}, err
	}
	if p.Value == nil || p.Context != "" && !strings.Contains(strings.ToLower(p.Context), "serviceannouncement") {
		return Document{}, errors.New("it is no list of issues of Microsoft Graph")
	}
	doc := Document{}
	if p.Next != "" {
		if doc.Next = link(p.Next, o.URL); doc.Next == "" {
			return Document{}, errors.New("its @odata.nextLink is no address")
		}
	}
	for _, i := range *p.Value {
		if i.ID == "" || i.Title == "" || i.Status == "" {
			return Document{}, errors.New("one of its issues has no id, title or status")
		}
		e := Entry{
			ID: string(i.ID), Title: string(i.Title), Status: string(i.Status), Impact: string(i.Classification), Kind: inbox.KindIncident, Phase: Open,
			Started: stated(string(i.Start), "startDateTime"), Touched: Time(string(i.Modified)), Components: []string{string(i.Service)},
		}
		for n, post := range i.Posts {
			at := Time(string(post.Created))
			id := fmt.Sprintf("%s/%s", i.ID, post.Created)
			if at.IsZero() {
				id += "#" + strconv.Itoa(n)
			}
			e.Updates = append(e.Updates, Update{ID: id, At: at, Text: plain(string(post.Description.Content))})
			if !at.IsZero() && (e.Published.At.IsZero() || at.Before(e.Published.At)) {
				e.Published = moment(at, "the first post", Stated)
			}
		}
		over := i.Resolved != nil && *i.Resolved || i.Resolved == nil && slices.Contains(graphOver, strings.ToLower(e.Status))
		if over || slices.Contains([]string{"serviceRestored", "postIncidentReviewPublished"}, e.Status) {
			e.Phase, e.Resolved = Resolved, stated(string(i.End), "endDateTime")
		}
		secured(&e)
		doc.Entries = append(doc.Entries, e)
	}
	return doc, nil
}
