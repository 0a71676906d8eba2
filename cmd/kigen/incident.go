package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/apiflags"
	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/config"
	"kigen/sla"
)

// incidentCommand works through the API and not on the database: only the daemon
// writes incidents, because a change must wake its watch loop.
func (a *app) incidentCommand() *cobra.Command {
	return group("incident",
		a.incidentLogCommand(), a.incidentListCommand(), a.incidentShowCommand(), a.incidentAmendCommand(),
		a.incidentNoticeCommand(), a.incidentAckCommand(), a.incidentAssignCommand(), a.incidentNoteCommand(),
		a.incidentChaserCommand(), a.incidentChasedCommand(), a.incidentCancelCommand(),
		a.incidentWithdrawCommand(), a.incidentReopenCommand(), a.incidentWaiveCommand(), a.incidentUnwaiveCommand(), a.incidentEraseCommand(),
		a.incidentImportCommand(), a.incidentExportCommand())
}

// session holds the configuration and the API client of an incident command.
type session struct {
	*app
	*terminal.Printer
	config *config.Config
	daemon *client.Client
	lang   string
	asJSON bool
}

// session connects to the daemon at KIGEN_URL, or at the configured listener.
func (a *app) session(asJSON bool) (*session, error) {
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	daemon, err := a.client(cmp.Or(a.env("KIGEN_URL"), ownURL(c)), a.lang(c))
	if err != nil {
		return nil, badInput(err)
	}
	return &session{app: a, Printer: a.printer(c), config: c, daemon: daemon, lang: a.lang(c), asJSON: asJSON}, nil
}

// printer writes to standard output in the language and zone of a configuration.
func (a *app) printer(c *config.Config) *terminal.Printer {
	return &terminal.Printer{Out: a.out, Lang: a.lang(c), Zone: c.Timezone, Now: a.now(), Colour: takesColour(a.out, a.env("NO_COLOR"))}
}

// client returns a client of the daemon at an address, which answers in a language.
func (a *app) client(base, lang string) (*client.Client, error) {
	c, err := client.New(base, a.env("KIGEN_TOKEN"))
	if err == nil {
		c.Lang = lang
	}
	return c, err
}

// ownURL returns the URL of a daemon with this configuration.
func ownURL(c *config.Config) string { return client.Address(c.Listen, c.BaseURL, c.TLS != nil) }

// change sends a request that returns an incident and prints it. Times are sent
// as typed: the daemon reads them in its own zone.
func (s *session) change(cmd *cobra.Command, r client.Request) error {
	r.Query = s.query()
	typed := client.TypedTimes(r.Body)
	if len(typed) > 0 {
		r.Query.Set("times", "written")
	}
	body, err := s.daemon.Do(cmd.Context(), r)
	if err != nil {
		return err
	}
	if err := s.echoTimes(typed, body); err != nil {
		return err
	}
	if s.asJSON {
		return printRaw(s.out, body)
	}
	var inc terminal.Incident
	if err := client.Decode(body, &inc); err != nil {
		return err
	}
	if err := s.Head(&inc); err != nil || inc.Owner == "" {
		return err
	}
	var t terminal.Table
	t.Add("  "+say(s.lang, "owner"), s.Owner(&inc))
	return t.Print(s.out)
}

// query requests texts in the language of the output.
func (s *session) query() url.Values { return url.Values{"lang": {s.lang}} }

// printRaw prints the API's JSON unchanged, so that fields of a newer daemon are kept.
func printRaw(w io.Writer, body []byte) error {
	_, err := fmt.Fprintf(w, "%s\n", strings.TrimRight(string(body), "\n"))
	return err
}

// incidentPath returns the API path of an incident id.
func incidentPath(arg string, below ...string) (string, error) {
	id, err := sla.ParseIncidentID(arg)
	if err != nil {
		return "", badInput(fmt.Errorf("ID: %w", err))
	}
	return "/" + strings.Join(append([]string{"incidents", id.String()}, below...), "/"), nil
}

