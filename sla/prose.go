package sla

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla/phrase"
)

// Lines writes the explanation for a person, in "ja" or "en": the clause, then the
// Reasons. The text is fit for a mail to the vendor.
func (e *Explanation) Lines(lang string) []string {
	reasons := e.Reasons(lang)
	if quote := e.Source.Citation(lang); quote != "" {
		return append([]string{text(lang, "根拠: ", "Promised: ") + quote}, reasons...)
	}
	return reasons
}

// Reasons writes the steps, the reading used and the deadlines of the other
// readings, for places that show the clause already.
func (e *Explanation) Reasons(lang string) []string {
	var lines []string
	for _, step := range e.Steps {
		lines = append(lines, strings.Repeat("  ", step.Depth)+step.Text(lang))
	}
	if !e.ReadingSays.IsZero() {
		lines = append(lines, text(lang, "採用した解釈: ", "Reading used: ")+e.ReadingSays.In(lang))
	}
	for _, other := range e.Alternatives {
		lines = append(lines, other.text(lang))
	}
	return append(lines, e.Answer.lines(lang, nil)...)
}

// AnswerLines describe the notice that stopped the clock where it was not the plain
// case (Answer). The promise, which may be nil, names the stage.
func (c *Clock) AnswerLines(lang string, p *Promise) []string {
	return c.Explanation.Answer.lines(lang, p)
}

func (a Answer) lines(lang string, p *Promise) (lines []string) {
	if a.Channel != "" {
		lines = append(lines, fmt.Sprintf(text(lang, "通知は約束とは別の方法(%s)で届いた", "The notice came by another channel than the promised ones: %s"), a.Channel))
	}
	if a.Stage != "" {
		stage := p.StageText(a.Stage).In(lang)
		lines = append(lines, fmt.Sprintf(text(lang, "後の段階の通知「%s」が、この通知を兼ねた", "The notice of a later stage, \"%s\", answered this one as well"), stage))
	}
	return lines
}

func (a Alternative) text(lang string) string {
	says := a.Says.In(lang)
	if says == "" {
		says = a.Reading
	}
	if a.Due.IsZero() {
		return fmt.Sprintf(text(lang, "別の解釈(%s)では期限なし", "Under the other reading (%s): no deadline"), says)
	}
	return fmt.Sprintf(text(lang, "別の解釈(%s)での期限: %s", "Under the other reading (%s): %s"), says, deadlineText(lang, a.Due))
}

// Citation writes the quoted clause with its place in the document; without a
// quote, the place alone.
func (s Source) Citation(lang string) string {
	place := strings.Join(nonEmpty(s.Document, s.Edition, s.Section), text(lang, "、", ", "))
	switch {
	case s.Quote == "":
		return place
	case place == "":
		return "「" + s.Quote + "」"
	default:
		return "「" + s.Quote + "」" + text(lang, "", " ") + "(" + place + ")"
	}
}

// Text writes one step as a short sentence in "ja" or "en".
func (s Step) Text(lang string) string {
	return strings.NewReplacer(
		"{at}", instantText(lang, s.At),
		"{due}", deadlineText(lang, s.At),
		"{zone}", cmp.Or(s.Zone, zoneName(s.At)),
		"{from}", instantText(lang, s.From),
		"{time}", s.closingTime(lang),
		"{length}", lengthText(lang, s.Length),
		"{date}", phrase.FullDay(lang, s.Date),
		"{n}", fmt.Sprint(max(s.N, -s.N)),
		"{moment}", s.momentText(lang),
		"{instead}", MomentText(lang, s.InsteadOf),
		"{name}", s.Name.In(lang),
		"{reason}", s.reasonText(lang),
		"{hours}", hoursText(lang, s.Hours),
		"{by}", s.By.Text(lang),
		"{value}", FactText(lang, s.By, s.Value),
		"{counting}", s.Counting.text(lang),
		"{clock}", string(s.Ends),
	).Replace(s.wording().In(lang))
}

