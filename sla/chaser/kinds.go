package chaser

import (
	"strings"

	"kigen/sla"
	"kigen/sla/phrase"
)

// matters name the subject of a letter in English, where Japanese says 下記の件.
var matters = map[sla.IncidentKind]string{
	sla.KindEvent:         "the event below",
	sla.KindVulnerability: "the vulnerability below",
	sla.KindMaintenance:   "the maintenance below",
	sla.KindChange:        "the change below",
	sla.KindContractEnd:   "the end of our contract below",
	sla.KindPeriodic:      "the matter below",
}

// ofKind puts the subject of the letter in the place of an incident.
func (w *writer) ofKind(sentence string) string {
	if matter, ok := matters[w.Incident.Kind]; ok {
		return strings.ReplaceAll(sentence, "the incident below", matter)
	}
	return sentence
}

// heading is the English heading of the part that names the subject.
func (w *writer) heading() string {
	if _, other := matters[w.Incident.Kind]; other {
		return "The subject"
	}
	return "The incident"
}

// eventOfKind names what is no incident to the vendor; empty for one.
func (w *writer) eventOfKind(service, day string) string {
	switch w.Incident.Kind {
	case sla.KindMaintenance:
		return w.say(service+" における "+day+" 予定のメンテナンス", service+": the maintenance planned for "+day)
	case sla.KindChange:
		return w.say(service+" における "+day+" 予定の変更", service+": the change planned for "+day)
	case sla.KindContractEnd:
		return w.say(service+" の契約終了("+day+")", service+": the end of our contract on "+day)
	case sla.KindPeriodic:
		return w.say(service+" の定期的な実施事項", service+": what you do periodically")
	case sla.KindVulnerability:
		return w.say(service+" の脆弱性("+day+")", service+": the vulnerability of "+day)
	}
	return ""
}

// announced says how long ahead an event was announced, beside what was promised; empty
// for every other clock.
func (w *writer) announced(c *sla.Clock) string {
	lead, ok := c.Lead()
	if !ok || w.tone != Late {
		return ""
	}
	given, promised := phrase.Duration(w.lang, lead.Given), phrase.Duration(w.lang, lead.Promised)
	switch {
	case lead.Given < 0:
		return w.say("ご連絡は実施の開始から"+given+"後でした。", " It was announced "+given+" after it began.")
	case lead.Promised == 0:
		return ""
	}
	return w.say(
		"実施予定の"+given+"前のご連絡でしたが、貴社の公表資料では"+promised+"前までとされています。",
		" It was announced "+given+" ahead, where you have promised "+promised+".")
}

// ownWishes are the requests about what is no incident; nil: those of an incident.
func (w *writer) ownWishes() []text {
	switch w.Incident.Kind {
	case sla.KindMaintenance, sla.KindChange:
		return []text{
			{"実施の日時、内容および所要時間", "When it will take place, what it changes and how long it takes"},
			{"弊社のサービス利用への影響と、弊社で必要な対応", "How it affects our use of the service, and what we have to do"},
		}
	case sla.KindContractEnd:
		return []text{
			{"弊社データの削除が完了した日時", "When the deletion of our data was completed"},
			{"削除を証明する書面(消去証明書など)", "A certificate of the deletion"},
		}
	case sla.KindPeriodic:
		return []text{
			{"直近の実施日と結果の概要", "When it was last done, and a summary of the result"},
			{"実施を示す資料(報告書、証明書など)", "The report or certificate that shows it"},
		}
	}
	return nil
}
