// Package tree reads a YAML document as nodes that know their file, line and path,
// and holds what is wrong with it. Secrets in it are marked, and shown masked.
package tree

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v4"
)

// Kind is the shape of a node.
type Kind int

// The shapes.
const (
	Null Kind = iota
	Scalar
	List
	Object
)

// String names the shape for a person.
func (k Kind) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[k]
}

// Node is a value of a configuration with its position.
type Node struct {
	Kind   Kind
	Text   string // of a scalar, with ${NAME} expanded
	Raw    string // of a scalar, as written
	Tag    string // of a scalar, as YAML resolved it
	style  yaml.Style
	Fields []Field // of an object, in written order
	Items  []*Node // of a list

	File  string
	Line  int
	Path  string // such as alerts[0].warn[1]
	Mask  Mask
	Unset bool // the value refers to a variable that is not set: it was reported, and nothing else is said of it
}

// Field is a key of an object with its value.
type Field struct {
	Key   string
	Line  int
	Value *Node
}

// Get returns the value of a key; nil if it is absent or null.
func (n *Node) Get(key string) *Node {
	if f := n.Field(key); f != nil && f.Value.Kind != Null {
		return f.Value
	}
	return nil
}

// Field returns the field of a key; nil if the key is absent.
func (n *Node) Field(key string) *Field {
	if n == nil {
		return nil
	}
	for i := range n.Fields {
		if n.Fields[i].Key == key {
			return &n.Fields[i]
		}
	}
	return nil
}

// Names returns the keys of an object, in written order.
func (n *Node) Names() []string {
	if n == nil {
		return nil
	}
	names := make([]string, len(n.Fields))
	for i, f := range n.Fields {
		names[i] = f.Key
	}
	return names
}

// Set replaces the value of a key.
func (n *Node) Set(key string, value *Node) {
	if f := n.Field(key); f != nil {
		f.Value = value
		return
	}
	n.Fields = append(n.Fields, Field{Key: key, Line: value.Line, Value: value})
}

// Drop removes keys.
func (n *Node) Drop(keys ...string) {
	kept := n.Fields[:0:0]
	for _, f := range n.Fields {
		if !slices.Contains(keys, f.Key) {
			kept = append(kept, f)
		}
	}
	n.Fields = kept
}

// maxNodes bounds a file with its aliases expanded: a few lines can otherwise expand to
// billions of nodes.
const maxNodes = 100_000

// maxDepth bounds the nesting of a file and stops an alias that contains itself.
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

// Parse parses one YAML document. An empty document is an empty object.
func Parse(file string, data []byte, env map[string]string) (*Node, Invalid) {
	root, problems, _ := ParseWhole(file, data, env)
	return root, problems
}

// ParseWhole is Parse. whole is false if the problems kept parts out of the tree, so that
// checks of the rest would mislead.
func ParseWhole(file string, data []byte, env map[string]string) (root *Node, problems Invalid, whole bool) {
	g := &grower{file: file, env: env}
	var docs []yaml.Node
	if err := yaml.Load(data, &docs, yaml.WithAllDocuments()); err != nil {
		return g.empty(), Invalid{g.syntax(err)}, false
	}
	switch {
	case len(docs) == 0:
		return g.empty(), nil, true
	case len(docs) > 1:
		return g.empty(), Invalid{{File: file, Line: docs[1].Line, Message: "contains a second document: keep one, without a line of ---"}}, false
	}
	root = g.node(&docs[0], "")
	if root.Kind == Null {
		root = g.empty()
	}
	return root, g.problems, !g.tooBig
}

func (g *grower) empty() *Node { return &Node{Kind: Object, File: g.file, Line: 1} }

var quoted = regexp.MustCompile(`'[^']*'`)

// syntax converts an error of the YAML parser to a Problem without quoting the text,
// which may be a secret.
func (g *grower) syntax(err error) Problem {
	p := Problem{File: g.file, Message: "is not valid YAML: check indentation, quotes and brackets near here"}
	var load *yaml.LoadError
	if errors.As(err, &load) {
		p.Line = load.Mark.Line
		what := quoted.ReplaceAllString(load.Message, "'…'")
		p.Message = fmt.Sprintf("is not valid YAML: %s: check indentation, quotes and brackets near here", what)
	}
	return p
}

func (g *grower) report(y *yaml.Node, path, message string) {
	g.problems = append(g.problems, Problem{File: g.file, Line: y.Line, Field: path, Message: message})
}

func (g *grower) node(y *yaml.Node, path string) *Node {
	n := &Node{File: g.file, Line: y.Line, Path: path, style: y.Style}
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
		aliased.Line = y.Line
		return aliased
	case yaml.SequenceNode:
		n.Kind = List
		for i, item := range y.Content {
			n.Items = append(n.Items, g.node(item, fmt.Sprintf("%s[%d]", path, i)))
		}
	case yaml.MappingNode:
		n.Kind = Object
		g.fields(n, y)
	case yaml.ScalarNode:
		g.scalar(n, y)
	default:
		g.report(y, path, "is of a kind that a configuration has no use for: use a value, a list or a mapping")
	}
	return n
}

// refuseSize reports once that a file is too large or too deep.
func (g *grower) refuseSize(y *yaml.Node) {
	if g.tooBig {
		return
	}
	g.tooBig = true
	g.report(y, "", fmt.Sprintf("is too large: use at most %d values, nested %d deep, with aliases followed", maxNodes, maxDepth))
}

func (g *grower) fields(n *Node, y *yaml.Node) {
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			g.report(k, n.Path, "a key must be a plain word")
			continue
		}
		at := Dotted(n.Path, k.Value)
		if n.Field(k.Value) != nil {
			g.report(k, at, "appears twice: keep one")
			continue
		}
		n.Fields = append(n.Fields, Field{Key: k.Value, Line: k.Line, Value: g.node(v, at)})
	}
}

func (g *grower) scalar(n *Node, y *yaml.Node) {
	n.Tag = y.ShortTag()
	if n.Tag == "!!null" {
		return
	}
	n.Kind, n.Raw, n.Text = Scalar, y.Value, y.Value
	if g.env == nil {
		return
	}
	expanded, problem := expand(y.Value, g.env)
	if problem != "" {
		g.report(y, n.Path, problem)
		n.Unset = true
		return
	}
	n.Text = expanded
}

var reference = regexp.MustCompile(`\$?\$\{[^}]*\}?`)
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME} by environment variables; $${ is a literal ${.
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

// Dotted appends a key to a path.
func Dotted(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