// wording is the sentence of the step, with placeholders in braces.
func (s Step) wording() calendar.Text {
	switch s.Kind {
	case StepStart, StepFrom, StepPending, StepThen, StepLapsed, StepWaiting, StepBound:
		return s.startWording()
	case StepGateShut:
		return calendar.Text{Ja: "通知対象外({by}: {value})", En: "Outside the promise ({by}: {value})"}
	case StepBeforeEdition:
		return calendar.Text{Ja: "起算点は把握している最初の版({date})より前だが、同版の定めを適用", En: "The start is before the earliest known edition ({date}), so that edition's terms stand in"}
	case StepEnded:
		return calendar.Text{Ja: "この約束は{date}で終了しており、対象外", En: "The promise ended on {date} and does not apply"}
	case StepInside:
		if s.Date != 0 {
			return calendar.Text{Ja: "{at} は営業時間内({date}の営業時間 {hours})", En: "{at} is inside business hours ({date}: {hours})"}
		}
		return calendar.Text{Ja: "{at} は営業時間内(当日の営業時間 {hours})", En: "{at} is inside business hours (that day {hours})"}
	case StepOutside:
		if len(s.Hours) == 0 {
			return calendar.Text{Ja: "{at} は営業時間外({reason})", En: "{at} is outside business hours ({reason})"}
		}
		return calendar.Text{Ja: "{at} は営業時間外(当日の営業時間 {hours})", En: "{at} is outside business hours (that day {hours})"}
	case StepElapsed:
		if s.Length < 0 {
			return calendar.Text{Ja: "{from} の{length}前: {at}", En: "{length} before {from}: {at}"}
		}
		return calendar.Text{Ja: "{from} から{length}後: {at}", En: "{length} after {from}: {at}"}
	case StepOpenTime:
		return s.openTimeWording()
	case StepCase:
		if s.Value == "" {
			return calendar.Text{Ja: "{by}が不明のため、最も早い期限を適用", En: "While the {by} is unknown, the earliest deadline of all cases applies"}
		}
		return calendar.Text{Ja: "{by}が「{value}」の場合の定めを適用", En: "Terms for {by}: {value}"}
	case StepEnds:
		if s.Ends == Close && s.closesNextDay() {
			return calendar.Text{Ja: "{date} の営業終了({time})まで", En: "Until the close of business of {date}, at {time}"}
		}
		return s.Ends.wording()
	}
	return s.dayWording()
}

// startWording is the wording of the steps that name a start.
func (s Step) startWording() calendar.Text {
	switch {
	case s.Kind == StepWaiting, s.Kind == StepThen, s.Kind == StepLapsed, s.Kind == StepBound:
		return s.groundWording()
	case s.Kind == StepPending && s.Moment == MomentNotice:
		return calendar.Text{Ja: "起算点は未定({moment}がまだない)", En: "Not counted yet: {moment} has not come"}
	case s.Kind == StepPending:
		return calendar.Text{Ja: "起算点は未定(「{moment}」の時刻が不明)", En: "Not counted yet: the time \"{moment}\" is not known"}
	}
	from := calendar.Text{Ja: "起算点: {at} {zone}({moment}", En: "Counted from {at} {zone} ({moment}"}
	if s.Kind == StepFrom {
		from = calendar.Text{Ja: "この部分の起算点: {at}({moment}", En: "This part is counted from {at} ({moment}"}
	}
	rest := calendar.Text{Ja: ")", En: ")"}
	switch {
	case s.InsteadOf != "":
		rest = calendar.Text{Ja: ")。「{instead}」の時刻が不明のため、仮の起算点とする", En: "; the time \"{instead}\" is not known)"}
	case s.Basis == Assumed:
		rest = calendar.Text{Ja: "、推定)", En: ", assumed)"}
	}
	return calendar.Text{Ja: from.Ja + rest.Ja, En: from.En + rest.En}
}

// groundWording is the wording of the steps that depend on unknown facts.
func (s Step) groundWording() calendar.Text {
	switch {
	case s.Kind == StepThen:
		return calendar.Text{Ja: "以下は {at} から数える", En: "The following is counted from {at}"}
	case s.Kind == StepLapsed:
		return calendar.Text{Ja: "期限 {from} より後に「{moment}」({at})となったため、この期限は失効", En: "This deadline of {from} lapsed: \"{moment}\" came after it, at {at}"}
	case s.Kind == StepWaiting && s.At.IsZero():
		return calendar.Text{Ja: "「{moment}」が不明な間、そこから数える部分は期限としない", En: "The part that counts from \"{moment}\" waits: that time is not known"}
	case s.Kind == StepWaiting:
		return calendar.Text{
			Ja: "「{moment}」の時刻が不明な間、そこから数える部分は期限とせず、注意喚起だけに用いる(仮の時刻では {due})",
			En: "The part that counts from \"{moment}\" waits, since that time is not known: {due}, by the stand-in, is for warnings only",
		}
	case s.At.IsZero():
		return calendar.Text{Ja: "期限を左右する事実が不明のため、遅れても遅延とは断定できない", En: "Late can't be proved while facts that decide the deadline are unknown"}
	}
	return calendar.Text{
		Ja: "不明な事実がどうであっても、通知は {due} まで。それより後であれば遅延と断定できる",
		En: "For all values of the unknown facts, the notice is due by {due}: late is provable only after that",
	}
}

