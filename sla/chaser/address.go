package chaser

import (
	"slices"
	"strings"
	"unicode"
)

// Addresses lists the mail addresses in a vendor's contact, which may also name
// telephone numbers and pages, each once.
func Addresses(contact string) []string {
	var found []string
	for _, word := range strings.FieldsFunc(contact, endsAddress) {
		word = strings.Trim(word, ".")
		if isAddress(word) && !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}

// endsAddress reports characters that stand between addresses, in Western and in
// Japanese text, and never in one that needs no quoting.
func endsAddress(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`,;:/?&<>()[]"'|、。・,;:/?()「」【】〈〉`, r)
}

func isAddress(word string) bool {
	name, domain, _ := strings.Cut(word, "@")
	return name != "" && strings.Contains(strings.Trim(domain, "."), ".") && !strings.Contains(domain, "@")
}
