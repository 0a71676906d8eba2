package clause

import (
	"embed"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)

// Question is what a person has to decide before a proposal becomes a promise.
type Question struct {
	Key   string // names the question, such as whose_duty
	Value string // what it is about: words of the text
}

// In returns the question in "ja" or "en".
func (q Question) In(lang string) string {
	return catalog.In(lang).Say("ask_"+q.Key, "Value", q.Value)
}

// questionsOf lists what the text leaves open.
func questionsOf(s *statement, f *found, p *Promise, others []string) []Question {
	var all []Question
	ask := func(condition bool, key, value string) {
		if condition {
			all = append(all, Question{key, value})
		}
	}
	ask(!f.vendor, "whose_duty", "")
	ask(p.Start == "" && p.About != aboutStates && f.length != nil, "which_start", "")
	ask(f.length == nil && p.About != aboutStates && !f.ahead, "no_length", word(s.text, promptJa, needJa, promptEn, needEn))
	ask(f.length == nil && f.ahead, "no_lead", word(s.text, aheadJa, aheadEn))
	if l := f.length; l != nil {
		written := s.text[min(l.From, len(s.text)):min(l.To, len(s.text))]
		ask(l.Unit == length.BusinessDays && f.cases == nil, "business_days", written)
		ask((l.Unit == length.Days || l.Unit == length.Weeks || l.Unit == length.Months) && (l.Role == length.Within || l.Role == length.After), "first_day", written)
		ask(l.Least != l.N, "range", written)
		ask(l.Role == length.After && f.duty == deletion, "earliest", written)
		ask(l.Role == length.Every && f.duty == round, "round", written)
	}
	ask(p.Strength == "target" && s.aim && !aimWords.MatchString(s.text), "aim_of_page", "")
	ask(p.Strength == "target" && aimWords.MatchString(s.text), "target", word(s.text, aimWords))
	ask(exceptWords.MatchString(s.text+s.later), "exception", word(s.text+" "+s.later, exceptWords))
	ask(f.cases != nil, "cases", "")
	ask(p.Calendar != nil && p.Calendar.Closures != "", "closures", closures(p.Calendar))
	ask(p.About == "", "no_kind", "")
	for _, other := range others {
		ask(true, "another_length", other)
	}
	return all
}

func closures(c *Calendar) string {
	if c == nil {
		return ""
	}
	return c.Closures
}

// word returns the first words of a text that one of the forms matches.
func word(text string, forms ...*pattern.Pattern) string {
	for _, form := range forms {
		if m := form.FindString(text); m != "" {
			return m
		}
	}
	return ""
}
