package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// incidentView is the part of the API's incident that the commands print.
type incidentView struct {
	ID          string    `json:"id"`
	State       sla.State `json:"state"`
	Vendor      string    `json:"vendor"`
	Service     string    `json:"service"`
	Title       string    `json:"title"`
	PublicTitle string    `json:"public_title"`
	Description string    `json:"description"`
	Impact      string    `json:"impact"`
	Scope       string    `json:"scope"`
	Severity    string    `json:"severity"`
	web.Moments[*time.Time]
	LoggedAt     *time.Time `json:"logged_at"`
	Reference    string     `json:"reference"`
	Tags         []string   `json:"tags"`
	Owner        string     `json:"owner"`
	Acknowledged *struct {
		By    string     `json:"by"`
		At    time.Time  `json:"at"`
		Until *time.Time `json:"until"`
	} `json:"acknowledged"`
	Cancelled *struct {
		At     time.Time `json:"at"`
		Reason string    `json:"reason"`
	} `json:"cancelled"`
	Notices []struct {
		N               int        `json:"n"`
		WithdrawnAt     *time.Time `json:"withdrawn_at"`
		WithdrawnReason string     `json:"withdrawn_reason"`

		ReceivedAt time.Time `json:"received_at"`
		Channel    string    `json:"channel"`
		Reference  string    `json:"reference"`
		Text       string    `json:"text"`
	} `json:"notices"`
	Clocks  []clockView  `json:"clocks"`
	Notes   []noteView   `json:"notes"`
	Chasers []chasedView `json:"chasers"`
}

type clockView struct {
	Promise     string     `json:"promise"`
	Stage       string     `json:"stage"`
	State       sla.State  `json:"state"`
	Start       *time.Time `json:"start"`
	StartFrom   string     `json:"start_from"`
	After       string     `json:"after"`
	Basis       sla.Basis  `json:"basis"`
	Unknown     []string   `json:"unknown"`
	Due         *time.Time `json:"due"`
	NotifiedAt  *time.Time `json:"notified_at"`
	NotProvable bool       `json:"not_provable"`
	Waived      *struct {
		Reason string `json:"reason"`
	} `json:"waived"`
	Source      sla.Source `json:"source"`
	Explanation []struct {
		Depth int    `json:"depth"`
		Text  string `json:"text"`
	} `json:"explanation"`
}

// decisive returns the clock that determines the incident's state; the zero value
// if it has no clock.
func (inc *incidentView) decisive() *clockView {
	for i := range inc.Clocks {
		if inc.Clocks[i].State == inc.State {
			return &inc.Clocks[i]
		}
	}
	return &clockView{}
}

// left writes the time to or since a clock's deadline; empty unless the clock is open.
func (s *session) left(c *clockView, state sla.State) string {
	switch {
	case state.Open():
		return leftText(s.lang, c.Due, s.now())
	case c.Due != nil && c.NotifiedAt != nil:
		before := c.Due.Sub(*c.NotifiedAt)
		length := phrase.Duration(s.lang, before)
		if before < 0 {
			return say(s.lang, "期限の"+length+"後", length+" after the deadline")
		}
		return say(s.lang, "期限の"+length+"前", length+" before the deadline")
	}
	return ""
}

// printHead prints the state and, for each promise, the deadline.
func (s *session) printHead(inc *incidentView) error {
	fmt.Fprintf(s.out, "%s  %s  %s\n", inc.ID, stateText(s.lang, inc.State), clean(inc.Title))
	now := s.now()
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		fmt.Fprintf(s.out, "  %s %s  %s\n", inc.Vendor, c.name(), stateText(s.lang, c.State))
		var t table
		if c.Start != nil {
			t.add("    "+say(s.lang, "起算", "start"), instantText(s.lang, *c.Start, now)+" "+s.startNote(c))
		}
		t.add("    "+say(s.lang, "期限", "due"), strings.TrimSpace(dueText(s.lang, c.Due, now)+"  "+s.left(c, c.State)))
		if c.Waived != nil && c.State == sla.Waived {
			t.add("    "+say(s.lang, "免除の理由", "waived because"), c.Waived.Reason)
		}
		if err := t.print(s.out); err != nil {
			return err
		}
	}
	return nil
}

// name returns the promise, with its stage if it has several.
func (c *clockView) name() string {
	if c.Stage == "" {
		return c.Promise
	}
	return c.Promise + "/" + c.Stage
}

// startNote names the moment that the clock counts from and marks an assumed
// one, because the vendor can dispute that deadline.
func (s *session) startNote(c *clockView) string {
	moment := prose.Moment(s.lang, c.StartFrom)
	if c.After != "" {
		moment = say(s.lang, "「"+c.After+"」の通知", "the notice "+c.After)
	}
	if c.Basis == sla.Assumed && len(c.Unknown) == 0 {
		return say(s.lang, "("+moment+"で仮に起算)", "("+moment+", assumed)")
	}
	return say(s.lang, "("+moment+")", "("+moment+")")
}

// incidentShowCommand prints the facts, the deadlines with their explanation
// and the history, as needed for a hand-over.
func (a *app) incidentShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show an incident with its deadlines, their explanation and its history / インシデントの詳細を見る", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := incidentPath(args[0])
			if err != nil {
				return err
			}
			s, err := a.session(asJSON)
			if err != nil {
				return err
			}
			return s.show(cmd, path)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: the incident with its events")
	return cmd
}

