package tracker

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
)

// Problem is one thing wrong with an input.
type Problem struct {
	Field   string // as JSON and flags name it
	Value   string // as it was given
	Message string // what is wrong and what would be right
	Ja      string // the same in Japanese; empty: Message stands in
}

// In is what is wrong and what would be right, in "ja" or "en".
func (p Problem) In(lang string) string { return calendar.Text{Ja: p.Ja, En: p.Message}.In(lang) }

// Invalid is an input that was refused. Nothing of it was stored.
type Invalid []Problem

// Error lists the problems, one a line.
func (e Invalid) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = fmt.Sprintf("%s %q: %s", p.Field, p.Value, p.Message)
	}
	return strings.Join(lines, "\n")
}

// AsInvalid returns the problems that err carries, if it refuses an input.
func AsInvalid(err error) (Invalid, bool) {
	var invalid Invalid
	ok := errors.As(err, &invalid)
	return invalid, ok
}

// add notes a problem; ja gives it its Japanese wording.
func (e *Invalid) add(field string, value any, message string) *Problem {
	*e = append(*e, Problem{Field: field, Value: fmt.Sprint(value), Message: message})
	return &(*e)[len(*e)-1]
}

func (p *Problem) jaf(format string, args ...any) { p.Ja = fmt.Sprintf(format, args...) }

// jaTime writes an instant for a Japanese sentence.
func jaTime(t time.Time) string { return phrase.Instant("ja", t, time.Time{}) }

// jaMoment names the time of a moment.
func jaMoment(m sla.Moment) string { return sla.MomentText("ja", m.String()) + "の時刻" }

// clockSkew is how far a vendor's clock may run ahead of ours before a time
// counts as lying in the future.
const clockSkew = 5 * time.Minute

const (
	longestTitle = 300    // characters; a Slack header and a table cell hold no more
	longestText  = 50_000 // characters of a description or a notice
)

func (t *Tracker) checkNew(inc *sla.Incident, now time.Time) (problems Invalid) {
	vendor, known := t.Catalogue.Vendor(inc.Vendor)
	switch {
	case inc.Vendor == "":
		problems.add("vendor", "", "is required: one of "+strings.Join(t.Catalogue.IDs(), ", ")).
			jaf("ベンダーを選んでください(%s)。", strings.Join(t.Catalogue.IDs(), ", "))
	case !known:
		problems.add("vendor", inc.Vendor, "is not known: use one of "+strings.Join(t.Catalogue.IDs(), ", ")+", or add it under vendors: in the configuration").
			jaf("登録されていないベンダーです。%s から選ぶか、設定の vendors: に追加してください。", strings.Join(t.Catalogue.IDs(), ", "))
	default:
		problems.checkService(vendor, inc.Service)
	}
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
		e.add("title", "", "is required: say in a few words what happened").
			jaf("件名がありません。何が起きたかを短く書いてください。")
	}
	if len([]rune(inc.Title)) > longestTitle {
		e.add("title", string([]rune(inc.Title)[:40])+"…", fmt.Sprintf("is longer than %d characters: put the rest into description", longestTitle)).
			jaf("%d文字を超えています。続きは内容の欄に書いてください。", longestTitle)
	}
	if n := len([]rune(inc.Description)); n > longestText {
		e.add("description", fmt.Sprintf("(%d characters)", n), fmt.Sprintf("is longer than %d characters: shorten it", longestText)).
			jaf("%d文字を超えています。短くしてください。", longestText)
	}
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

// checkTimes refuses what cannot have happened yet, and a vendor that noticed
// before anything occurred.
func (e *Invalid) checkTimes(times *sla.Times, now time.Time) {
	for m, s := range times {
		if s.Known() && s.At.After(now.Add(clockSkew)) {
			e.add(timeField(sla.Moment(m)), s.At.Format(time.RFC3339), "lies in the future: give the time at which it happened, at the latest now ("+now.In(s.At.Location()).Format(time.RFC3339)+")").
				jaf("未来の時刻です。実際に起きた時刻を、現在(%s)までの範囲で入力してください。", jaTime(now.In(s.At.Location())))
		}
	}
	occurred := times[sla.Occurred]
	for _, m := range []sla.Moment{sla.Detected, sla.Confirmed, sla.Declared, sla.Noticed} {
		if s := times[m]; occurred.Known() && s.Known() && s.At.Before(occurred.At) {
			e.add(timeField(m), s.At.Format(time.RFC3339), "lies before occurred_at ("+occurred.At.Format(time.RFC3339)+"): correct one of the two").
				jaf("発生した時刻(%s)より前です。どちらかを訂正してください。", jaTime(occurred.At))
		}
	}
}

func (c *change) checkAmended(changes map[string]Changed) (problems Invalid) {
	problems = c.checkStands("state")
	vendor, known := c.Catalogue.Vendor(c.inc.Vendor)
	if _, changed := changes["service"]; changed && known {
		problems.checkService(vendor, c.inc.Service)
	}
	if c.moved && !known {
		problems.add("vendor", c.inc.Vendor, "left the configuration, so no deadline can follow from what you change: add it under vendors: again").
			jaf("設定から外されたベンダーのため、期限を計算し直せません。設定の vendors: に戻してください。")
	}
	problems.checkWords(c.inc)
	problems.checkTimes(&c.inc.Times, c.now)
	problems.checkBeforeNotices(c.inc)
	return problems
}

