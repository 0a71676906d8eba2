package wording

import (
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/inbox"
)

// kind decides what the mail is about. Its order is that of what overrules what: a receipt
// that repeats our subject is no incident, and planned work that mends an incident is
// planned work.
func (t *text) kind(r *Reading) inbox.Kind {
	own := OwnSubject.MatchString(t.subject) // the subject is ours
	subject := t.subject
	if own {
		subject = ""
	}
	switch {
	case r.AutoReply, r.Drill, password.MatchString(t.all) && !t.mail.Stated, t.isClosing():
		return inbox.KindUnrelated
	case receipt.MatchString(t.all) && !t.mail.Stated && !strongFactIn(t.sentences):
		return inbox.KindUnrelated
	case (office.MatchString(subject) || notWork.MatchString(subject)) && !incidentWords.MatchString(subject) && !incidentTag.MatchString(subject) && !t.mail.Stated && !t.mail.Named:
		return inbox.KindUnrelated
	case t.isMarketing(subject):
		return inbox.KindUnrelated
	case r.Correction:
		return inbox.KindFollowup
	case t.isPlanned(subject):
		return inbox.KindMaintenance
	case t.isVulnerability(subject):
		return inbox.KindVulnerability
	case alertOthers.MatchString(subject):
		return inbox.KindUnrelated
	case r.Holding && !incidentTag.MatchString(subject):
		return inbox.KindUnrelated
	case !own && !t.mail.Reply && !t.mail.Stated && !t.mail.Named && !incidentWords.MatchString(subject) && !incidentWords.MatchString(t.body) && !incidentTag.MatchString(subject):
		return inbox.KindUnrelated
	case (own || t.mail.Reply) && !r.Says && !r.Points && !nthReport.MatchString(t.head()) && !earlierText.MatchString(t.body):
		return inbox.KindUnrelated
	}
	return t.stage(subject, r)
}

// stage tells the first, a further and the last mail of an incident apart.
func (t *text) stage(subject string, r *Reading) inbox.Kind {
	recovery := recoverySubj.MatchString(subject) && !notRecovered.MatchString(subject)
	switch {
	case recovery:
		return inbox.KindRecovery
	case finalSubj.MatchString(subject) && !interim(subject):
		return inbox.KindFinal
	case r.NotAffected:
		return inbox.KindFollowup
	case firstReport.MatchString(subject):
		return inbox.KindFirst
	case nthReport.MatchString(subject):
		return t.ofBody(inbox.KindFollowup)
	}
	if finalText.MatchString(t.body) {
		return inbox.KindFinal
	}
	if recoveryText.MatchString(t.body) && !notRecovered.MatchString(t.body) {
		return inbox.KindRecovery
	}
	switch {
	case firstReport.MatchString(t.head()):
		return inbox.KindFirst
	case nthReport.MatchString(t.head()), earlierText.MatchString(t.body):
		return inbox.KindFollowup
	case t.mail.Reply && doneText.MatchString(t.body):
		return inbox.KindFollowup
	case r.Points && t.mail.Attached && aReport.MatchString(t.all):
		return inbox.KindFollowup
	}
	return inbox.KindFirst
}

// ofBody refines a follow-up whose text says that it is the last, or that all is well.
func (t *text) ofBody(otherwise inbox.Kind) inbox.Kind {
	switch {
	case finalText.MatchString(t.body):
		return inbox.KindFinal
	case isOver.MatchString(t.body):
		return inbox.KindRecovery
	}
	return otherwise
}

// head is the beginning of the text, where it says what it is.
func (t *text) head() string {
	r := []rune(t.body)
	return string(r[:min(len(r), 300)])
}

// interim: a report that is not the last, such as 調査結果(中間).
func interim(subject string) bool {
	return strings.Contains(subject, "中間") || strings.Contains(subject, "interim") || strings.Contains(subject, "速報")
}

func strongFactIn(sentences []string) bool {
	for _, s := range sentences {
		if strongFact.MatchString(s) {
			return true
		}
	}
	return false
}

// isClosing: a help desk asks what we think of it.
func (t *text) isClosing() bool { return closing.MatchString(t.all) && !t.mail.Stated }

// isMarketing weighs the words of newsletters: one may stand in any mail, several or one
// in a subject do not.
func (t *text) isMarketing(subject string) bool {
	if t.mail.Stated && incidentTag.MatchString(subject) {
		return false
	}
	n := len(uniq(marketing.FindAllString(t.body, 20)))
	if marketing.MatchString(subject) && !incidentTag.MatchString(subject) {
		n += 2
	}
	if t.mail.Bulk {
		n++
	}
	return n >= 3 || n == 2 && marketing.MatchString(subject)
}

func uniq(list []string) []string {
	seen := map[string]bool{}
	kept := list[:0]
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}

// isPlanned reports whether the mail announces planned work. A mail about trouble after or
// during such work is about the trouble.
func (t *text) isPlanned(subject string) bool {
	if t.mail.Planned {
		return true
	}
	tagged := taggedTrouble.MatchString(subject)
	if notWork.MatchString(subject) && !realWork.MatchString(subject) {
		return false
	}
	if maintenance.MatchString(subject) {
		afterwards := troubleAfterWork.MatchString(subject)
		return !tagged && !afterwards
	}
	return !tagged && !incidentWords.MatchString(subject) && maintenance.MatchString(t.head()) && plannedText.MatchString(t.body) && !t.mail.Stated
}

// isVulnerability reports whether the mail warns of a weakness instead of what somebody
// has done with it.
func (t *text) isVulnerability(subject string) bool {
	in := incidentTag.MatchString(subject) || troubleSubject.MatchString(subject)
	if vulnerability.MatchString(subject) {
		return !in
	}
	return !in && !t.mail.Stated && vulnerability.MatchString(t.head()) && !wasExploited.MatchString(t.body)
}

var (
	aReport          = pattern.New(`報告書|report`)
	isOver           = pattern.New(`(?:下記の|本件の?|上記の)?(?:障害|事象|不具合)は(?:、)?[^。]{0,30}(?:復旧|解消)(?:いた|し)`)
	taggedTrouble    = pattern.New(`【[^】]*(?:障害|復旧|不具合|インシデント)[^】]*】|\[(?:outage|incident|resolved)`)
	troubleAfterWork = pattern.New(`(?:メンテナンス|作業|工事|maintenance)[^】]{0,12}(?:後の|後に|に伴う|による|起因|中の|中に)[^】]{0,12}(?:障害|不具合|影響|エラー|事象)|(?:following|after|during|caused by) [^.]{0,30}maintenance`)
	troubleSubject   = pattern.New(`障害|インシデント|不正(?:アクセス|ログイン)|漏えい|漏洩|流出|incident|breach|unauthori[sz]ed`)
	wasExploited     = pattern.New(`悪用(?:され|した|による)|不正アクセス(?:を|が)(?:確認|検知|発生)|exploited`)
)
