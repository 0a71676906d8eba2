package times

import (
	"strings"
	"time"

	"kigen/sla/pattern"
)

// core is the word of a label that says what its time is, after its prefix and before
// its suffix: 障害 発生 日時.
type core struct {
	word   string
	what   moment
	prefix *pattern.Pattern // what must stand before it; nil: anything that refused does not match
}

var (
	// anything that makes the word the label of something else
	refused = pattern.New(`(?:次回|次報|見込|予定|目標|一部|部分|暫定|仮|再|未|対応|調査|作業|報告|連絡|検証|対策)の?$`)
	// the finding of the trouble, and not of its end, a log or a file
	ofTrouble = pattern.New(`(?:^|[\s/:()・、,|「」\[\]>■●◆○]|弊社|当社|弊所|事象|障害|事案|事故|事実|異常|問題|被害|インシデント|不正アクセス|不具合|での?|による|社内|初|は)の?$`)
	began     = pattern.New(`(?:^|障害|事象|不具合|影響|発生|停止|異常|故障|問題|遅延)の?$`)
)

var cores = []core{
	{"発生", occurred, nil}, {"混入", occurred, nil}, {"混在が始ま", occurred, nil}, {"が始ま", occurred, nil}, {"始まり", occurred, nil}, {"開始", occurred, began},
	{"起き", occurred, nil}, {"起こっ", occurred, nil}, {"発症", occurred, nil},
	{"検知", detected, nil}, {"検出", detected, nil}, {"発覚", detected, nil}, {"発見", detected, nil}, {"覚知", detected, nil}, {"認知", detected, nil}, {"探知", detected, nil},
	{"確認", confirmed, ofTrouble}, {"判明", confirmed, ofTrouble}, {"確定", confirmed, ofTrouble},
	{"復旧", recovered, nil}, {"解消", recovered, nil}, {"回復", recovered, nil}, {"復帰", recovered, nil}, {"収束", recovered, nil}, {"終息", recovered, nil}, {"正常化", recovered, nil},
	{"終了", recovered, began},
}

// english lists the labels of English forms.
var english = []struct {
	re   *pattern.Pattern
	what moment
}{
	{pattern.New(`(?:next|eta|expected|estimated|scheduled|planned|target|update|report(?:ed)?|post(?:ed)?|sent|published|notified|deadline|due|valid|released?|fixed in)\b[^/|;]*$`), other},
	{pattern.New(`\b(?:occurred|occurrence|time of (?:the )?(?:incident|occurrence|event)|(?:incident|outage|impact|issue|event|disruption|failure|problem)\s*(?:start(?:ed)?|began|begin|onset|occurred)?|start(?:ed)?|began|onset|start of (?:the )?(?:incident|impact|outage))$`), occurred},
	{pattern.New(`\b(?:detected|detection|discovered|discovery|first (?:detected|noticed|alerted)|alerted)$`), detected},
	{pattern.New(`\b(?:confirmed|confirmation|verified|validated)$`), confirmed},
	{pattern.New(`\b(?:resolved|resolution|restored|restoration|recovered|recovery|(?:incident|outage|impact|issue) end(?:ed)?|service restored)$`), recovered},
}

var (
	// trailing matches what a label may end with besides its core.
	trailing = pattern.New(`(?:[\s:=()\[\]【】「」|、,.→>]|\([^()]*\)|年月日|日時|時刻|時間|日付|時点|期間|時間帯|日|時|完了|済み|済|は|が|を|の|に|ったのは|したのは|されたのは|\b(?:at|on|time|date|by|since|from|window|period|around|about|approximately|was|is|the))$`)
	// lasting matches the label of a period in which trouble lasted.
	lasting  = pattern.New(`(?:障害|停止|影響|発生|不通|遅延|利用不可|サービス停止|断)[^\n]{0,6}(?:期間|時間帯|時間)|(?:outage|impact|incident|disruption|downtime) (?:window|period|time|duration)`)
	promised = pattern.New(`^\s*(?:頃|ごろ)?\s*\(?(?:予定|見込|目途|目処|expected|estimated|eta)`)
	// elsewhere matches labels of what is no moment of the trouble.
	elsewhere = pattern.New(`(?:次回|次報|見込み?|予定|目標|期限|締切|報告|更新|送信|配信日|掲載|公表|公開|作成|発行|連絡|受付|回答|現在|時点)\S{0,6}$`)
)