// openTimeWording names the open stretches if a break divides them, and the day's
// hours if no line before it did.
func (s Step) openTimeWording() calendar.Text {
	w := calendar.Text{Ja: "{from}〜{time}: 営業時間{length}を算入", En: "{from} to {time}: {length} of business hours counted"}
	if len(s.Parts) > 1 {
		var ja, en []string
		for i, part := range s.Parts {
			from := part.Open.Format("15:04")
			if i == 0 {
				from = "{from}"
			}
			until := Step{At: part.Close, Date: s.Date}
			ja, en = append(ja, from+"〜"+until.closingTime("ja")), append(en, from+"–"+until.closingTime("en"))
		}
		last := len(en) - 1
		w.Ja = strings.Join(ja, "と") + ": 営業時間{length}を算入"
		w.En = strings.Join(en[:last], ", ") + " and " + en[last] + ": {length} of business hours counted"
	}
	if len(s.Hours) > 0 {
		w.Ja, w.En = w.Ja+"(営業時間 {hours})", w.En+" (business hours {hours})"
	}
	return w
}

// text names a counting and the law behind it.
func (c Counting) text(lang string) string {
	switch c {
	case CivilCodeJP:
		return text(lang, "民法140条・143条の数え方", "counted by the Civil Code of Japan, art. 140 and 143")
	case SameDate:
		return text(lang, "同じ日までの数え方", "counted to the same date")
	}
	return ""
}

// dayWording is the wording of the steps about days and results.
func (s Step) dayWording() calendar.Text {
	switch s.Kind {
	case StepStartDay:
		return calendar.Text{Ja: "{date}: 起算日(初日不算入)", En: "{date}: the day of the start is not counted"}
	case StepCounted:
		return s.direction("{date}: {n}営業日目", "{date}: {n}営業日前", "{date}: business day {n}", "{date}: business day {n} before")
	case StepSkipped:
		return calendar.Text{Ja: "{date}: 休業日({reason})", En: "{date}: closed ({reason})"}
	case StepDays:
		return s.direction("{n}日後: {date}", "{n}日前: {date}", "{n} days after: {date}", "{n} days before: {date}")
	case StepMonths:
		return s.monthsWording()
	case StepRolled:
		return s.direction("休業日に当たるため {date} に繰り下げ", "休業日に当たるため {date} に繰り上げ",
			"On a closed day, so moved on to {date}", "On a closed day, so moved back to {date}")
	case StepOpening:
		return calendar.Text{Ja: "次の営業開始: {at}", En: "Next opening: {at}"}
	case StepLater:
		return calendar.Text{Ja: "以上のうち遅い方: {due}", En: "The later of these: {due}"}
	case StepEarlier:
		return calendar.Text{Ja: "以上のうち早い方: {due}", En: "The earlier of these: {due}"}
	case StepUnpublished:
		return calendar.Text{Ja: "{name}は日付が公表されていないため、この計算には含めていない", En: "{name}: dates are not published, so they are not taken into account"}
	case StepCadenceEnded:
		return calendar.Text{Ja: "{moment}({at})をもって続報は終了", En: "The follow-ups ended with {moment} at {at}"}
	case StepCalendarEnds:
		return calendar.Text{
			Ja: "営業日カレンダーが{date}で終わるため、期限を計算できない(カレンダーの years を延ばせば計算する)",
			En: "The calendar ends on {date}, before the deadline: add later years to it, so that the deadline can be computed",
		}
	case StepCalendarBegins:
		return calendar.Text{
			Ja: "営業日カレンダーが{date}から始まるため、期限を計算できない(カレンダーの years を広げれば計算する)",
			En: "The calendar begins on {date}, after the start: add earlier years to it, so that the deadline can be computed",
		}
	case StepNone:
		return calendar.Text{Ja: "通知期限の定めはない", En: "No time is promised"}
	case StepDue:
		return calendar.Text{Ja: "期限: {due} {zone}", En: "Deadline: {due} {zone}"}
	}
	return calendar.Text{En: string(s.Kind)}
}

