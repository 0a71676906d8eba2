package clause

import (
	"cmp"
	"strings"

	"kigen/sla/pattern"

	"kigen/sla/clause/length"
)

// The kinds of a promise, as the key "about" names them; aboutStates is what has no clock,
// and a request of the customer has no kind.
const (
	aboutIncident      = "incident"
	aboutEvent         = "event"
	aboutVulnerability = "vulnerability"
	aboutMaintenance   = "maintenance"
	aboutChange        = "change"
	aboutContractEnd   = "contract_end"
	aboutPeriodic      = "periodic"
	aboutStates        = "states"
)

var (
	eventJa       = pattern.New(`セキュリティ事象|予兆|兆候|正常な動作をしてい`)
	incidentJa    = pattern.New(`インシデント|事故|障害|侵害|漏え?い|漏洩|不正アクセス|侵入|異常|故障|攻撃|流出|滅失|毀損|紛失|マルウェア|ウイルス|利用不能|サービス停止|不具合`)
	vulnerableJa  = pattern.New(`(?:脆弱|ぜい弱|ぜいじゃく)性|修正プログラム|セキュリティパッチ`)
	maintenanceJa = pattern.New(`メンテナンス|保守|計画停止|停止予定|計画的な停止|作業(?:日|を実施|の実施|を行)|点検|停電|事前通知|サービス(?:の)?停止`)
	changeJa      = pattern.New(`変更|改定|廃止|アップデート|バージョンアップ|リリース|仕様|(?:サービス|機能|提供)(?:の)?(?:提供)?(?:の|を|が)?(?:終了|廃止|中止|休止)|再委託|サブプロセッサ|値上|(?:利用|サービス|提供)終了`)
	troubleJa     = pattern.New(`(?:脆弱|ぜい弱)性|インシデント|障害|事故|不具合`)
	weakJa        = pattern.New(`発生|検知|影響|被害`)
	severityLabel = pattern.New(`(?i)^\W*(?:(?:severity|sev|priority|level|p|s|レベル|深刻度|優先度|重大度)[ -]?[0-5]?|緊急|重大|高|中|低|通常|軽微|重要|致命的|(?:critical|high|medium|moderate|low|urgent|normal|major|minor|informational|emergency)(?: (?:severity|priority|impact))?)\b?\W*(?:\(.*\)|[(:].*)?$`)
	responseHead  = pattern.New(`(?i)respon|resol|remedia|restor|acknowledg|fix|mitigat|patch|support|回答|応答|対応|復旧|解決|初動|着手|サポート`)
	deskWords     = pattern.New(`(?i)support|ticket|desk|request|respon|acknowl|サポート|デスク|窓口|問い?合わ?せ|業務`)
)

// topicJapanese returns the kind that a statement is about; sure is false if only weak words
// name it.
func (s *statement) topicJapanese(f found) (kind string, sure bool) {
	for _, text := range s.surroundings() {
		if kind := topicOfJapanese(text, f.ahead || f.length != nil && f.length.Role == length.Before); kind != "" {
			return kind, true
		}
	}
	return aboutIncident, false
}

func topicOfJapanese(text string, ahead bool) string {
	switch {
	case ahead && maintenanceJa.MatchString(text):
		return aboutMaintenance
	case ahead && changeJa.MatchString(text):
		return aboutChange
	case eventJa.MatchString(text):
		return aboutEvent
	case vulnerableJa.MatchString(text) && !strings.Contains(text, "インシデント"):
		return aboutVulnerability
	case incidentJa.MatchString(text):
		return aboutIncident
	case maintenanceJa.MatchString(text):
		return aboutMaintenance
	case changeJa.MatchString(text) && !strings.Contains(text, "ガイド"):
		return aboutChange
	}
	return ""
}

// topical reports whether a statement stands under a topic of notices to customers.
func (s *statement) topical() bool {
	for _, text := range s.surroundings() {
		if matches(text, eventJa, incidentJa, vulnerableJa, maintenanceJa, changeJa, eventEn, incidentEn, vulnerableEn, maintenanceEn) {
			return true
		}
	}
	return weakJa.MatchString(s.text)
}

// tableOfResponses reports whether a row of severities is about answers: its heads or its
// heading say so, or it has no heads.
func (s *statement) tableOfResponses() bool {
	return responseHead.MatchString(s.header+s.heading+s.intro) || s.header == ""
}

// lostAfter matches data that is lost after a time of keeping, which is counted from the end.
var lostAfter = pattern.New(`それ以降[^。]*(?:でき|失)|できなくなり`)

// placeJapanese decides kind and start of a promise.
func (s *statement) placeJapanese(text string, f *found) {
	f.ahead = f.ahead || f.length != nil && f.length.Role == length.Before
	switch f.duty {
	case state:
		f.about, f.start = aboutStates, periodicOr(f, text)
		if f.length.Role == length.Keep {
			if m := s.momentJapanese(text, f); m != "" || lostAfter.MatchString(text) {
				f.start = cmp.Or(m, "ended")
			}
		}
		return
	case round:
		f.about, f.start = aboutPeriodic, "periodic"
		return
	case deletion:
		s.placeDeletion(text, f)
		return
	case response:
		f.start = s.momentJapanese(text, f)
		if vulnerableJa.MatchString(text + s.earlier + s.heading) {
			f.about = aboutVulnerability
		} else if f.start != "" && f.start != "requested" {
			f.about = aboutIncident
		}
		if f.start == "" && f.length != nil {
			f.start = s.deskStart(f)
		}
		return
	}
	f.about, _ = s.topicJapanese(*f)
	if f.ahead {
		if f.about != aboutMaintenance && f.about != aboutChange {
			f.about = aboutMaintenance
		}
		f.start = "scheduled"
		return
	}
	if f.start = s.momentJapanese(text, f); f.start == "" && f.about == aboutIncident && f.length != nil {
		f.start = s.momentAround(text)
	}
}

// periodicOr is the start of what has no clock: a round, the last backup, or none.
func periodicOr(f *found, text string) string {
	switch {
	case f.length.Role == length.Every:
		return "periodic"
	case matches(text, backupJa, backupEn):
		return "last_backup"
	}
	return ""
}

func (s *statement) placeDeletion(text string, f *found) {
	f.about = aboutContractEnd
	if f.start = s.momentJapanese(text, f); f.start != "ended" && f.start != "requested" {
		if f.start = "ended"; !endedJa.MatchString(text + s.intro + s.earlier + s.asked + s.heading + s.label) {
			f.about, f.start, f.duty = aboutStates, "", state
		}
	}
}

// deskStart is the moment that a time of response counts from where the text is silent: a
// desk answers requests; a plan for weaknesses counts from their discovery.
func (s *statement) deskStart(f *found) string {
	around := s.text + " " + s.header + " " + s.intro + " " + s.heading
	switch {
	case matches(around, vulnerableJa, vulnerableEn):
		f.about = aboutVulnerability
		return "detected"
	case deskWords.MatchString(around) || f.length.Unit == length.BusinessDays || f.length.Unit == length.BusinessHours:
		return "requested"
	case s.label != "":
		f.about = aboutIncident
		return "detected"
	}
	return "requested"
}
