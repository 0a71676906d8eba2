package sla_test

import (
	"slices"
	"testing"

	"kigen/sla"
	"kigen/sla/phrase"
)

func TestEachKindIsAnsweredByItsDeed(t *testing.T) {
	for _, e := range []struct {
		kind    sla.IncidentKind
		promise string
		want    sla.Deed
	}{
		{"", "incident-notice", sla.DeedNotice},
		{sla.KindIncident, "incident-notice", sla.DeedNotice},
		{sla.KindVulnerability, "notice", sla.DeedNotice},
		{sla.KindMaintenance, "maintenance", sla.DeedAnnouncement},
		{sla.KindChange, "change", sla.DeedAnnouncement},
		{sla.KindContractEnd, "disposal", sla.DeedDeletion},
		{sla.KindPeriodic, "assessment", sla.DeedEvidence},
		{sla.KindContractEnd, sla.RegimePromise("jp-appi"), sla.DeedSubmission},
		{"newer", "notice", sla.DeedNotice},
	} {
		if got := sla.DeedOf(e.kind, e.promise); got != e.want {
			t.Errorf("%s, %s: %s, want %s", e.kind, e.promise, got, e.want)
		}
	}
	for _, kind := range sla.Kinds() {
		if !slices.Contains(sla.Deeds[:], sla.DeedOf(kind, "p")) {
			t.Errorf("%s is answered by %q", kind, sla.DeedOf(kind, "p"))
		}
	}
}

// A deed without words would be shown as it is stored, or in the words of a notice.
func TestEveryDeedHasItsWords(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		for _, deed := range sla.Deeds {
			d := string(deed)
			for _, word := range []string{phrase.Done(lang, d), phrase.Undone(lang, d), phrase.DeadlineOf(lang, d)} {
				if word == d && deed != sla.DeedNotice && deed != sla.DeedAnnouncement && deed != sla.DeedEvidence || word == "" {
					t.Errorf("%s: %s has the word %q", lang, deed, word)
				}
			}
			for _, state := range []sla.State{sla.Met, sla.Late} {
				if own := phrase.StateOf(lang, d, string(state)); deed != sla.DeedNotice && own == phrase.State(lang, string(state)) {
					t.Errorf("%s: %s of a %s is %q", lang, state, deed, own)
				}
			}
			for _, state := range sla.States {
				if phrase.StateOf(lang, d, string(state)) == "" {
					t.Errorf("%s: %s of a %s has no words", lang, state, deed)
				}
			}
		}
	}
	if got := phrase.StateOf("en", "submission", "running"); got != "running" {
		t.Errorf("a state that fits all is %q", got)
	}
}
