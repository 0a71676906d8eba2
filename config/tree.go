package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// kind is the shape of a node.
type kind int

const (
	null kind = iota
	scalar
	list
	object
)

func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

// node is one value of a configuration, and where it was written.
type node struct {
	kind   kind
	text   string // of a scalar, with ${NAME} put in
	raw    string // of a scalar, as it was written
	tag    string // of a scalar, as YAML resolved it
	style  yaml.Style
	fields []field // of an object, in written order
	items  []*node // of a list

	file string
	line int
	path string // such as alerts[0].warn[1]
	mask mask
}

// field is one key of an object.
type field struct {
	key   string
	line  int
	value *node
}

// get returns the value of a key, nil when it is absent or null.
func (n *node) get(key string) *node {
	if f := n.field(key); f != nil && f.value.kind != null {
		return f.value
	}
	return nil
}

func (n *node) field(key string) *field {
	if n == nil {
		return nil
	}
	for i := range n.fields {
		if n.fields[i].key == key {
			return &n.fields[i]
		}
	}
	return nil
}

// names returns the keys of an object, in written order.
func (n *node) names() []string {
	if n == nil {
		return nil
	}
	names := make([]string, len(n.fields))
	for i, f := range n.fields {
		names[i] = f.key
	}
	return names
}

// set gives a key another value.
func (n *node) set(key string, value *node) {
	if f := n.field(key); f != nil {
		f.value = value
		return
	}
	n.fields = append(n.fields, field{key: key, line: value.line, value: value})
}

// drop removes keys.
func (n *node) drop(keys ...string) {
	kept := n.fields[:0:0]
	for _, f := range n.fields {
		if !slices.Contains(keys, f.key) {
			kept = append(kept, f)
		}
	}
	n.fields = kept
}

// maxNodes bounds a file with its aliases expanded; a file of a few lines can
// otherwise name billions of nodes, or itself.
const maxNodes = 100_000

// maxDepth bounds how deep a file nests, and ends an alias that names itself.
const maxDepth = 64

// grower builds the tree of one file.
type grower struct {
	file     string
	env      map[string]string // nil: ${NAME} is plain text
	nodes    int
	depth    int
	tooBig   bool
	problems Invalid
}

// grow reads one YAML document. An empty one is an empty object.
func grow(file string, data []byte, env map[string]string) (*node, Invalid) {
	g := &grower{file: file, env: env}
	var docs []yaml.Node
	if err := yaml.Load(data, &docs, yaml.WithAllDocuments()); err != nil {
		return g.empty(), Invalid{g.syntax(err)}
	}
	switch {
	case len(docs) == 0:
		return g.empty(), nil
	case len(docs) > 1:
		return g.empty(), Invalid{{File: file, Line: docs[1].Line, Message: "holds a second document: keep one, without a line of ---"}}
	}
	root := g.node(&docs[0], "")
	if root.kind == null {
		root = g.empty()
	}
	return root, g.problems
}

func (g *grower) empty() *node { return &node{kind: object, file: g.file, line: 1} }

var quoted = regexp.MustCompile(`'[^']*'`)

// syntax words an error of the YAML parser without the text around it, which
// may be a secret.
func (g *grower) syntax(err error) Problem {
	p := Problem{File: g.file, Message: "is no valid YAML: check indentation, quotes and brackets near here"}
	var load *yaml.LoadError
	if errors.As(err, &load) {
		p.Line = load.Mark.Line
		what := quoted.ReplaceAllString(load.Message, "'…'")
		p.Message = fmt.Sprintf("is no valid YAML: %s: check indentation, quotes and brackets near here", what)
	}
	return p
}

func (g *grower) report(y *yaml.Node, path, message string) {
	g.problems = append(g.problems, Problem{File: g.file, Line: y.Line, Field: path, Message: message})
}

func (g *grower) node(y *yaml.Node, path string) *node {
	n := &node{file: g.file, line: y.Line, path: path, style: y.Style}
	g.nodes++
	g.depth++
	defer func() { g.depth-- }()
	if g.nodes > maxNodes || g.depth > maxDepth {
		g.refuseSize(y)
		return n
	}
	switch y.Kind {
	case yaml.DocumentNode:
		if len(y.Content) == 0 {
			return n
		}
		return g.node(y.Content[0], path)
	case yaml.AliasNode:
		aliased := g.node(y.Alias, path)
		aliased.line = y.Line
		return aliased
	case yaml.SequenceNode:
		n.kind = list
		for i, item := range y.Content {
			n.items = append(n.items, g.node(item, fmt.Sprintf("%s[%d]", path, i)))
		}
	case yaml.MappingNode:
		n.kind = object
		g.fields(n, y)
	case yaml.ScalarNode:
		g.scalar(n, y)
	default:
		g.report(y, path, "is of a kind that a configuration has no use for: use a value, a list or a mapping")
	}
	return n
}

// refuseSize reports once that a file is too large or too deep: what is wrong
// a hundred thousand times is one mistake.
func (g *grower) refuseSize(y *yaml.Node) {
	if g.tooBig {
		return
	}
	g.tooBig = true
	g.report(y, "", fmt.Sprintf("is too large: use at most %d values, nested %d deep, with aliases followed", maxNodes, maxDepth))
}

func (g *grower) fields(n *node, y *yaml.Node) {
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			g.report(k, n.path, "a key must be a plain word")
			continue
		}
		at := dotted(n.path, k.Value)
		if n.field(k.Value) != nil {
			g.report(k, at, "comes twice: keep one")
			continue
		}
		n.fields = append(n.fields, field{key: k.Value, line: k.Line, value: g.node(v, at)})
	}
}

func (g *grower) scalar(n *node, y *yaml.Node) {
	n.tag = y.ShortTag()
	if n.tag == "!!null" {
		return
	}
	n.kind, n.raw, n.text = scalar, y.Value, y.Value
	if g.env == nil {
		return
	}
	expanded, problem := expand(y.Value, g.env)
	if problem != "" {
		g.report(y, n.path, problem)
	}
	n.text = expanded
}

var reference = regexp.MustCompile(`\$?\$\{[^}]*\}?`)
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand puts environment variables in for ${NAME}; $${ stands for a plain ${.
func expand(s string, env map[string]string) (expanded, problem string) {
	expanded = reference.ReplaceAllStringFunc(s, func(ref string) string {
		if strings.HasPrefix(ref, "$$") {
			return ref[1:]
		}
		name, closed := strings.CutSuffix(strings.TrimPrefix(ref, "${"), "}")
		value, set := env[name]
		switch {
		case !closed || !variable.MatchString(name):
			problem = "has a ${ that names no environment variable: write ${NAME}, or $${ for a plain ${"
		case !set:
			problem = fmt.Sprintf("the environment variable %s is not set: set it, or write $${ for a plain ${", name)
		}
		return value
	})
	return expanded, problem
}

func dotted(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
