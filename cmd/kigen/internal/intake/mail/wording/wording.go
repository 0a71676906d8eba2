// Package wording reads by its words what a mail is about, and what in it speaks against
// taking it as a notice without a person.
package wording

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/inbox"
	"kigen/sla/when"
)

// Mail is what the words of a mail are read from.
type Mail struct {
	Subject  string
	Text     string // only what is new in it
	Reply    bool   // it answers a mail of ours
	Bulk     bool   // it says that it goes to many
	Planned  bool   // it carries a calendar of planned work
	Stated   bool   // its text states a time of the incident
	Attached bool   // it has attachments
	Named    bool   // it names an open incident by a number
}

// Reading is what the words say.
type Reading struct {
	Kind        inbox.Kind
	Says        bool // the text itself reports something about an incident
	Correction  bool // it corrects or withdraws an earlier mail
	NotAffected bool // it says that we are not affected
	Drill       bool
	Holding     bool // it acknowledges receipt, or promises an answer
	AutoReply   bool // its words are those of an automatic reply
	OtherMatter bool // it speaks of another matter, too
	Points      bool // its contents stand in an attachment or behind a link
}

// text is a mail with its words folded.
type text struct {
	mail      Mail
	subject   string // without what replies and lists put before it
	body      string
	sentences []string
	all       string
}

// Read reads a mail.
func Read(m Mail) Reading {
	t := &text{mail: m, subject: plainSubject(m.Subject), body: when.FoldProse(m.Text)}
	t.all = t.subject + "\n" + t.body
	t.sentences = sentences(t.body)
	r := Reading{
		AutoReply:   autoSubject.MatchString(when.FoldProse(m.Subject)) || autoText.MatchString(t.body),
		Drill:       drillSubject.MatchString(t.subject) || drillText.MatchString(t.body),
		NotAffected: t.notAffected(),
		Correction:  correctionSubject.MatchString(t.subject) || correctionText.MatchString(t.body),
		OtherMatter: otherMatter.MatchString(t.all),
		Says:        m.Stated || t.reports(),
	}
	r.Points = !t.reports() && !m.Stated && (m.Attached && attachedText.MatchString(t.body) || linkOnly.MatchString(t.body))
	r.Holding = !m.Stated && t.holds()
	r.Kind = t.kind(&r)
	return r
}

var prefixes = pattern.New(`^\s*(?:(?:re|fw|fwd|tr|wg|aw|返信|転送)\s*(?:\[\d+\])?\s*:|\[[^\]\s]{1,40}:\d+\])\s*`)

// plainSubject folds a subject and drops what mailers put before it.
func plainSubject(s string) string {
	s = strings.TrimSpace(when.FoldProse(s))
	for range 10 {
		at := prefixes.FindStringIndex(s)
		if at == nil {
			break
		}
		s = s[at[1]:]
	}
	return s
}

// OwnSubject matches a subject that our enquiry gave, and which therefore says nothing of
// the answer.
var OwnSubject = pattern.New(`\[kgn-\d+\]`)

var sentenceStop = pattern.New(`。|\n\s*\n|\n\s*[・■●◆○※*-]|\n(?:\S{1,14}\s*[:|\t])|[!?]\s|[a-z)]\.\s`)

// sentences splits a text into sentences and the entries of lists. Lines that a mailer has
// wrapped are joined.
func sentences(body string) []string {
	var list []string
	at := 0
	for _, stop := range sentenceStop.FindAllStringIndex(body, -1) {
		list = append(list, body[at:stop[1]])
		at = stop[1]
		if c := body[stop[1]-1]; c == ':' || c == '\t' || c == '|' || c == '-' || c == '*' {
			at = stop[0]
		}
	}
	list = append(list, body[at:])
	kept := list[:0]
	for _, s := range list {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// reports reports whether the text states a fact about an incident: a sentence or an entry
// of a list with trouble or a measure in it, that is no greeting, request or promise.
func (t *text) reports() bool {
	for _, s := range t.sentences {
		if (fact.MatchString(s) || factEnglish.MatchString(s)) && !t.isEmptySentence(s) {
			return true
		}
	}
	return false
}

// isEmptySentence: thanks, questions, requests, promises, references to the enquiry.
func (t *text) isEmptySentence(s string) bool {
	return question.MatchString(s) || emptySentence.MatchString(s) && !strongFact.MatchString(s)
}

// holds reports whether the text only acknowledges or promises.
func (t *text) holds() bool {
	return !t.reports() && (receipt.MatchString(t.all) || holding.MatchString(t.body))
}

// notAffected reports whether a sentence says that the customer as a whole is not affected.
func (t *text) notAffected() bool {
	for _, s := range append(t.sentences, t.subject) {
		if beyond.MatchString(s) {
			continue
		}
		if notAffectedJa.MatchString(s) || notAffectedEn.MatchString(s) {
			return true
		}
	}
	return false
}
