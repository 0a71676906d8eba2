package slackapp

import (
	"strings"

	"golang.org/x/text/width"

	"kigen/sla"
)

// A verb is the first word after /kigen.
const (
	verbHelp     = "help"
	verbLog      = "log"
	verbList     = "list"
	verbShow     = "show"
	verbDeadline = "deadline"
)

// command is what a person typed after /kigen.
type command struct {
	verb   string
	vendor string // log: to choose in the form; list: only of this vendor; deadline
	title  string // log: empty opens the form
	start  string // deadline
	id     sla.IncidentID
}

// mistake says what is wrong with a command: an id of a text and its blank.
type mistake struct{ text, word string }

// parse reads a command as people type it, also with a Japanese keyboard,
// which makes wide letters and spaces, and with the curly quotes of phones.
func parse(text string) (command, *mistake) {
	text = strings.TrimSpace(unescaped(text))
	verb, rest := firstWord(text)
	c := command{verb: strings.ToLower(narrow(verb))}
	switch c.verb {
	case "", verbHelp:
		c.verb = verbHelp
		return c, nil
	case verbLog:
		vendor, title := firstWord(rest)
		c.vendor, c.title = strings.ToLower(narrow(vendor)), unquoted(oneLine(title))
		return c, nil
	case verbList:
		vendor, _ := firstWord(rest)
		c.vendor = strings.ToLower(narrow(vendor))
		return c, nil
	case verbShow:
		return c.readID(narrow(rest))
	case verbDeadline:
		return c.readDeadline(rest)
	}
	return command{verb: verbHelp}, &mistake{text: "unknown_command", word: verb}
}

func (c command) readID(word string) (command, *mistake) {
	if word == "" {
		return c, &mistake{text: "missing_id"}
	}
	id, err := sla.ParseIncidentID(word)
	if err != nil {
		return c, &mistake{text: "bad_id", word: word}
	}
	c.id = id
	return c, nil
}

// readDeadline takes the start with or without the flag of kigen deadline.
func (c command) readDeadline(rest string) (command, *mistake) {
	vendor, start := firstWord(rest)
	c.vendor = strings.ToLower(narrow(vendor))
	start = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(narrow(start), "--start"), "="))
	c.start = unquoted(start)
	switch {
	case c.vendor == "":
		return c, &mistake{text: "missing_vendor"}
	case c.start == "":
		return c, &mistake{text: "missing_start", word: c.vendor}
	}
	return c, nil
}

// firstWord cuts text at its first blank, narrow or wide.
func firstWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	if i := strings.IndexFunc(text, isSpace); i >= 0 {
		return text[:i], strings.TrimSpace(text[i:])
	}
	return text, ""
}

func isSpace(r rune) bool { return strings.ContainsRune(" \t\r\n\u00a0\u3000", r) }

// oneLine joins the lines of a title, which has but one.
func oneLine(text string) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
}

// narrow makes wide letters, digits and signs narrow ones.
func narrow(text string) string { return strings.TrimSpace(width.Fold.String(text)) }

// unquoted takes off one pair of quotes around the whole text.
func unquoted(text string) string {
	for _, pair := range [...][2]string{{`"`, `"`}, {"“", "”"}, {"'", "'"}, {"‘", "’"}, {"「", "」"}} {
		if inner, ok := strings.CutPrefix(text, pair[0]); ok {
			if inner, ok = strings.CutSuffix(inner, pair[1]); ok {
				return strings.TrimSpace(inner)
			}
		}
	}
	return text
}
