package clause

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// The words that decide whose duty an English sentence names, and which.
var (
	modalEn    = pattern.New(`(?i)(?:\b(?:shall|will|must|may|should|can|cannot|agrees? to|undertakes? to|commits? to|aims? to|intends? to|strives? to|endeavou?rs? to|is required to|are required to|needs? to|(?:is|are) responsible for|(?:has|have|reserves?)(?: the right)? to)|'ll)\b`)
	customerEn = pattern.New(`(?i)\b(?:customers?|clients?|subscribers?|you|users?|buyers?|purchasers?|licensees?|members?|merchants?|(?:data )?controllers?|data exporters?|(?:either|each|neither|any|one|the other|both|the affected|affected|disclosing|receiving|defaulting|aggrieved) part(?:y|ies)|the parties|parties|data subjects?|individuals?|recipients?|employees?|personnel|staff|researchers?|reporters?|auditors?|partners?|they|organi[sz]ations?|affiliates?|admin(?:istrator)?s?|sub-?processors?)$`)
	vendorEn   = pattern.New(`(?i)\b(?:we|us|our|vendor|supplier|provider|processor|contractor|licensor|data importer|importer|host|i)\b`)
	passiveEn  = pattern.New(`(?i)^ (?:\w+ly )?(?:also )?be (?:\w+ly )?\w+`)
	byThemEn   = pattern.New(`(?i)\bby (?:the |an? )?(?:customer|client|you|user|subscriber|controller)\b`)
	clauseEdge = pattern.New(`[,;:.()]|\b(?:and|but|that|which|who|if|when|where|whereupon|then|or)\b`)
	lawEn      = pattern.New(`(?i)\b(?:notif\w+|report\w*|inform\w*)\b[^.]{0,60}\b(?:the )?(?:ICO|supervisory authorit\w+|regulators?|data protection authorit\w+|commissioner|attorney general|CERT\b|law enforcement|government)`)
	lawVerbEn  = pattern.New(`(?i)\b(?:GDPR|CCPA|HIPAA|NIS2|DORA|law|regulations?|legislation|article \d+)\b[^.,]{0,40}\b(?:requires?|mandates?|obliges?|states?|says)\b|\b(?:under|by) the (?:UK )?(?:GDPR|law)[^.]{0,30}\b(?:must|are required|is required)\b`)
	toThemEn   = pattern.New(`(?i)\b(?:customers?|clients?|you|your|subscribers?|users?|controllers?|buyers?|exporters?|members?|account (?:owners?|admin\w*|holders?)|tenants?|licensees?)\b`)
	definingEn = pattern.New(`(?i)"?\b(?:means|is defined as|are defined as|refers? to|is any|shall mean|is considered|constitutes|(?:are|be|is) deemed)\b`)
	refusalEn  = pattern.New(`(?i)\b(?:no obligation|not (?:be )?(?:obligated|obliged|required)|need not|(?:will|shall|do|does|can|may|is|are) ?not (?:be )?(?:\w+ly )?(?:notif|inform|delet|liable|guarant|retain|stor|kept|keep)|cannot guarantee|won't|without (?:any |prior |further |additional |advance )*(?:notice|notification))`)
	questionEn = pattern.New(`\?[)"]*$`)
	pastEn     = pattern.New(`(?i)\b(?:was|were|had|notified customers on|has been) \w+ed\b[^.]{0,80}\b(?:on|in) (?:\d|january|february|march|april|may|june|july|august|september|october|november|december)`)
	endingEn   = pattern.New(`(?i)\b(?:terminate (?:this|the|these|your|its|any|an?|upon|or|by|with|for|either|such|immediately|services|agreement)|termination (?:for|of this agreement by|notice|right|by)|cure|cured|remedy such|renew\w*|non-?renewal|object(?:s|ion)?\b|dispute|claims?\b|opt[- ]out|elect(?:ion)?\b|refund|change your mind|eligible|trial)`)
	paymentEn  = pattern.New(`(?i)\b(?:pay(?:s|able|ment|ments|ing)?|invoic\w*|fees?|refund\w*|billing|billed|charge[sd]?|late|interest|service credits?|credit request|deliver(?:y|ed) of goods|ship\w*|warrant\w*)\b`)
	conditionE = pattern.New(`(?i)(?:\b(?:if|unless|provided that|in case|when|failure to|fails? to|failing|unable to|cannot)|(?:^|, )(?:where|should))\b([^,]*)$`)
	mainModal  = pattern.New(`(?i)(?:\b(?:will|shall|must|agrees? to|undertakes? to)|'ll)\b`)
	passwordEn = pattern.New(`(?i)\b(?:passwords?|sessions?|time-?out|lock(?:ed)?[ -]?out|idle|inactiv\w+|tokens?|api keys?|certificates?|credentials?|trials?|free plans?|mfa|log ?ins?|characters)\b`)
	insideEn   = pattern.New(`(?i)\b(?:training|trained|awareness|employees?|personnel|staff|onboarding|access (?:rights |reviews?)|access is reviewed|policies|policy (?:is|are|review)|background|risk assessments?|risk register|internal (?:audit|review)|management review|code reviews?|meetings?|committee|board|key rotation|rotat\w+)\b`)
	whomEn     = pattern.New(`(?i)\b(?:reports?|submissions?|disclosures?|researchers?|reporters?|finders?|hackers?)\b`)
	theirOwn   = pattern.New(`(?i)\b(?:notif\w+|alert\w*|inform\w*|page[sd]?|escalat\w+(?: \w+){0,3} to)\b (?:to )?(?:our|the|its|an?|internal)? ?(?:[\w-]+ ){0,3}(?:engineers?|teams?|staff|personnel|management|on-call|operators?|officer|CISO|DPO|executives?|leadership|employees?)\b`)
	toUsEn     = pattern.New(`(?i)\b(?:contact|notify|inform|email|tell|alert|write to|let|reach|report (?:it |them |this |any \w+ )?to) us\b|^please (?:contact|email|notify|report|inform)\b`)
	timesEn    = pattern.New(`(?i)\b(?:initial |first |target )?(?:response|resolution|acknowledge?ment|remediation|reply|turnaround)(?: times?| targets?| sla| period|:)`)
	ticketEn   = pattern.New(`(?i)\b(?:requests?|tickets?|inquir\w+|enquir\w+|cases?|issues?|support|severity|priority|vulnerabilit\w+|incidents?|outages?|bugs?|defects?|errors?|emails?|questions?|quer(?:y|ies)|complaints?)\b`)
)

