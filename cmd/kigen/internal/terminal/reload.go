package terminal

import (
	"fmt"
	"strings"

	"kigen/cmd/kigen/internal/web"
)

// ReloadedText lists the changes, one line for each kind.
func ReloadedText(lang string, r *web.Reloaded) string {
	var b strings.Builder
	b.WriteString(say(lang, "configuration_reloaded"))
	line := func(name string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(names, ", "))
		}
	}
	line(say(lang, "destinations_added"), r.Destinations.Added)
	line(say(lang, "destinations_removed"), r.Destinations.Removed)
	line(say(lang, "destinations_changed"), r.Destinations.Changed)
	line(say(lang, "vendors_added"), r.Vendors.Added)
	line(say(lang, "vendors_removed"), r.Vendors.Removed)
	line(say(lang, "vendors_changed"), r.Vendors.Changed)
	line(say(lang, "calendars_added"), r.Calendars.Added)
	line(say(lang, "calendars_removed"), r.Calendars.Removed)
	line(say(lang, "calendars_changed"), r.Calendars.Changed)
	line(say(lang, "other_keys_changed"), r.Sections)
	if r.Policies {
		b.WriteString(say(lang, "alert_policies_applied_to_open"))
	}
	for _, d := range r.Departed {
		if d.Successor != "" {
			fmt.Fprintf(&b, say(lang, "replaced_by"), d.Name, d.Successor)
		} else {
			fmt.Fprintf(&b, say(lang, "unsent_messages_discarded"), d.Name, d.Retired)
		}
	}
	line(say(lang, "needs_restart"), r.NeedsRestart)
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, say(lang, "warning"), warning)
	}
	return b.String()
}
