package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla/phrase/localizer"
)

// Bounds of one problem document: a batch of a thousand incidents can hold a mistake
// in every field, each with a long value.
const (
	mostErrorBytes  = 64 << 10 // of all errors, in JSON
	longestValue    = 400      // bytes of a value, in JSON
	mostSentences   = 20       // errors that the detail repeats as sentences
	longestLocation = 300      // bytes: an unknown field's name is the caller's
	longestMessage  = 2 << 10  // bytes
)

// boundedProblem is a problem document with the number of errors that it does not list.
type boundedProblem struct {
	*huma.ErrorModel

	Omitted int `json:"errors_omitted,omitempty"`
}

// bounded keeps the first errors, as many as fit, says how many it leaves out, and
// writes the detail from them, in "ja" or "en".
func bounded(problem *huma.ErrorModel, lang string) any {
	size, kept := 0, 0
	for _, d := range problem.Errors {
		shorten(d)
		if size += sizeOf(d); size > mostErrorBytes && kept > 0 {
			break
		}
		kept++
	}
	omitted := len(problem.Errors) - kept
	all := len(problem.Errors)
	problem.Errors = problem.Errors[:kept]
	if kept == 0 {
		return problem
	}
	sentences := make([]string, 0, mostSentences+1)
	for _, d := range problem.Errors[:min(kept, mostSentences)] {
		sentences = append(sentences, web.Sentence(d))
	}
	if more := all - len(sentences); more > 0 {
		rest := fmt.Sprintf("and %d more of %d mistakes, of which errors lists %d: correct these first", more, all, kept)
		sentences = append(sentences, localizer.Sentence(lang, rest))
	}
	problem.Detail = strings.Join(sentences, "; ")
	if omitted == 0 {
		return problem
	}
	return boundedProblem{problem, omitted}
}

// shorten bounds the texts of an error that come from the request.
func shorten(d *huma.ErrorDetail) {
	d.Location, d.Message = cut(d.Location, longestLocation), cut(d.Message, longestMessage)
	if d.Value == nil {
		return
	}
	if value, err := json.Marshal(d.Value); err == nil && len(value) > longestValue {
		if text, ok := d.Value.(string); ok {
			value = []byte(text)
		}
		d.Value = cut(string(value), longestValue/2)
	}
}

// cut shortens a text to so many bytes, at a character.
func cut(text string, longest int) string {
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

func sizeOf(d *huma.ErrorDetail) int {
	text, err := json.Marshal(d)
	if err != nil {
		return mostErrorBytes
	}
	return len(text)
}
