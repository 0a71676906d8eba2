package clause

// Answer is the form in which the proposals of a paper are handed over as JSON. Its keys are
// a contract that scripts rely on.
type Answer struct {
	Document Document  `json:"document"`
	Found    []Found   `json:"found"`
	Unread   []Unread  `json:"unread"`
	Against  *Compared `json:"against,omitempty"`
}

// Found is a proposal. What the text does not say is null.
type Found struct {
	Line      int                 `json:"line"`
	Section   string              `json:"section"`
	Quote     string              `json:"quote"`
	About     *string             `json:"about"`
	Start     *string             `json:"start"`
	Due       Due                 `json:"due"`
	Strength  string              `json:"strength"`
	Gate      map[string][]string `json:"gate"`
	Channels  map[string]any      `json:"channels"`
	Calendar  *Calendar           `json:"calendar"`
	Questions []string            `json:"questions"`
}

// Answer returns the proposals with their questions in "ja" or "en".
func (p *Paper) Answer(lang string) Answer {
	a := Answer{Document: p.Document, Found: []Found{}, Unread: append([]Unread{}, p.Unread...)}
	for i := range p.Promises {
		q := &p.Promises[i]
		f := Found{
			Line: q.Line, Section: q.Section, Quote: q.Quote, About: orNull(q.About), Start: orNull(q.Start), Due: q.Due, Strength: q.Strength,
			Gate: q.Gate, Channels: q.Channels, Calendar: q.Calendar, Questions: []string{},
		}
		for _, question := range q.Questions {
			f.Questions = append(f.Questions, question.In(lang))
		}
		a.Found = append(a.Found, f)
	}
	return a
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
