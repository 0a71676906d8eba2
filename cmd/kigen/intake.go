package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/apiflags"
	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/terminal"
	"kigen/sla/inbox"
	"kigen/sla/phrase"
)

func (a *app) intakeCommand() *cobra.Command {
	return group(
		"intake", a.intakeListCommand(), a.intakeShowCommand(), a.intakeAcceptCommand(), a.intakeLinkCommand(),
		a.intakeDismissCommand(), a.intakeUndoCommand(), a.intakeAddCommand(),
	)
}

// intakeItem is an item as the API answers it, as far as the terminal shows it.
type intakeItem struct {
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
func (it *intakeItem) line(lang string) string {
	return fmt.Sprintf("%-6d %-11s %-16s %-12s %-8s %s", it.ID, say(lang, "item_"+it.State), phrase.Line(it.Kind), phrase.Line(it.Vendor), phrase.Line(it.Incident), phrase.Line(it.Title))
}

func (a *app) intakeListCommand() *cobra.Command {
	var state, source, vendor string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Args: cobra.NoArgs,
		Example: "  kigen intake list --state candidate",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > largestPage {
				return badInput(fmt.Errorf("--limit %d: use 1 to %d", limit, largestPage))
			}
			s, err := a.session(asJSON)
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
		return printRaw(s.out, bytes.Join([][]byte{[]byte("["), bytes.Join(rawBytes(items), []byte(",\n")), []byte("]")}, nil))
	}
	for _, raw := range items {
		var it intakeItem
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

func (a *app) intakeShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show N", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.session(asJSON)
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
		return printRaw(s.out, body)
	}
	var it intakeItem
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

func (a *app) decideCommand(d deciding) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: d.use, Args: cobra.ExactArgs(d.args), Example: "  " + d.example}
	fields := apiflags.New(cmd, d.flags...)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := fields.Require(d.require...); err != nil {
			return badInput(err)
		}
		s, err := a.session(asJSON)
		if err != nil {
			return err
		}
		body := map[string]any{"by": a.user()}
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

func (a *app) intakeAcceptCommand() *cobra.Command {
	return a.decideCommand(deciding{
		use: "accept N", action: "accept", args: 1, example: "kigen intake accept 12 --incident KGN-3",
		flags: []string{
			"incident", "`KGN-n` whose notice it is; default: it becomes a new incident",
			"vendor", "`ID` of the vendor of a new incident", "title", "of a new incident", "scheduled-at", "planned start of maintenance",
			"reason", "why; it stays in the record",
		},
	})
}

func (a *app) intakeLinkCommand() *cobra.Command {
	return a.decideCommand(deciding{
		use: "link N INCIDENT", action: "link", args: 2, example: "kigen intake link 12 KGN-3",
		flags: []string{"reason", "why; it stays in the record"},
		body:  func(args []string, fields map[string]any) { fields["incident"] = args[0] },
	})
}

func (a *app) intakeDismissCommand() *cobra.Command {
	return a.decideCommand(deciding{
		use: "dismiss N", action: "dismiss", args: 1, example: "kigen intake dismiss 12",
		flags: []string{"reason", "why; it stays in the record"},
	})
}

func (a *app) intakeUndoCommand() *cobra.Command {
	return a.decideCommand(deciding{
		use: "undo N --reason TEXT", action: "undo", args: 1, example: `kigen intake undo 12 --reason "it was about KGN-4"`,
		flags: []string{"reason", "why; it stays in the record"}, require: []string{"reason"},
	})
}

func (a *app) intakeAddCommand() *cobra.Command {
	var source string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "add FILE.eml", Args: cobra.ExactArgs(1),
		Example: "  kigen intake add notice.eml --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			s, err := a.session(asJSON)
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
