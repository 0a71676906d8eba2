package tracker

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/history"
	"kigen/sla/phrase"
	"kigen/sla/phrase/localizer"
	"kigen/sla/prose"
)

// Problem is one fault of an input.
type Problem struct {
	Field   string // as JSON and flags name it
	Value   string // the value as given
	Message string // the fault and its remedy
	Ja      string // the same in Japanese; empty: Message is used
}

// In is the fault and its remedy in "ja" or "en".
func (p Problem) In(lang string) string { return calendar.Text{Ja: p.Ja, En: p.Message}.In(lang) }

// Place is the field and its value.
func (p Problem) Place() (field, value string) { return p.Field, p.Value }

// Invalid is a refused input. Nothing of it was stored.
type Invalid []Problem

// Error lists the problems, one a line.
func (e Invalid) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = fmt.Sprintf("%s %q: %s", p.Field, p.Value, p.Message)
	}
	return strings.Join(lines, "\n")
}

// In is Error in "ja" or "en".
func (e Invalid) In(lang string) string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = fmt.Sprintf("%s %q: %s", p.Field, p.Value, localizer.Sentence(lang, p.In(lang)))
	}
	return strings.Join(lines, "\n")
}

// AsInvalid returns the problems that err carries, if it refuses an input.
func AsInvalid(err error) (Invalid, bool) {
	var invalid Invalid
	ok := errors.As(err, &invalid)
	return invalid, ok
}

// add appends a problem; jaf adds its Japanese text.
func (e *Invalid) add(field string, value any, message string) *Problem {
	*e = append(*e, Problem{Field: field, Value: fmt.Sprint(value), Message: message})
	return &(*e)[len(*e)-1]
}

func (p *Problem) jaf(format string, args ...any) { p.Ja = fmt.Sprintf(format, args...) }

// jaTime writes an instant for a Japanese sentence.
func jaTime(t time.Time) string { return phrase.Instant("ja", t, time.Time{}) }

// jaMoment names the time of a moment.
func jaMoment(m sla.Moment) string { return prose.Moment("ja", m.String()) + "の時刻" }

// clockSkew is how far a vendor's clock may be ahead of ours before a time
// counts as lying in the future.
const clockSkew = 5 * time.Minute

const longestTitle = 300 // characters; the limit of a Slack header and a table cell

func (t *Tracker) checkNew(inc *sla.Incident, now time.Time) (problems Invalid) {
	vendor, known := t.Catalogue.Vendor(inc.Vendor)
	switch {
	case inc.Vendor == "":
		problems.add("vendor", "", "is required: one of "+strings.Join(t.Catalogue.IDs(), ", ")).
			jaf("ベンダーを選んでください(%s)。", strings.Join(t.Catalogue.IDs(), ", "))
	case !known:
		unknown := t.Catalogue.Unknown(inc.Vendor)
		problems.add("vendor", inc.Vendor, unknown.En+", or add it under vendors: in the configuration").
			jaf("%s 設定の vendors: に追加することもできます。", unknown.Ja)
	default:
		problems.checkService(vendor, inc.Service)
	}
	problems.checkLines(lines(inc)...)
	problems.checkText("description", inc.Description)
	problems.checkWords(inc)
	problems.checkTimes(&inc.Times, now)
	return problems
}

func (e *Invalid) checkService(v *sla.Vendor, service string) {
	if service != "" && len(v.Services) > 0 && !slices.Contains(v.Services, service) {
		e.add("service", service, "is not a service of "+v.ID+": use one of "+strings.Join(v.Services, ", ")+", or leave it empty").
			jaf("%sのサービスではありません。%s から選ぶか、空欄にしてください。", v.Name.In("ja"), strings.Join(v.Services, ", "))
	}
}

func (e *Invalid) checkWords(inc *sla.Incident) {
	if inc.Title == "" {
		e.add("title", "", "is required: describe in a few words what happened").
			jaf("件名がありません。何が起きたかを短く書いてください。")
	}
	if len([]rune(inc.Title)) > longestTitle {
		e.add("title", string([]rune(inc.Title)[:40])+"…", fmt.Sprintf("is longer than %d characters: put the rest into description", longestTitle)).
			jaf("%d文字を超えています。続きは内容の欄に書いてください。", longestTitle)
	}
	e.checkLength("description", inc.Description)
	checkOneOf(e, "impact", inc.Impact, sla.Impacts[:])
	checkOneOf(e, "scope", inc.Scope, sla.Scopes[:])
	if inc.Severity != "" {
		checkOneOf(e, "severity", inc.Severity, sla.Severities[:])
	}
}

