package times

import (
	"strings"

	"kigen/sla/pattern"
)

// A sentence says what a time is the time of by its verb: in Japanese behind the time
// (9時10分に検知しました), in English before or behind it.
var (
	jaVerbs = []struct {
		re   *pattern.Pattern
		what moment
	}{
		{pattern.New(`検知|検出(?:し|いた|され)|把握(?:し|いた)|認識(?:し|いた)|発覚|発見(?:し|いた|され)|気付|気づ|覚知|アラート(?:を|が)`), detected},
		{pattern.New(`発生|始ま[っりる]|起き|起こっ`), occurred},
		{pattern.New(`(?:復旧|解消|回復|復帰|正常化|収束)(?:いた|し(?:まし|た|て|、)|済|完了|を?確認|されまし|が完了|\s*$)|正常(?:な状態)?に戻`), recovered},
		{pattern.New(`確認(?:し|いた|され|でき)`), confirmed},
	}
	jaActions = pattern.New(`[をの](?:停止|遮断|無効|修正|交換|切り離|切離|実施|開始|再起動|適用|変更|削除|公開|送付|送信|連絡|お知らせ|報告|調査|終え|終了|消去|更新|設定|完了|切り替え|切替)|無効化|いただ[いき]|ご報告|ご連絡|お知らせ|送り|更新|公表|公開|掲載|リリース|調査(?:を|し)|実施|対応を|受け(?:付|取)|ご申告|お問い合わせ|お問合せ`)
	denied    = pattern.New(`発生(?:して(?:い|お)|は(?:あり|ござい)|し)(?:ま|り)?(?:せん|ない|なか)|(?:観測|確認|検知|発生)(?:は)?(?:され)?(?:して|でき)?(?:い|おり)?ません|ておりません|ていません|見込|予定|次第|目指|に向け|可能性は`)
	trouble   = pattern.New(`事象|不正|不審|漏えい|漏洩|漏出|流出|障害|不具合|侵入|被害|悪用|事実|感染|誤|改ざん|異常|漏れ`)
	soundness = pattern.New(`正常|復旧|影響[がは]?な|なかった|ないこと|いないこと|再現|解消|回復|動作|終了`)
	failure   = pattern.New(`てい?な[いか]|できな|できま?せん|ません|失敗|不具合|誤っ|混入|混在|欠落|重複|が停止|が中断|遅延|つながら|繋がら|エラー|アクセス(?:不可|でき)|利用不可|通信断|断が|低下|欠損|誤表示|誤送信|誤配信|漏`)
	since     = pattern.New(`^\s*(?:頃|ごろ)?\s*(?:から|より|以降)`)
)

// prose reads what a time without a label is the time of.
func (r *reader) prose(i int) moment {
	after := r.after(i)
	if what := japanese(after); what != none {
		return what
	}
	return inEnglish(r.before(i), after)
}

func japanese(after string) moment {
	first, what := len(after)+1, none
	for _, v := range jaVerbs {
		for _, at := range v.re.FindAllStringIndex(after, -1) {
			if at[0] >= first {
				break
			}
			if v.what == confirmed && (!trouble.MatchString(after[:at[0]]) || soundness.MatchString(after[:at[0]])) {
				continue
			}
			if v.what == occurred && strings.HasPrefix(after[at[0]:], "発生源") {
				continue
			}
			if denied.MatchString(window(after, at[0], 40)) {
				continue
			}
			first, what = at[0], v.what
			break
		}
	}
	action := jaActions.FindStringIndex(after)
	switch {
	case what == recovered:
		return what // 15:30に再起動を実施し、復旧しました
	case len(action) > 0 && action[0] < first:
		return none
	case what != none:
		return what
	case failure.MatchString(after) && !denied.MatchString(after) && action == nil:
		return occurred
	case since.MatchString(after) && failure.MatchString(after) && action == nil && !notSeen.MatchString(after):
		return occurred
	}
	return none
}

// window is a text from a byte, at most n bytes long, cut at the next comma.
func window(s string, from, n int) string {
	s = s[from:min(len(s), from+n)]
	if at := strings.Index(s, "、"); at > 0 {
		s = s[:at]
	}
	return strings.ToValidUTF8(s, "")
}

var (
	enVerbs = []struct {
		re   *pattern.Pattern
		what moment
	}{
		{pattern.New(`\b(?:will|would|expected|scheduled|planned|estimated|next update|eta|by|until|no later than|plan to|shortly|deployed|disabled|rolled out|rolled back|withdrawn|removed|posted|published|received|reported to us|sent|rotated|blocked|revoked)\b`), other},
		{pattern.New(`\b(?:occurred|began|started|took place|happened|first (?:seen|observed|occurred)|onset|starting|beginning|commenced)\b`), occurred},
		{pattern.New(`\b(?:detected|raised an alert|alerted|alert|noticed|discovered|became aware|paged|first identified)\b`), detected},
		{pattern.New(`\b(?:confirmed|verified)\b`), confirmed},
		{pattern.New(`\b(?:resolved|restored|recovered|returned to normal|back to normal|fully operational|ended|mitigated)\b`), recovered},
	}
	enTrouble = pattern.New(`unavailable|unable|fail|error|outage|degrad|disrupt|latency|delay|unauthori[sz]ed|incident|could not|not able|misus|expos`)
	enSince   = pattern.New(`\b(?:since|from|between)\s*$`)
)

// inEnglish takes the verb that is nearest before the time, or the first behind it.
func inEnglish(before, after string) moment {
	last, what := -1, none
	for _, v := range enVerbs {
		if at := lastMatch(v.re, before); at > last {
			last, what = at, v.what
		}
	}
	if what != none {
		if what == other {
			return none
		}
		return what
	}
	first := len(after) + 1
	for _, v := range enVerbs {
		if at := v.re.FindStringIndex(after); len(at) > 0 && at[0] < first {
			first, what = at[0], v.what
		}
	}
	switch {
	case what == other:
		return none
	case what != none:
		return what
	case enSince.MatchString(before) && enTrouble.MatchString(before+after):
		return occurred
	}
	return none
}

var (
	notSeen = pattern.New(`(?:観測|確認|発生)して`)
)
