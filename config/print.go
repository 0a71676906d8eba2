package config

import (
	_ "embed"
	"fmt"
	"io"

	yaml "go.yaml.in/yaml/v4"
)

//go:embed sample.yaml
var sampleFile []byte

// Sample returns a commented configuration file to start from. It loads as it is.
func Sample() []byte { return append([]byte(nil), sampleFile...) }

// Print writes the configuration in force as YAML: what the file says, what
// it leaves out, and the merged vendors. Secrets are masked; ${NAME} stays as
// it was written.
func (c *Config) Print(w io.Writer) error {
	data, err := yaml.Dump(c.tree.yaml(), yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithUnicode(true))
	if err != nil {
		return fmt.Errorf("printing the configuration: %w", err)
	}
	_, err = w.Write(data)
	return err
}

// yaml turns the tree back into YAML.
func (n *node) yaml() *yaml.Node {
	y := &yaml.Node{Style: n.style &^ yaml.TaggedStyle}
	switch n.kind {
	case null:
		y.Kind, y.Tag, y.Value = yaml.ScalarNode, "!!null", "null"
	case scalar:
		y.Kind, y.Tag, y.Value = yaml.ScalarNode, n.tag, n.shown()
		if y.Value != n.raw {
			y.Tag = "!!str"
		}
	case list:
		y.Kind, y.Tag = yaml.SequenceNode, "!!seq"
		for _, item := range n.items {
			y.Content = append(y.Content, item.yaml())
		}
	case object:
		y.Kind, y.Tag = yaml.MappingNode, "!!map"
		for _, f := range n.fields {
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.key}
			y.Content = append(y.Content, key, f.value.yaml())
		}
	}
	return y
}