// direction selects after or before by the sign of N. The English nouns are plural.
func (s Step) direction(jaAfter, jaBefore, enAfter, enBefore string) calendar.Text {
	chosen := calendar.Text{Ja: jaAfter, En: enAfter}
	if s.N < 0 {
		chosen = calendar.Text{Ja: jaBefore, En: enBefore}
	}
	if s.N == 1 || s.N == -1 {
		chosen.En = strings.NewReplacer("days ", "day ", "months ", "month ").Replace(chosen.En)
	}
	return chosen
}

func (s Step) monthsWording() calendar.Text {
	switch {
	case s.Ends == EndOfMonth && s.N == 0:
		return calendar.Text{Ja: "当月の末日: {date}", En: "The last day of this month: {date}"}
	case s.Ends == EndOfMonth:
		return s.direction("{n}か月後の月の末日: {date}", "{n}か月前の月の末日: {date}",
			"The last day of the month {n} months after: {date}", "The last day of the month {n} months before: {date}")
	}
	w := s.direction("{n}か月後: {date}", "{n}か月前: {date}", "{n} months after: {date}", "{n} months before: {date}")
	if s.Counting != "" {
		w.Ja, w.En = w.Ja+"({counting})", w.En+" ({counting})"
	}
	return w
}

func (e Ends) wording() calendar.Text {
	if _, ok := e.clock(); ok {
		return calendar.Text{Ja: "{date} の{clock}まで", En: "Until {clock} on {date}"}
	}
	switch e {
	case Close:
		return calendar.Text{Ja: "{date} の営業終了({time})まで", En: "Until the close of business at {time} on {date}"}
	case SameTime:
		return calendar.Text{Ja: "{date} の同時刻({time})まで", En: "Until the same time of day, {time}, on {date}"}
	case Noon:
		return calendar.Text{Ja: "{date} の正午まで", En: "Until noon on {date}"}
	default:
		return calendar.Text{Ja: "{date} の24:00まで", En: "Until the end of {date}, 24:00"}
	}
}

// reasonText writes the reason why a day does not count.
func (s Step) reasonText(lang string) string {
	reason := s.Name.In(lang)
	switch s.Reason {
	case calendar.ReasonWeekend:
		reason = text(lang, "土日", "weekend")
		if w := s.weekday(); w != time.Saturday && w != time.Sunday {
			reason = text(lang, "定休日", "weekly closing day")
		}
	case calendar.ReasonHoliday:
		reason = strings.Join(nonEmpty(text(lang, "祝日", "holiday"), reason), ": ")
	case calendar.ReasonClosure:
		reason = cmp.Or(reason, text(lang, "臨時休業", "special closing day"))
	case calendar.ReasonSkipped:
		reason = text(lang, "時計の変更により営業時間なし", "the clocks skipped its hours")
	}
	if s.Projected {
		reason += text(lang, "、法律に基づく見込み", ", projected from the law")
	}
	return reason
}

// weekday is the weekday of the step's date; of its instant if it has no date.
func (s Step) weekday() time.Weekday {
	if !s.At.IsZero() {
		return s.At.Weekday()
	}
	return s.Date.Weekday()
}

// closingTime is the time of day of At on the step's Date, whose end is 24:00. If a
// shift closes on the next date, the text adds that, unless From lies there too.
func (s Step) closingTime(lang string) string {
	clock := s.At.Format("15:04")
	switch {
	case clock == "00:00" && calendar.NewDate(s.At.Date()) == s.Date+1:
		return "24:00"
	case s.closesNextDay():
		return text(lang, "翌"+clock, clock+" on the next day")
	}
	return clock
}

// closesNextDay reports whether At lies on the civil date after the step's
// Date, and after From's.
func (s Step) closesNextDay() bool {
	at := calendar.NewDate(s.At.Date())
	return at > s.Date && s.At.Format("15:04") != "00:00" && (s.From.IsZero() || at > calendar.NewDate(s.From.Date()))
}
