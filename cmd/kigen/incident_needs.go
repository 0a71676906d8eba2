package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla"
	"kigen/sla/phrase"
)

// incidentAssignCommand assigns one incident or several.
func (a *app) incidentAssignCommand() *cobra.Command {
	var asJSON, none bool
	var owner string
	cmd := &cobra.Command{
		Use: "assign ID...", Short: "Assign incidents to a person or a team / インシデントの担当者を決める", Args: cobra.MinimumNArgs(1),
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
		path, err := incidentPath(args[0], "owner")
		if err != nil {
			return err
		}
		s, err := a.session(asJSON)
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
		Use: "note ID --text TEXT", Short: "Add a note to an incident / インシデントにメモを追加する", Args: cobra.ExactArgs(1),
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
		body := fields.body()
		files, err := filesBody(names)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			body["files"] = files
		}
		if err := a.readText(body); err != nil {
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
		Use: "chased ID", Short: "Record that you asked the vendor for its notice / ベンダーへの催促を記録する", Args: cobra.ExactArgs(1),
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
	if len(typedTimes(body)) > 0 {
		query.Set("times", "written")
	}
	answer, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodPost, Path: "/incidents/bulk", Query: query, Body: body})
	if err != nil {
		return err
	}
	var outcome struct {
		Results []togetherView `json:"results"`
	}
	if err := client.Decode(answer, &outcome); err != nil {
		return err
	}
	if asJSON {
		err = printRaw(s.out, answer)
	} else {
		err = s.printTogether(outcome.Results)
	}
	return errors.Join(err, refusedOf(outcome.Results))
}

// togetherView is the outcome for one of several incidents.
type togetherView struct {
	ID     string    `json:"id"`
	Done   bool      `json:"done"`
	State  sla.State `json:"state"`
	Owner  string    `json:"owner"`
	Detail string    `json:"detail"`
}

func (s *session) printTogether(results []togetherView) error {
	var t table
	for _, r := range results {
		if r.Done {
			t.add(r.ID, stateText(s.lang, r.State), say(s.lang, "担当者: ", "owner: ")+cmp.Or(r.Owner, say(s.lang, "なし", "none")))
		}
	}
	return t.print(s.out)
}

// refusedOf is an error that names the incidents that were not changed.
func refusedOf(results []togetherView) error {
	var refused []error
	for _, r := range results {
		if !r.Done {
			refused = append(refused, fmt.Errorf("%s: %s", r.ID, r.Detail))
		}
	}
	return errors.Join(refused...)
}

// noteView and chasedView are what the commands print of notes and chasers.
type noteView struct {
	At    time.Time `json:"at"`
	By    string    `json:"by"`
	Text  string    `json:"text"`
	Files []struct {
		Name string `json:"name"`
	} `json:"files"`
}

type chasedView struct {
	SentAt    time.Time `json:"sent_at"`
	To        string    `json:"to"`
	Channel   string    `json:"channel"`
	MessageID string    `json:"message_id"`
}

// printNeeds prints the chasers that were sent, and the notes.
func (s *session) printNeeds(inc *incidentView) error {
	for _, c := range inc.Chasers {
		sent := instantText(s.lang, c.SentAt.In(s.config.Timezone), s.now())
		fmt.Fprintf(s.out, "\n%s %s\n", say(s.lang, "催促", "vendor asked"),
			clean(strings.Join(nonEmpty(sent, phrase.Channel(s.lang, c.Channel), c.To, c.MessageID), " ")))
	}
	for _, n := range inc.Notes {
		at := instantText(s.lang, n.At.In(s.config.Timezone), s.now())
		fmt.Fprintf(s.out, "\n%s %s\n", say(s.lang, "メモ", "note"), clean(at+" "+n.By))
		lines := strings.Split(strings.TrimSpace(n.Text), "\n")
		for _, f := range n.Files {
			lines = append(lines, say(s.lang, "ファイル: ", "file: ")+f.Name)
		}
		if err := printLines(s.out, nonEmpty(lines...)); err != nil {
			return err
		}
	}
	return nil
}

func nonEmpty(parts ...string) []string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// noteDetail is the first line of a note, or the names of its files.
func noteDetail(body map[string]any) string {
	text := textOf(body["text"])
	if line, _, more := strings.Cut(text, "\n"); more {
		return line + " …"
	}
	if text != "" {
		return text
	}
	files, _ := body["files"].([]any)
	names := make([]string, 0, len(files))
	for _, f := range files {
		file, _ := f.(map[string]any)
		names = append(names, textOf(file["name"]))
	}
	return strings.Join(names, ", ")
}

// textOf is a text of an event's body; empty: there is none.
func textOf(v any) string {
	text, _ := v.(string)
	return text
}
