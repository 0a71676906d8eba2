package demo

import (
	"embed"

	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var locales embed.FS

var texts = localizer.New(locales)
