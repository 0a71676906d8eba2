package slackapp

import (
	"embed"
	"strconv"
	"strings"
	"unicode/utf8"

	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

//go:embed locales
var locales embed.FS

var catalog = localizer.New(locales)

// texts formats the texts of the app in one language.
type texts struct{ localizer.Localizer }

// blanks are the template values of a text. Values from users and vendors must
// be escaped.
type blanks map[string]string

// say returns the text with the given id.
func (s texts) say(id string, b blanks) string { return s.Fill(id, b) }

// plural returns a text that depends on a number.
func (s texts) plural(id string, n int) string { return s.Say(id, "N", n) }

// count writes the number of incidents in a state.
func (s texts) count(state string, n int) string {
	return s.say("count", blanks{"State": phrase.State(s.Lang, state), "N": strconv.Itoa(n)})
}

// escaped escapes Slack's markup, in which <!channel> would notify all members.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// unescaped undoes Slack's escaping of the text after a command.
func unescaped(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// cut shortens text to at most limit characters.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return strings.TrimRight(string([]rune(text)[:limit-1]), " \n\u3000") + "…"
}

// cutMarkup shortens escaped text to at most limit characters without cutting
// an entity in half.
func cutMarkup(text string, limit int) string {
	short := cut(text, limit)
	if short == text {
		return text
	}
	if at := strings.LastIndex(short, "&"); at >= 0 && !strings.Contains(short[at:], ";") {
		short = short[:at] + "…"
	}
	return short
}
