package config

import (
	"os"

	"kigen/config/tree"
)

// warnExposed warns of secrets that other users of the machine can read: the key of the
// certificate, and values that are written out in the configuration file.
func (d *decoder) warnExposed(root *tree.Node, path string, t *TLS) {
	if t != nil {
		if mode := openTo(t.Key); mode != 0 {
			d.Warnf(root.Get("tls").Get("key"), "can be read by other users (mode %04o): chmod 600 the file", mode)
		}
	}
	mode := openTo(path)
	if mode == 0 {
		return
	}
	if n := writtenSecret(root, path); n != nil {
		d.Warnf(n, "is a secret in a file that other users can read (mode %04o): chmod 600 the file, or write ${NAME} and set the variable", mode)
	}
}

// openTo returns the mode of a file that others than its owner and group may read, or 0.
// A group is how a service gets at a file that root owns.
func openTo(path string) os.FileMode {
	info, err := os.Stat(path)
	if path == "" || err != nil || info.Mode().Perm()&0o004 == 0 {
		return 0
	}
	return info.Mode().Perm()
}

// writtenSecret returns the first value in the file that is masked where it is shown;
// nil: none.
func writtenSecret(n *tree.Node, path string) *tree.Node {
	if n.Kind == tree.Scalar && n.File == path && n.Shown() != n.Raw {
		return n
	}
	for _, child := range n.Children() {
		if found := writtenSecret(child, path); found != nil {
			return found
		}
	}
	return nil
}
