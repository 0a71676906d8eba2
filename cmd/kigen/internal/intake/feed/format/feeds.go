package format

import (
	"slices"
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/inbox"
)

// readFeed reads RSS or Atom of any vendor. Its items are messages: several of them may
// be about one incident.
func readFeed(text string, o Options) (Document, error) {
	c, err := readXML(text, o)
	if err != nil {
		return Document{}, err
	}
	doc := Document{Anchor: c.title, Entries: c.entries()}
	for i := range doc.Entries {
		e := &doc.Entries[i]
		e.Kind = kindOf(c.title, e.Title, textsOf(*e))
		switch {
		case e.Kind == inbox.KindMaintenance:
			e.Phase = Scheduled
			if recovery.MatchString(Fold(e.Title)) || over.MatchString(Fold(e.Title)) {
				e.Phase = Completed
			}
		case e.Kind == inbox.KindNone:
			e.Phase = ""
		case e.Stage.Recovery:
			e.Phase, e.Resolved = Resolved, Moment{e.Published.At, e.Published.Field, Assumed}
		}
		switch e.Kind {
		case inbox.KindNone:
		case inbox.KindMaintenance:
			e.Join = "work\n" + topic(e.Subject)
		default: // a second report may be the first one to tell of a breach
			e.Join = "trouble\n" + topic(e.Subject)
		}
	}
	return doc, nil
}

func textsOf(e Entry) string {
	var texts []string
	for _, u := range e.Updates {
		texts = append(texts, u.Text)
	}
	return strings.Join(texts, "\n")
}

var (
	awsGUID   = pattern.New(`#([A-Za-z0-9._-]+)_(\d{9,11})$`)
	awsPrefix = pattern.New(`(?i)^(informational message|service impact|service degradation|service disruption|service issue|performance issues?|service is operating normally|increased error rates notice)\s*:\s*|\[(resolved|update|updated)\]\s*`)
)

// readAWSFeed reads the items of AWS, which are the updates of events that have no id: the
// updates of one service that follow each other are one event.
func readAWSFeed(text string, o Options) (Document, error) {
	c, err := readXML(text, o)
	if err != nil {
		return Document{}, err
	}
	doc := Document{Anchor: c.title, Entries: c.entries()}
	for i := range doc.Entries {
		e := &doc.Entries[i]
		e.Kind, e.Components = inbox.KindIncident, nil
		guid := e.ID
		if m := awsGUID.FindStringSubmatch(guid); m != nil {
			e.ID, e.Keys = m[1]+"_"+m[2], append(e.Keys, guid)
			e.Components, e.Join = []string{m[1]}, "service\n"+m[1]
			if e.Published.At.IsZero() {
				e.Published = moment(epoch(word(m[2])), "guid", Stated)
			}
		} else {
			e.Join = "title\n" + topic(awsSubject(e.Title))
		}
		for j := range e.Updates {
			e.Updates[j].ID = e.ID
		}
		e.Subject = awsSubject(e.Title)
		lower := strings.ToLower(e.Title)
		e.Stage = Stage{Recovery: strings.Contains(lower, "[resolved]") || strings.HasPrefix(lower, "service is operating normally")}
		if e.Stage.Recovery {
			e.Phase, e.Resolved = Resolved, moment(e.Published.At, "pubDate of [RESOLVED]", Stated)
		}
		secured(e)
	}
	return doc, nil
}

// awsSubject is the title of an item of AWS without its marks.
func awsSubject(title string) string {
	s := title
	for {
		short := strings.TrimSpace(awsPrefix.ReplaceAllString(s, ""))
		if short == s || short == "" {
			return s
		}
		s = short
	}
}

var (
	azureStatus = pattern.New(`(?i)^(.*?)\s+[-–—|:]\s+(active|investigating|applying mitigation|mitigating|mitigated|resolved|monitoring|update|preliminary pir|final pir|pir|rca|post incident review|information|warning|advisory|good|degraded|critical|error|recovered)$`)
	azureOver   = []string{"mitigated", "resolved", "preliminary pir", "final pir", "pir", "rca", "post incident review", "recovered", "good"}
)

// readAzure reads the feed of Azure, in which an item is an incident. No items is its
// normal state.
func readAzure(text string, o Options) (Document, error) {
	c, err := readXML(text, o)
	if err != nil {
		return Document{}, err
	}
	doc := Document{Anchor: c.title, Entries: c.entries()}
	for i := range doc.Entries {
		e := &doc.Entries[i]
		e.Kind, e.Subject, e.Stage = inbox.KindIncident, e.Title, Stage{}
		if m := azureStatus.FindStringSubmatch(e.Title); m != nil {
			e.Subject, e.Status = m[1], m[2]
		}
		if slices.Contains(azureOver, strings.ToLower(e.Status)) {
			e.Phase, e.Resolved = Resolved, moment(e.Published.At, "pubDate with status "+e.Status, Stated)
		}
		if works.MatchString(Fold(e.Title)) && !brokenly.MatchString(Fold(e.Title)) {
			e.Kind, e.Phase = inbox.KindMaintenance, Scheduled
		}
		secured(e)
	}
	return doc, nil
}
