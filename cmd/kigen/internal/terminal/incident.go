package terminal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kigen/cmd/kigen/internal/web"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// Incident is the part of the API's incident that the commands print.
type Incident struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"`
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
	Clocks  []Clock  `json:"clocks"`
	Notes   []Note   `json:"notes"`
	Chasers []Chaser `json:"chasers"`

	Duties      []Duty       `json:"duties"`
	Submissions []Submission `json:"submissions"`
}

// Clock is a clock of an incident.
type Clock struct {
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
	Verdict     string     `json:"verdict"`
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
func (inc *Incident) decisive() *Clock {
	for i := range inc.Clocks {
		if inc.Clocks[i].State == inc.State {
			return &inc.Clocks[i]
		}
	}
	return &Clock{}
}

// left writes the time to or since a clock's deadline; empty unless the clock is open.
func (w *Printer) left(c *Clock, state sla.State) string {
	switch {
	case state.Open():
		return leftText(w.Lang, c.Due, w.Now)
	case c.Verdict != "":
		return c.Verdict
	case c.Due != nil && c.NotifiedAt != nil:
		before := c.Due.Sub(*c.NotifiedAt)
		length := phrase.Duration(w.Lang, before)
		if before < 0 {
			return say(w.Lang, "after_the_deadline", "Length", length)
		}
		return say(w.Lang, "before_the_deadline", "Length", length)
	}
	return ""
}

// Head prints the state and, for each promise, the deadline.
func (w *Printer) Head(inc *Incident) error {
	fmt.Fprintf(w.Out, "%s  %s  %s\n", inc.ID, stateOf(w.Lang, inc.Kind, "", inc.State), Clean(inc.Title))
	now := w.Now
	for i := range inc.Clocks {
		c := &inc.Clocks[i]
		fmt.Fprintf(w.Out, "  %s %s  %s\n", inc.Vendor, c.name(), stateOf(w.Lang, inc.Kind, c.Promise, c.State))
		var t Table
		if c.Start != nil {
			t.Add("    "+say(w.Lang, "start"), InstantText(w.Lang, *c.Start, now)+" "+w.startNote(c))
		}
		t.Add("    "+say(w.Lang, "due"), strings.TrimSpace(DueText(w.Lang, c.Due, now)+"  "+w.left(c, c.State)))
		if c.Waived != nil && c.State == sla.Waived {
			t.Add("    "+say(w.Lang, "waived_because"), c.Waived.Reason)
		}
		if err := t.Print(w.Out); err != nil {
			return err
		}
	}
	return nil
}

// name returns the promise, with its stage if it has several; of a periodic promise the
// round.
func (c *Clock) name() string {
	stage, _ := sla.RoundOf(c.Stage)
	switch stage {
	case c.Promise:
		return c.Stage
	case "":
		return c.Promise
	}
	return c.Promise + "/" + c.Stage
}

// startNote names the moment that the clock counts from and marks an assumed
// one, because the vendor can dispute that deadline.
func (w *Printer) startNote(c *Clock) string {
	moment := prose.Moment(w.Lang, c.StartFrom)
	if c.After != "" {
		moment = say(w.Lang, "the_notice", "After", c.After)
	}
	return strings.TrimSpace(momentText(w.Lang, moment, c.Basis == sla.Assumed && len(c.Unknown) == 0))
}

// Incident prints the facts, the deadlines with their explanations, the notices and the
// history of an incident.
func (w *Printer) Incident(inc *Incident, events []json.RawMessage) error {
	if err := w.Head(inc); err != nil {
		return err
	}
	fmt.Fprintln(w.Out)
	if err := w.facts(inc).Print(w.Out); err != nil {
		return err
	}
	for i := range inc.Clocks {
		if err := w.explanation(&inc.Clocks[i]); err != nil {
			return err
		}
	}
	for _, n := range inc.Notices {
		received := InstantText(w.Lang, n.ReceivedAt.In(w.Zone), w.Now)
		fmt.Fprintf(w.Out, "\n%s %d %s\n", say(w.Lang, "notice"), n.N,
			Clean(strings.TrimSpace(received+" "+strings.TrimSpace(w.channel(n.Channel)+" "+n.Reference))))
		if n.WithdrawnAt != nil {
			at := InstantText(w.Lang, n.WithdrawnAt.In(w.Zone), w.Now)
			fmt.Fprintf(w.Out, say(w.Lang, "withdrawn"), at, Clean(n.WithdrawnReason))
		}
		if err := PrintLines(w.Out, strings.Split(strings.TrimSpace(n.Text), "\n")); err != nil {
			return err
		}
	}
	if err := w.duties(inc); err != nil {
		return err
	}
	if err := w.needs(inc); err != nil {
		return err
	}
	return w.history(inc.Kind, events)
}

// facts lists the known facts of an incident.
func (w *Printer) facts(inc *Incident) *Table {
	t := &Table{}
	add := func(name, value string) {
		if value != "" {
			t.Add(name, value)
		}
	}
	if inc.Kind != "" && inc.Kind != string(sla.KindIncident) {
		t.Add(say(w.Lang, "kind"), phrase.Kind(w.Lang, inc.Kind))
	}
	add(say(w.Lang, "title_for_the_vendor"), inc.PublicTitle)
	add(say(w.Lang, "service"), inc.Service)
	add(say(w.Lang, "impact"), fact(w.Lang, sla.ByImpact, inc.Impact))
	add(say(w.Lang, "scope"), fact(w.Lang, sla.ByScope, inc.Scope))
	add(say(w.Lang, "severity"), fact(w.Lang, sla.BySeverity, inc.Severity))
	for _, m := range sla.Moments() {
		at := inc.LoggedAt
		if m != sla.Logged {
			at = *inc.At(m)
		}
		if at != nil {
			t.Add(prose.Moment(w.Lang, m.String()), InstantText(w.Lang, *at, w.Now))
		}
	}
	if inc.Owner != "" {
		add(say(w.Lang, "owner"), w.Owner(inc))
	}
	if c := inc.Cancelled; c != nil {
		t.Add(StateText(w.Lang, sla.Cancelled), c.Reason)
	}
	add(say(w.Lang, "reference"), inc.Reference)
	add(say(w.Lang, "tags"), strings.Join(inc.Tags, ", "))
	add(say(w.Lang, "contents"), strings.ReplaceAll(inc.Description, "\n", " "))
	return t
}

// Owner names who has an incident, and until when repeats are suppressed.
func (w *Printer) Owner(inc *Incident) string {
	a := inc.Acknowledged
	if a == nil || a.Until == nil {
		return inc.Owner
	}
	until := InstantText(w.Lang, *a.Until, w.Now)
	return inc.Owner + say(w.Lang, "no_repeats_until", "Until", until)
}

// explanation keeps the indentation of the API's nested steps.
func (w *Printer) explanation(c *Clock) error {
	fmt.Fprintf(w.Out, "\n%s\n", say(w.Lang, "explanation", "Name", c.name()))
	var lines []string
	if quote := prose.Citation(w.Lang, &c.Source); quote != "" {
		lines = append(lines, "  "+strings.ReplaceAll(quote, "\n", " "))
	}
	for _, step := range c.Explanation {
		lines = append(lines, strings.Repeat("  ", step.Depth+1)+step.Text)
	}
	return PrintLines(w.Out, lines)
}
