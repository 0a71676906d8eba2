package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kigen/cmd/kigen/internal/client"
	"kigen/config"
	"kigen/sla"
)

// incidentCommand holds what goes through the API and not to the database: the
// daemon alone may write there, because it has to wake up for what changes.
func (a *app) incidentCommand() *cobra.Command {
	return group("incident", "Log and answer incidents, through the running kigen / インシデントを扱う",
		a.incidentLogCommand(), a.incidentListCommand(), a.incidentShowCommand(), a.incidentAmendCommand(),
		a.incidentNoticeCommand(), a.incidentAckCommand(), a.incidentChaserCommand(), a.incidentCancelCommand(),
		a.incidentImportCommand(), a.incidentExportCommand())
}

// session is what every incident command needs: the daemon and the language.
type session struct {
	*app
	config *config.Config
	daemon *client.Client
	lang   string
	asJSON bool
}

// session finds the daemon: where KIGEN_URL says, else where the configuration
// lets it listen.
func (a *app) session(asJSON bool) (*session, error) {
	c, err := a.load()
	if err != nil {
		return nil, err
	}
	daemon, err := client.New(cmp.Or(a.env("KIGEN_URL"), ownURL(c)), a.env("KIGEN_TOKEN"))
	if err != nil {
		return nil, badInput(err)
	}
	return &session{app: a, config: c, daemon: daemon, lang: a.lang(c), asJSON: asJSON}, nil
}

// ownURL is where a daemon with this configuration answers. A certificate names
// the public address, seldom the one of the listener.
func ownURL(c *config.Config) string {
	switch {
	case c.TLS == nil:
		return "http://" + dialable(c.Listen)
	case c.BaseURL != "":
		return c.BaseURL
	}
	return "https://" + dialable(c.Listen)
}

// dialable is where to reach a listener: one on every address is also here.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// change sends a request that answers with an incident, and prints that.
func (s *session) change(cmd *cobra.Command, r client.Request) error {
	r.Query = s.query()
	body, err := s.daemon.Do(cmd.Context(), r)
	if err != nil {
		return err
	}
	if s.asJSON {
		return printRaw(s.out, body)
	}
	var inc incidentView
	if err := client.Decode(body, &inc); err != nil {
		return err
	}
	return s.printHead(&inc)
}

// query asks for sentences in the language of the output.
func (s *session) query() url.Values { return url.Values{"lang": {s.lang}} }

// printRaw hands on JSON as the API wrote it, so that nothing is lost that a
// newer daemon adds.
func printRaw(w io.Writer, body []byte) error {
	_, err := fmt.Fprintf(w, "%s\n", strings.TrimRight(string(body), "\n"))
	return err
}

// incidentPath is the API's path of the incident that a person names.
func incidentPath(arg string, below ...string) (string, error) {
	id, err := sla.ParseIncidentID(arg)
	if err != nil {
		return "", badInput(fmt.Errorf("ID %w", err))
	}
	return "/" + strings.Join(append([]string{"incidents", id.String()}, below...), "/"), nil
}

// fieldFlags are the flags that stand for fields of a request's body.
type fieldFlags struct {
	flags  *pflag.FlagSet
	values map[string]*string // by flag
}

// newFieldFlags declares a flag for each name and usage given in turn. Flags
// are spelt with dashes; the API's underscores are understood too, and so are
// the moments without their -at.
func newFieldFlags(cmd *cobra.Command, nameAndUsage ...string) *fieldFlags {
	f := &fieldFlags{flags: cmd.Flags(), values: map[string]*string{}}
	f.flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		name = strings.ReplaceAll(name, "_", "-")
		switch name {
		case "occurred", "detected", "confirmed", "declared", "noticed", "received", "sent":
			name += "-at"
		}
		return pflag.NormalizedName(name)
	})
	for i := 0; i+1 < len(nameAndUsage); i += 2 {
		f.values[nameAndUsage[i]] = f.flags.String(nameAndUsage[i], "", nameAndUsage[i+1])
	}
	return f
}

// body holds the fields whose flags were given, by the API's names.
func (f *fieldFlags) body() map[string]any {
	body := map[string]any{}
	for name, value := range f.values {
		if f.flags.Changed(name) {
			body[strings.ReplaceAll(name, "-", "_")] = *value
		}
	}
	return body
}

// require names the flags that are missing or empty.
func (f *fieldFlags) require(names ...string) error {
	var missing []error
	for _, name := range names {
		if strings.TrimSpace(*f.values[name]) == "" {
			missing = append(missing, fmt.Errorf("--%s is missing: give %s", name, f.flags.Lookup(name).Usage))
		}
	}
	if len(missing) > 0 {
		return badInput(errors.Join(missing...))
	}
	return nil
}

const timeUsage = " (`TIME`: RFC 3339, or 2026-05-02 22:10 in kigen's zone)"

// factFlags describe an incident; log and amend share them.
func factFlags(cmd *cobra.Command, more ...string) *fieldFlags {
	return newFieldFlags(cmd, append(more,
		"title", "what happened, in a line",
		"service", "the vendor's product",
		"description", "what is known so far",
		"impact", "how hard it hits us: "+join(sla.Impacts[:]),
		"scope", "whom it touches: "+join(sla.Scopes[:]),
		"severity", "our own grading: "+join(sla.Severities[:]),
		"occurred-at", "when it happened at the vendor"+timeUsage,
		"detected-at", "when the vendor's monitoring saw it"+timeUsage,
		"confirmed-at", "when the vendor established that it is an incident"+timeUsage,
		"declared-at", "when the vendor formally declared it"+timeUsage,
		"noticed-at", "when we first saw it"+timeUsage,
		"reference", "our own ticket, or the vendor's",
	)...)
}

