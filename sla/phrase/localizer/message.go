package localizer

import (
	"fmt"
	"regexp"
	"strings"

	"kigen/calendar"
)

// Message is the text of an error or of a refused input. Its English format is the key
// of its Japanese text, as for an error that fmt.Errorf makes, but it keeps its
// arguments, so that each of them can be written in the language of the reader.
type Message struct {
	format string
	args   []any
}

// Messagef returns the message of an English format, which errors/ja.json holds. An
// argument that has a method In, or is a function of the language, is written in the
// language of the reader, and so is an error; any other one is the same in both. The
// format takes its arguments in order, each once.
func Messagef(format string, args ...any) Message { return Message{format, args} }

// String is the English text.
func (m Message) String() string { return m.In(English) }

// Both is the text in both languages, for answers that carry both.
func (m Message) Both() calendar.Text { return calendar.Text{Ja: m.In(Japanese), En: m.In(English)} }

// IsZero reports whether there is no text.
func (m Message) IsZero() bool { return m.format == "" }

// In is the text in "ja" or "en".
func (m Message) In(lang string) string {
	args := make([]any, len(m.args))
	for i, arg := range m.args {
		args[i] = argumentIn(lang, arg)
	}
	if lang != Japanese {
		return fmt.Sprintf(m.format, args...)
	}
	if japanese, ok := errorTexts().formats[m.format]; ok {
		return m.fill(japanese, args)
	}
	return Sentence(Japanese, fmt.Sprintf(m.format, args...))
}

// fill writes the Japanese text. A verb of another kind than the one of the English
// format, such as %s for %d, takes what that one writes, unless it writes a string.
func (m Message) fill(japanese string, args []any) string {
	english := verb.FindAllStringSubmatch(strings.ReplaceAll(m.format, "%%", ""), -1)
	return fill(japanese, min(len(args), len(english)), func(i int, v string) string {
		_, isString := args[i].(string)
		if kind := verb.FindStringSubmatch(v)[2]; kind != english[i][2] && !isString {
			v = english[i][0]
		}
		return fmt.Sprintf(index.ReplaceAllString(v, ""), args[i])
	})
}

// index is the number of its argument in a verb.
var index = regexp.MustCompile(`\[\d+\]`)

func argumentIn(lang string, arg any) any {
	switch arg := arg.(type) {
	case func(lang string) string:
		return arg(lang)
	case interface{ In(lang string) string }:
		return arg.In(lang)
	case error:
		return ErrorIn(lang, arg)
	}
	return arg
}