// checkStands refuses to change what was withdrawn.
func (c *change) checkStands(field string) (problems Invalid) {
	if !c.inc.CancelledAt.IsZero() {
		problems.add(field, string(sla.Cancelled), c.inc.ID.String()+" was cancelled at "+c.inc.CancelledAt.UTC().Format(time.RFC3339)+": log a new incident instead").
			jaf("%sは取り消し済みです。新しいインシデントとして登録してください。", c.inc.ID)
	}
	return problems
}

func (c *change) checkNotice(n *sla.Notice) (problems Invalid) {
	problems = c.checkStands("state")
	if n.ReceivedAt.After(c.now.Add(clockSkew)) {
		problems.add("received_at", n.ReceivedAt.Format(time.RFC3339), "lies in the future: give the time at which the notice reached you").
			jaf("未来の時刻です。通知が実際に届いた時刻を入力してください。")
	}
	if n.SentAt.After(n.ReceivedAt.Add(clockSkew)) {
		problems.add("sent_at", n.SentAt.Format(time.RFC3339), "lies after received_at ("+n.ReceivedAt.Format(time.RFC3339)+"): correct one of the two").
			jaf("届いた時刻(%s)より後です。どちらかを訂正してください。", jaTime(n.ReceivedAt))
	}
	if count := len([]rune(n.Text)); count > longestText {
		problems.add("text", fmt.Sprintf("(%d characters)", count), fmt.Sprintf("is longer than %d characters: shorten it", longestText)).
			jaf("%d文字を超えています。短くしてください。", longestText)
	}
	if n.Stage != "" && !c.hasStage(n.Stage) {
		problems.add("stage", n.Stage, "is no stage of this vendor's promises: "+c.stageRemedy()).
			jaf("この約束にはない通知の種類です。%s", c.stageRemedyJa())
	}
	problems.checkNoticeOrder(&c.inc.Times, n)
	return problems
}

// checkBeforeNotices refuses times by which the incident began after the
// vendor's first notice of it.
func (e *Invalid) checkBeforeNotices(inc *sla.Incident) {
	m, began := beginning(&inc.Times)
	if len(inc.Notices) == 0 || !began.Known() {
		return
	}
	if first := inc.Notices[0].ReceivedAt; first.Before(began.At) { // they are in order
		e.add(timeField(m), began.At.Format(time.RFC3339), "lies after the vendor's first notice ("+first.In(began.At.Location()).Format(time.RFC3339)+"): correct it, or give the earlier time at which it began as occurred_at or detected_at").
			jaf("ベンダーの最初の通知(%s)より後です。訂正するか、発生または検知した時刻を入力してください。", jaTime(first.In(began.At.Location())))
	}
}

// checkNoticeOrder refuses a notice from before the incident began.
func (e *Invalid) checkNoticeOrder(times *sla.Times, n *sla.Notice) {
	if m, began := beginning(times); began.Known() && n.ReceivedAt.Before(began.At) {
		e.add("received_at", n.ReceivedAt.Format(time.RFC3339), "lies before "+timeField(m)+" ("+began.At.In(n.ReceivedAt.Location()).Format(time.RFC3339)+"): correct one of the two").
			jaf("%s(%s)より前です。どちらかを訂正してください。", jaMoment(m), jaTime(began.At.In(n.ReceivedAt.Location())))
	}
}

// beginning is the earliest of the vendor's moments that is known. A later one
// may well follow the first notice: vendors tell first and confirm then.
func beginning(times *sla.Times) (m sla.Moment, began sla.Stamp) {
	for _, candidate := range []sla.Moment{sla.Occurred, sla.Detected, sla.Confirmed, sla.Declared} {
		if s := times[candidate]; s.Known() && (!began.Known() || s.At.Before(began.At)) {
			m, began = candidate, s
		}
	}
	return m, began
}

func (c *change) hasStage(stage string) bool {
	return slices.ContainsFunc(c.inc.Clocks, func(k sla.Clock) bool { return k.Stage == stage })
}

// stages lists the stages that the incident's clocks wait for, a cadence once.
func (c *change) stages() (stages []string) {
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

// outOfRange turns a start that the calendar does not reach into a problem
// with the field that gave it.
func outOfRange(d *duty) error {
	first, last := d.promise.Calendar.Range()
	field := timeField(d.start.From)
	if d.stage.After != "" {
		field = "received_at" // of the notice that the stage counts from
	}
	return Invalid{{
		Field: field, Value: d.start.At.Format(time.RFC3339),
		Message: fmt.Sprintf("needs days outside the years of the calendar of %s (%d to %d): correct it, or widen the calendar", d.promise.Vendor, first.Year(), last.Year()),
		Ja:      fmt.Sprintf("ベンダーの営業日カレンダー(%d年から%d年)の外に出ます。時刻を訂正するか、カレンダーの範囲を広げてください。", first.Year(), last.Year()),
	}}
}
