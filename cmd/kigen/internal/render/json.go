package render

import (
	"encoding/json"
	"io"

	"kigen/sla"
	"kigen/sla/report"
)

// definitions are the rules that the figures follow, as every face states them.
var definitionKeys = [...]string{"attribution", "compliance", "assumed", "time_to_notice", "lateness"}

// jsonReport is the report with the texts that its model leaves to a face.
type jsonReport struct {
	report.Report
	Cases       []jsonCase        `json:"cases"`
	Definitions map[string]string `json:"definitions"`
	Language    string            `json:"language"`
}

type jsonCase struct {
	report.Case
	Explanation []string `json:"explanation"`
}

// JSON writes the whole report as one indented object. Its figures are the
// fields of report.Report; in the language are only each case's explanation
// and the definitions of what was counted.
func JSON(w io.Writer, r report.Report, lang string) error {
	words, err := newWords(lang, r.Period)
	if err != nil {
		return err
	}
	face := jsonReport{Report: r, Cases: make([]jsonCase, len(r.Cases)), Definitions: map[string]string{}, Language: lang}
	for i := range r.Cases {
		face.Cases[i] = jsonCase{r.Cases[i], explain(&r.Cases[i], lang)}
	}
	for _, key := range definitionKeys {
		if face.Definitions[key], err = words.say("def_" + key); err != nil {
			return err
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(face)
}

// explain is how the case's deadline came about, one step a line. The clause
// stands beside it in every face and is not said again.
func explain(c *report.Case, lang string) []string {
	e := c.Explanation
	e.Source = sla.Source{}
	return append([]string{}, e.Lines(lang)...)
}
