// Package draft writes the proposals that package clause finds in a vendor's paper: as JSON,
// and as a vendor of the configuration for a person to confirm.
//
// It is pure. A lang of "ja" gives questions and remarks in Japanese; every other one gives
// English.
package draft

import (
	"embed"
	"strings"

	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)

// The kinds of proposals, as package clause names them.
const (
	aboutIncident      = "incident"
	aboutEvent         = "event"
	aboutVulnerability = "vulnerability"
	aboutMaintenance   = "maintenance"
	aboutChange        = "change"
	aboutContractEnd   = "contract_end"
	aboutPeriodic      = "periodic"
	aboutStates        = "states"
)

type object = map[string]any

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
