package intake

import (
	"fmt"
	"time"

	"kigen/sla/inbox"
	"kigen/sla/outbox"
	"kigen/sla/phrase/localizer"
)

// tellOfSource alerts people, once for each time, that a source can't be read, and that it
// can be read again: in the transaction that stores so, which is why neither is lost or
// comes twice. They are those who are alerted first about the vendor of the source.
func (t *taking) tellOfSource(was, is *inbox.Source) error {
	if is.FailingSince.IsZero() {
		return t.tellBack(was)
	}
	key := troubleKey(is.Name, is.FailingSince)
	if !t.batch.Broken && !t.silent(is) {
		return nil
	}
	told, err := t.tx.HasAlert(t.ctx, key)
	if told || err != nil {
		return err
	}
	say := catalog.In(t.Lang)
	lines := []string{say.Say("source_error", "Error", localizer.Sentence(t.Lang, is.Error))}
	switch {
	case is.LastSuccess.IsZero():
		lines = append(lines, say.Say("source_never"))
	default:
		lines = append(lines, say.Say("source_last", "At", t.shown(is.LastSuccess)))
	}
	return t.tellPeople(is.Name, key, announced{Title: say.Say("source_fails", "Source", is.Name), Lines: append(lines, say.Say("source_fails_note"))})
}

// tellBack tells of a source that is read again, where people heard of its failure.
func (t *taking) tellBack(was *inbox.Source) error {
	if was.FailingSince.IsZero() {
		return nil
	}
	key := troubleKey(was.Name, was.FailingSince)
	told, err := t.tx.HasAlert(t.ctx, key)
	if !told || err != nil {
		return err
	}
	say := catalog.In(t.Lang)
	return t.tellPeople(was.Name, key+"/back", announced{
		Title: say.Say("source_back", "Source", was.Name), Lines: []string{say.Say("source_failed_since", "At", t.shown(was.FailingSince))},
	})
}

// silent reports whether a failing source had no success for three intervals.
func (t *taking) silent(src *inbox.Source) bool {
	since := src.LastSuccess
	if since.IsZero() {
		since = src.FailingSince
	}
	every := t.Config.Sources[src.Name].Every
	return every > 0 && t.now.Sub(since) > silentFor*every
}

func troubleKey(source string, since time.Time) string {
	return fmt.Sprintf("intake/source/%s/%d", source, since.UnixMilli())
}

// tellPeople raises an alert about a source.
func (t *taking) tellPeople(source, key string, body announced) error {
	src := t.Config.Sources[source]
	to, err := t.audience(&inbox.Item{Vendor: src.Vendor, Kind: inbox.KindIncident, Service: src.Service})
	if err != nil {
		return err
	}
	body.Link, body.LinkText = "/health", catalog.In(t.Lang).Say("open_health")
	return t.sendBody(outbox.ReasonSource, key, &body, to)
}
