package config

import (
	"embed"

	"kigen/config/tree"
)

// catalogueFiles holds the built-in vendors, one per file.
//
//go:embed catalogue/*.yaml
var catalogueFiles embed.FS

// growCatalogue reads the built-in vendors in file name order.
func growCatalogue() ([]*tree.Node, tree.Invalid) {
	entries, err := catalogueFiles.ReadDir("catalogue")
	if err != nil {
		panic("config: the embedded catalogue: " + err.Error()) // part of the program
	}
	var vendors []*tree.Node
	var problems tree.Invalid
	for _, entry := range entries {
		name := "catalogue/" + entry.Name()
		data, err := catalogueFiles.ReadFile(name)
		if err != nil {
			panic("config: the embedded catalogue: " + err.Error())
		}
		// Without an environment: a published clause may contain ${ as plain text.
		vendor, found := tree.Parse(name, data, nil)
		vendors = append(vendors, vendor)
		problems = append(problems, found...)
	}
	return vendors, problems
}
