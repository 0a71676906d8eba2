package config

import "embed"

// catalogueFiles holds the built-in vendors, one a file.
//
//go:embed catalogue/*.yaml
var catalogueFiles embed.FS

// growCatalogue reads the built-in vendors in the order of their files' names.
func growCatalogue() ([]*node, Invalid) {
	entries, err := catalogueFiles.ReadDir("catalogue")
	if err != nil {
		panic("config: the embedded catalogue: " + err.Error()) // it is part of the program
	}
	var vendors []*node
	var problems Invalid
	for _, entry := range entries {
		name := "catalogue/" + entry.Name()
		data, err := catalogueFiles.ReadFile(name)
		if err != nil {
			panic("config: the embedded catalogue: " + err.Error())
		}
		// Without an environment: a published clause is plain text.
		vendor, found := grow(name, data, nil)
		vendors = append(vendors, vendor)
		problems = append(problems, found...)
	}
	return vendors, problems
}
