package config

import (
	"fmt"
	"strings"

	"kigen/config/reading"
	"kigen/config/tree"
	"kigen/notify/destinations"
	"kigen/notify/wire"
)

// Destination is a recipient of messages.
type Destination struct {
	Kind     Kind
	Fallback string // destination used while this one is unreachable; empty: none
}

// Kind is how a destination is reached: *Slack, *Email, *Webhook, *Console, or *Spoken for all
// kinds of the table of destinations that have a protocol there.
type Kind interface {
	// Name is the kind's key in the configuration.
	Name() string
	// Where names the recipient for every reader of the board; empty if there is
	// just one. Of an address that may hold a key it has the host alone.
	Where() string
	// place is the hash that Destination.Place returns.
	place() string
	// class is what the table of destinations says of it.
	class() wire.Class
}

// Class is what the destination can do about a message that it may have already.
func (d Destination) Class() wire.Class { return d.Kind.class() }

// decoderOf returns the function that reads a kind's settings; it returns nil after
// problems. A kind with a protocol needs none of its own.
func decoderOf(kind *destinations.Kind) func(*decoder, *tree.Node) Kind {
	switch kind.Name {
	case "slack":
		return decodeSlack
	case "email":
		return decodeEmail
	case "webhook":
		return decodeWebhook
	case "console":
		return decodeConsole
	}
	return func(d *decoder, n *tree.Node) Kind { return d.spoken(kind, n) }
}

// KindNames lists the kinds of destinations for people.
func KindNames() string { return destinations.Names() }

// kindKeysOf lists the settings of a kind.
func kindKeysOf(kind *destinations.Kind) (keys []string) {
	for _, s := range kind.Settings {
		keys = append(keys, s.Key)
	}
	return keys
}

func (d *decoder) destinations(n *tree.Node) map[string]Destination {
	all := make(map[string]Destination)
	if !d.Is(n, tree.Object) {
		return all
	}
	if len(n.Fields) == 0 { // alerts would go nowhere
		d.Reportf(n, "names no destination: give one, such as {soc: {console: {}}}, or remove the key")
	}
	for _, f := range n.Fields {
		if !tree.IsIdentifier(f.Key) {
			d.Reportf(f.Value, "the name %q can't be used: %s", f.Key, reading.IdentifierRule)
		}
		all[f.Key] = d.destination(f.Value)
	}
	d.fallbacks(n, all)
	return all
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
		if kind, known := destinations.Named(f.Key); known {
			destination.Kind = decoderOf(&kind)(d, f.Value)
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
	kind, _ := destinations.Named(kindName)
	if !d.Keys(n, kindKeysOf(&kind)...) {
		return false
	}
	for _, key := range required {
		if n.Get(key) == nil {
			d.Missing(n, key, fmt.Sprintf("a destination of kind %s needs %s", kindName, strings.Join(required, " and ")))
		}
	}
	return true
}
