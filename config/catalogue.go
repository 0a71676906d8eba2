package config

import (
	"embed"

	"kigen/config/tree"
)

// catalogueFiles holds the built-in vendors, our own duties by regime, and the laws that
// bind vendors, one per file.
//
//go:embed catalogue/*.yaml catalogue/duties/*.yaml catalogue/laws/*.yaml
var catalogueFiles embed.FS

// growCatalogue reads the built-in vendors in file name order.
func growCatalogue() (vendors []*tree.Node, problems tree.Invalid) {
	var d decoder
	for _, id := range builtinIDs(vendorFolder) {
		vendors = append(vendors, d.builtinEntry(vendorFolder, id))
	}
	return vendors, d.Problems
}