// show makes two requests: the incident and its history.
func (s *session) show(cmd *cobra.Command, path string) error {
	incident, err := s.daemon.Do(cmd.Context(), client.Request{Method: http.MethodGet, Path: path, Query: s.query()})
	if err != nil {
		return err
	}
	var history struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := s.daemon.Get(cmd.Context(), path+"/events", s.query(), &history); err != nil {
		return err
	}
	if s.asJSON {
		return s.printWithEvents(incident, history.Events)
	}
	var inc incidentView
	if err := client.Decode(incident, &inc); err != nil {
		return err
	}
	return s.printIncident(&inc, history.Events)
}

// printWithEvents adds the history to the incident's JSON object and keeps the
// API's key order.
func (s *session) printWithEvents(incident []byte, events []json.RawMessage) error {
	open := bytes.TrimSuffix(bytes.TrimSpace(incident), []byte("}"))
	return printRaw(s.out, fmt.Appendf(open, `,"events":[%s]}`, bytes.Join(rawBytes(events), []byte(","))))
}

func (s *session) printIncident(inc *incidentView, events []json.RawMessage) error {
	if err := s.printHead(inc); err != nil {
		return err
	}
	fmt.Fprintln(s.out)
	if err := s.facts(inc).print(s.out); err != nil {
		return err
	}
	for i := range inc.Clocks {
		if err := s.printExplanation(&inc.Clocks[i]); err != nil {
			return err
		}
	}
	for _, n := range inc.Notices {
		received := instantText(s.lang, n.ReceivedAt.In(s.config.Timezone), s.now())
		fmt.Fprintf(s.out, "\n%s %d %s\n", say(s.lang, "通知", "notice"), n.N,
			clean(strings.TrimSpace(received+" "+strings.TrimSpace(s.channel(n.Channel)+" "+n.Reference))))
		if n.WithdrawnAt != nil {
			at := instantText(s.lang, n.WithdrawnAt.In(s.config.Timezone), s.now())
			fmt.Fprintf(s.out, say(s.lang, "%sに取り下げ: %s\n", "withdrawn %s: %s\n"), at, clean(n.WithdrawnReason))
		}
		if err := printLines(s.out, strings.Split(strings.TrimSpace(n.Text), "\n")); err != nil {
			return err
		}
	}
	if err := s.printNeeds(inc); err != nil {
		return err
	}
	return s.printHistory(events)
}

// facts lists the known facts of an incident.
func (s *session) facts(inc *incidentView) *table {
	t := &table{}
	add := func(ja, en, value string) {
		if value != "" {
			t.add(say(s.lang, ja, en), value)
		}
	}
	add("ベンダー向けの件名", "title for the vendor", inc.PublicTitle)
	add("サービス", "service", inc.Service)
	add("影響", "impact", fact(s.lang, sla.ByImpact, inc.Impact))
	add("影響範囲", "scope", fact(s.lang, sla.ByScope, inc.Scope))
	add("深刻度", "severity", fact(s.lang, sla.BySeverity, inc.Severity))
	for _, m := range sla.Moments() {
		at := inc.LoggedAt
		if m != sla.Logged {
			at = *inc.At(m)
		}
		if at != nil {
			t.add(prose.Moment(s.lang, m.String()), instantText(s.lang, *at, s.now()))
		}
	}
	if inc.Owner != "" {
		add("担当者", "owner", s.owner(inc))
	}
	if c := inc.Cancelled; c != nil {
		t.add(stateText(s.lang, sla.Cancelled), c.Reason)
	}
	add("参照", "reference", inc.Reference)
	add("タグ", "tags", strings.Join(inc.Tags, ", "))
	add("内容", "description", strings.ReplaceAll(inc.Description, "\n", " "))
	return t
}

// owner names who has an incident, and until when repeats are suppressed.
func (s *session) owner(inc *incidentView) string {
	a := inc.Acknowledged
	if a == nil || a.Until == nil {
		return inc.Owner
	}
	until := instantText(s.lang, *a.Until, s.now())
	return inc.Owner + say(s.lang, "("+until+" まで再通知しない)", " (no repeats until "+until+")")
}

// printExplanation keeps the indentation of the API's nested steps.
func (s *session) printExplanation(c *clockView) error {
	fmt.Fprintf(s.out, "\n%s\n", say(s.lang, c.name()+" の期限の根拠", "explanation of the deadline of "+c.name()))
	var lines []string
	if quote := prose.Citation(s.lang, &c.Source); quote != "" {
		lines = append(lines, "  "+strings.ReplaceAll(quote, "\n", " "))
	}
	for _, step := range c.Explanation {
		lines = append(lines, strings.Repeat("  ", step.Depth+1)+step.Text)
	}
	return printLines(s.out, lines)
}

type eventView struct {
	At     time.Time      `json:"at"`
	Actor  string         `json:"actor"`
	Origin string         `json:"origin"`
	Kind   sla.EventKind  `json:"kind"`
	Body   map[string]any `json:"body"`
}

// state names a state in an event body.
func (s *session) state(v any) string {
	name, _ := v.(string)
	return stateText(s.lang, sla.State(name))
}

// value writes a value of an event body; instants, stored in UTC, in kigen's zone.
func (s *session) value(v any) string {
	text, isText := v.(string)
	switch at, err := time.Parse(time.RFC3339, text); {
	case v == nil || isText && text == "":
		return say(s.lang, "なし", "none")
	case isText && err == nil:
		at = at.In(s.config.Timezone)
		return dueText(s.lang, &at, s.now())
	case isText:
		return text
	}
	return fmt.Sprint(v)
}

// fromStart writes a deadline's distance from its start, before or after.
func fromStart(lang string, d time.Duration) string {
	length := phrase.Duration(lang, d)
	if d < 0 {
		return say(lang, "起算の"+length+"前", length+" before the start")
	}
	return say(lang, "起算から"+length, length+" after the start")
}
