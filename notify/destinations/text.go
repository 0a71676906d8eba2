package destinations

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"kigen/notify/wire"
)

// defused returns text from outside as text that no chat takes for a mention or a link: an
// angle bracket that could begin a tag becomes a similar character, and an address is
// interrupted by an invisible space.
func defused(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, width := utf8.DecodeRuneInString(text[i:])
		rest := text[i+width:]
		switch {
		case r == '<' && rest != "" && !strings.ContainsRune(" =0123456789", rune(rest[0])):
			b.WriteRune('‹')
		case r == ':' && strings.HasPrefix(rest, "//"), r == '.' && endsInWWW(text[:i]):
			b.WriteRune(r)
			b.WriteRune(wordJoin)
		default:
			b.WriteRune(r)
		}
		i += width
	}
	return b.String()
}

func endsInWWW(text string) bool {
	return len(text) >= 3 && strings.EqualFold(text[len(text)-3:], "www")
}

// wordJoin is an invisible space, at which programs end a name or an address.
const wordJoin = '\u200b'

// cut shortens a text to at most limit bytes, at a character's end.
func cut(text string, limit int) string {
	const ellipsis = "…"
	if len(text) <= limit {
		return text
	}
	end := max(limit-len(ellipsis), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + ellipsis
}

// cutRunes shortens a text to at most limit characters.
func cutRunes(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)
	return string(runes[:limit-1]) + "…"
}

// room is how many bytes each part of a message may take, and how many lines a part has.
type room struct{ title, line, field, quote, explanation, item, lines int }

// rooms go from a whole message to the shortest, which still has the title, the facts and
// each line of a digest.
func rooms() []room {
	return []room{
		{1200, 1200, 1200, 4000, 6000, 700, 60},
		{900, 700, 700, 1500, 2500, 350, 40},
		{600, 400, 300, 600, 800, 220, 20},
		{400, 200, 150, 0, 0, 120, 6},
		{300, 90, 60, 0, 0, 60, 1},
	}
}

// linesOf splits a text of at most limit bytes into at most so many lines; the last one has
// the rest.
func (r room) linesOf(text string, limit int) []string {
	lines := strings.Split(cut(text, limit), "\n")
	if len(lines) <= r.lines {
		return lines
	}
	return append(lines[:r.lines-1:r.lines-1], strings.Join(strings.Fields(strings.Join(lines[r.lines-1:], " ")), " "))
}

// fitted writes a message in the largest form of at most limit bytes.
func fitted(limit int, write func(room) any) (body []byte) {
	for _, r := range rooms() {
		body = encoded(write(r))
		if len(body) <= limit {
			break
		}
	}
	return body
}

// encoded is the JSON of a value, in which Japanese and angle brackets take no escapes.
func encoded(value any) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil { // the value is made of texts and numbers
		panic("destinations: " + err.Error())
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// object is a JSON object.
type object = map[string]any

// digest is a short name of keys: the same keys have the same one.
func digest(keys ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(keys, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// web reports whether an address can be opened in a browser. Any other scheme could run
// something.
func web(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// linkTo is a link below a message.
type linkTo struct{ text, url string }

// linksOf lists what a message leads to: kigen's page, a report's files, the clause.
func linksOf(m *wire.Message) (links []linkTo) {
	add := func(text, url string) {
		if web(url) && len(links) < mostLinks && len(url) <= longestURL {
			links = append(links, linkTo{cutRunes(defused(text), longestLabel), url})
		}
	}
	add(m.Link.Text, m.Link.URL)
	for _, f := range m.Files {
		add(f.Title, f.Link)
	}
	add(m.Quote.Source, m.Quote.URL)
	return links
}

const (
	mostLinks    = 6 // that Teams shows
	longestURL   = 1000
	longestLabel = 60
)

// judged classifies a status by what it means at any receiver. Most 4xx are a refusal of
// this message.
func judged(name string, a Answer) *wire.Failure {
	f := &wire.Failure{Kind: wire.Refused, Reason: name + " answered " + strconv.Itoa(a.Status) + " " + http.StatusText(a.Status)}
	if said := strings.Join(strings.Fields(a.Body), " "); said != "" {
		f.Reason += " " + strconv.Quote(cut(said, 300))
	}
	switch {
	case a.Status == http.StatusRequestTimeout, a.Status == http.StatusTooEarly, a.Status >= http.StatusInternalServerError:
		f.Kind = wire.Unknown
	case a.Status == http.StatusProxyAuthRequired:
		f.Kind = wire.Unreached
		f.Reason += wire.ProxyRemedy
	case a.Status < http.StatusBadRequest:
		f.Kind = wire.Broken // a page of a proxy
	}
	return f
}

// broken is a failure that a person has to repair.
func broken(f *wire.Failure, remedy string) *wire.Failure {
	f.Kind = wire.Broken
	f.Reason += ": " + remedy
	return f
}
