package registry

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"

	"kigen/calendar"
	"kigen/config/tree"
	"kigen/sla/tracker"
)

// readEntry returns the mapping in a text, without aliases. A text without one is an empty
// mapping.
func readEntry(text string) (*yaml.Node, error) {
	empty := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if strings.TrimSpace(text) == "" {
		return empty, nil
	}
	// The tree bounds what aliases expand to, and words what is wrong.
	if _, mistakes := tree.Parse("", []byte(text), nil); len(mistakes) > 0 {
		return nil, tracker.Invalid(problemsOf(mistakes))
	}
	var doc yaml.Node
	if err := yaml.Load([]byte(text), &doc); err != nil {
		return nil, tracker.Invalidf("text", "", "is not valid YAML: check indentation, quotes and brackets")
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, tracker.Invalidf("text", "", "names no vendor: begin it with a line such as id: acme, in lower-case letters, digits and hyphens")
	}
	entry := doc.Content[0]
	entry.HeadComment = cmp.Or(entry.HeadComment, doc.HeadComment)
	entry.FootComment = cmp.Or(entry.FootComment, doc.FootComment)
	return unaliased(entry), nil
}

// Amend returns the text of an entry with other values of keys; a nil value removes the key.
// Comments of what stays are kept.
func Amend(text string, values map[string]*yaml.Node) (string, error) {
	entry, err := readEntry(text)
	if err != nil {
		return "", err
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		drop(entry, key)
		if value := values[key]; value != nil {
			at := len(entry.Content)
			if i := place(entry, "promises"); i >= 0 {
				at = i // above the long part
			}
			entry.Content = slices.Insert(entry.Content, at, word(key), value)
		}
	}
	return Written(entry)
}

// Written is a node as the register writes it.
func Written(n *yaml.Node) (string, error) {
	data, err := yaml.Dump(n, yaml.WithIndent(2), yaml.WithCompactSeqIndent(false), yaml.WithLineWidth(-1), yaml.WithUnicode(true))
	if err != nil {
		return "", fmt.Errorf("writing the entry: %w", err)
	}
	return string(data), nil
}

// unaliased returns a copy of a node in which every alias is what it stands for, so that
// parts can be moved and left out.
func unaliased(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return unaliased(n.Alias)
	}
	c := *n
	c.Anchor = ""
	c.Content = make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		c.Content[i] = unaliased(n.Content[i])
	}
	return &c
}

// field returns the value of a key; nil if there is none.
func field(n *yaml.Node, key string) *yaml.Node {
	if i := place(n, key); i >= 0 {
		return n.Content[i+1]
	}
	return nil
}

// place returns the index of a key in a mapping's content; -1 if it is not there.
func place(n *yaml.Node, key string) int {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func drop(n *yaml.Node, key string) {
	if i := place(n, key); i >= 0 {
		n.Content = slices.Delete(n.Content, i, i+2)
	}
}

// mapping returns a copy of the mapping under a key, in place of it; a new one stands after
// the first of the keys that is there.
func mapping(n *yaml.Node, key string, after ...string) *yaml.Node {
	if i := place(n, key); i >= 0 {
		m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}
		if old := n.Content[i+1]; old.Kind == yaml.MappingNode {
			*m = *old
			m.Content = slices.Clone(old.Content)
		}
		n.Content[i+1] = m
		return m
	}
	at := 0
	for _, other := range after {
		if i := place(n, other); i >= 0 {
			at = i + 2
			break
		}
	}
	m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}
	n.Content = slices.Insert(n.Content, at, word(key), m)
	return m
}

// setDate sets a bound of a version; none removes it.
func setDate(dates *yaml.Node, key string, day, none int64) {
	i := place(dates, key)
	switch {
	case day == none:
		drop(dates, key)
	case i < 0:
		dates.Content = append(dates.Content, word(key), date(day))
	case dates.Content[i+1].Value != calendar.Date(day).String():
		dates.Content[i+1] = date(day)
	}
}

func word(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

func date(day int64) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: calendar.Date(day).String()}
}