// incidentLogCommand leaves times as they were typed: the daemon knows the zone
// that they are meant in, and echoes them back with it.
func (a *app) incidentLogCommand() *cobra.Command {
	var asJSON bool
	var key string
	var tags []string
	cmd := &cobra.Command{
		Use: "log --vendor VENDOR --title TITLE", Short: "Log an incident and start its clocks / 登録する", Args: cobra.NoArgs,
		Example: `  kigen incident log --vendor sotas --title "工程管理にログインできない" --occurred-at "2026-05-01 18:00"`,
	}
	fields := factFlags(cmd, "vendor", "the vendor's id, as kigen vendor list shows it")
	cmd.Flags().StringArrayVar(&tags, "tag", nil, "a `TAG`; may be repeated")
	cmd.Flags().StringVar(&key, "idempotency-key", "", "the same request under the same `KEY` logs one incident only")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := fields.require("vendor", "title"); err != nil {
			return err
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		body := fields.body()
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

// incidentAmendCommand sends only the flags that were given: what is absent stays.
func (a *app) incidentAmendCommand() *cobra.Command {
	var asJSON bool
	var tags []string
	var version int64
	cmd := &cobra.Command{
		Use: "amend ID", Short: "Change an incident; its deadlines follow / 訂正する", Args: cobra.ExactArgs(1),
		Long:    "Change an incident. Its deadlines are worked out anew and the old ones stay in the history.\nAn empty value makes a time or a grading unknown again.",
		Example: `  kigen incident amend KGN-1 --occurred-at "2026-05-01 17:40"`,
	}
	fields := factFlags(cmd)
	cmd.Flags().StringArrayVar(&tags, "tag", nil, "a `TAG`, in place of all that there are; may be repeated")
	cmd.Flags().Int64Var(&version, "version", 0, "refuse the change unless the incident is still at this version")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		path, err := incidentPath(args[0])
		if err != nil {
			return err
		}
		body := fields.body()
		for name, value := range body {
			if value == "" && isGraded(name) {
				body[name] = nil
			}
		}
		if cmd.Flags().Changed("tag") {
			body["tags"] = tags
		}
		if len(body) == 0 {
			return badInput(fmt.Errorf("nothing to change: give a flag such as --occurred-at, see kigen incident amend --help"))
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

// isGraded reports whether a field can be unknown, which its API calls null.
func isGraded(name string) bool {
	return strings.HasSuffix(name, "_at") || name == "impact" || name == "scope" || name == "severity"
}

// incidentNoticeCommand reads long texts from standard input, because mails do
// not fit on a command line.
func (a *app) incidentNoticeCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "notice ID", Short: "Record that the vendor spoke; the clock stops / 通知を記録する", Args: cobra.ExactArgs(1),
		Example: `  kigen incident notice KGN-1 --received-at "2026-05-01 23:10" --channel email --text - < mail.txt`,
	}
	fields := newFieldFlags(cmd,
		"received-at", "when it reached us; default: now"+timeUsage,
		"sent-at", "as the vendor dates it"+timeUsage,
		"channel", "how it came: email, phone, portal, site …",
		"stage", "the promise's stage that it answers; default: the first open one",
		"reference", "the vendor's reference",
		"text", "what it says; - reads standard input",
	)
	var names []string
	cmd.Flags().StringArrayVar(&names, "file", nil, "a `FILE` as evidence, such as the mail; may be repeated, 10 MiB together")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		body := fields.body()
		files, err := filesBody(names)
		if err != nil {
			return err
		}
		if len(files) > 0 {
			body["files"] = files
		}
		if body["text"] == "-" {
			text, err := io.ReadAll(a.in)
			if err != nil {
				return fmt.Errorf("--text -: read standard input: %w", err)
			}
			body["text"] = string(text)
		}
		return a.act(cmd, args[0], "notices", body, asJSON)
	}
	return cmd
}

// incidentAckCommand signs with the user's name: the next shift asks who has it.
func (a *app) incidentAckCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "ack ID", Short: "Say that you have it; repeats stop, escalation does not / 対応者になる", Args: cobra.ExactArgs(1),
	}
	fields := newFieldFlags(cmd,
		"until", "repeats stay silent until then; default: for good"+timeUsage,
		"by", "who has it; default: you",
	)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		body := fields.body()
		if *fields.values["by"] == "" {
			body["by"] = a.user()
		}
		return a.act(cmd, args[0], "ack", body, asJSON)
	}
	return cmd
}

// user is who gives the command.
func (a *app) user() string {
	if name := a.env("USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "cli"
}

// incidentCancelCommand asks for a reason, because a cancelled clock leaves the
// vendor's figures.
func (a *app) incidentCancelCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "cancel ID --reason TEXT", Short: "Withdraw what was no incident / 取り消す", Args: cobra.ExactArgs(1),
	}
	fields := newFieldFlags(cmd, "reason", "why it was none")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := fields.require("reason"); err != nil {
			return err
		}
		return a.act(cmd, args[0], "cancel", fields.body(), asJSON)
	}
	return cmd
}

// act posts to a path below an incident.
func (a *app) act(cmd *cobra.Command, arg, action string, body map[string]any, asJSON bool) error {
	path, err := incidentPath(arg, action)
	if err != nil {
		return err
	}
	s, err := a.session(asJSON)
	if err != nil {
		return err
	}
	return s.change(cmd, client.Request{Method: http.MethodPost, Path: path, Body: body})
}