// categoryOf reads what a label names; none where it is no label.
func categoryOf(label string) moment {
	label = strings.TrimSpace(label)
	if label == "" || len([]rune(label)) > 60 {
		label = lastRunes(label, 60)
	}
	for _, e := range english {
		stripped := strip(label)
		if e.re.MatchString(stripped) {
			if e.what == other && categoryAfterOther(stripped) {
				continue
			}
			return e.what
		}
	}
	stripped := strip(label)
	for _, c := range cores {
		prefix, ok := strings.CutSuffix(stripped, c.word)
		if !ok {
			continue
		}
		prefix = strings.TrimRight(prefix, " ")
		if refused.MatchString(prefix) {
			return other
		}
		if c.prefix != nil && !c.prefix.MatchString(prefix) {
			return none
		}
		return c.what
	}
	if elsewhere.MatchString(stripped) {
		return other
	}
	return none
}

// categoryAfterOther: "Update: resolved" is about the end, not the update.
func categoryAfterOther(label string) bool {
	for _, e := range english[1:] {
		if e.re.MatchString(label) && !strings.Contains(label, "next") && !strings.Contains(label, "expected") && !strings.Contains(label, "estimated") && !strings.Contains(label, "scheduled") {
			return true
		}
	}
	return false
}

func lastRunes(s string, n int) string {
	r := []rune(s)
	return string(r[max(0, len(r)-n):])
}

// strip drops what a label may end with.
func strip(label string) string {
	for range 12 {
		at := trailing.FindStringIndex(label)
		if len(at) == 0 || at[0] == 0 {
			return label
		}
		// 復旧 and 検知 end in no suffix; 時 of 同時 is dropped, which names nothing.
		label = label[:at[0]]
	}
	return label
}

// columns reads tables whose first row names the moments and whose second holds the times.
func (r *reader) columns(put func(moment, time.Time)) {
	lines := strings.Split(r.folded, "\n")
	at := 0
	for i := 0; i+1 < len(lines); i++ {
		next := at + len(lines[i]) + 1
		names, values := cells(lines[i]), cells(lines[i+1])
		if len(names) >= 2 && len(names) == len(values) && !r.mentionIn(at, next) && r.mentionIn(next, next+len(lines[i+1])) {
			r.row(names, lines[i+1], next, put)
		}
		at = next
	}
}

func (r *reader) mentionIn(from, to int) bool {
	for _, m := range r.mentions {
		if m.From >= from && m.From < to {
			return true
		}
	}
	return false
}

// row puts the times of one row under the names of its columns.
func (r *reader) row(names []string, line string, start int, put func(moment, time.Time)) {
	for _, m := range r.mentions {
		if m.From < start || m.From >= start+len(line) || !m.HasClock {
			continue
		}
		before := strings.TrimLeft(line[:m.From-start], " |")
		column := max(strings.Count(before, "\t"), strings.Count(before, "|"))
		if column >= 0 && column < len(names) {
			if what := categoryOf(names[column]); what != none && what != other {
				put(what, m.At(r.zone))
			}
		}
	}
}

// cells splits the line of a table.
func cells(line string) []string {
	line = strings.Trim(line, " |")
	separator := "\t"
	if strings.Contains(line, "|") {
		separator = "|"
	}
	if !strings.Contains(line, separator) {
		return nil
	}
	parts := strings.Split(line, separator)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
