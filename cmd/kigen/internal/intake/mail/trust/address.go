package trust

import (
	"strings"
	"unicode/utf8"

	"github.com/mtibben/confusables"
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is an address of a header field. Its name is not decoded.
type Address struct{ Name, Addr, Domain string }

// Addresses reads the addresses of a field. exact is false where other programs may read
// other addresses from it: stray signs, a bracket or quote that does not end, an address
// inside a name.
func Addresses(field string) (list []Address, exact bool) {
	exact = true
	for _, entry := range entries(field) {
		a, ok := address(entry)
		exact = exact && ok
		if a.Addr != "" {
			list = append(list, a)
		}
	}
	return list, exact
}

// entries splits a field at the commas and semicolons outside of quotes, comments and
// brackets.
func entries(field string) (list []string) {
	from, quoted, depth, angle := 0, false, 0, false
	for i := 0; i < len(field); i++ {
		switch c := field[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case (c == ',' || c == ';') && !angle:
			list, from = append(list, field[from:i]), i+1
		}
	}
	list = append(list, field[from:])
	kept := list[:0]
	for _, e := range list {
		if strings.TrimSpace(e) != "" {
			kept = append(kept, e)
		}
	}
	return kept
}

// address reads one entry: name <address>, <address> or the address alone.
func address(entry string) (Address, bool) {
	name, bare, ok := withoutQuotes(entry)
	addr := strings.TrimSpace(bare)
	if before, rest, angle := strings.Cut(bare, "<"); angle {
		inner, tail, closed := strings.Cut(rest, ">")
		ok = ok && closed && strings.TrimSpace(tail) == "" && !strings.ContainsAny(before, "@<>:")
		addr = strings.TrimSpace(inner)
	} else {
		name = ""
	}
	local, domain, at := cutLast(addr, '@')
	if !at || local == "" || domain == "" || strings.ContainsAny(local, "@<>, \t\"") || !utf8.ValidString(addr) {
		return Address{Name: strings.TrimSpace(name)}, false
	}
	a := Address{Name: strings.TrimSpace(name), Addr: strings.ToLower(local) + "@" + Domain(domain), Domain: Domain(domain)}
	return a, ok && a.Domain != ""
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// withoutQuotes splits an entry into its quoted or commented texts and the rest.
func withoutQuotes(s string) (name, rest string, ok bool) {
	var n, r strings.Builder
	quoted, depth := false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && (quoted || depth > 0) && i+1 < len(s):
			i++
			n.WriteByte(s[i])
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
			n.WriteByte(c)
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
			n.WriteByte(c)
		default:
			r.WriteByte(c)
		}
	}
	rest = r.String()
	if before, _, angle := strings.Cut(rest, "<"); angle {
		n.WriteString(" " + before)
	}
	return n.String(), rest, !quoted && depth == 0
}

// Domain normalizes a domain, or the domain of an address: lower case, without its last
// dot, in its ASCII form.
func Domain(s string) string {
	if _, after, ok := cutLast(s, '@'); ok {
		s = after
	}
	s = strings.TrimSuffix(strings.Trim(strings.TrimSpace(s), "<>"), ".")
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil {
		return strings.ToLower(s)
	}
	return ascii
}

// Within reports whether a domain is another one or below it, label by label.
func Within(domain, of string) bool {
	domain, of = strings.ToLower(domain), strings.ToLower(strings.TrimSuffix(of, "."))
	return of != "" && (domain == of || strings.HasSuffix(domain, "."+of))
}

// Resembles reports whether a domain is meant to be taken for another: letters of another
// script that look the same, one letter changed, or the name with something added.
func Resembles(domain, of string) bool {
	if Within(domain, of) {
		return false
	}
	shown, other := skeleton(domain), skeleton(of)
	name := mainLabel(other)
	if strings.HasPrefix(shown, other+".") || strings.Contains(shown, "."+other+".") || shown == other || strings.HasSuffix(shown, "."+other) {
		return true
	}
	for label := range strings.SplitSeq(shown, ".") {
		if len(name) >= 4 && (label == name || distance(label, name) == 1) {
			return true
		}
		for piece := range strings.SplitSeq(label, "-") {
			if len(name) >= 4 && piece == name {
				return true
			}
		}
		if len(name) >= 5 && strings.Contains(label, name) {
			return true
		}
	}
	return distance(shown, other) <= 1
}

// skeleton is a domain as it looks: its Unicode form with look-alike letters replaced.
func skeleton(domain string) string {
	shown, err := idna.Punycode.ToUnicode(strings.ToLower(domain))
	if err != nil {
		shown = domain
	}
	s := strings.ToLower(confusables.Skeleton(strings.ToLower(norm.NFKC.String(shown))))
	return strings.NewReplacer("rn", "m", "vv", "w", "0", "o", "1", "l").Replace(s)
}

// mainLabel is the label of a domain that names its owner: that before the suffixes.
func mainLabel(domain string) string {
	labels := strings.Split(domain, ".")
	for len(labels) > 1 {
		switch last := labels[len(labels)-1]; {
		case len(labels) == 2 && len(labels[0]) > 3:
			return labels[0]
		case len(last) <= 3 || len(labels) > 2:
			labels = labels[:len(labels)-1]
		default:
			return labels[0]
		}
	}
	return labels[0]
}

// distance is the number of letters to insert, delete, replace or swap, at most 2.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 100 || len(y) > 100 || len(x)-len(y) > 1 || len(y)-len(x) > 1 {
		return 2
	}
	before, row, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(next[j-1]+1, row[j]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return min(row[len(y)], 2)
}
