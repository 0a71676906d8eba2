package web

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"kigen/sla"
)

// The longest parts of a file's name in a bundle, in bytes: most file systems allow 255
// for a name, and Windows 260 characters for a whole path.
const (
	longestName      = 80
	longestExtension = 12
)

// EvidenceName is the path of a file in a bundle: the beginning of its hash, and its
// original name reduced to what every system, link and checksum tool accepts.
func EvidenceName(f sla.Evidence) string {
	return path.Join("evidence", f.SHA256[:16]+"-"+safeName(f.Name))
}

// safeName keeps letters, digits, dots, dashes and underscores of a name, and shortens
// what is before the extension.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '_'
		case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r), strings.ContainsRune(".-_", r):
			return r
		}
		return '_'
	}, name)
	name = strings.TrimRight(name, ".") // Windows drops a final dot
	extension := path.Ext(name)
	if len(extension) > longestExtension {
		extension = ""
	}
	stem := shorten(strings.TrimSuffix(name, extension), longestName-len(extension))
	if stem+extension == "" {
		return "file"
	}
	return stem + extension
}

// shorten cuts a text to at most n bytes, between characters.
func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return strings.TrimRight(text[:n], ".")
}
