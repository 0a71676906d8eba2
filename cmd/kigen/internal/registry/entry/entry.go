// Package entry takes the text of a vendor's entry apart into the particulars, which a form
// shows as fields, and the rest, which stays as it was written; and puts it together again.
// It reads no promise: what a text means is for package config.
package entry

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"kigen/sla/register"
)

// Entry is the text of a vendor's entry as a form shows it.
type Entry struct {
	ID             string
	NameJa, NameEn string
	Services       []string
	Owner          string
	Contacts       []register.Contact
	From, To       string // of the contract, as 2026-04-01
	Rest           string // all other keys with their comments
}

// Parse takes a text apart. What it can't show as a field stays in Rest, so that nothing of a
// text is lost, however faulty it is.
func Parse(text string) Entry {
	var e Entry
	var rest strings.Builder
	for _, b := range blocks(outlined(text)) {
		if b.key == "" || !e.read(b) {
			rest.WriteString(b.text)
			continue
		}
		rest.WriteString(b.comments())
	}
	e.Rest = strings.Trim(rest.String(), "\n")
	return e
}

// outlined writes a text that is in YAML's flow style with one key a line.
func outlined(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return text
	}
	written, err := restyled(text)
	if err != nil {
		return text
	}
	return written
}

// restyled writes a text in YAML's block style, down to the second level.
func restyled(text string) (string, error) {
	var n yaml.Node
	if err := yaml.Load([]byte(text), &n); err != nil {
		return "", err
	}
	root := &n
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		root = n.Content[0]
	}
	root.Style &^= yaml.FlowStyle
	for _, child := range root.Content {
		child.Style &^= yaml.FlowStyle
	}
	written, err := yaml.Dump(root, yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithUnicode(true))
	return string(written), err
}

// block is a key of the first level with the lines that belong to it, and the comments above.
type block struct {
	key, text string
}

var topKey = regexp.MustCompile(`^([a-z_]+):(?:\s|$)`)

// blocks splits a text before each key of the first level. What stands above the first one
// has no key.
func blocks(text string) (all []block) {
	var current block
	var above strings.Builder // comments that may belong to the next key
	for line := range strings.Lines(text) {
		switch m := topKey.FindStringSubmatch(line); {
		case m != nil:
			all = append(all, current)
			current = block{key: m[1], text: above.String() + line}
			above.Reset()
		case line[0] == '#' || strings.TrimSpace(line) == "":
			above.WriteString(line)
		default:
			current.text += above.String() + line
			above.Reset()
		}
	}
	current.text += above.String()
	if all = append(all, current); all[0].text == "" {
		all = all[1:]
	}
	for i := range all {
		if !strings.HasSuffix(all[i].text, "\n") {
			all[i].text += "\n"
		}
	}
	return all
}

// comments are the lines of comments above and in a block.
func (b *block) comments() string {
	var kept strings.Builder
	for line := range strings.Lines(b.text) {
		if line[0] == '#' {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// fields are the particulars as the configuration writes them.
type fields struct {
	ID, Owner string
	Services  []string
	Contacts  []register.Contact
	Contract  struct{ From, To string }
}

// read reads a block into fields. It reports false for one that is not about the particulars,
// or is written in another way than the fields can hold.
func (e *Entry) read(b block) bool {
	load := func(to any) bool { return yaml.Load([]byte(b.text), to, yaml.WithKnownFields()) == nil }
	if b.key == "name" {
		var both struct{ Name struct{ Ja, En string } }
		var one struct{ Name string }
		switch {
		case load(&both):
			e.NameJa, e.NameEn = both.Name.Ja, both.Name.En
		case load(&one):
			e.NameJa = one.Name
		default:
			return false
		}
		return true
	}
	var f fields
	if !load(&f) {
		return false
	}
	switch b.key {
	case "id":
		e.ID = f.ID
	case "owner":
		e.Owner = f.Owner
	case "services":
		e.Services = f.Services
	case "contacts":
		e.Contacts = f.Contacts
	case "contract":
		e.From, e.To = f.Contract.From, f.Contract.To
	}
	return true
}

// Text puts the entry together.
func (e *Entry) Text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("id: %s", e.ID)
	switch {
	case e.NameJa != "" && e.NameEn != "":
		line("name: {ja: %s, en: %s}", scalar(e.NameJa), scalar(e.NameEn))
	case e.NameJa+e.NameEn != "":
		line("name: %s", scalar(e.NameJa+e.NameEn))
	}
	if len(e.Services) > 0 {
		line("services:")
		for _, s := range e.Services {
			line("  - %s", scalar(s))
		}
	}
	if e.Owner != "" {
		line("owner: %s", scalar(e.Owner))
	}
	if len(e.Contacts) > 0 {
		line("contacts:")
		for _, c := range e.Contacts {
			line("  - %s", contact(c))
		}
	}
	if e.From+e.To != "" {
		line("contract: %s", flow([]pair{{"from", e.From}, {"to", e.To}}))
	}
	if rest := strings.Trim(e.Rest, "\n"); strings.TrimSpace(rest) != "" {
		b.WriteString(rest + "\n")
	}
	return b.String()
}

type pair struct{ key, value string }

func contact(c register.Contact) string {
	return flow([]pair{{"name", c.Name}, {"role", c.Role}, {"mail", c.Mail}, {"phone", c.Phone}, {"hours", c.Hours}})
}

// flow writes pairs that have a value as a mapping on one line.
func flow(pairs []pair) string {
	var parts []string
	for _, p := range pairs {
		if p.value != "" {
			parts = append(parts, p.key+": "+scalar(p.value))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// plain matches texts that YAML reads as they stand.
var plain = regexp.MustCompile(`^[\p{L}][\p{L}\p{N}._()-]*(?: [\p{L}\p{N}._()-]+)*$|^\d{4}-\d\d-\d\d$`)

// words that YAML reads as something else than a text.
var words = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// scalar writes a text as a scalar of YAML.
func scalar(s string) string {
	s = printable(s)
	if plain.MatchString(s) && !slices.Contains(words, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

// printable removes characters that YAML does not take.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r <= 0x9f || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, s)
}