func checkOneOf[T ~string](e *Invalid, field string, value T, allowed []T) {
	if !slices.Contains(allowed, value) {
		names := make([]string, len(allowed))
		for i, a := range allowed {
			names[i] = string(a)
		}
		e.add(field, value, "is not known: use one of "+strings.Join(names, ", ")).
			jaf("この値は使えません。%s から選んでください。", strings.Join(names, ", "))
	}
}

// checkTimes refuses times in the future, and moments before the incident occurred.
func (e *Invalid) checkTimes(times *sla.Times, now time.Time) {
	for m, s := range times {
		if s.Known() && s.At.After(now.Add(clockSkew)) {
			e.add(sla.Moment(m).Field(), s.At.Format(time.RFC3339), "lies in the future: give the time at which it happened, at the latest now ("+now.In(s.At.Location()).Format(time.RFC3339)+")").
				jaf("未来の時刻です。実際に起きた時刻を、現在(%s)までの範囲で入力してください。", jaTime(now.In(s.At.Location())))
		}
	}
	occurred := times[sla.Occurred]
	for _, m := range sla.EnteredMoments() {
		if s := times[m]; occurred.Known() && s.Known() && s.At.Before(occurred.At) {
			e.add(m.Field(), s.At.Format(time.RFC3339), "lies before occurred_at ("+occurred.At.Format(time.RFC3339)+"): correct one of the two").
				jaf("発生した時刻(%s)より前です。どちらかを訂正してください。", jaTime(occurred.At))
		}
	}
}

func (c *change) checkAmended(changes map[string]history.Changed) (problems Invalid) {
	problems = c.checkStands("state")
	vendor, known := c.Catalogue.Vendor(c.inc.Vendor)
	if _, changed := changes["service"]; changed && known {
		problems.checkService(vendor, c.inc.Service)
	}
	if c.moved && !known {
		problems.add("vendor", c.inc.Vendor, "is no longer in the configuration, so its deadlines can't be recomputed: add it under vendors: again").
			jaf("設定から外されたベンダーのため、期限を計算し直せません。設定の vendors: に戻してください。")
	}
	for _, f := range lines(c.inc) {
		if _, changed := changes[f.field]; changed { // an unchanged one may predate this check
			problems.checkLines(f)
		}
	}
	if _, changed := changes["description"]; changed {
		problems.checkText("description", c.inc.Description)
	}
	problems.checkWords(c.inc)
	problems.checkTimes(&c.inc.Times, c.now)
	problems.checkBeforeNotices(c.inc)
	return problems
}

// checkStands refuses to change a cancelled incident.
func (c *change) checkStands(field string) (problems Invalid) {
	if !c.inc.CancelledAt.IsZero() {
		problems.add(field, string(sla.Cancelled), c.inc.ID.String()+" was cancelled at "+c.inc.CancelledAt.UTC().Format(time.RFC3339)+": reopen it, or log a new incident instead").
			jaf("%sは取り消し済みです。取り消しを戻すか、新しいインシデントとして登録してください。", c.inc.ID)
	}
	return problems
}

func (c *change) checkNotice(n *sla.Notice) (problems Invalid) {
	problems = c.checkStands("state")
	problems.checkLines(line{"channel", n.Channel}, line{"stage", n.Stage}, line{"reference", n.Reference})
	if n.ReceivedAt.After(c.now.Add(clockSkew)) {
		problems.add("received_at", n.ReceivedAt.Format(time.RFC3339), "lies in the future: give the time at which the notice reached you").
			jaf("未来の時刻です。通知が実際に届いた時刻を入力してください。")
	}
	if n.SentAt.After(n.ReceivedAt.Add(clockSkew)) {
		problems.add("sent_at", n.SentAt.Format(time.RFC3339), "lies after received_at ("+n.ReceivedAt.Format(time.RFC3339)+"): correct one of the two").
			jaf("届いた時刻(%s)より後です。どちらかを訂正してください。", jaTime(n.ReceivedAt))
	}
	problems.checkLength("text", n.Text)
	problems.checkText("text", n.Text)
	if n.Stage != "" && !c.hasStage(n.Stage) {
		problems.add("stage", n.Stage, "is not a stage of this vendor's promises: "+c.stageRemedy()).
			jaf("この約束にはない通知の種類です。%s", c.stageRemedyJa())
	}
	problems.checkNoticeOrder(&c.inc.Times, n)
	return problems
}

