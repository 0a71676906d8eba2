package phrase

import (
	"cmp"
	"embed"
	"time"
	"unicode"
	"unicode/utf8"

	"kigen/calendar"
	"kigen/sla/phrase/localizer"
)

//go:embed locales
var locales embed.FS

// words holds the words of this package. English words are in lower case, as they
// stand inside a sentence; see Capital.
var words = localizer.New(locales)

// State names the state of a clock in full: 期限超過(未通知) or overdue. Like the functions below,
// it returns an unknown value as it is.
func State(lang, state string) string { return word(lang, "state_", state) }

// StateOf is State in the words of what answers the clock, a sla.Deed:
// 期限内に提出 or submitted in time. State speaks of a notice.
func StateOf(lang, deed, state string) string {
	if in, key := words.In(lang), "state_"+deed+"_"+state; in.Has(key) {
		return in.Say(key)
	}
	return State(lang, state)
}

// Done names a deed that was done, a sla.Deed: 提出 or submitted.
func Done(lang, deed string) string { return word(lang, "done_", deed) }

// Undone names a deed that is missing: 未提出 or not submitted.
func Undone(lang, deed string) string { return word(lang, "undone_", deed) }

// DeadlineOf names the deadline of a deed: 提出の期限 or deadline for the submission.
func DeadlineOf(lang, deed string) string { return word(lang, "deadline_", deed) }

// Verdict names in a word how a deadline counts, for tags and columns: 期限超過 or
// overdue.
func Verdict(lang, verdict string) string { return word(lang, "verdict_", verdict) }

// VerdictHead is Verdict as the head of a narrow column: a line break where a long word
// may be broken.
func VerdictHead(lang, verdict string) string {
	if in := words.In(lang); in.Has("head_" + verdict) {
		return in.Say("head_" + verdict)
	}
	return Verdict(lang, verdict)
}

// NotLegalAdvice is the sentence that stands wherever our own duties are shown.
func NotLegalAdvice(lang string) string { return words.In(lang).Say("not_legal_advice") }

// Strength names how firm a promise is: 確約 or firm.
func Strength(lang, strength string) string { return word(lang, "strength_", strength) }

// Severity names the severity of an incident: 緊急 or critical.
func Severity(lang, severity string) string { return word(lang, "severity_", severity) }

// Kind names the kind of an incident: メンテナンス or maintenance.
func Kind(lang, kind string) string { return word(lang, "kind_", cmp.Or(kind, "incident")) }

// Impact names how hard an incident hits us: 重大 or serious.
func Impact(lang, impact string) string { return word(lang, "impact_", impact) }

// Scope names the customers that an incident affects: 全顧客 or all customers.
func Scope(lang, scope string) string { return word(lang, "scope_", scope) }

// Channel names the channel of a notice: メール or e-mail.
func Channel(lang, channel string) string { return word(lang, "channel_", channel) }

// RecordedAfter says how long after its receipt a notice was recorded: 受領から3日1時間後に記録 or
// recorded 3 d 1 h after receipt.
func RecordedAfter(lang string, delay time.Duration) string {
	return words.In(lang).Say("recorded_after", "Length", Duration(lang, delay))
}

// Round names a round of follow-up notices: 続報(第2回) or follow-up, round 2.
func Round(stage calendar.Text, n int) calendar.Text {
	return words.Both("round", "Stage", stage.In, "Round", n)
}

// Role names the role of a user or a token: 管理者 or admin.
func Role(lang, role string) string { return word(lang, "role_", role) }

// Access names the kind of a line in the access log: ログイン or signed in.
func Access(lang, kind string) string { return word(lang, "access_", kind) }

// Meaning explains a word in a sentence. kind is "state", "verdict", "strength",
// "kind" or "moment"; a value without an explanation has none.
func Meaning(lang, kind, value string) string {
	in, key := words.In(lang), "meaning_"+kind+"_"+value
	if !in.Has(key) {
		return ""
	}
	return in.Say(key)
}

func word(lang, kind, value string) string {
	in := words.In(lang)
	if !in.Has(kind + value) {
		return cmp.Or(value, "–")
	}
	return in.Say(kind + value)
}

// Capital writes a word as the beginning of a sentence or a label.
func Capital(word string) string {
	first, size := utf8.DecodeRuneInString(word)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + word[size:]
}
