package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"kigen/sla/prose"
	"kigen/sla/report"
)

// definitionKeys are the texts of the rules behind the figures.
var definitionKeys = [...]string{"attribution", "compliance", "assumed", "time_to_notice", "lateness"}

// The report as JSON is written in three parts, so that one case at a time is in
// memory: the figures, the cases, and the localized texts.
type (
	jsonHead struct {
		report.Report
		Cases *struct{} `json:"cases,omitempty"`
	}
	jsonCase struct {
		report.Case
		Explanation []string `json:"explanation"`
	}
	jsonTexts struct {
		Definitions map[string]string `json:"definitions"`
		Language    string            `json:"language"`
	}
)

// JSON writes the report as one indented object. Its figures are the fields of
// report.Report; only case explanations and definitions depend on the language.
func JSON(w io.Writer, r report.Report, lang string) error {
	texts, err := newTexts(lang, r.Period)
	if err != nil {
		return err
	}
	tail := jsonTexts{Definitions: map[string]string{}, Language: lang}
	for _, key := range definitionKeys {
		if tail.Definitions[key], err = texts.say("def_" + key); err != nil {
			return err
		}
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	if err := writeJSON(buffered, &r, lang, tail); err != nil {
		return err
	}
	return buffered.Flush()
}

func writeJSON(w *bufio.Writer, r *report.Report, lang string, texts jsonTexts) error {
	var part bytes.Buffer
	if err := indented(&part, jsonHead{Report: *r}, ""); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s,\n  \"cases\": [", bytes.TrimSuffix(part.Bytes(), []byte("\n}")))
	if err != nil {
		return err
	}
	between, last := "\n    ", "]"
	err = r.EachCase(func(c *report.Case) error {
		if err := indented(&part, jsonCase{*c, explain(c, lang)}, "    "); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s%s", between, part.Bytes())
		between, last = ",\n    ", "\n  ]"
		return err
	})
	if err != nil {
		return err
	}
	if err := indented(&part, texts, ""); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s,%s\n", last, bytes.TrimPrefix(part.Bytes(), []byte("{")))
	return err
}

// indented sets part to a value as indented JSON without a final newline.
func indented(part *bytes.Buffer, value any, prefix string) error {
	part.Reset()
	e := json.NewEncoder(part)
	e.SetEscapeHTML(false)
	e.SetIndent(prefix, "  ")
	if err := e.Encode(value); err != nil {
		return err
	}
	part.Truncate(part.Len() - 1)
	return nil
}

// explain returns the explanation of the case's deadline, one step per line. The
// clause is left out because every format shows it separately.
func explain(c *report.Case, lang string) []string {
	return append([]string{}, prose.Reasons(lang, &c.Explanation)...)
}
