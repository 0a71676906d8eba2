package clause

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// nearest returns the match of a form that is nearest to a byte, before or after it, or nil.
func nearest(form *pattern.Pattern, text string, at int) []int {
	var best []int
	for _, m := range form.FindAllStringIndex(text, -1) {
		if len(best) == 0 || abs(m[0]-at) < abs(best[0]-at) {
			best = m
		}
	}
	return best
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// conditional reports whether a text ends inside a condition, so that a length after it is a
// part of that: "if it is not resolved within 30 days".
func conditional(head string) bool {
	m := conditionE.FindStringSubmatch(head)
	return len(m) > 1 && !mainModal.MatchString(m[1])
}

// timedEnglish reads the promise of one length.
func (s *statement) timedEnglish(text string, l *length.Length) (found, bool) {
	f := found{length: l, at: l.From}
	if l.Role == length.Bare || l.Role != length.Keep && conditional(text[:l.From]) && l.Role != length.Every && !s.fragment {
		return f, false
	}
	whole := text
	if s.fragment {
		whole = text + " | " + s.header
	}
	if s.labelled {
		whole += " | " + s.heads
	}
	switch l.Role { //nolint:exhaustive // the other lengths are those of a due
	case length.Every:
		return s.everyEnglish(whole, f)
	case length.Keep:
		f.duty = state
		if !keptEn.MatchString(whole) || matches(whole, passwordEn, paymentEn) {
			return f, false
		}
		return s.by(text, l.From, f)
	}
	return s.dueEnglish(whole, f)
}

// dueEnglish reads a duty within, before or after a length.
func (s *statement) dueEnglish(text string, f found) (found, bool) {
	l := f.length
	if part := partOf(text, l.From); refusalEn.MatchString(part) && l.Role != length.Before || endingEn.MatchString(part) && !s.vendorEnds(part) {
		return f, false
	}
	if matches(text, passwordEn) && !topicAny(text) {
		return f, false
	}
	type choice struct {
		duty duty
		form *pattern.Pattern
		ok   bool
	}
	paying := paymentEn.MatchString(text)
	asked := requestEn.MatchString(text) || strings.Contains(strings.ToLower(text), "possession")
	choices := []choice{
		{notice, noticeEn, !s.labelled || topicAny(text)},
		{notice, reportEn, topicAny(text+" "+s.intro) || causeEn.MatchString(text)},
		{deletion, deleteEn, (dataEn.MatchString(text+s.intro) || endedEn.MatchString(text)) && !paying && l.Role != length.Before},
		{response, responseEn, !paying && l.Role != length.Before && s.answers(text)},
		{response, handoverEn, !paying && l.Role != length.Before && (asked || toThemEn.MatchString(text) && s.actorOf(text, l.From) == vendorActs)},
	}
	for _, c := range choices {
		m := nearest(c.form, text, l.From)
		if m == nil || !c.ok {
			continue
		}
		if f.duty = c.duty; c.duty == notice && l.Role == length.Before && !s.vendorNotice(text, m) {
			return f, false
		}
		return s.by(text, m[0], f)
	}
	if s.fragment && severityLabel.MatchString(s.label) && s.tableOfResponses() && !paying {
		f.duty = response
		return f, true
	}
	return f, false
}

// partOf is the part of a sentence between semicolons that holds a byte.
func partOf(text string, at int) string {
	at = min(at, len(text))
	begin, end := strings.LastIndexByte(text[:at], ';')+1, strings.IndexByte(text[at:], ';')
	if end < 0 {
		return text[begin:]
	}
	return text[begin : at+end]
}

// answers reports whether a sentence is about answers to customers, and not to people who
// report weaknesses.
func (s *statement) answers(text string) bool {
	around := text + " " + s.intro + " " + s.heading
	if timesEn.MatchString(text) && !aboutReports.MatchString(around) {
		return true
	}
	return ticketEn.MatchString(around) && (!whomEn.MatchString(text) || s.fragment)
}

// aboutReports matches what surrounds a policy for people who report weaknesses.
var aboutReports = pattern.New(`(?i)\breport(?:ing)? (?:a |security )?(?:vulnerabilit|bug)|researcher|responsible disclosure|bug bounty`)

var (
	aheadEn     = pattern.New(length.AdvanceEn)
	bareNotice  = pattern.New(`(?i)^\W*(?:` + length.NumberEn + `)(?: ?\(\d+\))?[ -](?:\w+ )?(?:minute|hour|day|week|month)s?'?s?'? (?:\w+ ){0,3}notice`)
	needNotice  = pattern.New(`(?i)notice (?:is |are )?(?:required|needed|must)|requires? [^.]{0,30}notice`)
	otherNotice = pattern.New(`(?i)\bnotice (?:for|of|to) (?:scheduled |any |an? )?(?:reviews?|audits?|inspections?|visits?|terminat\w+|cancel\w+|non-?renewal)`)
)

// vendorNotice reports whether a notice in advance is one to customers: a term of the
// contract such as "30 days' written notice required" binds either party.
func (s *statement) vendorNotice(text string, verb []int) bool {
	if matches(text, needNotice, otherNotice) || bareNotice.MatchString(text) && !s.fragment {
		return false
	}
	if s.actorOf(text, verb[0]) == vendorActs {
		return true
	}
	if customerMay.MatchString(text) {
		return false // upon so many days' notice the customer may do something
	}
	return toThemEn.MatchString(text) || topicAny(text+" "+s.intro+" "+s.heading+" "+s.header)
}

// vendorEnds reports whether the vendor itself ends or renews something and tells of it.
func (s *statement) vendorEnds(text string) bool {
	m := nearest(noticeEn, text, 0)
	if m == nil {
		m = nearest(deleteEn, text, 0)
	}
	if len(m) == 0 || s.actorOf(text, m[0]) == customerActs {
		return false
	}
	return deleteEn.MatchString(text) && dataEn.MatchString(text) && !terminateEn.MatchString(text) || vendorEn.MatchString(text) && noticeEn.MatchString(text) && !eitherEn.MatchString(text) && topicAny(text)
}

var (
	terminateEn = pattern.New(`(?i)\bmay terminate\b|\bobject\b|\belection\b|change your mind`)
	eitherEn    = pattern.New(`(?i)\b(?:either|each|the|both) part(?:y|ies)\b|\bobject\b|\bcure\b`)
	requestEn   = pattern.New(`(?i)\b(?:request(?:s|ed)?|on demand|ask(?:s|ed)?|upon receipt|of receipt|after receiving)\b`)
)

// by returns the promise with whether the vendor is named as the one who does what the verb
// at a byte says, and false if that is the customer.
func (s *statement) by(text string, verb int, f found) (found, bool) {
	who := s.actorOf(text, min(verb, len(text)))
	f.vendor = f.vendor || who == vendorActs
	return f, who != customerActs
}

// everyEnglish reads a duty that comes at intervals.
func (s *statement) everyEnglish(text string, f found) (found, bool) {
	switch {
	case refusalEn.MatchString(text), atMost.MatchString(text[:min(f.length.From, len(text))]), atMost.MatchString(text[:min(f.length.To, len(text))]):
		return f, false
	case roundEn.MatchString(text+" "+s.asked) && !insideEn.MatchString(roundEn.ReplaceAllString(text, "")):
		f.duty = round
	case insideEn.MatchString(text):
		return f, false
	case backupEn.MatchString(text):
		f.duty = state
	case matches(text, noticeEn, updatesEn) && (topicAny(text+" "+s.intro) || severityLabel.MatchString(s.label)), s.fragment && severityLabel.MatchString(s.label) && topicAny(s.heading+s.header+s.intro):
		f.duty = notice // updates in the course of an incident
	default:
		return f, false
	}
	if m := modalEn.FindStringIndex(text); len(m) > 0 && m[0] < f.length.From {
		return s.by(text, f.length.From, f)
	}
	return f, !customerMay.MatchString(text)
}

// atMost matches a limit on how often something may be asked for.
var atMost = pattern.New(`(?i)\b(?:no|not) more (?:often )?than(?: once)?[^,.;]{0,20}$|\bup to once[^,.;]{0,20}$|\bmaximum of once[^,.;]{0,20}$`)

var updatesEn = pattern.New(`(?i)\bupdates?\b`)

var customerMay = pattern.New(`(?i)\b(?:customers?|clients?|you|controllers?|either party|each party)(?:'s)? (?:may|can|shall|must|will|should|is entitled|are entitled|has the right)\b`)

// vagueEnglish reads a promise without a length.
func (s *statement) vagueEnglish(text string) (found, bool) {
	prompt, need, ahead := promptEn.FindStringIndex(text), needEn.FindStringIndex(text), aheadEn.FindStringIndex(text)
	f := found{vague: true, may: need != nil && prompt == nil}
	for _, at := range [][]int{need, ahead, prompt} {
		if at != nil {
			f.at = at[0]
		}
	}
	if refusalEn.MatchString(text) || endingEn.MatchString(text) && !endedEn.MatchString(text) {
		return f, false
	}
	notice, deleted := nearest(noticeEn, text, f.at), deleteEn.FindStringIndex(text)
	_, topic := s.topicEnglish(f)
	switch {
	case notice != nil && (prompt != nil || ahead != nil || topic && triggerEn.MatchString(text+" "+s.intro)) && s.obliges(text, notice[0], prompt != nil):
		f.duty, f.ahead = "notice", ahead != nil && prompt == nil
		if f.ahead && !plannedEn.MatchString(text) || !verbalNotice(text, notice) {
			return f, false
		}
		if prompt == nil && !topic {
			return f, false
		}
		return s.by(text, notice[0], f)
	case deleted != nil && dataEn.MatchString(text) && endedEn.MatchString(text+" "+s.intro) && s.obliges(text, deleted[0], prompt != nil):
		f.duty = deletion
		return s.by(text, deleted[0], f)
	}
	return f, false
}

var (
	plannedEn  = pattern.New(`(?i)\b(?:maintenance|downtime|planned|scheduled|changes?|upgrades?|updates?|deprecat\w+|discontinu\w+|sub-?processors?|modif\w+|releases?|end of life|sunset\w*)\b`)
	verbalForm = pattern.New(`(?i)^(?:notif(?:y|ies|ied|ying)|inform|announc(?:e|es|ed)\b|alert(?:s|ed)?$|advis|tell|told|let |contact|communicate|email|give|provide|receive|post)`)
	givenForm  = pattern.New(`(?i)(?:\b(?:give|gives|given|provide|provides|provided|send|sent|receive|issue|issued|make|made|post|posted|publish|published|deliver|delivered)\b[^.;]{0,60}\b(?:notice|notifications?|updates?|communications?|announcements?)|(?:notice|notifications?|updates?|communications?|announcements?)[^.;]{0,40}\b(?:will|shall|are|is)(?: also| always)? be?\w* ?(?:given|provided|sent|made|issued|posted|published|delivered))`)
)

// verbalNotice reports whether the word of a notice stands for the act, and not for a thing
// that is mentioned.
func verbalNotice(text string, m []int) bool {
	return verbalForm.MatchString(text[m[0]:m[1]]) || givenForm.MatchString(text)
}

// obliges reports whether the verb at a byte is one of duty: after a modal, in the present
// of the vendor, or an imperative of a list that the vendor's duty introduces.
func (s *statement) obliges(text string, verb int, prompt bool) bool {
	if modalEn.MatchString(text[:verb]) || presentEn.MatchString(text) {
		return true
	}
	return s.fragment && (prompt || modalEn.MatchString(s.intro))
}