var (
	noticeEn = pattern.New(`(?i)\b(?:hear from us|notif(?:y|ies|ied|ying|ications?)|inform(?:s|ed|ing)?\b|announc\w+|alert(?:s|ed|ing)?\b|advis(?:e|es|ed)\b|tell\b|told\b|let [^.]{0,30} know|contact(?:ed)?\b|communicat(?:e|es|ed|ions?)\b|(?:provid|post|send|publish|issu|giv|mak|receiv)\w* [^.;]{0,40}\bupdates?\b|\bupdates? (?:will|shall|is|are|every|within)\b|email(?:ed)?\b|(?:advance|prior|written|reasonable|days'?|hours'?|give[ns]?|provide[ds]?|receive|post(?:ed)?|of) [^.]{0,40}notice|notice)`)
	reportEn = pattern.New(`(?i)(?:(?:\b(?:will|shall|must|may|to|we|and|or)|'ll|[,;:])(?: (?:also|then|\w+ly))?|^\W*) ?\b(?:report|publish|post|disclose|share|provide|deliver|send|supply|issue|make)\b|` +
		`\b(?:be|is|are|being)(?: \w+ly)? (?:reported|published|posted|disclosed|shared|provided|delivered|sent|supplied|issued|made available)\b|\b(?:publishes|posts|sends|provides|shares|delivers)\b`)
	causeEn    = pattern.New(`(?i)\b(?:root cause|RCA|post-?mortem|incident report|summary report|post-incident|written report|incident summary)\b`)
	deleteEn   = pattern.New(`(?i)\b(?:delet(?:e|es|ed|ion|ing)|destroy(?:s|ed)?|destruction|eras(?:e|es|ed|ure)|purg(?:e|es|ed)|remov(?:e|es|ed|al)|return(?:s|ed)?|de-?identif\w+|anonymi[sz]\w+|dispos(?:e|ed|al)|wiped?|overwritten)\b`)
	dataEn     = pattern.New(`(?i)\b(?:data|content|accounts?|information|backups?|copies|records?|files?|workspaces?|environments?|instances?|databases?|media)\b`)
	roundEn    = pattern.New(`(?i)\b(?:pen(?:etration)?[- ]?test\w*|vulnerability (?:scan\w*|assessments?|tests?|testing)|scann(?:ed|ing)|audit(?:s|ed)?|SOC ?[123]|ISO ?(?:/IEC)? ?27\d+|certif\w+|(?:security|external|independent|third[- ]party)[^.]{0,25}(?:assessments?|tests?|testing|reviews?)|(?:restor\w+|recovery|failover|backups?|DR|BCP|continuity|disaster)[^.]{0,40}\b(?:test\w*|exercis\w*|drills?)|test\w*[^.]{0,40}\b(?:restor\w+|recovery|failover|backups?|continuity))`)
	backupEn   = pattern.New(`(?i)\b(?:back(?:ed)?[- ]?ups?|snapshots?|replicated)\b`)
	keptEn     = pattern.New(`(?i)\b(?:back-?ups?|logs?|data|records?|copies|content|snapshots?|trails?|history|files|information|recordings?)\b`)
	responseEn = pattern.New(`(?i)\b(?:respon(?:d|ds|ded|se|ses)|acknowledg\w+|resol(?:ve|ves|ved|ution)|remediat\w+|patch(?:es|ed|ing)?|fix(?:es|ed)?|restor(?:e|es|ed|ation)|mitigat\w+|repl(?:y|ies|ied)|answer(?:s|ed)?|address(?:es|ed)?|appl(?:y|ied)|work(?:around)?)\b`)
	handoverEn = pattern.New(`(?i)\b(?:provid(?:e|es|ed)|deliver(?:s|ed)?|make [^.]{0,30}available|suppl(?:y|ies|ied)|furnish(?:ed)?|return(?:ed)?|assist|compl(?:y|ies)|export|process(?:ed)?|forward(?:s|ed)?|fulfil\w*|honou?r)\b`)

	promptEn  = pattern.New(`(?i)\b(?:promptly|prompt|without (?:any )?(?:undue |unreasonable |unnecessary )?(?:further )?delay|immediate(?:ly)?|as soon as (?:is )?(?:reasonably )?(?:possible|practicable|practical|feasible|we can|reasonably)|expeditious(?:ly)?|(?:in a )?timely|as (?:quickly|fast|early) as|forthwith|at the earliest|without hesitation|as soon as)\b`)
	needEn    = pattern.New(`(?i)\b(?:as (?:needed|appropriate|necessary|required)|where (?:appropriate|necessary)|when (?:appropriate|necessary)|from time to time|in due course|at (?:our|its) discretion|may)\b`)
	triggerEn = pattern.New(`(?i)\b(?:if|when|where|whenever|upon|after|once|in the event|in case|following|should|of any|of a|of an|for any)\b`)
	endedEn   = pattern.New(`(?i)\b(?:(?:contract|service|subscription|agreement|account) (?:end|ends|ended|is ended)|terminat\w+|expir\w+|cancel\w*|end of (?:the |this |your )?(?:contract|agreement|term|service|services|subscription|provision)|clos(?:e|es|ed|ure|ing)|deactivat\w+|ceas\w+|conclusion of|completion of the services|unsubscrib\w+|offboard\w*)\b`)
)

