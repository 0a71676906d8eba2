package config

import (
	"fmt"
	"slices"
	"strings"

	"kigen/config/reading"
	"kigen/config/tree"
)

// Destination is a recipient of messages.
type Destination struct {
	Kind     Kind
	Fallback string // destination used while this one is unreachable; empty: none
}

// Kind is how a destination is reached: *Slack, *Email, *Webhook or *Console.
type Kind interface {
	// Name is the kind's key in the configuration.
	Name() string
	// Where names the recipient for every reader of the board; empty if there is
	// just one. Of an address that may hold a key it has the host alone.
	Where() string
	// place is the hash that Destination.Place returns.
	place() string
}

// destinationKind is how the configuration writes a kind.
type destinationKind struct {
	name   string
	keys   []string
	decode func(*decoder, *tree.Node) Kind // nil after problems
}

// destinationKinds lists all kinds. Another kind is a file with its type and decode
// function, a row here, and a case where the daemon makes destinations.
func destinationKinds() []destinationKind {
	return []destinationKind{
		{"slack", []string{"token", "channel", "api_url", "app_token", "webhook_url"}, decodeSlack},
		{"email", []string{"smtp", "ca", "from", "to"}, decodeEmail},
		{"webhook", []string{"url", "secret"}, decodeWebhook},
		{"console", nil, decodeConsole},
	}
}

// KindNames lists the kinds of destinations for people.
func KindNames() string {
	var names []string
	for _, kind := range destinationKinds() {
		names = append(names, kind.name)
	}
	return strings.Join(names, ", ")
}

func kindNamed(name string) (kind destinationKind) {
	kinds := destinationKinds()
	at := slices.IndexFunc(kinds, func(k destinationKind) bool { return k.name == name })
	if at < 0 {
		return kind
	}
	return kinds[at]
}

func (d *decoder) destinations(n *tree.Node) map[string]Destination {
	destinations := make(map[string]Destination)
	if !d.Is(n, tree.Object) {
		return destinations
	}
	if len(n.Fields) == 0 { // alerts would go nowhere
		d.Reportf(n, "names no destination: give one, such as {soc: {console: {}}}, or remove the key")
	}
	for _, f := range n.Fields {
		if !tree.IsIdentifier(f.Key) {
			d.Reportf(f.Value, "the name %q can't be used: %s", f.Key, reading.IdentifierRule)
		}
		destinations[f.Key] = d.destination(f.Value)
	}
	d.fallbacks(n, destinations)
	return destinations
}

func (d *decoder) destination(n *tree.Node) Destination {
	const remedy = "give exactly one of these kinds: %s; such as {console: {}}"
	if n.Kind == tree.Null || n.Kind == tree.Object && len(n.Fields) == 0 {
		d.Reportf(n, remedy, KindNames())
		return Destination{}
	}
	if !d.Keys(n, append(strings.Split(KindNames(), ", "), "fallback", "quiet")...) {
		return Destination{}
	}
	if kinds := len(n.Fields) - given(n, "fallback", "quiet"); kinds != 1 {
		d.Reportf(n, remedy, KindNames())
	}
	destination := Destination{Fallback: d.Text(n.Get("fallback"))}
	for _, f := range n.Fields {
		if kind := kindNamed(f.Key); kind.decode != nil {
			destination.Kind = kind.decode(d, f.Value)
		}
	}
	return destination
}

// given counts how many of the keys an object has.
func given(n *tree.Node, keys ...string) (count int) {
	for _, key := range keys {
		if n.Field(key) != nil {
			count++
		}
	}
	return count
}

// kindKeys checks that one kind of destination has only known keys and all required
// ones.
func (d *decoder) kindKeys(n *tree.Node, kindName string, required ...string) bool {
	if n.Kind == tree.Null {
		d.Reportf(n, "is empty: give it %s", strings.Join(required, " and "))
		return false
	}
	if !d.Keys(n, kindNamed(kindName).keys...) {
		return false
	}
	for _, key := range required {
		if n.Get(key) == nil {
			d.Missing(n, key, fmt.Sprintf("a destination of kind %s needs %s", kindName, strings.Join(required, " and ")))
		}
	}
	return true
}
