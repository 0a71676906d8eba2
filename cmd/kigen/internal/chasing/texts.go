package chasing

import (
	"embed"

	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)
