package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/render"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla"
)

// complete lets the shell complete the values of flags and arguments that have a fixed
// set of values, the vendors of the configuration, and the incidents of the daemon.
func (a *app) complete(cmd *cobra.Command) {
	for flag, values := range a.flagValues() {
		if cmd.Flags().Lookup(flag) != nil {
			// It fails only if a command completes the flag itself.
			_ = cmd.RegisterFlagCompletionFunc(flag, values)
		}
	}
	if argument := a.argumentValues(cmd); argument != nil && cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return argument(cmd, args, typed)
		}
	}
	for _, sub := range cmd.Commands() {
		a.complete(sub)
	}
}

func (a *app) flagValues() map[string]cobra.CompletionFunc {
	return map[string]cobra.CompletionFunc{
		"vendor":   a.completeVendors,
		"state":    fixed(sla.States[:]...),
		"kind":     fixed(sla.Kinds()...),
		"about":    fixed(sla.Kinds()...),
		"severity": fixed(append(sla.Severities[:], sla.SeverityUnknown)...),
		"impact":   fixed(sla.Impacts[:]...),
		"scope":    fixed(sla.Scopes[:]...),
		"format":   fixed("html", "pdf", "xlsx", "csv", "json"),
		"table":    fixed(render.Tables()...),
		"incident": a.completeIncidents,
		"role":     fixed("viewer", "analyst", "admin"),
		"lang":     fixed("ja", "en"),
	}
}

// argumentValues completes the first argument by its name in the usage; nil: it is
// free text or a file.
func (a *app) argumentValues(cmd *cobra.Command) cobra.CompletionFunc {
	words := strings.Fields(cmd.Use)
	switch {
	case len(words) < 2:
		return nil
	case words[1] == "VENDOR":
		return a.completeVendors
	case words[1] == "ID":
		return a.completeIncidents
	}
	return nil
}

func fixed[T ~string](values ...T) cobra.CompletionFunc {
	names := make([]cobra.Completion, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)
}

func (a *app) completeVendors(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	c, err := a.loadWhole(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names := make([]cobra.Completion, len(c.Catalogue))
	for i, v := range c.Catalogue {
		names[i] = cobra.CompletionWithDesc(v.ID, v.Name.In(a.lang(c)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// mostCompleted bounds the incidents that a shell offers, the most urgent first.
const mostCompleted = "50"

func (a *app) completeIncidents(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	s, err := a.session(false)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var page struct {
		Incidents []struct{ ID, Title string } `json:"incidents"`
	}
	body, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: "/incidents", Query: url.Values{"limit": {mostCompleted}}})
	if err == nil {
		err = client.Decode(body, &page)
	}
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names := make([]cobra.Completion, len(page.Incidents))
	for i, inc := range page.Incidents {
		names[i] = cobra.CompletionWithDesc(inc.ID, terminal.Clean(inc.Title))
	}
	return slices.Clip(names), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
