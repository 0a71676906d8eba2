package main

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
)

// say chooses the wording of a language.
func say(lang, ja, en string) string { return calendar.Text{Ja: ja, En: en}.In(lang) }

// stateText names a state for a person.
func stateText(lang string, s sla.State) string {
	switch s {
	case sla.Pending:
		return say(lang, "起算待ち", "waiting for a start")
	case sla.Running:
		return say(lang, "期限前", "running")
	case sla.AtRisk:
		return say(lang, "期限間近", "at risk")
	case sla.Overdue:
		return say(lang, "期限超過", "overdue")
	case sla.Met:
		return say(lang, "期限内に通知", "met")
	case sla.Late:
		return say(lang, "期限後に通知", "late")
	case sla.NoCommitment:
		return say(lang, "期限の約束なし", "no commitment")
	case sla.NotApplicable:
		return say(lang, "対象外", "not applicable")
	case sla.Cancelled:
		return say(lang, "取消", "cancelled")
	case sla.Waived:
		return say(lang, "免除", "waived")
	}
	return string(s)
}

// strengthText names how firmly a vendor commits itself.
func strengthText(lang string, s sla.Strength) string {
	switch s {
	case sla.Firm:
		return say(lang, "確約", "firm")
	case sla.Target:
		return say(lang, "目標", "target")
	case sla.BestEffort:
		return say(lang, "努力", "best effort")
	case sla.AsNeeded:
		return say(lang, "必要に応じて", "as needed")
	}
	return string(s)
}

// instantText writes an instant with its offset: on a terminal nobody sees
// which zone is meant.
func instantText(lang string, t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return phrase.Instant(lang, t, now) + " " + t.Format("-07:00")
}

// dueText writes a deadline, midnight as the 24:00 of the day before.
func dueText(lang string, due *time.Time, now time.Time) string {
	if due == nil || due.IsZero() {
		return say(lang, "なし", "none")
	}
	return phrase.Deadline(lang, *due, now) + " " + due.Format("-07:00")
}

// leftText says how far a deadline is ahead or behind.
func leftText(lang string, due *time.Time, now time.Time) string {
	if due == nil || due.IsZero() {
		return ""
	}
	left := due.Sub(now)
	length := phrase.Duration(lang, left)
	if left < 0 {
		return say(lang, length+"超過", length+" over")
	}
	return say(lang, "あと"+length, length+" left")
}
