package config_test

import (
	"testing"

	yaml "go.yaml.in/yaml/v4"

	"kigen/config"
)

// TestValuesOfOneLine: no value and no name of a configuration may hold a character that
// breaks a line, except the quotation of a source, which may have several lines.
func TestValuesOfOneLine(t *testing.T) {
	breaking := []string{"\r", "\n", "\x00", "\x1b", "\u0085", "\u2028", "\t"}
	tried := 0
	for _, path := range files(t, "good") {
		for n := 0; ; n++ {
			var document yaml.Node
			if err := yaml.Unmarshal(read(t, path), &document); err != nil {
				t.Fatal(err)
			}
			scalars := scalarsOf(&document, "")
			if n == len(scalars) {
				break
			}
			node, was := scalars[n].node, scalars[n].node.Value
			if scalars[n].key == "quote" {
				continue
			}
			// In the middle, where no reader removes blanks.
			node.Value, node.Style, node.Tag = "a"+breaking[n%len(breaking)]+"b"+was, yaml.DoubleQuotedStyle, "!!str"
			broken, err := yaml.Marshal(&document)
			if err != nil {
				t.Fatal(err)
			}
			tried++
			if _, err := config.Parse(path, broken, designEnv); err == nil {
				t.Errorf("%s, line %d: %q is accepted in the place of %q", path, node.Line, node.Value, was)
			}
		}
	}
	if tried < 80 {
		t.Errorf("only %d values", tried)
	}
}

// scalar is a value or a name, with the key that it stands under.
type scalar struct {
	node *yaml.Node
	key  string
}

func scalarsOf(n *yaml.Node, key string) (all []scalar) {
	switch n.Kind {
	case yaml.ScalarNode:
		return []scalar{{n, key}}
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			all = append(all, scalar{n.Content[i], "(name)"})
			all = append(all, scalarsOf(n.Content[i+1], n.Content[i].Value)...)
		}
	default:
		for _, item := range n.Content {
			all = append(all, scalarsOf(item, key)...)
		}
	}
	return all
}
