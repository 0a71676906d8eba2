package chaser

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// opening states the subject of the letter and the current state.
func (w *writer) opening() string {
	c := w.clocks[0]
	blanks := []any{w.promised(c), w.deadline(due(c)), w.length(c), w.instant(w.Now), w.awaited(c)}
	var t text
	switch {
	case w.tone == Overdue && w.assumed(c):
		t = text{
			"下記の件につきまして、%[4]s 現在、%[5]sを確認できておりません。%[1]sは、弊社の算定では %[2]s で、すでに%[3]s過ぎている可能性がございます。",
			"As of %[4]s we have not received %[5]s about the incident below. By our calculation %[1]s was %[2]s, and may have passed %[3]s ago.",
		}
	case w.tone == Overdue:
		t = text{
			"下記の件につきまして、%[1]s(%[2]s)を%[3]s過ぎておりますが、%[4]s 現在、%[5]sを確認できておりません。行き違いでしたらご容赦ください。",
			"As of %[4]s we have not received %[5]s about the incident below, %[3]s after %[1]s (%[2]s). If our messages have crossed, please excuse this one.",
		}
	case w.tone == Ahead:
		t = text{
			"下記の件につきまして、%[1]sは、弊社の算定では %[2]s(残り%[3]s)です。期限前に恐れ入りますが、現在の状況とご連絡の見込みをお知らせいただけますでしょうか。",
			"This is about the incident below. By our calculation %[1]s is %[2]s, in %[3]s. May we ask for the current status, and when we can expect to hear from you?",
		}
	case w.tone == Unknown:
		t = text{
			"下記の件につきまして、起算点となる時刻が弊社では分からないため、%[1]sを算定できておりません。現在の状況とあわせてご教示いただけますでしょうか。",
			"This is about the incident below. We do not know the time that %[1]s counts from, and so can't calculate it. Could you give us that time and the current status?",
		}
	case w.tone == Late && w.assumed(c):
		t = text{
			"下記の件につきまして、ご連絡をいただきありがとうございました。%[1]sは、弊社の算定では %[2]s で、ご連絡はその%[3]s後となった可能性がございます。",
			"Thank you for your notice about the incident below. By our calculation %[1]s was %[2]s, and your notice may have come %[3]s after it.",
		}
	case w.tone == Late:
		t = text{
			"下記の件につきまして、ご連絡をいただきありがとうございました。ご連絡は、%[1]s(%[2]s)の%[3]s後でした。",
			"Thank you for your notice about the incident below. It came %[3]s after %[1]s (%[2]s).",
		}
	default:
		return w.thanks() + w.ofKind(w.say(
			"下記の件につきまして、現時点で把握されている状況をご教示いただけますでしょうか。",
			"May we ask what you know about the incident below?"))
	}
	return w.thanks() + w.ofKind(fmt.Sprintf(t.in(w.lang), blanks...)) + w.announced(c) + w.assumption(c)
}

// awaited names the notice that has not come.
func (w *writer) awaited(c *sla.Clock) string {
	if c.Stage == "" && !w.several() {
		return w.say("貴社からのご連絡", "a notice from you")
	}
	return w.say(w.named(c), "your "+w.named(c))
}

// thanks acknowledges the notices that the vendor has sent.
func (w *writer) thanks() string {
	notices := w.Incident.Counted()
	if len(notices) == 0 || w.tone == Late {
		return ""
	}
	at := w.instant(notices[len(notices)-1].ReceivedAt)
	return w.say(at+" のご連絡、ありがとうございました。", "Thank you for your message of "+at+". ")
}

// length is the time between the deadline and now, or the notice that came.
func (w *writer) length(c *sla.Clock) string {
	if w.tone == Late {
		return phrase.Duration(w.lang, c.NotifiedAt.Sub(due(c)))
	}
	return phrase.Duration(w.lang, w.Now.Sub(due(c)))
}

// due is the deadline that a letter names: once both the strictest and the most
// lenient case have passed, that of the most lenient one.
func due(c *sla.Clock) time.Time {
	if proven := c.ProvableDue(); !c.Assumed() && !proven.IsZero() && c.Explanation.Bounds.Assumed {
		return proven
	}
	return c.Due
}

// promised names the deadline and the strength of the promise.
func (w *writer) promised(c *sla.Clock) string {
	what := text{"通知の期限", "the deadline for a notice"}
	if c.Stage != "" || w.several() {
		what = text{w.named(c) + "の期限", "the deadline for the " + w.named(c)}
	}
	how := text{"貴社の公表資料に定められた", " in your published commitment"}
	switch c.Explanation.Strength {
	case sla.Target:
		how = text{"貴社の公表資料に目標として示された", " that you have published as your target"}
	case sla.BestEffort:
		how = text{"貴社の公表資料に努力目標として示された", " that you have published as one that you try to keep"}
	}
	return w.say(how.ja+what.ja, what.en+how.en)
}

// named is the name of the notice that a clock waits for: that of its stage, else
// of its promise; both if the incident has clocks of several promises.
func (w *writer) named(c *sla.Clock) string {
	promise := c.Promise
	p := w.promise(c)
	if p != nil {
		promise = p.Title(w.lang)
	}
	name := promise
	if c.Stage != "" {
		name = p.StageText(c.Stage).In(w.lang)
		if w.several() {
			name = promise + w.say("の", ": ") + name
		}
	}
	return w.say("「"+name+"」", `"`+name+`"`)
}

