package prose

import (
	"fmt"
	"strings"
	"time"

	"kigen/sla"
	"kigen/sla/phrase"
)

// Rule writes a rule for a person: in "ja" in the words of a Japanese contract, in
// every other language in English.
func Rule(lang string, r *sla.Rule) string {
	if lang != "ja" {
		return english(r)
	}
	return japanese(r)
}

// PromiseStart names what a promise counts from: a moment, or the latest or earliest
// of several.
func PromiseStart(lang string, p *sla.Promise) string {
	due := &p.AllStages()[0].Due
	if due.Op != sla.OpThen || due.Args[0].Op != sla.OpLaterOf && due.Args[0].Op != sla.OpEarlierOf {
		return Moment(lang, p.Start.String())
	}
	point := &due.Args[0]
	var names []string
	for i := range point.Args {
		if arg := &point.Args[i]; arg.Op == sla.OpFrom && arg.Args[0].Op == sla.OpStart {
			names = append(names, Moment(lang, arg.From.String()))
		}
	}
	if len(names) < len(point.Args) {
		return Moment(lang, p.Start.String())
	}
	key := "moments_earliest"
	if point.Op == sla.OpLaterOf {
		key = "moments_latest"
	}
	return catalog.In(lang).Say(key, "Moments", strings.Join(names, say(lang, "list_joint")))
}

// japanese writes a length as a length: 6時間, 営業時間で4時間, 3営業日.
func japanese(r *sla.Rule) string {
	switch r.Op {
	case sla.OpElapsed:
		return before(r.Length < 0, length("ja", r.Length))
	case sla.OpBusinessTime:
		return before(r.Length < 0, "営業時間で"+length("ja", r.Length))
	case sla.OpBusinessDays:
		return japaneseDates(r, "営業日")
	case sla.OpDays:
		return japaneseDates(r, "日")
	case sla.OpMonths:
		return japaneseDates(r, "か月")
	case sla.OpHours:
		if len(r.Args) == 2 {
			return "営業時間内は" + japanese(&r.Args[0]) + "、営業時間外は" + japanese(&r.Args[1])
		}
	case sla.OpCases:
		return japaneseCases(r)
	case sla.OpFrom:
		if len(r.Args) == 1 {
			return japaneseFrom(&r.Args[0], Moment("ja", r.From.String()))
		}
	case sla.OpThen:
		if len(r.Args) == 2 {
			return japaneseFrom(&r.Args[1], japaneseInstant(&r.Args[0]))
		}
	case sla.OpRolled:
		if len(r.Args) == 1 {
			return japanese(&r.Args[0]) + "(休業日に当たる場合は" + japaneseRoll(r.Roll) + japaneseEnds(r.Ends) + ")"
		}
	case sla.OpEvery:
		if len(r.Args) == 1 {
			return japanese(&r.Args[0]) + "ごと"
		}
	case sla.OpLapses:
		if len(r.Args) == 1 {
			return japanese(&r.Args[0]) + "(「" + Moment("ja", r.From.String()) + "」がその後なら失効)"
		}
	case sla.OpNone, sla.OpNextOpening, sla.OpNextDayStart, sla.OpStart, sla.OpLaterOf, sla.OpEarlierOf:
		return japaneseInstant(r)
	}
	return r.String() // malformed
}

// japaneseFrom writes the rule as counted from a named start.
func japaneseFrom(r *sla.Rule, start string) string {
	switch {
	case r.Op == sla.OpStart:
		return start
	case r.Length < 0 || r.Count < 0:
		return start + "の" + japanese(r)
	}
	return start + "から" + japanese(r)
}

// japaneseInstant writes the rule as an instant: 6時間後, 次の営業開始.
func japaneseInstant(r *sla.Rule) string {
	switch r.Op {
	case sla.OpNone:
		return "必要に応じて(期限の定めなし)"
	case sla.OpNextOpening:
		return "次の営業開始"
	case sla.OpNextDayStart:
		return "翌営業日の営業開始"
	case sla.OpStart:
		return "起算点"
	case sla.OpLaterOf:
		return japanesePick(r.Args, "遅い")
	case sla.OpEarlierOf:
		return japanesePick(r.Args, "早い")
	case sla.OpElapsed, sla.OpBusinessTime:
		if r.Length > 0 {
			return japanese(r) + "後"
		}
	case sla.OpBusinessDays, sla.OpDays, sla.OpMonths:
		if r.Count > 0 && r.Ends == "" && !r.CountStartDay && r.Roll == sla.RollNone && r.Counting == "" {
			return japanese(r) + "後"
		}
	case sla.OpFrom:
		if len(r.Args) == 1 && r.Args[0].Op == sla.OpElapsed && r.Args[0].Length > 0 {
			return japanese(r) + "後"
		}
	}
	return japanese(r)
}

func japanesePick(rules []sla.Rule, which string) string {
	parts := make([]string, len(rules))
	for i := range rules {
		parts[i] = japaneseInstant(&rules[i])
		if inner := rules[i].Op; inner == sla.OpLaterOf || inner == sla.OpEarlierOf {
			parts[i] = "「" + parts[i] + "」"
		}
	}
	if len(parts) == 2 {
		return parts[0] + "と" + parts[1] + "の" + which + "方"
	}
	return strings.Join(parts, "、") + "のうち最も" + which + "もの"
}

func japaneseDates(r *sla.Rule, unit string) string {
	n := r.Count
	if n < 0 {
		n = -n
	}
	s := before(r.Count < 0, fmt.Sprintf("%d%s", n, unit)) + japaneseEnds(r.Ends)
	if r.Ends == sla.EndOfMonth && r.Op == sla.OpMonths {
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
	case sla.CivilCodeJP:
		notes = append(notes, "民法の数え方")
	case sla.SameDate:
		notes = append(notes, "同じ日まで")
	}
	if r.Roll != sla.RollNone {
		notes = append(notes, "休業日に当たる場合は"+japaneseRoll(r.Roll))
	}
	if len(notes) > 0 {
		s += "(" + strings.Join(notes, "、") + ")"
	}
	return s
}

func japaneseCases(r *sla.Rule) string {
	parts := make([]string, len(r.Cases))
	for i := range r.Cases {
		c := &r.Cases[i]
		parts[i] = Fact("ja", r.By, c.Value) + "なら" + japanese(&c.Rule)
		if c.Value == "" {
			parts[i] = "それ以外は" + japanese(&c.Rule)
		}
	}
	return Dimension("ja", r.By) + "が" + strings.Join(parts, "、")
}

func japaneseRoll(r sla.Roll) string {
	if r == sla.RollPrevious {
		return "前営業日"
	}
	return "翌営業日"
}

func japaneseEnds(e sla.Ends) string {
	switch e {
	case "":
		return ""
	case sla.EndOfDay:
		return "の24:00"
	case sla.EndOfMonth:
		return "後の月末"
	case sla.Close:
		return "の営業終了"
	case sla.SameTime:
		return "の同時刻"
	case sla.Noon:
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

// length writes a length in hours, as promises do, and one of less than a minute
// to the second.
func length(lang string, d time.Duration) string {
	if d%time.Minute != 0 {
		return phrase.Duration(lang, d)
	}
	return phrase.Hours(lang, d)
}