// checkBeforeNotices refuses moments for which the incident began after the
// vendor's first notice.
func (e *Invalid) checkBeforeNotices(inc *sla.Incident) {
	m, began := beginning(&inc.Times)
	notices := inc.Counted()
	if len(notices) == 0 || !began.Known() {
		return
	}
	if first := notices[0].ReceivedAt; first.Before(began.At) { // sorted by ReceivedAt
		e.add(m.Field(), began.At.Format(time.RFC3339), "lies after the vendor's first notice ("+first.In(began.At.Location()).Format(time.RFC3339)+"): correct it, or give the earlier time at which it began as occurred_at or detected_at").
			jaf("ベンダーの最初の通知(%s)より後です。訂正するか、発生または検知した時刻を入力してください。", jaTime(first.In(began.At.Location())))
	}
}

// checkNoticeOrder refuses a notice received before the incident began.
func (e *Invalid) checkNoticeOrder(times *sla.Times, n *sla.Notice) {
	if m, began := beginning(times); began.Known() && n.ReceivedAt.Before(began.At) {
		e.add("received_at", n.ReceivedAt.Format(time.RFC3339), "lies before "+m.Field()+" ("+began.At.In(n.ReceivedAt.Location()).Format(time.RFC3339)+"): correct one of the two").
			jaf("%s(%s)より前です。どちらかを訂正してください。", jaMoment(m), jaTime(began.At.In(n.ReceivedAt.Location())))
	}
}

// beginning is the earliest known moment of the vendor. A later one may follow the
// first notice: vendors often notify first and confirm afterwards.
func beginning(times *sla.Times) (m sla.Moment, began sla.Stamp) {
	for _, candidate := range sla.Moments() {
		if s := times[candidate]; s.Known() && !candidate.Ours() && (!began.Known() || s.At.Before(began.At)) {
			m, began = candidate, s
		}
	}
	return m, began
}

// hasStage reports whether a clock of the incident is for the stage or, before its
// clocks start, whether a promise in force has it.
func (c *change) hasStage(stage string) bool {
	if len(c.inc.Clocks) == 0 {
		return slices.Contains(c.promisedStages(), stage)
	}
	return slices.ContainsFunc(c.inc.Clocks, func(k sla.Clock) bool { return k.Stage == stage })
}

// promisedStages lists the named stages of the promises in force for the incident.
func (c *change) promisedStages() (stages []string) {
	vendor, ok := c.Catalogue.Vendor(c.inc.Vendor)
	if !ok {
		return nil
	}
	for _, p := range vendor.Applying(c.inc.Kind, &c.inc.Times) {
		for _, s := range p.AllStages() {
			if s.ID != "" {
				stages = append(stages, s.ID)
			}
		}
	}
	return stages
}

// stages lists the stages of the incident's clocks, a cadence once.
func (c *change) stages() (stages []string) {
	if len(c.inc.Clocks) == 0 {
		return c.promisedStages()
	}
	for _, k := range c.inc.Clocks {
		if stage, round := sla.RoundOf(k.Stage); stage != "" && round == 1 {
			stages = append(stages, stage)
		}
	}
	return stages
}

func (c *change) stageRemedy() string {
	if stages := c.stages(); len(stages) > 0 {
		return "use one of " + strings.Join(stages, ", ")
	}
	return "leave it empty, its promises have one notice each"
}

func (c *change) stageRemedyJa() string {
	if stages := c.stages(); len(stages) > 0 {
		return strings.Join(stages, ", ") + " から選んでください。"
	}
	return "通知は1回だけなので、空欄にしてください。"
}

func (c *change) checkAcknowledgement(until time.Time) (problems Invalid) {
	problems = c.checkStands("state")
	if !until.IsZero() && !until.After(c.now) {
		problems.add("until", until.Format(time.RFC3339), "lies in the past: give the end of the snooze, or leave it out").
			jaf("過去の時刻です。再通知を再開する時刻を入力するか、空欄にしてください。")
	}
	return problems
}
