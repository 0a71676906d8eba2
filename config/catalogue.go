package config

import (
	"embed"
	"sync"
	"time"

	"kigen/calendar"
	"kigen/config/calendars"
	"kigen/config/reading"
	"kigen/config/tree"
)

// catalogueFiles holds the built-in vendors, our own duties by regime, and the laws that
// bind vendors, one per file.
//
//go:embed catalogue/*.yaml catalogue/duties/*.yaml catalogue/laws/*.yaml
var catalogueFiles embed.FS

// growCatalogue reads the built-in vendors in file name order, once: every load has the
// same, and what a file lays over them is merged into copies.
var growCatalogue = sync.OnceValues(func() (vendors []*tree.Node, problems tree.Invalid) {
	var d decoder
	for _, id := range builtinIDs(vendorFolder) {
		vendors = append(vendors, d.builtinEntry(vendorFolder, id))
	}
	return vendors, d.Problems
})

// builtinCalendars compiles the calendars of the built-in vendors, by the nodes that
// describe them, once: that takes longer than all else of a load. A calendar without a
// zone would depend on the configuration's.
var builtinCalendars = sync.OnceValue(func() map[*tree.Node]*calendar.Calendar {
	made := make(map[*tree.Node]*calendar.Calendar)
	vendors, _ := growCatalogue()
	for _, v := range vendors {
		n := v.Get("calendar")
		if n == nil || n.Kind != tree.Object || n.Get("zone") == nil {
			continue
		}
		var r reading.Reader
		spec, _ := calendars.New(&r, "", time.UTC, nil).Spec(idOf(v), n)
		if c, err := calendar.Compile(spec); err == nil && len(r.Problems)+len(r.Warnings) == 0 {
			made[n] = c
		}
	}
	return made
})
