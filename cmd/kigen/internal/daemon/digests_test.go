package daemon

import (
	"regexp"
	"slices"
	"strings"

	"kigen/notify/fakeslack"
	"kigen/notify/slack"
	"kigen/sla"
)

// More than fifty alerts that wait at a destination, after a long downtime, come
// as a digest: one mail with all of them, or a summary in Slack with pages and a
// file in its thread. Each alert keeps its row, which names the message that lists
// it.

// shownKey is the key by which a message is counted. A file has no metadata and
// is found by its name, and so is the text in place of one that was refused.
func shownKey(m *fakeslack.Message) string {
	switch key := m.Key(slack.Key); {
	case isFile(m) && len(m.Files) == 0:
		return fileName(key)
	case isFile(m):
		return m.Files[0].Name
	default:
		return key
	}
}

// isFile reports whether a message is a file, or says that it could not be uploaded.
func isFile(m *fakeslack.Message) bool {
	return len(m.Files) == 1 || strings.HasSuffix(m.Key(slack.Key), "/file")
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9]`)

// fileName is the name of the file of a delivery, by its key.
func fileName(key string) string { return "kigen-" + notInNames.ReplaceAllString(key, "-") + ".csv" }

// parts reads the deliveries of digests: summaries, pages and files, by the keys
// under which they are counted.
func (s *soc) parts() map[string]row {
	s.t.Helper()
	parts := s.rows(`d.kind, d.key, d.key, d.state, d.possible_repeat FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.kind = 'post' AND a.clock_id IS NULL OR d.kind IN ('page', 'file')`)
	for name, r := range parts {
		if strings.HasPrefix(name, "file ") {
			r.key = fileName(r.key)
			parts[name] = r
		}
	}
	return parts
}

// listed are the keys of the deliveries that each digest lists, by the key of the
// message that has their lines.
func (s *soc) listed() map[string][]string {
	s.t.Helper()
	listed := map[string][]string{}
	for keys, r := range s.rows(`d.key, '', t.key, '', 0 FROM deliveries d JOIN deliveries t ON t.id = d.digest_page_id WHERE d.kind IN ('post', 'update')`) {
		listed[r.key] = append(listed[r.key], strings.TrimSuffix(keys, " "))
	}
	return listed
}

var changeNumber = regexp.MustCompile(`#\d+$`)

// subjects are the keys of the deliveries that a reader of a message sees: its own,
// or those that a digest lists. A page that was posted anew lists what the page
// does. ok is false for a message that is neither.
func subjects(key string, listed map[string][]string, parts map[string]row) (keys []string, ok bool) {
	page := changeNumber.ReplaceAllString(key, "")
	isPart := slices.ContainsFunc([]string{"post ", "page "}, func(kind string) bool { _, ok := parts[kind+page]; return ok })
	switch {
	case len(listed[key]) > 0:
		return listed[key], true
	case isPart:
		return listed[page], true
	}
	return []string{key}, clockKey.MatchString(key)
}

// isListed reports whether a message in Slack with the key names the incident.
func (s *soc) isListed(key string, id sla.IncidentID) bool {
	whole := regexp.MustCompile(`\b` + id.String() + `\b`)
	return slices.ContainsFunc(s.slack.Messages(), func(m fakeslack.Message) bool {
		return m.Key(slack.Key) == key && whole.MatchString(m.Shown())
	})
}
