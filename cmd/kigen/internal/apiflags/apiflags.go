package apiflags

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla"
)

// Fields are flags that map to fields of a request body.
type Fields struct {
	flags  *pflag.FlagSet
	values map[string]*string // by flag name
}

// New declares one string flag per pair of name and usage. Flags use
// dashes; underscores, as in the API, and moments without -at are accepted too.
func New(cmd *cobra.Command, nameAndUsage ...string) *Fields {
	f := &Fields{flags: cmd.Flags(), values: map[string]*string{}}
	f.flags.SetNormalizeFunc(Normalize)
	for i := 0; i+1 < len(nameAndUsage); i += 2 {
		f.values[nameAndUsage[i]] = f.flags.String(nameAndUsage[i], "", nameAndUsage[i+1])
	}
	return f
}

// Normalize normalizes flag names: underscores become dashes, and moments get
// their -at.
func Normalize(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	name = strings.ReplaceAll(name, "_", "-")
	if _, err := sla.ParseMoment(name); err == nil || name == "received" || name == "sent" {
		name += "-at"
	}
	return pflag.NormalizedName(name)
}

// Body returns the fields whose flags were given, by their API names.
func (f *Fields) Body() map[string]any {
	body := map[string]any{}
	for name, value := range f.values {
		if f.flags.Changed(name) {
			body[strings.ReplaceAll(name, "-", "_")] = *value
		}
	}
	return body
}

// Require reports flags that are missing or empty.
func (f *Fields) Require(names ...string) error {
	var missing []error
	for _, name := range names {
		if strings.TrimSpace(*f.values[name]) == "" {
			missing = append(missing, fmt.Errorf("--%s is missing: give %s", name, f.flags.Lookup(name).Usage))
		}
	}
	return errors.Join(missing...)
}

// Time ends the usage of a flag for an instant.
const Time = " (`TIME`: 2026-05-02T22:10+09:00, or in kigen's zone 2026/5/2 22:10, 22:10, now …)"

// Facts declares the flags of an incident's facts, shared by log and amend.
func Facts(cmd *cobra.Command, more ...string) *Fields {
	pairs := slices.Concat(more, []string{
		"title", "what happened, in one line",
		"public-title", "what a letter to the vendor calls it; default: the service and the time of the event",
		"service", "the vendor's product",
		"description", "what is known so far",
		"impact", "impact on us: " + terminal.Join(sla.Impacts[:]),
		"scope", "affected customers: " + terminal.Join(sla.Scopes[:]),
		"severity", "our severity rating: " + terminal.Join(sla.Severities[:]),
		"reference", "our ticket number or the vendor's",
	})
	for _, m := range sla.EnteredMoments() {
		pairs = append(pairs, m.String()+"-at", m.Usage()+Time)
	}
	return New(cmd, pairs...)
}

// Graded reports whether the API accepts null, meaning unknown, for a field.
func Graded(name string) bool {
	return strings.HasSuffix(name, "_at") || name == "impact" || name == "scope" || name == "severity"
}

// Value returns the value of a flag; empty: it was not given.
func (f *Fields) Value(name string) string { return *f.values[name] }
