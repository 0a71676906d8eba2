package intake

import (
	"embed"

	"kigen/sla/inbox"
	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var catalog = localizer.New(files)

// Words is a reason in "ja" or "en".
func Words(r inbox.Reason, lang string) string {
	in := catalog.In(lang)
	if !in.Has(r.Key) {
		return r.Key
	}
	pairs := make([]any, len(r.Args))
	for i, arg := range r.Args {
		pairs[i] = arg
	}
	return in.Say(r.Key, pairs...)
}

// The keys of reasons that the intake itself gives.
const (
	ReasonSourceOff = "source_off" // its source records nothing by itself
	ReasonRefused   = "refused"    // the notice was refused
	ReasonRule      = "rule"       // recorded by the rule of its source
	ReasonRevised   = "revised_trouble"
)
