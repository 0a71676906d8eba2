package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
)

// incidentAssignCommand assigns one incident or several.
func (a *app) incidentAssignCommand() *cobra.Command {
	var asJSON, none bool
	var owner string
	cmd := &cobra.Command{
		Use: "assign ID...", Args: cobra.MinimumNArgs(1),
		Long:    "Assign incidents. Repeated alerts go on until the owner acknowledges; without an owner, those of an acknowledged incident resume.",
		Example: "  kigen incident assign KGN-1 KGN-2 --owner yamada",
	}
	cmd.Flags().StringVar(&owner, "owner", "", "`NAME` of a person or a team; default: you")
	cmd.Flags().BoolVar(&none, "none", false, "leave them without an owner")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.MarkFlagsMutuallyExclusive("owner", "none")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		body := map[string]any{"owner": nil, "by": a.user()}
		if !none {
			body["owner"] = cmp.Or(owner, a.user())
		}
		if len(args) > 1 {
			return a.together(cmd, args, "assign", body, asJSON)
		}
		s, path, err := a.below(asJSON, args[0], "owner")
		if err != nil {
			return err
		}
		return s.change(cmd, client.Request{Method: http.MethodPut, Path: path, Body: body})
	}
	return cmd
}

// incidentNoteCommand reads long texts from standard input, as notice does.
func (a *app) incidentNoteCommand() *cobra.Command {
	var asJSON bool
	var names []string
	cmd := &cobra.Command{
		Use: "note ID --text TEXT", Args: cobra.ExactArgs(1),
		Long:    "Add a note with your name and the time. It stays in the history and changes no deadline.",
		Example: `  kigen incident note KGN-1 --text "10:05 電話、応答なし" --file call.txt`,
	}
	fields := newFieldFlags(cmd,
		"text", "what happened; - reads standard input",
		"by", "the author; default: you",
	)
	cmd.Flags().StringArrayVar(&names, "file", nil, "a `FILE` as evidence; may be repeated, 10 MiB in total")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if len(names) == 0 {
			if err := fields.require("text"); err != nil {
				return err
			}
		}
		body, err := a.evidence(fields, names)
		if err != nil {
			return err
		}
		if *fields.values["by"] == "" {
			body["by"] = a.user()
		}
		return a.act(cmd, args[0], "notes", body, asJSON)
	}
	return cmd
}

// incidentChasedCommand records a reminder that a person has sent.
func (a *app) incidentChasedCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "chased ID", Args: cobra.ExactArgs(1),
		Long:    "Record that you asked the vendor, such as with the text of kigen incident chaser. No clock stops: only the vendor's notice does that.",
		Example: `  kigen incident chased KGN-1 --sent-at "2026-05-02 09:10" --to support@example.jp --message-id "<1@example.jp>"`,
	}
	fields := newFieldFlags(cmd,
		"sent-at", "when it was sent; default: now"+timeUsage,
		"to", "address or number that it was sent to",
		"channel", "email, phone, portal …; default: email",
		"message-id", "the Message-ID of the mail",
		"by", "the person who sent it; default: you",
	)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		body := fields.body()
		body["channel"] = cmp.Or(*fields.values["channel"], "email")
		body["by"] = cmp.Or(*fields.values["by"], a.user())
		return a.act(cmd, args[0], "chasers", body, asJSON)
	}
	return cmd
}

// together changes several incidents and prints a line for each. It fails if one was
// refused.
func (a *app) together(cmd *cobra.Command, ids []string, action string, body map[string]any, asJSON bool) error {
	for _, id := range ids {
		if _, err := incidentPath(id); err != nil {
			return err
		}
	}
	s, err := a.session(asJSON)
	if err != nil {
		return err
	}
	body["ids"], body["action"] = ids, action
	query := s.query()
	if len(client.TypedTimes(body)) > 0 {
		query.Set("times", "written")
	}
	answer, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodPost, Path: "/incidents/bulk", Query: query, Body: body})
	if err != nil {
		return err
	}
	var outcome struct {
		Results []terminal.Outcome `json:"results"`
	}
	if err := client.Decode(answer, &outcome); err != nil {
		return err
	}
	if asJSON {
		err = printRaw(s.out, answer)
	} else {
		err = s.Outcomes(outcome.Results)
	}
	return errors.Join(err, refusedOf(outcome.Results))
}

// refusedOf is an error that names the incidents that were not changed.
func refusedOf(results []terminal.Outcome) error {
	var refused []error
	for _, r := range results {
		if !r.Done {
			refused = append(refused, fmt.Errorf("%s: %s", r.ID, r.Detail))
		}
	}
	return errors.Join(refused...)
}
