package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kigen/cmd/kigen/internal/client"
	"kigen/sla"
	"kigen/sla/phrase"
)

// incidentView is what the commands show of an incident of the API.
type incidentView struct {
	ID           string     `json:"id"`
	State        sla.State  `json:"state"`
	Vendor       string     `json:"vendor"`
	Service      string     `json:"service"`
	Title        string     `json:"title"`
	Description  string     `json:"description"`
	Impact       string     `json:"impact"`
	Scope        string     `json:"scope"`
	Severity     string     `json:"severity"`
	OccurredAt   *time.Time `json:"occurred_at"`
	DetectedAt   *time.Time `json:"detected_at"`
	ConfirmedAt  *time.Time `json:"confirmed_at"`
	DeclaredAt   *time.Time `json:"declared_at"`
	NoticedAt    *time.Time `json:"noticed_at"`
	LoggedAt     *time.Time `json:"logged_at"`
	Reference    string     `json:"reference"`
	Tags         []string   `json:"tags"`
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
		ReceivedAt time.Time `json:"received_at"`
		Channel    string    `json:"channel"`
		Reference  string    `json:"reference"`
		Text       string    `json:"text"`
	} `json:"notices"`
	Clocks []clockView `json:"clocks"`
}

type clockView struct {
	Promise     string     `json:"promise"`
	Stage       string     `json:"stage"`
	State       sla.State  `json:"state"`
	Start       *time.Time `json:"start"`
	StartFrom   string     `json:"start_from"`
	Basis       sla.Basis  `json:"basis"`
	Due         *time.Time `json:"due"`
	NoticeAt    *time.Time `json:"notice_at"`
	NotProvable bool       `json:"not_provable"`
	Source      sla.Source `json:"source"`
	Explanation []struct {
		Depth int    `json:"depth"`
		Text  string `json:"text"`
	} `json:"explanation"`
}

// decisive is the clock that gives the incident its state; a zero one where
// the incident has none.
func (inc *incidentView) decisive() *clockView {
	for i := range inc.Clocks {
		if inc.Clocks[i].State == inc.State {
			return &inc.Clocks[i]
		}
	}
	return &clockView{}
}

// left says how a clock stands to its deadline: time runs only while it is open.
func (s *session) left(c *clockView, state sla.State) string {
	switch {
	case state.Open():
		return leftText(s.lang, c.Due, s.now())
	case c.Due != nil && c.NoticeAt != nil:
		before := c.Due.Sub(*c.NoticeAt)
		length := phrase.Duration(s.lang, before)
		if before < 0 {
			return say(s.lang, "期限の"+length+"後", length+" after the deadline")
		}
		return say(s.lang, "期限の"+length+"前", length+" before the deadline")
	}
	return ""
}

// printHead shows what a person wants to know first: the state and, for each
// promise, the deadline.
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
		if err := t.print(s.out); err != nil {
			return err
		}
	}
	return nil
}

// name is the promise, with the stage where it has several.
func (c *clockView) name() string {
	if c.Stage == "" {
		return c.Promise
	}
	return c.Promise + "/" + c.Stage
}

// startNote says which moment the clock counts from. An assumed one must show:
// the vendor can dispute the deadline.
func (s *session) startNote(c *clockView) string {
	moment := sla.MomentText(s.lang, c.StartFrom)
	if c.Basis == sla.Assumed {
		return say(s.lang, "("+moment+"で仮に起算)", "("+moment+", assumed)")
	}
	return say(s.lang, "("+moment+")", "("+moment+")")
}

// incidentShowCommand answers the three questions of a hand-over: what, until
// when and why, what has happened.
func (a *app) incidentShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show an incident, why it is due when, and its history / 詳細を見る", Args: cobra.ExactArgs(1),
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

// show asks twice, for the incident and for its history.
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

// printWithEvents adds the history to the incident's own object, whose keys
// stay in the API's order.
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
		fmt.Fprintf(s.out, "\n%s %s\n", say(s.lang, "通知", "notice"),
			clean(strings.TrimSpace(received+" "+strings.TrimSpace(n.Channel+" "+n.Reference))))
		if err := printLines(s.out, strings.Split(strings.TrimSpace(n.Text), "\n")); err != nil {
			return err
		}
	}
	return s.printHistory(events)
}