// readEnglish reads an English statement.
func (s *statement) readEnglish() []found {
	text := length.Mask(s.text, opportunity)
	if s.conditionList() || toUsEn.MatchString(text) || theirOwn.MatchString(text) && !toThemEn.MatchString(text) {
		return nil
	}
	if matches(text, questionEn, lawVerbEn, pastEn) || lawEn.MatchString(text) && !s.tellsCustomers(text) ||
		definingEn.MatchString(text) && !s.fragment {
		return nil
	}
	var all []found
	for i := range s.lengths {
		l := &s.lengths[i]
		if text[min(l.From, len(text)-1)] == 0 {
			continue // of what the notice leaves customers time for
		}
		if f, ok := s.timedEnglish(text, l); ok {
			all = append(all, f)
		}
	}
	if len(all) == 0 && !anyUsable(s.lengths) {
		if f, ok := s.vagueEnglish(text); ok {
			all = append(all, f)
		}
	}
	for i := range all {
		all[i].asked = all[i].duty == response
		s.placeEnglish(text, &all[i])
	}
	return all
}

// opportunity matches what a notice gives customers the time for, which is no duty of theirs.
var opportunity = pattern.New(`(?i),? ?\b(?:thereby|so that|giving|allowing|to allow|to give|in order to|and (?:give|allow|provide))\b[^.]*\bobject\b[^.]*`)

var (
	openCondition = pattern.New(`(?i)\b(?:if|in the event(?: that)?|where|when|unless|any of the following)(?: [\w ]{0,40})?:$`)
	customerIntro = pattern.New(`(?i)^(?:[\w-]+ ){0,2}(?:customers?|clients?|you|controllers?|subscribers?|users?) (?:\w+ly )?(?:may|must|shall|can|should|will|agrees?|undertakes?|are|is)\b`)
)

