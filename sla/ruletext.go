package sla

import (
	"fmt"
	"strings"
	"time"

	"kigen/sla/phrase"
)

// Text writes the rule for a person: in "ja" in the words of a Japanese contract, in
// every other language in English.
func (r *Rule) Text(lang string) string {
	if lang != "ja" {
		return r.english()
	}
	return r.japanese()
}

// StartText names what the promise counts from: a moment, or the latest or earliest
// of several.
func (p *Promise) StartText(lang string) string {
	due := &p.AllStages()[0].Due
	if due.Op != OpThen || due.Args[0].Op != OpLaterOf && due.Args[0].Op != OpEarlierOf {
		return MomentText(lang, p.Start.String())
	}
	point := &due.Args[0]
	var names []string
	for i := range point.Args {
		if arg := &point.Args[i]; arg.Op == OpFrom && arg.Args[0].Op == OpStart {
			names = append(names, MomentText(lang, arg.From.String()))
		}
	}
	switch {
	case len(names) < len(point.Args):
		return MomentText(lang, p.Start.String())
	case point.Op == OpLaterOf:
		return strings.Join(names, text(lang, "、", ", ")) + text(lang, "のうち遅い方", ", whichever is latest")
	}
	return strings.Join(names, text(lang, "、", ", ")) + text(lang, "のうち早い方", ", whichever is earliest")
}

// japanese writes a length as a length: 6時間, 営業時間で4時間, 3営業日.
func (r *Rule) japanese() string {
	switch r.Op {
	case OpElapsed:
		return before(r.Length < 0, lengthText("ja", r.Length))
	case OpBusinessTime:
		return before(r.Length < 0, "営業時間で"+lengthText("ja", r.Length))
	case OpBusinessDays:
		return r.japaneseDates("営業日")
	case OpDays:
		return r.japaneseDates("日")
	case OpMonths:
		return r.japaneseDates("か月")
	case OpHours:
		if len(r.Args) == 2 {
			return "営業時間内は" + r.Args[0].japanese() + "、営業時間外は" + r.Args[1].japanese()
		}
	case OpCases:
		return r.japaneseCases()
	case OpFrom:
		if len(r.Args) == 1 {
			return r.Args[0].japaneseFrom(MomentText("ja", r.From.String()))
		}
	case OpThen:
		if len(r.Args) == 2 {
			return r.Args[1].japaneseFrom(r.Args[0].japaneseInstant())
		}
	case OpRolled:
		if len(r.Args) == 1 {
			return r.Args[0].japanese() + "(休業日に当たる場合は" + r.Roll.japanese() + r.Ends.japanese() + ")"
		}
	case OpLapses:
		if len(r.Args) == 1 {
			return r.Args[0].japanese() + "(「" + MomentText("ja", r.From.String()) + "」がその後なら失効)"
		}
	case OpNone, OpNextOpening, OpNextDayStart, OpStart, OpLaterOf, OpEarlierOf:
		return r.japaneseInstant()
	}
	return r.String() // malformed
}

// japaneseFrom writes the rule as counted from a named start.
func (r *Rule) japaneseFrom(start string) string {
	switch {
	case r.Op == OpStart:
		return start
	case r.Length < 0 || r.Count < 0:
		return start + "の" + r.japanese()
	}
	return start + "から" + r.japanese()
}

// japaneseInstant writes the rule as an instant: 6時間後, 次の営業開始.
func (r *Rule) japaneseInstant() string {
	switch r.Op {
	case OpNone:
		return "必要に応じて(期限の定めなし)"
	case OpNextOpening:
		return "次の営業開始"
	case OpNextDayStart:
		return "翌営業日の営業開始"
	case OpStart:
		return "起算点"
	case OpLaterOf:
		return japanesePick(r.Args, "遅い")
	case OpEarlierOf:
		return japanesePick(r.Args, "早い")
	case OpElapsed, OpBusinessTime:
		if r.Length > 0 {
			return r.japanese() + "後"
		}
	case OpBusinessDays, OpDays, OpMonths:
		if r.Count > 0 && r.Ends == "" && !r.CountStartDay && r.Roll == RollNone && r.Counting == "" {
			return r.japanese() + "後"
		}
	case OpFrom:
		if len(r.Args) == 1 && r.Args[0].Op == OpElapsed && r.Args[0].Length > 0 {
			return r.japanese() + "後"
		}
	}
	return r.japanese()
}

func japanesePick(rules []Rule, which string) string {
	parts := make([]string, len(rules))
	for i := range rules {
		parts[i] = rules[i].japaneseInstant()
		if inner := rules[i].Op; inner == OpLaterOf || inner == OpEarlierOf {
			parts[i] = "「" + parts[i] + "」"
		}
	}
	if len(parts) == 2 {
		return parts[0] + "と" + parts[1] + "の" + which + "方"
	}
	return strings.Join(parts, "、") + "のうち最も" + which + "もの"
}

func (r *Rule) japaneseDates(unit string) string {
	n := r.Count
	if n < 0 {
		n = -n
	}
	s := before(r.Count < 0, fmt.Sprintf("%d%s", n, unit)) + r.Ends.japanese()
	if r.Ends == EndOfMonth && r.Op == OpMonths {
		switch r.Count {
		case 0:
			s = "当月末"
		case 1:
			s = "翌月末"
		}
	}
	var notes []string
	if r.CountStartDay {
		notes = append(notes, "初日を算入")
	}
	switch r.Counting {
	case CivilCodeJP:
		notes = append(notes, "民法の数え方")
	case SameDate:
		notes = append(notes, "同じ日まで")
	}
	if r.Roll != RollNone {
		notes = append(notes, "休業日に当たる場合は"+r.Roll.japanese())
	}
	if len(notes) > 0 {
		s += "(" + strings.Join(notes, "、") + ")"
	}
	return s
}

func (r *Rule) japaneseCases() string {
	parts := make([]string, len(r.Cases))
	for i := range r.Cases {
		c := &r.Cases[i]
		parts[i] = FactText("ja", r.By, c.Value) + "なら" + c.Rule.japanese()
		if c.Value == "" {
			parts[i] = "それ以外は" + c.Rule.japanese()
		}
	}
	return r.By.Text("ja") + "が" + strings.Join(parts, "、")
}

func (r Roll) japanese() string {
	if r == RollPrevious {
		return "前営業日"
	}
	return "翌営業日"
}

func (e Ends) japanese() string {
	switch e {
	case "":
		return ""
	case EndOfDay:
		return "の24:00"
	case EndOfMonth:
		return "後の月末"
	case Close:
		return "の営業終了"
	case SameTime:
		return "の同時刻"
	case Noon:
		return "の正午"
	}
	return "の" + string(e)
}

func before(isLead bool, length string) string {
	if isLead {
		return length + "前"
	}
	return length
}

// lengthText writes a length in hours, as promises do, and one of less than a
// minute to the second.
func lengthText(lang string, d time.Duration) string {
	if d%time.Minute != 0 {
		return phrase.Duration(lang, d)
	}
	return phrase.Hours(lang, d)
}
