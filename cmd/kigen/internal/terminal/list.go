package terminal

import (
	"encoding/json"
	"fmt"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla"
	"kigen/sla/phrase"
)

// titled is the title, and before it the kind of what is no incident.
func (inc *Incident) titled(lang string) string {
	if inc.Kind == "" || inc.Kind == string(sla.KindIncident) {
		return inc.Title
	}
	return "[" + phrase.Kind(lang, inc.Kind) + "] " + inc.Title
}

// List puts the title last: it has no bound, and the last column is not padded.
func (w *Printer) List(all []json.RawMessage) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w.Out, say(w.Lang, "no_incidents"))
		return err
	}
	now := w.Now
	var t Table
	t.Add(say(w.Lang, "heading_id"), say(w.Lang, "heading_state"), say(w.Lang, "heading_vendor"),
		say(w.Lang, "heading_due"), "", say(w.Lang, "heading_owner"), say(w.Lang, "heading_title"))
	for _, raw := range all {
		var inc Incident
		if err := client.Decode(raw, &inc); err != nil {
			return err
		}
		clock := inc.decisive()
		t.Add(inc.ID, stateOf(w.Lang, inc.Kind, "", inc.State), inc.Vendor, DueText(w.Lang, clock.Due, now), w.left(clock, inc.State), inc.Owner, inc.titled(w.Lang))
	}
	return t.Print(w.Out)
}
