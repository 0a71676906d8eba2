package config

import "kigen/config/tree"

// Console is the terminal that runs kigen.
type Console struct{}

// Name is console.
func (*Console) Name() string { return "console" }

// Where is empty: there is one console.
func (*Console) Where() string { return "" }

func (*Console) place() string { return placeHash("console") }

func decodeConsole(d *decoder, n *tree.Node) Kind {
	if n.Kind != tree.Null {
		d.Keys(n)
	}
	return &Console{}
}
