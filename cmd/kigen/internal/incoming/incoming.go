// Package incoming is the work of kigen intake: it shows what came in, and says what a
// person made of it. It asks the daemon.
package incoming

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/apiflags"
	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla"
	"kigen/sla/inbox"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
)

//go:embed locales/*.json
var files embed.FS

var texts = localizer.New(files)

func say(lang, key string, pairs ...any) string { return texts.In(lang).Say(key, pairs...) }

// Host is what the commands need of the program that they are a part of.
type Host struct {
	Out      io.Writer
	Connect  func() (daemon *client.Client, lang string, err error)
	ReadFile func(name string) ([]byte, error)
	User     func() string     // who runs the command
	BadInput func(error) error // marks an error that other input fixes
	Page     int               // the API's page limit
}

// Commands are the subcommands of kigen intake.
func Commands(h Host) []*cobra.Command {
	return []*cobra.Command{
		h.listCommand(), h.showCommand(), h.acceptCommand(), h.linkCommand(), h.dismissCommand(), h.undoCommand(), h.addCommand(),
	}
}

// session is one run of a command.
type session struct {
	out    io.Writer
	daemon *client.Client
	lang   string
	asJSON bool
}

func (h Host) session(asJSON bool) (*session, error) {
	daemon, lang, err := h.Connect()
	return &session{out: h.Out, daemon: daemon, lang: lang, asJSON: asJSON}, err
}

// printRaw prints the API's JSON unchanged, so that fields of a newer daemon are kept.
func (s *session) printRaw(body []byte) error {
	_, err := fmt.Fprintf(s.out, "%s\n", strings.TrimRight(string(body), "\n"))
	return err
}

// item is an item as the API answers it, as far as the terminal shows it.
type item struct {
	ID         int64    `json:"id"`
	Source     string   `json:"source"`
	State      string   `json:"state"`
	Vendor     string   `json:"vendor"`
	Kind       string   `json:"kind"`
	Incident   string   `json:"incident"`
	Title      string   `json:"title"`
	Text       string   `json:"text"`
	Channel    string   `json:"channel"`
	ReceivedAt string   `json:"received_at"`
	Reasons    []string `json:"reasons"`
	Revisions  []struct {
		Revision  int `json:"revision"`
		At, Title string
	} `json:"revisions"`
	Decisions []struct {
		At, By, Action, State, Incident, Reason string
	} `json:"decisions"`
}

// line is an item on one line.
func (it *item) line(lang string) string {
	return fmt.Sprintf("%-6d %-11s %-16s %-12s %-8s %s", it.ID, say(lang, "item_"+it.State), phrase.Line(it.Kind), phrase.Line(it.Vendor), phrase.Line(it.Incident), phrase.Line(it.Title))
}

func (h Host) listCommand() *cobra.Command {
	var state, source, vendor string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		Example: "  kigen intake list --state candidate",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > h.Page {
				return h.BadInput(fmt.Errorf("--limit %d: use 1 to %d", limit, h.Page))
			}
			s, err := h.session(asJSON)
			if err != nil {
				return err
			}
			q := url.Values{"lang": {s.lang}, "limit": {strconv.Itoa(limit)}}
			for name, value := range map[string]string{"state": state, "source": source, "vendor": vendor} {
				if value != "" {
					q.Set(name, value)
				}
			}
			var page struct {
				Items []json.RawMessage `json:"items"`
			}
			if err := s.daemon.Get(cmd.Context(), "/intake", q, &page); err != nil {
				return err
			}
			return s.printItems(page.Items)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&state, "state", "", "only in this state: "+terminal.Join(inbox.States[:]))
	flags.StringVar(&source, "source", "", "only of the source with this `NAME`")
	flags.StringVar(&vendor, "vendor", "", "only of the vendor with this `ID`")
	flags.IntVar(&limit, "limit", 100, "show at most `N`, the newest")
	flags.BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

// printItems prints items, one on a line.
func (s *session) printItems(items []json.RawMessage) error {
	if s.asJSON {
		list := make([][]byte, len(items))
		for i, raw := range items {
			list[i] = raw
		}
		return s.printRaw(slices.Concat([]byte("["), bytes.Join(list, []byte(",\n")), []byte("]")))
	}
	for _, raw := range items {
		var it item
		if err := json.Unmarshal(raw, &it); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(s.out, it.line(s.lang)); err != nil {
			return err
		}
	}
	if len(items) == 0 {
		_, err := fmt.Fprintln(s.out, say(s.lang, "intake_empty"))
		return err
	}
	return nil
}

func (h Host) showCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show N", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := h.session(asJSON)
			if err != nil {
				return err
			}
			body, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: "/intake/" + url.PathEscape(args[0]), Query: url.Values{"lang": {s.lang}}})
			if err != nil {
				return err
			}
			return s.printItem(body)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printItem prints an item with its history.
