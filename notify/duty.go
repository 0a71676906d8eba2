package notify

import (
	"strings"

	"kigen/sla"
	"kigen/sla/phrase"
)

// A message about one of our own duties says so in its title, and to which authority. It
// has none of what belongs to a vendor: no notice, no contact, no chaser.

// ours reports whether the message is about a duty of ours.
func (n *messageBuilder) ours() bool { return n.clock.Regime() != "" }

// deedTexts are the prefixes of the texts about clocks that no notice of a vendor
// answers. A text that fits them all has no prefix.
var deedTexts = map[sla.Deed]string{sla.DeedSubmission: "our_", sla.DeedDeletion: "deletion_", sla.DeedEvidence: "evidence_"}

// ofVendorNotices reports whether the deed is a message of a vendor.
func ofVendorNotices(deed sla.Deed) bool { return deedTexts[deed] == "" }

// worded returns the id of the text in the words of what answers the message's clock.
func (n *messageBuilder) worded(id string) string {
	if own := deedTexts[n.incident.Awaits(n.clock)] + id; n.Has(own) {
		return own
	}
	return id
}

// dutyData are the authority and the report, for the texts about our duties.
func (n *messageBuilder) dutyData() textData {
	regime := n.clock.Regime()
	to, name := regime, regime
	if r := n.Duties.Regime(regime); r != nil {
		to, name = r.To.In(n.Lang), r.Name.In(n.Lang)
	}
	report := n.clock.Stage
	if n.promise != nil {
		report = n.promise.StageText(n.clock.Stage).In(n.Lang)
	}
	return textData{"To": to, "Report": report, "Duty": name}
}

// dutyFields are the facts of the duty, in the place of those of a vendor's promise.
func (n *messageBuilder) dutyFields(add func(id, value string)) {
	data := n.dutyData()
	add("field_duty", n.text("duty_owed_by_us", data))
	add("field_to", data["To"])
	add("field_decision", n.decision())
	add("field_submission", n.submission())
}

// decision says whether a person has decided that the duty applies.
func (n *messageBuilder) decision() string {
	d := n.incident.Decided(n.clock.Regime())
	switch {
	case d == nil:
		return n.text("decision_undecided", nil)
	case d.Applies:
		return n.text("decision_applies", textData{"By": sla.Person(d.By)})
	}
	return n.text("decision_not", textData{"By": sla.Person(d.By)})
}

// submission describes the report that stopped the clock.
func (n *messageBuilder) submission() string {
	if n.clock.NotifiedAt.IsZero() || n.state.Open() {
		return ""
	}
	parts := []string{n.instant(n.clock.NotifiedAt)}
	for _, s := range n.incident.Submissions {
		if s.Counts() && s.Regime == n.clock.Regime() && s.Stage == n.clock.Stage && s.SubmittedAt.Equal(n.clock.NotifiedAt) && s.Reference != "" {
			parts = append(parts, s.Reference)
			break
		}
	}
	return strings.Join(parts, ", ")
}

// dutyNotes says when a range begins, that the duty is undecided, and what kigen is not.
func (n *messageBuilder) dutyNotes() (notes []string) {
	if warn := n.clock.Explanation.Bounds.Warn; !warn.IsZero() && n.state.Open() && n.now.Before(n.clock.Due) {
		id := "note_waiting"
		if n.clock.Explanation.Guided() {
			id = "our_note_guide"
		}
		notes = append(notes, n.text(id, textData{"Due": n.deadline(warn)}))
	}
	if n.state.Open() && n.incident.Decided(n.clock.Regime()) == nil {
		notes = append(notes, n.text("our_note_undecided", nil))
	}
	return append(notes, phrase.NotLegalAdvice(n.Lang))
}
