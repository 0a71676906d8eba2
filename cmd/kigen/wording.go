package main

import (
	"time"

	"kigen/calendar"
	"kigen/sla"
	"kigen/sla/phrase"
	"kigen/sla/prose"
)

// say returns the text for a language.
func say(lang, ja, en string) string { return calendar.Text{Ja: ja, En: en}.In(lang) }

// fact names the value of a fact; empty: it is not stated.
func fact(lang string, by sla.Dimension, value string) string {
	if value == "" {
		return ""
	}
	return prose.Fact(lang, by, value)
}

func stateText(lang string, s sla.State) string { return phrase.State(lang, string(s)) }

func strengthText(lang string, s sla.Strength) string { return phrase.Strength(lang, string(s)) }

// instantText writes an instant with its offset, because a terminal does not show
// which zone applies.
func instantText(lang string, t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return phrase.Instant(lang, t, now) + " " + t.Format("-07:00")
}

// dueText writes a deadline; midnight is written as 24:00 of the day before.
func dueText(lang string, due *time.Time, now time.Time) string {
	if due == nil || due.IsZero() {
		return say(lang, "なし", "none")
	}
	return phrase.Deadline(lang, *due, now) + " " + due.Format("-07:00")
}

// leftText writes the time to or since a deadline.
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