func (s *session) printItem(body []byte) error {
	if s.asJSON {
		return s.printRaw(body)
	}
	var it item
	if err := json.Unmarshal(body, &it); err != nil {
		return err
	}
	var text bytes.Buffer
	fmt.Fprintln(&text, it.line(s.lang))
	fmt.Fprintf(&text, "%s  %s  %s\n", phrase.Line(it.ReceivedAt), phrase.Line(it.Source), phrase.Line(it.Channel))
	for _, reason := range it.Reasons {
		fmt.Fprintf(&text, "- %s\n", phrase.Line(reason))
	}
	if it.Text != "" {
		fmt.Fprintf(&text, "\n%s\n", phrase.Lines(it.Text))
	}
	for _, v := range it.Revisions[min(1, len(it.Revisions)):] {
		fmt.Fprintf(&text, "%s  %s\n", phrase.Line(v.At), say(s.lang, "item_revision", "N", v.Revision))
	}
	for _, d := range it.Decisions {
		fmt.Fprintf(&text, "%s  %s  %s %s  %s\n", phrase.Line(d.At), phrase.Line(d.By), say(s.lang, "item_"+d.State), phrase.Line(d.Incident), phrase.Line(d.Reason))
	}
	_, err := s.out.Write(text.Bytes())
	return err
}

// deciding is a command that decides about an item.
type deciding struct {
	use, action, example string
	args                 int
	flags                []string                                   // names and usages
	require              []string                                   // flags that must be given
	body                 func(args []string, fields map[string]any) // adds what the arguments say; nil: nothing
}

func (h Host) decideCommand(d deciding) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: d.use, Args: cobra.ExactArgs(d.args), Example: "  " + d.example}
	fields := apiflags.New(cmd, d.flags...)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := fields.Require(d.require...); err != nil {
			return h.BadInput(err)
		}
		s, err := h.session(asJSON)
		if err != nil {
			return err
		}
		body := map[string]any{"by": h.User()}
		for name, value := range fields.Body() {
			body[name] = value
		}
		if d.body != nil {
			d.body(args[1:], body)
		}
		answer, err := s.daemon.Do(cmd.Context(), client.Request{
			Method: http.MethodPost, Path: "/intake/" + url.PathEscape(args[0]) + "/" + d.action, Query: url.Values{"lang": {s.lang}, "times": {"written"}}, Body: body,
		})
		if err != nil {
			return err
		}
		return s.printItem(answer)
	}
	return cmd
}

func (h Host) acceptCommand() *cobra.Command {
	flags := []string{
		"incident", "`KGN-n` whose notice it is; default: it becomes a new incident",
		"received-at", "of the notice: when it reached us; default: as the item says" + apiflags.Time,
		"sent-at", "of the notice: the vendor's own date; default: as the item says" + apiflags.Time,
		"channel", "of the notice; default: the item's", "stage", "of the promise that the notice answers; default: the first open one",
		"vendor", "`ID` of the vendor of a new incident", "title", "of a new incident", "service", "the vendor's product, of a new incident",
		"impact", "impact on us, of a new incident: " + terminal.Join(sla.Impacts[:]),
		"scope", "affected customers, of a new incident: " + terminal.Join(sla.Scopes[:]),
		"severity", "our severity rating, of a new incident: " + terminal.Join(sla.Severities[:]),
		"reason", "why; it stays in the record",
	}
	for _, m := range sla.EnteredMoments() {
		flags = append(flags, m.String()+"-at", "of a new incident, in place of what the item says: "+m.Usage()+apiflags.Time)
	}
	return h.decideCommand(deciding{
		use: "accept N", action: "accept", args: 1, example: "kigen intake accept 12 --incident KGN-3", flags: flags,
	})
}

func (h Host) linkCommand() *cobra.Command {
	return h.decideCommand(deciding{
		use: "link N INCIDENT", action: "link", args: 2, example: "kigen intake link 12 KGN-3",
		flags: []string{"reason", "why; it stays in the record"},
		body:  func(args []string, fields map[string]any) { fields["incident"] = args[0] },
	})
}

func (h Host) dismissCommand() *cobra.Command {
	return h.decideCommand(deciding{
		use: "dismiss N", action: "dismiss", args: 1, example: "kigen intake dismiss 12",
		flags: []string{"reason", "why; it stays in the record"},
	})
}

func (h Host) undoCommand() *cobra.Command {
	return h.decideCommand(deciding{
		use: "undo N --reason TEXT", action: "undo", args: 1, example: `kigen intake undo 12 --reason "it was about KGN-4"`,
		flags: []string{"reason", "why; it stays in the record"}, require: []string{"reason"},
	})
}

func (h Host) addCommand() *cobra.Command {
	var source string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "add FILE.eml", Args: cobra.ExactArgs(1),
		Example: "  kigen intake add notice.eml --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := h.ReadFile(args[0])
			if err != nil {
				return err
			}
			s, err := h.session(asJSON)
			if err != nil {
				return err
			}
			answer, err := s.daemon.Do(cmd.Context(), client.Request{
				Method: http.MethodPost, Path: "/intake/" + url.PathEscape(source), Query: url.Values{"lang": {s.lang}}, Raw: content, Header: http.Header{"Content-Type": {"message/rfc822"}},
			})
			if err != nil {
				return err
			}
			var taken struct {
				Items []json.RawMessage `json:"items"`
			}
			if err := client.Decode(answer, &taken); err != nil {
				return err
			}
			for _, item := range taken.Items {
				err = errors.Join(err, s.printItem(item))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&source, "source", "mail", "`NAME` of the source that it came by")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
