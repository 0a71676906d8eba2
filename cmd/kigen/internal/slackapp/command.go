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
	verbWithdraw = "withdraw"
	verbReopen   = "reopen"
	verbWaive    = "waive"
	verbUnwaive  = "unwaive"
)

// command is the parsed text after /kigen.
type command struct {
	verb   string
	vendor string // log: preselected in the form; list: filter; deadline: whose promise
	title  string // log: empty opens the form
	start  string // deadline
	id     sla.IncidentID

	notice  int    // withdraw: its number
	promise string // waive, unwaive
	reason  string // of a command that takes something back
}

// mistake is an error in a command: the id of its text and the word that fills it.
type mistake struct{ text, word string }

// parse reads a command. It accepts full-width letters and spaces, which
// Japanese keyboards produce, and the curly quotes of phones.
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
	case verbWithdraw, verbReopen, verbWaive, verbUnwaive:
		return c.readUndo(rest)
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

// readDeadline accepts the start with or without the --start flag of kigen deadline.
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

// firstWord cuts text at its first half-width or full-width space.
func firstWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	if i := strings.IndexFunc(text, isSpace); i >= 0 {
		return text[:i], strings.TrimSpace(text[i:])
	}
	return text, ""
}

func isSpace(r rune) bool { return strings.ContainsRune(" \t\r\n\u00a0\u3000", r) }

// oneLine joins the lines of a title.
func oneLine(text string) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
}

// narrow folds full-width letters, digits and signs to half-width.
func narrow(text string) string { return strings.TrimSpace(width.Fold.String(text)) }

// unquoted removes one pair of quotes around the whole text.
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