// conditionList reports whether an item stands in a list of conditions, or of what the
// customer does.
func (s *statement) conditionList() bool {
	return s.fragment && strings.HasSuffix(s.intro, ":") && (openCondition.MatchString(s.intro) && !mainModal.MatchString(lastWords(s.intro)) || customerIntro.MatchString(s.intro))
}

// lastWords is the end of a text.
func lastWords(s string) string { return s[max(0, len(s)-25):] }

// tellsCustomers reports whether the notice of a sentence goes to customers as well.
func (s *statement) tellsCustomers(text string) bool {
	return toThemEn.MatchString(text) && !conditionalLaw.MatchString(text)
}

var conditionalLaw = pattern.New(`(?i)\b(?:controllers?|you|customers?|organi[sz]ations?|compan(?:y|ies)|business(?:es)?) (?:must|are required to|is required to|has to|have to|should)\b`)

// actor is who acts in a sentence.
type actor int

const (
	unnamed actor = iota
	vendorActs
	customerActs
)

// actorOf returns who does what the verb at a byte says: the subject of the nearest modal
// before it, or of the sentence.
func (s *statement) actorOf(text string, verb int) actor {
	head := text[:verb]
	modals := modalEn.FindAllStringIndex(head, -1)
	if len(modals) == 0 {
		return s.actorWithoutModal(text, verb)
	}
	m := modals[len(modals)-1]
	if passiveEn.MatchString(text[m[1]:]) {
		if byThemEn.MatchString(text[m[1]:]) {
			return customerActs
		}
		return unnamed
	}
	named := actorNamed(subjectBefore(head[:m[0]]))
	if named == customerActs && receivesEn.MatchString(text[m[1]:]) {
		return unnamed
	}
	return named
}

// receivesEn matches what customers do when the vendor tells them something.
var receivesEn = pattern.New(`(?i)^ (?:also |\w+ly )?(?:hear from us|receive|get an?)\b`)

// subjectBefore is the noun phrase at the end of a text.
func subjectBefore(head string) string {
	head = strings.TrimRight(head, " ,")
	if i := strings.LastIndexByte(head, ')'); i == len(head)-1 && i >= 0 {
		if j := strings.LastIndexByte(head, '('); j >= 0 {
			head = strings.TrimRight(head[:j], " ")
		}
	}
	edges := clauseEdge.FindAllStringIndex(head, -1)
	if len(edges) == 0 {
		return head
	}
	subject := strings.TrimSpace(head[edges[len(edges)-1][1]:])
	if subject == "" && len(edges) > 1 { // "Customer, at its cost, must": the noun stands before the commas
		subject = strings.TrimSpace(head[edges[len(edges)-2][1]:edges[len(edges)-1][0]])
	}
	return subject
}

func actorNamed(subject string) actor {
	words := strings.Fields(subject)
	switch {
	case len(words) == 0:
		return unnamed
	case len(words) > 7:
		return unnamed
	case customerEn.MatchString(strings.TrimSpace(onlyAdverb.ReplaceAllString(subject, ""))):
		return customerActs
	}
	return vendorActs
}

var (
	presentSubject = pattern.New(`^(?:We|Our [a-z]+) `)
	onlyAdverb     = pattern.New(`(?i) (?:also|then|only|first|each|itself|in turn|\w+ly)$`)
	presentEn      = pattern.New(`(?i)^(?:[-*] )?(?:the )?((?:[A-Z][\w.&-]* ?){1,4}|we|i|you) (?:also |\w+ly )?(?:\w+s|notify|inform|provide|give|report|delete|perform|conduct|respond|post|publish|announce|aim|try|strive|test|run|undergo|send|keep|retain|maintain|store|use|make|take|contact|engage|commission)\b`)
)

func (s *statement) actorWithoutModal(text string, verb int) actor {
	if m := presentEn.FindStringSubmatch(text); len(m) > 1 && len(m[0]) <= verb+20 {
		return actorNamed(strings.TrimSpace(m[1]))
	}
	if s.fragment && s.intro != "" {
		if presentSubject.MatchString(text) {
			return vendorActs
		}
		if modals := modalEn.FindAllStringIndex(s.intro, -1); len(modals) > 0 {
			return actorNamed(subjectBefore(s.intro[:modals[len(modals)-1][0]]))
		}
	}
	return unnamed
}
