package tree

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// IsIdentifier reports whether a key may name a thing of the configuration.
func IsIdentifier(text string) bool { return identifier.MatchString(text) }

var pathStep = regexp.MustCompile(`[a-z_]+|\[\d+\]`)

// Plain returns a text that is equal for equal values.
func (n *Node) Plain() string {
	switch n.Kind {
	case Scalar:
		return fmt.Sprintf("%q", n.Text)
	case List:
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = item.Plain()
		}
		return "[" + strings.Join(items, ",") + "]"
	case Object:
		fields := make([]string, len(n.Fields))
		for i, f := range n.Fields {
			fields[i] = fmt.Sprintf("%q:%s", f.Key, f.Value.Plain())
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ",") + "}"
	}
	return "null"
}

// Entries returns the items of a list, or none if n is not a list.
func (n *Node) Entries() []*Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// Item returns the node of the i-th value that texts returns.
func (n *Node) Item(i int) *Node {
	if n.Kind == List && i < len(n.Items) {
		return n.Items[i]
	}
	return n
}

// YAML converts the tree to YAML.
func (n *Node) YAML() *yaml.Node {
	y := &yaml.Node{Style: n.style &^ yaml.TaggedStyle}
	switch n.Kind {
	case Null:
		y.Kind, y.Tag, y.Value = yaml.ScalarNode, "!!null", "null"
	case Scalar:
		y.Kind, y.Tag, y.Value = yaml.ScalarNode, n.Tag, n.Shown()
		if y.Value != n.Raw {
			y.Tag = "!!str"
		}
	case List:
		y.Kind, y.Tag = yaml.SequenceNode, "!!seq"
		for _, item := range n.Items {
			y.Content = append(y.Content, item.YAML())
		}
	case Object:
		y.Kind, y.Tag = yaml.MappingNode, "!!map"
		for _, f := range n.Fields {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.Key}
			y.Content = append(y.Content, key, f.Value.YAML())
		}
	}
	return y
}

// Holding returns the node of a rule that contains the rejected value: for
// {business_days: 0}, the 0.
func (n *Node) Holding(value string) *Node {
	for _, child := range n.Children() {
		if child.Kind == Scalar && (child.Text == value || len(n.Fields) == 1) {
			return child
		}
	}
	return n
}

// Find follows a path such as stages[1].after as far as the tree has it.
func (n *Node) Find(path string) *Node {
	for _, step := range pathStep.FindAllString(path, -1) {
		next := n.Get(step)
		if step[0] == '[' {
			i, _ := strconv.Atoi(step[1 : len(step)-1]) // digits
			if children := n.Children(); i < len(children) {
				next = children[i]
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// Given counts the nodes that are present.
func Given(nodes ...*Node) (given int) {
	for _, n := range nodes {
		if n != nil {
			given++
		}
	}
	return given
}
