package destinations

import (
	"embed"

	"kigen/sla/phrase/localizer"
)

//go:embed locales
var locales embed.FS

var catalog = localizer.New(locales)
