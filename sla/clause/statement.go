package clause

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// statement is a sentence with what stands around it, normalised.
type statement struct {
	text    string
	lengths []length.Length

	heading  string
	intro    string // the paragraph above a list or table
	earlier  string // the sentence before
	later    string // the sentence after
	header   string // the head of the column that holds the length
	label    string // the first cell of a row
	rowLabel string // the cells before the one that is read
	heads    string // of all columns of a row
	labelled bool   // the text is a cell behind the label of its row
	asked    string // the question that the sentence answers
	title    string // of the paper
	fragment bool   // an item, a row or a heading, whose verb may stand in the intro or be a noun
	aim      bool   // the paper calls its figures goals
}

// duty is what a promise obliges the vendor to do.
type duty string

const (
	notice   duty = "notice"   // to tell the customer
	deletion duty = "deletion" // to delete or return data
	round    duty = "round"    // to assess, test or audit again and again
	state    duty = "state"    // a frequency or a time of keeping, without a clock
	response duty = "response" // to answer, mend or hand over
)

// found is a promise that a statement makes.
type found struct {
	duty   duty
	length *length.Length // nil: no length stands in the text
	at     int            // the byte at which the time is named
	vague  bool           // "promptly", "as needed"
	may    bool           // "may", "as appropriate": nothing is promised firmly
	ahead  bool           // in advance
	asked  bool           // the customer asks first
	bound  bool           // the text binds the length to something that is no moment
	vendor bool           // no doubt whose duty it is
	about  string
	start  string
	cases  *branch // two lengths that depend on a condition
}

// branch is a pair of lengths, each for its own condition.
type branch struct {
	kind        string // by hours, by kind of work, later or earlier of two
	first, then *length.Length
	opening     bool // the next opening stands in the place of then or beside it
}

// matches reports whether a text matches any of the forms.
func matches(text string, forms ...*pattern.Pattern) bool {
	for _, form := range forms {
		if form.MatchString(text) {
			return true
		}
	}
	return false
}

// lastMatch returns the place of the last match that begins before a byte, or -1.
func lastMatch(form *pattern.Pattern, text string, end int) int {
	last := -1
	for _, m := range form.FindAllStringIndex(text[:end], -1) {
		last = m[0]
	}
	return last
}

func isJapanese(text string) bool { return strings.IndexFunc(text, japaneseRune) >= 0 }

// read returns the promises of a statement, in the order of their lengths.
func (s *statement) read() []found {
	if isJapanese(s.text) {
		return s.readJapanese()
	}
	return s.readEnglish()
}

// surroundings returns the texts that may name the topic, nearest first.
func (s *statement) surroundings() []string {
	return []string{s.text, s.header + " " + s.label, s.rowLabel, s.intro, s.earlier, s.asked, s.heading, s.title}
}