// facts lists what is known; what is unknown takes no line.
func (s *session) facts(inc *incidentView) *table {
	t := &table{}
	add := func(ja, en, value string) {
		if value != "" {
			t.add(say(s.lang, ja, en), value)
		}
	}
	add("サービス", "service", inc.Service)
	add("影響", "impact", inc.Impact)
	add("影響範囲", "scope", inc.Scope)
	add("深刻度", "severity", inc.Severity)
	for _, moment := range []struct {
		name string
		at   *time.Time
	}{
		{"occurred", inc.OccurredAt}, {"detected", inc.DetectedAt}, {"confirmed", inc.ConfirmedAt},
		{"declared", inc.DeclaredAt}, {"noticed", inc.NoticedAt}, {"logged", inc.LoggedAt},
	} {
		if moment.at != nil {
			t.add(sla.MomentText(s.lang, moment.name), instantText(s.lang, *moment.at, s.now()))
		}
	}
	if a := inc.Acknowledged; a != nil {
		until := ""
		if a.Until != nil {
			until = say(s.lang, "、", ", until ") + instantText(s.lang, *a.Until, s.now()) + say(s.lang, "まで", "")
		}
		add("対応者", "taken by", a.By+until)
	}
	if c := inc.Cancelled; c != nil {
		add("取消", "cancelled", c.Reason)
	}
	add("参照", "reference", inc.Reference)
	add("タグ", "tags", strings.Join(inc.Tags, ", "))
	add("内容", "description", inc.Description)
	return t
}

// printExplanation indents as the API's steps are nested.
func (s *session) printExplanation(c *clockView) error {
	fmt.Fprintf(s.out, "\n%s\n", say(s.lang, c.name()+" の期限の根拠", "why "+c.name()+" is due then"))
	var lines []string
	if quote := c.Source.Citation(s.lang); quote != "" {
		lines = append(lines, "  "+quote)
	}
	for _, step := range c.Explanation {
		lines = append(lines, strings.Repeat("  ", step.Depth+1)+step.Text)
	}
	return printLines(s.out, lines)
}

// eventView is one line of the history.
type eventView struct {
	At     time.Time      `json:"at"`
	Actor  string         `json:"actor"`
	Origin string         `json:"origin"`
	Kind   sla.EventKind  `json:"kind"`
	Body   map[string]any `json:"body"`
}

// printHistory is oldest first, as it happened.
func (s *session) printHistory(events []json.RawMessage) error {
	fmt.Fprintf(s.out, "\n%s\n", say(s.lang, "履歴", "history"))
	var t table
	for _, raw := range events {
		var e eventView
		if err := client.Decode(raw, &e); err != nil {
			return err
		}
		t.add("  "+instantText(s.lang, e.At, s.now()), e.Actor, e.Origin, eventText(s.lang, e.Kind), s.eventDetail(&e))
	}
	return t.print(s.out)
}

// eventText names an event for a person; one that is not known here, from a
// newer daemon, keeps its own name.
func eventText(lang string, k sla.EventKind) string {
	switch k {
	case sla.EventLogged:
		return say(lang, "登録", "logged")
	case sla.EventAmended:
		return say(lang, "訂正", "amended")
	case sla.EventDeadline:
		return say(lang, "期限", "deadline")
	case sla.EventState:
		return say(lang, "状態", "state")
	case sla.EventNotice:
		return say(lang, "通知", "notice")
	case sla.EventAcknowledged:
		return say(lang, "対応開始", "acknowledged")
	case sla.EventCancelled:
		return say(lang, "取消", "cancelled")
	}
	return string(k)
}

// eventDetail says what an event changed, from what to what.
func (s *session) eventDetail(e *eventView) string {
	switch e.Kind {
	case sla.EventDeadline:
		if old := e.Body["old_due"]; old != nil {
			return s.value(old) + " → " + s.value(e.Body["due"])
		}
		return s.value(e.Body["due"])
	case sla.EventState:
		return s.state(e.Body["was"]) + " → " + s.state(e.Body["state"])
	case sla.EventAmended:
		var changes []string
		for _, field := range slices.Sorted(maps.Keys(e.Body)) {
			if change, ok := e.Body[field].(map[string]any); ok {
				changes = append(changes, field+": "+s.value(change["old"])+" → "+s.value(change["new"]))
			}
		}
		return strings.Join(changes, ", ")
	case sla.EventNotice:
		return s.value(e.Body["channel"])
	case sla.EventCancelled:
		return s.value(e.Body["reason"])
	}
	return ""
}

// state names a state of an event's body.
func (s *session) state(v any) string {
	name, _ := v.(string)
	return stateText(s.lang, sla.State(name))
}

// value writes a value of an event; instants, which are UTC there, in kigen's zone.
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
