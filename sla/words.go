package sla

import (
	"strings"
	"time"

	"kigen/calendar"
	"kigen/sla/phrase"
)

// MomentText names a moment for a person.
func MomentText(lang, moment string) string {
	switch moment {
	case "occurred":
		return text(lang, "発生", "occurred")
	case "detected":
		return text(lang, "ベンダーの検知", "detected by the vendor")
	case "confirmed":
		return text(lang, "ベンダーの確認", "confirmed by the vendor")
	case "declared":
		return text(lang, "ベンダーの宣言", "declared by the vendor")
	case "noticed":
		return text(lang, "当方の認知", "noticed by us")
	case "logged":
		return text(lang, "登録", "logged by us")
	}
	return moment
}

// momentText names what the step counts from.
func (s Step) momentText(lang string) string {
	if s.Moment != MomentNotice {
		return MomentText(lang, s.Moment)
	}
	return text(lang, "「"+s.Name.Ja+"」の通知", `the notice "`+s.Name.In(lang)+`"`)
}

// StartText names for a person what the clock counts from: a moment, or the
// notice that answered an earlier stage.
func (c *Clock) StartText(lang string) string {
	if steps := c.Explanation.Steps; len(steps) > 0 && steps[0].Moment == MomentNotice {
		return steps[0].momentText(lang)
	}
	return MomentText(lang, c.Start.From.String())
}

// FactText names the value of a fact for a person: serious along impact is 重大.
func FactText(lang string, by Dimension, value string) string {
	if lang != "ja" {
		return strings.ReplaceAll(value, "_", " ")
	}
	if value == unknown {
		return "不明"
	}
	switch by {
	case ByImpact:
		return japanese(value, map[string]string{"serious": "重大", "limited": "限定的", "none": "影響なし"})
	case ByScope:
		return japanese(value, map[string]string{"all_customers": "全顧客", "specific_customers": "特定の顧客"})
	case BySeverity:
		return japanese(value, map[string]string{"critical": "緊急", "high": "高", "medium": "中", "low": "低"})
	}
	return value
}

func japanese(value string, names map[string]string) string {
	if name, ok := names[value]; ok {
		return name
	}
	return value
}

func (d Dimension) text(lang string) string {
	switch d {
	case BySeverity:
		return text(lang, "深刻度", "severity")
	case ByScope:
		return text(lang, "影響範囲", "scope")
	case ByImpact:
		return text(lang, "影響度", "impact")
	}
	return string(d)
}

// hoursText writes a day's hours as 09:00〜12:00、13:00〜17:00.
func hoursText(lang string, hours []calendar.Span) string {
	list := make([]string, len(hours))
	for i, h := range hours {
		list[i] = h.Open.String() + text(lang, "〜", "–") + h.Close.String()
	}
	return strings.Join(list, text(lang, "、", ", "))
}

// zoneName names the zone of an instant: JST, or UTC-03 where a zone has no
// letters of its own. Vendors and readers are not always in one place.
func zoneName(t time.Time) string {
	name := t.Format("MST")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "UTC" + name
	}
	return name
}

func instantText(lang string, t time.Time) string { return phrase.Instant(lang, t, time.Time{}) }

func deadlineText(lang string, t time.Time) string { return phrase.Deadline(lang, t, time.Time{}) }

func text(lang, ja, en string) string {
	if lang == "ja" {
		return ja
	}
	return en
}

func nonEmpty(parts ...string) []string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}