// several reports whether the incident has clocks of more promises than one.
func (w *writer) several() bool {
	clocks := w.Incident.Clocks
	return slices.ContainsFunc(clocks, func(c sla.Clock) bool { return c.Promise != clocks[0].Promise })
}

// stagesWanted asks for each stage of a promise that is still open.
func (w *writer) stagesWanted() (list []text) {
	for _, c := range w.clocks {
		if c.Stage != "" && c.State.Open() {
			list = append(list, text{w.named(c) + "のご送付", "Your " + w.named(c)})
		}
	}
	return list
}

func (w *writer) assumed(c *sla.Clock) bool { return c.Assumed() }

// assumption states the facts that the calculation lacks.
func (w *writer) assumption(c *sla.Clock) string {
	if !w.assumed(c) {
		return ""
	}
	if c.Start.Basis != sla.Assumed {
		facts := strings.Join(w.unknownFacts(c), w.say("、", ", "))
		return w.say(
			fmt.Sprintf("なお、期限は弊社で把握できていない事項(%s)によって変わるため、最も早い場合で算定しております。", facts),
			fmt.Sprintf(" The deadline depends on what we do not know (%s); we have taken the earliest.", facts))
	}
	missing, used := w.missing(c), w.moment(c.Start.From)
	return w.say(
		fmt.Sprintf("なお、起算点となる時刻(%s)が弊社では分からないため、%sの時刻で代用しております。", missing, used),
		fmt.Sprintf(" We do not know %s, which it counts from, and have used the time %s instead.", missing, used))
}

// unknownFacts names the unknown facts that decide the deadline.
func (w *writer) unknownFacts(c *sla.Clock) (facts []string) {
	add := func(name string) {
		if !slices.Contains(facts, name) {
			facts = append(facts, name)
		}
	}
	for _, step := range c.Explanation.Steps {
		switch {
		case step.Kind == sla.StepCase && (step.Value == "" || step.Value == "unknown"):
			add(prose.Dimension(w.lang, step.By))
		case step.InsteadOf != "":
			var m sla.Moment
			if m.UnmarshalText([]byte(step.InsteadOf)) == nil {
				add(w.moment(m))
			}
		}
	}
	if len(facts) == 0 {
		add(w.missing(c))
	}
	return facts
}

// missing names the moment that the promise counts from.
func (w *writer) missing(c *sla.Clock) string {
	if p := w.promise(c); p != nil {
		return w.moment(p.Start)
	}
	return w.say("発生、検知または確認", "when it occurred, or when you detected or confirmed it")
}

// moment names a moment in the vendor's words.
func (w *writer) moment(m sla.Moment) string {
	switch m {
	case sla.Occurred:
		return w.say("発生", "when it occurred")
	case sla.Detected:
		return w.say("貴社による検知", "when you detected it")
	case sla.Confirmed:
		return w.say("貴社による確認", "when you confirmed it")
	case sla.Declared:
		return w.say("貴社による宣言", "when you declared it")
	case sla.Aware:
		return w.say("弊社の認知", "when we became aware")
	case sla.Logged:
		return w.say("弊社での登録", "when we logged it")
	case sla.Scheduled:
		return w.say("実施予定", "when it is planned")
	case sla.Ended:
		return w.say("契約の終了", "when our contract ended")
	}
	return prose.Moment(w.lang, m.String())
}

// provenance marks a time that the vendor stated, and one that is assumed. A vendor
// that was never heard has stated none, although its moments have that basis by default.
func (w *writer) provenance(b sla.Basis) string {
	switch {
	case b == sla.Assumed:
		return w.say("(推定)", " (assumed)")
	case b == sla.Stated && len(w.Incident.Notices) > 0:
		return w.say("(貴社のご連絡による)", " (as you stated)")
	}
	return ""
}

// unknownWanted asks for the facts that the deadline depends on.
func (w *writer) unknownWanted(c *sla.Clock) text {
	if w.tone == Unknown || c.Start.Basis == sla.Assumed {
		return text{"起算点となる時刻(" + w.missing(c) + ")", "The time that the deadline counts from (" + w.missing(c) + ")"}
	}
	facts := strings.Join(w.unknownFacts(c), w.say("、", ", "))
	return text{"期限の算定に必要な事項(" + facts + ")", "What the deadline depends on (" + facts + ")"}
}

// wishes are the requests, the most important first.
func (w *writer) wishes() []string {
	c := w.clocks[0]
	var all []text
	if w.tone == Late {
		all = []text{
			{"ご連絡が期限後となった経緯", "Why your notice came after the deadline"},
			{"今後、期限内にご連絡いただくための対応", "What you will do so that the next one comes in time"},
		}
	} else {
		all = []text{
			{"現在の状況と、復旧または解決の見込み", "The current status, and when you expect it to be resolved"},
			{"弊社のデータ、アカウントおよびサービス利用への影響の有無と範囲", "Whether and how our data, our accounts and our use of the service are affected"},
			{"次回のご連絡の予定", "When we will hear from you next"},
		}
	}
	if own := w.ownWishes(); own != nil && w.tone != Late {
		all = own
	}
	all = append(w.stagesWanted(), all...)
	if w.tone == Overdue && !w.assumed(c) {
		all = append(all, text{"期限までにご連絡がなかった経緯", "Why we had no notice by the deadline"})
	}
	if w.tone == Unknown || w.assumed(c) && w.tone != Request {
		all = append(all, w.unknownWanted(c))
	}
	list := make([]string, len(all))
	for i, t := range all {
		list[i] = t.in(w.lang)
	}
	return list
}
