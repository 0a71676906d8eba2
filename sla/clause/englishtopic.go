package clause

import (
	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

var (
	eventEn       = pattern.New(`(?i)\b(?:security events?|suspicious activit\w+|anomal\w+)\b`)
	incidentEn    = pattern.New(`(?i)\b(?:incidents?|breach(?:es)?|outages?|unauthori[sz]ed|intrusions?|compromis\w+|disruptions?|data loss|cyber\w*|service degradation|failures?|unplanned downtime|unavailab\w+|(?:hours?|days?|minutes?) (?:of|after|from) (?:the |an |any )?event)\b`)
	vulnerableEn  = pattern.New(`(?i)\b(?:vulnerabilit\w+|CVEs?|CVSS|security patch\w*|security updates?|zero-?days?)\b`)
	maintenanceEn = pattern.New(`(?i)\b(?:maintenance|scheduled (?:downtime|outages?|upgrades?)|planned (?:downtime|outages?|work)|downtime)\b`)
	changeEn      = pattern.New(`(?i)\b(?:chang(?:e|es|ing)|modif\w+|amend\w*|updates? to|deprecat\w+|discontinu\w+|sub-?processors?|end[- ]of[- ](?:life|support|sale)|(?:price|fee) increases?|increas\w+ (?:\w+ ){0,2}(?:fees|prices|charges)|sunset\w*|new version|upgrades?|releases?|revis\w+|relocat\w+)\b`)
)

// topicEnglish returns the kind that a statement is about; sure is false if nothing names it.
func (s *statement) topicEnglish(f found) (kind string, sure bool) {
	for _, text := range s.surroundings() {
		if kind := topicOfEnglish(text, f.ahead || f.length != nil && f.length.Role == length.Before); kind != "" {
			return kind, true
		}
	}
	return "", false
}

func topicOfEnglish(text string, ahead bool) string {
	switch {
	case ahead && maintenanceEn.MatchString(text):
		return aboutMaintenance
	case ahead && changeEn.MatchString(text):
		return aboutChange
	case vulnerableEn.MatchString(text) && !incidentEn.MatchString(text):
		return aboutVulnerability
	case incidentEn.MatchString(text):
		return aboutIncident
	case eventEn.MatchString(text):
		return aboutEvent
	case maintenanceEn.MatchString(text):
		return aboutMaintenance
	case changeEn.MatchString(text):
		return aboutChange
	}
	return ""
}

func topicAny(text string) bool {
	return matches(text, incidentEn, eventEn, vulnerableEn, maintenanceEn, changeEn)
}

var momentsEn = []struct {
	name string
	form *pattern.Pattern
}{
	{"requested", pattern.New(`(?i)\b(?:request\w*|receipt|receiv\w+|tickets?|submi\w+|inquir\w+|logged|being reported|report is)\b`)},
	{"ended", endedEn},
	{"confirmed", pattern.New(`(?i)\b(?:confirm\w*|verif\w+|validat\w+|determin\w+|establish(?:ed|ing))\b`)},
	{"declared", pattern.New(`(?i)\b(?:declar\w+|publication|published|disclosure|release)\b`)},
	{"detected", pattern.New(`(?i)\b(?:becom\w+ aware|becomes aware|became aware|made aware|aware|awareness|discover\w*|detect\w*|learn\w*|knowledge|identif\w+|obtain\w* knowledge)\b`)},
	{"occurred", pattern.New(`(?i)\b(?:occurr?\w*|start of|onset|beginning of|happen\w*|taking place)\b`)},
}

var (
	bindsEn   = pattern.New(`(?i)^[^.;|]{0,25}?\b(?:of|after|from|following|upon|once|when|since|as soon as|on)\b`)
	thingOf   = pattern.New(`(?i)^(?: or less)?[^.;|,]{0,6}\b(?:of|after|from|following)\b (?:the |an? |any |such |each )?(?:[\w-]+ ){0,3}?(?:incident|event|breach|outage|failure|disruption)\b`)
	earlierEn = pattern.New(`(?i)\b(?:upon|after|once|when|whenever|if|following|for|where|on|in the event|should)\b`)
)

// momentEnglish returns the moment that a time counts from: what "of", "after" or "from"
// binds to the length, else what the condition before it names.
func (s *statement) momentEnglish(text string, f *found) string {
	end := f.at
	if f.length != nil {
		end = f.length.To
	}
	tail := text[end:]
	if m := bindsEn.FindStringIndex(tail); m != nil {
		if name := firstMoment(firstStop(tail[m[0]:])); name != "" {
			return name
		}
		f.bound = f.length != nil && boundTo.MatchString(tail)
	}
	if thingOf.MatchString(tail) {
		return "occurred"
	}
	if countsEn.MatchString(s.later) && len(length.In(s.later)) == 0 {
		if name := firstMoment(s.later); name != "" {
			return name
		}
	}
	for _, part := range []string{text[:end], s.intro} {
		if places := earlierEn.FindAllStringIndex(part, -1); len(places) > 0 {
			for _, p := range lastFirst(places) {
				if name := firstMoment(firstComma(part[p[0]:])); name != "" {
					return name
				}
			}
		}
	}
	if f.vague || f.length != nil && f.length.Role == length.After {
		return firstMoment(firstStop(tail))
	}
	return ""
}

var boundTo = pattern.New(`(?i)^ (?:of|after|from|following) (?:the |its )?[a-z]`)

var countsEn = pattern.New(`(?i)\b(?:measured|counted|calculated|runs?|starts?|begins?|clock|commenc\w+)\b[^.]{0,40}\b(?:from|when|at|upon|with|after)\b`)

// firstMoment returns the moment that a text names first.
func firstMoment(text string) string {
	name, at := "", -1
	for _, m := range momentsEn {
		if p := m.form.FindStringIndex(text); len(p) > 0 && (at < 0 || p[0] < at) {
			name, at = m.name, p[0]
		}
	}
	return name
}

func firstStop(s string) string {
	for i, r := range s {
		if r == ';' || r == '|' || r == '.' && (i+1 >= len(s) || s[i+1] == ' ') || i > 110 {
			return s[:i]
		}
	}
	return s
}

func firstComma(s string) string {
	for i, r := range s {
		if r == ',' || r == ';' || i > 140 {
			return s[:i]
		}
	}
	return s
}

// placeEnglish decides kind and start of a promise.
func (s *statement) placeEnglish(text string, f *found) {
	f.ahead = f.ahead || f.length != nil && f.length.Role == length.Before
	switch f.duty {
	case state:
		f.about, f.start = aboutStates, periodicOr(f, text)
		if endedEn.MatchString(text) && f.length.Role == length.Keep {
			f.start = "ended"
		}
		return
	case round:
		f.about, f.start = aboutPeriodic, "periodic"
		return
	case deletion:
		f.about = aboutContractEnd
		if f.start = s.momentEnglish(text, f); f.start != "ended" && f.start != "requested" {
			if f.start = "ended"; !endedEn.MatchString(text + s.intro + s.earlier + s.heading + " " + s.label) {
				f.about, f.start, f.duty = aboutStates, "", state
			}
		}
		return
	case response:
		f.start = s.momentEnglish(text, f)
		switch {
		case f.bound: // to something that is no moment, such as "of completion"
		case f.start == "" && f.length != nil:
			f.start = s.deskStart(f)
		case matches(text+s.heading, vulnerableEn):
			f.about = aboutVulnerability
		case f.start != "requested":
			f.about = aboutIncident
		}
		return
	}
	f.about, _ = s.topicEnglish(*f)
	if f.ahead {
		if f.about != aboutMaintenance && f.about != aboutChange {
			f.about = aboutChange
		}
		f.start = "scheduled"
		return
	}
	f.start = s.momentEnglish(text, f)
}