// incidentLogCommand sends times as typed; the daemon reads them in its own zone
// and the command echoes the result.
func (a *app) incidentLogCommand() *cobra.Command {
	var asJSON bool
	var key string
	var tags []string
	cmd := &cobra.Command{
		Use: "log --vendor VENDOR --title TITLE", Args: cobra.NoArgs,
		Example: `  kigen incident log --vendor sotas --title "工程管理にログインできない" --occurred-at "2026-05-01 18:00"
  kigen incident log --vendor tatsujin --kind maintenance --title "定期メンテナンス" --scheduled-at "2026-05-20 22:00"`,
	}
	fields := apiflags.Facts(cmd, "vendor", "the vendor's id, as kigen vendor list shows it",
		"kind", "its subject, which decides which promises apply: "+terminal.Join(sla.Kinds())+"; default: incident")
	cmd.Flags().StringArrayVar(&tags, "tag", nil, "a `TAG`; may be repeated")
	cmd.Flags().StringVar(&key, "idempotency-key", "", "`KEY` under which a repeated request logs only one incident")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := fields.Require("vendor", "title"); err != nil {
			return badInput(err)
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		body := fields.Body()
		if len(tags) > 0 {
			body["tags"] = tags
		}
		header := http.Header{}
		if key != "" {
			header.Set("Idempotency-Key", key)
		}
		return s.change(cmd, client.Request{Method: http.MethodPost, Path: "/incidents", Header: header, Body: body})
	}
	return cmd
}

// incidentAmendCommand sends only the given flags; other fields stay unchanged.
func (a *app) incidentAmendCommand() *cobra.Command {
	var asJSON bool
	var tags []string
	var version int64
	cmd := &cobra.Command{
		Use: "amend ID", Args: cobra.ExactArgs(1),
		Long:    "Change an incident. Its deadlines are recalculated; the old ones stay in the history.\nAn empty value resets a time or a rating to unknown.",
		Example: `  kigen incident amend KGN-1 --occurred-at "2026-05-01 17:40"`,
	}
	fields := apiflags.Facts(cmd)
	cmd.Flags().StringArrayVar(&tags, "tag", nil, "a `TAG`, replacing all existing tags; may be repeated")
	cmd.Flags().Int64Var(&version, "version", 0, "fail unless the incident is still at this version")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		path, err := incidentPath(args[0])
		if err != nil {
			return err
		}
		body := fields.Body()
		for name, value := range body {
			if value == "" && apiflags.Graded(name) {
				body[name] = nil
			}
		}
		if cmd.Flags().Changed("tag") {
			body["tags"] = tags
		}
		if len(body) == 0 {
			return badInput(fmt.Errorf("no change given: add a flag such as --occurred-at, see kigen incident amend --help"))
		}
		if version != 0 {
			body["version"] = version
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		return s.change(cmd, client.Request{Method: http.MethodPatch, Path: path, Body: body})
	}
	return cmd
}

// incidentAckCommand records the user's name as the owner, for the next shift.
func (a *app) incidentAckCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "ack ID...", Args: cobra.MinimumNArgs(1),
		Long: "Acknowledge incidents. The person who acknowledges an incident without an owner becomes its owner.",
	}
	fields := apiflags.New(cmd,
		"until", "suppress repeats until then; default: without end"+apiflags.Time,
		"by", "the person who takes it; default: you",
	)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		body := fields.Body()
		if fields.Value("by") == "" {
			body["by"] = a.user()
		}
		if len(args) > 1 {
			return a.together(cmd, args, "acknowledge", body, asJSON)
		}
		return a.act(cmd, args[0], "ack", body, asJSON)
	}
	return cmd
}

// incidentCancelCommand requires a reason, because cancelled clocks are left out
// of the vendor's figures.
func (a *app) incidentCancelCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "cancel ID --reason TEXT", Args: cobra.ExactArgs(1),
	}
	fields := apiflags.New(cmd, "reason", "why it is cancelled")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := fields.Require("reason"); err != nil {
			return badInput(err)
		}
		return a.act(cmd, args[0], "cancel", fields.Body(), asJSON)
	}
	return cmd
}

// below returns a session and the path of an incident or of something below it.
func (a *app) below(asJSON bool, id string, below ...string) (s *session, path string, err error) {
	if path, err = incidentPath(id, below...); err != nil {
		return nil, "", err
	}
	s, err = a.session(asJSON)
	return s, path, err
}

// act posts to a path below an incident.
func (a *app) act(cmd *cobra.Command, arg, action string, body map[string]any, asJSON bool) error {
	s, path, err := a.below(asJSON, arg, action)
	if err != nil {
		return err
	}
	return s.change(cmd, client.Request{Method: http.MethodPost, Path: path, Body: body})
}
