package store

import "strings"

// foreign is a text from outside that nobody can correct, such as the error of a mail
// server, as both databases store it: PostgreSQL takes neither a NUL character nor bytes
// that are no UTF-8. What a person enters is refused instead (tracker.CheckStorable).
func foreign(text string) string {
	const replacement = "\uFFFD"
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", replacement), replacement)
}
